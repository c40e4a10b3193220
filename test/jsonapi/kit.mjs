// What the acceptance tests of the table API share: the published client as it is in a browser, and the short words to
// set a scene with it.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

export const baseUrl = process.env.KITH_URL;
assert.ok(baseUrl, 'KITH_URL must name a running kith');

export const password = 'Correct-horse-9';

const require = createRequire(import.meta.url);
assert.equal(require('daptin-client/package.json').version, '0.2.9');

// The client is made for browsers and keeps what it is told to in the page that it runs in: here each has one of its own.
const pages = new AsyncLocalStorage();
for (const name of ['window', 'document']) {
  Object.defineProperty(globalThis, name, { get: () => pages.getStore()?.[name] });
}

console.log = () => {}; // the client tells of everything, whole answers with their tokens included

// load gives a copy of the client whose axios, with the headers it carries, is shared with no other.
function load() {
  for (const file of Object.keys(require.cache)) if (/\/node_modules\/(daptin-client|axios)\//.test(file)) delete require.cache[file];
  return { axios: require('axios'), DaptinClient: require('daptin-client').DaptinClient };
}

// open gives the client in a page of its own, for guests of the company; without one, of the only one there is.
export function open(company) {
  const { axios, DaptinClient } = load();
  const kept = new Map();
  const getItem = (key) => kept.get(key) ?? null;
  const page = { document: { cookie: '' }, window: { localStorage: { getItem, setItem: (key, value) => kept.set(key, String(value)) } } };
  const client = new DaptinClient(baseUrl, false, { getToken: () => getItem('token') });
  if (company) {
    axios.defaults.headers.common['X-Company'] = company;
    client.jsonApi.headers['X-Company'] = company;
  }
  return {
    company, page, kept,
    api: client.jsonApi, worlds: client.worldManager, actions: client.actionManager, config: client.configManager,
    // act runs an action, and waits until the client has done what the answer tells it to.
    async act(table, action, inputs) {
      const answer = await pages.run(page, () => client.actionManager.doAction(table, action, inputs));
      await turn();
      return answer;
    },
    // use makes the client speak with a token that came another way.
    use: (token) => kept.set('token', token),
    // user is what the client knows of who is signed in.
    get user() { return JSON.parse(getItem('user')); },
  };
}

// platform calls the platform API, which is the same company's other face, and gives the answer with its HTTP status.
export async function platform(method, path, { token, body } = {}) {
  const answer = await fetch(`${baseUrl}/3${path}`, { method, body: body && JSON.stringify(body),
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Token ${token}` }) } });
  return { http: answer.status, ...await answer.json() };
}

// found registers a company, and gives its owner's client, signed in, who administers it.
export async function found(details = {}) {
  const company = `acme-${randomUUID().slice(0, 8)}`;
  const email = `owner@${company}.test`;
  const { http, message } = await platform('POST', '/auth/company/register/', { body: { email, first_name: 'Own', last_name: 'Er', password,
    terms_and_conditions: true, privacy_policy: true, company: { id: company, name: 'Acme', system_email: `sys@${company}.test`, mode: 'test', ...details } } });
  assert.equal(http, 201, message);
  return { company, owner: await signIn(company, email) };
}

// someone is what a person signs up with.
export function someone(company, who = {}) {
  const name = who.name ?? 'Joe Doe';
  return { name, email: `${name.split(' ')[0].toLowerCase()}-${randomUUID().slice(0, 8)}@${company}.test`, password, passwordConfirm: password, ...who };
}

// signUp signs somebody up, and gives their client, signed in.
export async function signUp(company, who = {}) {
  const person = someone(company, who);
  await open(company).act('user_account', 'signup', person);
  return signIn(company, person.email);
}

// signIn gives the client of somebody who has signed in, with the models of the tables that most tests use.
export async function signIn(company, email, pass = password) {
  const client = open(company);
  await client.act('user_account', 'signin', { email, password: pass });
  await client.worlds.loadModel(['user_account', 'usergroup', 'world', 'action', memberships]);
  return Object.assign(client, { email, id: client.user.sub });
}

// memberships is the table of who is in which group.
export const memberships = 'user_account_user_account_id_has_usergroup_usergroup_id';

// is is the client's way to ask for rows whose column has a value.
export const is = (column, value) => ({ query: JSON.stringify([{ column, operator: 'is', value }]) });

// rejected gives what a call is rejected with.
export const rejected = (call) => call.then((answer) => assert.fail(`was not refused: ${JSON.stringify(answer)}`), (e) => e);

// refused asserts that a call about rows is refused: the client says why as titles, by field or by number.
export async function refused(call, want) {
  const errors = await rejected(call);
  assert.ok(!(errors instanceof Error), errors?.stack);
  for (const { title } of Object.values(errors)) assert.match(title, /\w+[ .]/, 'a title for people');
  for (const [where, title] of Object.entries(want)) assert.match(errors[where]?.title ?? '', title, JSON.stringify(errors));
  assert.deepEqual(Object.keys(errors), Object.keys(want));
}

// failed asserts that an action fails, with nothing but a word to the user.
export async function failed(call, want) {
  const answer = await rejected(call);
  const message = answer?.[0]?.Attributes?.message;
  assert.deepEqual(answer, [{ ResponseType: 'client.notify', Attributes: { message, title: 'failed', type: 'error' } }]);
  assert.match(message, want);
}

// mail waits for the newest mail to an address that leads to a page, and gives the values of its link.
export async function mail(to, leads) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${baseUrl}/inbox/messages.json?to=${encodeURIComponent(to)}`);
    const found = (await answer.json()).find((m) => m.links.some((l) => l.includes(`/${leads}/`)));
    if (found) return Object.fromEntries(new URLSearchParams(new URL(found.links[0]).hash.slice(1)));
    await sleep(100);
  }
  return assert.fail(`no link to ${leads} came to ${to}`);
}

// uuid is what ids look like.
export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
