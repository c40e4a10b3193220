// What the acceptance tests share: the published clients, and the short words to set a scene with them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe } from 'node:test';
import { checked } from './shape.mjs';

export const baseUrl = process.env.KITH_URL;
assert.ok(baseUrl, 'KITH_URL must name a running kith');

export const password = 'Correct-horse-9';

// load brings one version of the client under the name it is installed by.
async function load(name) {
  const [{ ApiError, createAuthenticatedFetch }, { createAuth }, { createUserApi }, { createAdminApi }] = await Promise.all(
    ['', '/auth', '/user', '/admin'].map((part) => import(name + part)));
  const dist = dirname(createRequire(import.meta.url).resolve(name));
  const { version } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8'));
  const check = checked(name);
  const client = (options) => {
    const auth = createAuth({ baseUrl, storage: 'memory', enableCrossTabSync: false, ...options });
    return { auth, user: check('user', createUserApi({ auth })), admin: check('admin', createAdminApi({ auth })),
      fetch: createAuthenticatedFetch(auth) };
  };
  return { version, ApiError, open: client, declared: (type) => declared(dist, type) };
}

// declared lists the members that the client's own types promise in every answer of the given type.
function declared(dist, type) {
  const types = readdirSync(dist).filter((f) => /^create-auth-.*\.d\.ts$/.test(f));
  const [, body] = readFileSync(join(dist, types[0]), 'utf8').match(new RegExp(`^type ${type} = \\{\\n([^]*?)^\\};`, 'm'));
  const names = [...body.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm)].map(([, name]) => name);
  assert.ok(names.length > 1, `the client declares no ${type}`);
  return names;
}

// The versions under test.
export const sdks = await Promise.all(['rehive', 'rehive-4.2.2'].map(load));
assert.deepEqual(sdks.map((s) => s.version), ['4.4.0', '4.2.2']);

// everySDK runs the same tests with each version of the client.
export function everySDK(tests) {
  for (const sdk of sdks) describe(`rehive ${sdk.version}`, () => tests(sdk));
}

// newSlug gives a company id that nobody has.
export const newSlug = (stem = 'acme') => `${stem}-${randomUUID().slice(0, 8)}`;

// found registers a company of its own and gives its id and its owner, signed in.
export async function found(sdk, details = {}) {
  const company = newSlug();
  const owner = sdk.open();
  const session = await owner.auth.registerCompany({
    email: `owner@${company}.test`, first_name: 'Own', last_name: 'Er', password,
    terms_and_conditions: true, privacy_policy: true,
    company: { id: company, name: 'Acme', system_email: `sys@${company}.test`, mode: 'test', ...details },
  });
  return { company, owner, session };
}

// enrol registers somebody in the company and gives them, signed in.
export async function enrol(sdk, company, who = {}) {
  const client = sdk.open();
  const person = { email: `${randomUUID().slice(0, 8)}@${company}.test`, ...who };
  const session = await client.auth.register({
    password, company, first_name: 'Joe', terms_and_conditions: true, privacy_policy: true, ...person });
  return { ...client, session, person };
}

// login signs somebody in on another device.
export async function login(sdk, company, user, pass = password) {
  const client = sdk.open();
  const session = await client.auth.login({ user, password: pass, company });
  return { ...client, session };
}

// refused asserts that a call fails as the client's ApiError with one of the statuses, in kith's
// envelope with words for people, and gives that error.
export async function refused(sdk, call, ...statuses) {
  const error = await call.then(
    (answer) => assert.fail(`was not refused: ${JSON.stringify(answer)}`), (e) => e);
  assert.ok(error instanceof sdk.ApiError, `not an ApiError: ${error?.stack}`);
  assert.ok(statuses.includes(error.status), `status ${error.status}, want ${statuses}: ${error.message}`);
  assert.equal(error.error.status, 'error');
  assert.equal(error.message, error.error.message);
  assert.match(error.message, /\w+ \w+/, 'a message for people');
  return error;
}

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// isMillis asserts a time in whole milliseconds since 1970: seconds would be taken for long past.
export function isMillis(value, name) {
  assert.ok(Number.isInteger(value) && value > 1e12, `${name} = ${value}, want integer milliseconds`);
}

// hasAll asserts that an answer has every member that the client's types promise.
export function hasAll(answer, names) {
  assert.deepEqual(names.filter((name) => !(name in answer)), [], 'members missing from the answer');
}
