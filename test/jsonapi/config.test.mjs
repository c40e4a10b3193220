// What a company decides about its users, read and changed by whoever administers it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, found, open, rejected, signIn, signUp, someone } from './kit.mjs';

const life = 'jwt.token.life.hours';

// status gives that of a call for the configuration which fails.
const status = async (call) => (await rejected(call)).response.status;

test('the administrator says how long tokens live', async () => {
  const { company, owner } = await found();
  const hours = await owner.config.getConfig(life, 'backend');
  assert.equal(typeof hours, 'number', 'the client makes a number of it');
  assert.equal(await owner.config.setConfig(life, 'backend', '72'), '');
  assert.equal(await owner.config.getConfig(life, 'backend'), 72);
  const { user } = await signIn(company, owner.email);
  assert.ok(Math.abs(user.exp - user.iat - 72 * 3600) < 5, `${user.exp - user.iat} s`);
  assert.equal(await status(owner.config.setConfig(life, 'backend', '-1')), 400);
  assert.equal(await owner.config.getConfig(life, 'backend'), 72);
});

test('the administrator closes registration on every face', async () => {
  const { company, owner } = await found();
  await owner.config.setConfig('allow_registrations', 'backend', 'false');
  await failed(open(company).act('user_account', 'signup', someone(company)), /\w+ \w+/);
  await owner.config.setConfig('allow_registrations', 'backend', 'true');
  await signUp(company);
});

test('there is nothing else, and no secret', async () => {
  const { owner } = await found();
  for (const key of ['jwt.secret', 'encryption.secret', 'nope']) {
    assert.equal(await status(owner.config.getConfig(key, 'backend')), 404, key);
    assert.equal(await status(owner.config.setConfig(key, 'backend', 'x')), 404, key);
  }
});

test('nobody else reads or changes it', async () => {
  const { company } = await found();
  for (const client of [await signUp(company), open(company)]) {
    assert.equal(await status(client.config.getConfig(life, 'backend')), 403);
    assert.equal(await status(client.config.setConfig(life, 'backend', '1')), 403);
  }
});
