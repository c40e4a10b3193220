// What the client's own types promise of each answer, as JSON Schemas made from its .d.ts files.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

// Where the types are stricter than the truth: the value that stands where there is none yet.
const looser = {
  tier: (schema) => ({ anyOf: [schema, { type: 'null' }] }), // until there are tiers
  last_login: (schema) => ({ anyOf: [schema, { type: 'null' }] }), // before the first sign-in
  expires: (schema) => ({ anyOf: [schema, { type: 'null' }] }), // of a permanent token
  refresh_token: (schema) => ({ anyOf: [schema, { type: 'null' }] }), // likewise
  user: (schema) => ({ anyOf: [schema, { type: 'null' }] }), // of an account that is the company's
};

// whole asks for every member that a type names: the client's readonly members are optional in its types,
// and always in an answer.
function whole(schema) {
  if (Array.isArray(schema)) return schema.map(whole);
  if (schema === null || typeof schema !== 'object') return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, whole(value)]));
  if (!schema.properties) return made;
  for (const [name, loosen] of Object.entries(looser)) {
    if (made.properties[name]) made.properties[name] = loosen(made.properties[name]);
  }
  return { ...made, required: Object.keys(schema.properties) };
}

// shapes reads a part of the client and gives a function that says what is wrong with an answer.
function shapes(file) {
  const generator = createGenerator({ path: file, expose: 'all', topRef: false, additionalProperties: true,
    jsDoc: 'none', skipTypeCheck: true });
  const ajv = new Ajv({ strict: false, allErrors: true });
  const known = new Map();
  const compile = (name) => {
    const { properties, definitions } = generator.createSchema(`${name[0].toUpperCase()}${name.slice(1)}Responses`);
    // A status without a body is `unknown` in the types and an empty schema here.
    return ajv.compile({ anyOf: Object.values(properties).map(whole), definitions: whole(definitions) });
  };
  return (name, answer) => {
    if (!known.has(name)) known.set(name, compile(name));
    const valid = known.get(name);
    return valid(answer) ? [] : valid.errors.map((e) => `${e.instancePath || '/'} ${e.message}`);
  };
}

// part names the file that declares a part's types.
function part(dist, name) {
  if (name === 'admin') return join(dist, 'admin.d.ts');
  return join(dist, readdirSync(dist).find((f) => /^create-auth-.*\.d\.ts$/.test(f)));
}

// checked gives the functions of a part so that each answer is held against its type.
export function checked(dist) {
  const readers = {};
  return (name, api) => new Proxy(api, {
    get(target, key) {
      const call = target[key];
      if (typeof call !== 'function') return call;
      return async (...args) => {
        const answer = await call.apply(target, args);
        readers[name] ??= shapes(part(dist, name));
        const wrong = readers[name](key, answer);
        if (wrong.length > 0) {
          throw new Error(`${key} answers other than its type:\n${wrong.slice(0, 20).join('\n')}\n${JSON.stringify(answer, null, 1).slice(0, 4000)}`);
        }
        return answer;
      };
    },
  });
}
