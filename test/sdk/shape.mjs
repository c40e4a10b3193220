// Holds each answer against what the client's own types promise, by JSON Schemas made from its .d.ts files.
import Ajv from 'ajv';
import { answers } from './answers.mjs';

const orNull = (schema) => ({ anyOf: [schema, { type: 'null' }] });

// Where the types are stricter than the truth. The client's types leave out null wherever a value can be
// computed, and the vendor's own words on each of these say that it may be missing.
const looser = [
  [/\.tier$/, orNull], // until there are tiers
  [/\.last_login$/, orNull], // before the first sign-in
  // "A token made with a null/absent duration is permanent: expires null and refresh_token null." Only these
  // types are of tokens that may be permanent: what login answers with is not.
  [/^(AuthToken|AdminAuthToken|AdminExtendedAuthToken|ExtendedAuthenticated)\.expires$/, orNull],
  [/^ExtendedAuthenticated\.refresh_token$/, orNull],
  // Staff may make an account without a user (the field is optional and null in the request, and the lists
  // filter by user__isnull): it is the company's.
  [/^Admin(Extended)?Account\.user$/, orNull],
  [/^AdminAccountAsset\.user$/, orNull],
  // The vendor's list of types grew from 4.2.2 to 4.4.0, and no request tells which client asks.
  [/Permission\.type$/, (schema) => ({ enum: [...new Set([...schema.enum, 'policy', 'walletaccount'])] })],
];

// whole asks for every member that a type names: the client's readonly members are optional in its types,
// and always in an answer.
function whole(schema, type = '') {
  if (Array.isArray(schema)) return schema.map((one) => whole(one, type));
  if (schema === null || typeof schema !== 'object') return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    [key, key === 'properties' ? members(value, type) : whole(value, type)]));
  return schema.properties ? { ...made, required: Object.keys(schema.properties) } : made;
}

// members does so for the members of one type, each by its name, which may be a word of JSON Schema's.
function members(properties, type) {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => {
    const rule = looser.find(([where]) => where.test(`${type}.${name}`));
    const made = whole(schema, type);
    return [name, rule ? rule[1](made) : made];
  }));
}

// shapes reads a part of the client and gives a function that says what is wrong with an answer.
async function shapes(client, part) {
  const definitions = await answers(client, part);
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, meta: false }); // the schemas are sound
  ajv.addSchema({ $id: part,
    definitions: Object.fromEntries(Object.entries(definitions).map(([type, schema]) => [type, whole(schema, type)])) });
  const known = new Map();
  const compile = (name) => {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Responses`;
    // A status without a body is `unknown` in the types and an empty schema here.
    const statuses = Object.keys(definitions[type].properties);
    return ajv.compile({ anyOf: statuses.map((status) => ({ $ref: `${part}#/definitions/${type}/properties/${status}` })) });
  };
  return (name, answer) => {
    if (!known.has(name)) known.set(name, compile(name));
    const valid = known.get(name);
    return valid(answer) ? [] : valid.errors.map((e) => `${e.instancePath || '/'} ${e.message}`);
  };
}

// checked gives the functions of a part so that each answer is held against its type.
export function checked(client) {
  const readers = {};
  return (part, api) => new Proxy(api, {
    get(target, key) {
      const call = target[key];
      if (typeof call !== 'function') return call;
      return async (...args) => {
        const answer = await call.apply(target, args);
        readers[part] ??= shapes(client, part);
        const wrong = (await readers[part])(key, answer);
        if (wrong.length > 0) {
          throw new Error(`${key} answers other than its type:\n${wrong.slice(0, 20).join('\n')}\n${JSON.stringify(answer, null, 1).slice(0, 4000)}`);
        }
        return answer;
      };
    },
  });
}
