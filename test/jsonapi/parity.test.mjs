// One company, two APIs: what is done through either is so through the other, in the very next request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, found, memberships, open, password, platform, refused, rejected, signIn, signUp, someone } from './kit.mjs';

// login signs in on the platform, and gives the token.
async function login(company, user, pass = password) {
  const { http, data, message } = await platform('POST', '/auth/login/', { body: { company, user, password: pass } });
  assert.equal(http, 200, message);
  return data.token;
}

// register registers somebody on the platform, and gives them.
async function register(company, who = {}) {
  const body = { company, email: someone(company).email, password, first_name: 'Joe', last_name: 'Doe',
    terms_and_conditions: true, privacy_policy: true, ...who };
  const { http, data, message } = await platform('POST', '/auth/register/', { body });
  assert.equal(http, 201, message);
  return { ...data.user, token: data.token };
}

// status gives that of a client's next request, by one whose status the client tells: 403 if they may not, 401 if their
// session is over.
const status = async (client) => (await rejected(client.config.setConfig('hostname', 'backend', ''))).response.status;

test('who signs up here is known there', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company, { name: 'Ada King', mobile: '+27831234567' });
  const token = await login(company, ada.email);
  const { data } = await platform('GET', '/user/', { token });
  assert.deepEqual([data.id, data.email, data.mobile, data.first_name, data.last_name], [ada.id, ada.email, '+27831234567', 'Ada', 'King']);
  assert.deepEqual(data.groups.map((g) => g.name), ['user']);
  const list = await platform('GET', `/admin/users/?email=${encodeURIComponent(ada.email)}`, { token: await login(company, owner.email) });
  assert.deepEqual(list.data.results.map((u) => u.id), [ada.id]);
});

test('who is created here by POST is known there', async () => {
  const { company } = await found();
  const guest = open(company);
  await guest.worlds.loadModel('user_account');
  const { data: made } = await guest.api.create('user_account', { name: 'Bob', email: `bob@${company}.test`, password: 'test123' });
  const { data } = await platform('GET', '/user/', { token: await login(company, `bob@${company}.test`, 'test123') });
  assert.equal(data.id, made.id);
});

test('who registers there is known here', async () => {
  const { company, owner } = await found();
  const joe = await register(company);
  const client = await signIn(company, joe.email);
  assert.equal(client.id, joe.id);
  const { data } = await client.api.find('user_account', 'mine');
  assert.deepEqual([data.name, data.email], ['Joe Doe', joe.email]);
  assert.deepEqual((await owner.api.findAll('user_account', { filter: joe.email })).data.map((u) => u.id), [joe.id]);
  const { data: groups } = await client.api.one('user_account', joe.id).all('usergroup_id').get();
  assert.ok(groups.map((g) => g.name).includes('Home group for Joe Doe'));
  await failed(open(company).act('user_account', 'signup', someone(company, { email: joe.email })), /in use/);
  const { http } = await platform('POST', '/auth/register/', { body: { company, email: (await signUp(company)).email, password,
    terms_and_conditions: true, privacy_policy: true } });
  assert.notEqual(http, 201);
});

test('a token of either API is good for the other', async () => {
  const { company } = await found();
  const joe = await register(company);
  const client = open();
  client.use(joe.token);
  await client.worlds.loadModel('user_account');
  assert.equal((await client.api.find('user_account', 'mine')).data.id, joe.id);
  const ada = await signUp(company);
  assert.equal((await platform('GET', '/user/', { token: ada.kept.get('token') })).data.id, ada.id);
});

test('a change here is seen there at once, and the other way round', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company, { name: 'Ada King' });
  const token = await login(company, ada.email);
  await ada.api.update('user_account', { id: ada.id, name: 'Ada Lovelace' });
  assert.equal((await platform('GET', '/user/', { token })).data.last_name, 'Lovelace');
  assert.equal((await platform('PATCH', '/user/', { token, body: { first_name: 'Augusta' } })).http, 200);
  assert.equal((await ada.api.find('user_account', ada.id)).data.name, 'Augusta Lovelace');
  const staff = await login(company, owner.email);
  await owner.api.update('user_account', { id: ada.id, name: 'Anne Lovelace' });
  assert.equal((await platform('GET', `/admin/users/${ada.id}/`, { token: staff })).data.last_name, 'Lovelace');
  assert.equal((await platform('PATCH', `/admin/users/${ada.id}/`, { token: staff, body: { last_name: 'Byron' } })).http, 200);
  assert.match((await owner.api.find('user_account', ada.id)).data.name, /Byron$/);
});

test('a password that is changed on either side is changed', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  await ada.api.update('user_account', { id: ada.id, password: 'second' });
  const token = await login(company, ada.email, 'second');
  const { http } = await platform('POST', '/auth/password/change/', { token, body: { old_password: 'second', new_password1: 'third', new_password2: 'third' } });
  assert.equal(http, 200);
  assert.equal((await signIn(company, ada.email, 'third')).id, ada.id);
  await failed(open(company).act('user_account', 'signin', { email: ada.email, password: 'second' }), /\w+ \w+/);
});

test('who is deactivated there is out here with the next request', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  assert.equal(await status(ada), 403, 'signed in');
  const staff = await login(company, owner.email);
  assert.equal((await platform('PATCH', `/admin/users/${ada.id}/`, { token: staff, body: { deactivated: true } })).http, 200);
  assert.equal(await status(ada), 401);
  await refused(ada.api.find('user_account', 'mine'), { 0: /\w/ });
  await failed(open(company).act('user_account', 'signin', { email: ada.email, password }), /\w+ \w+/);
  assert.equal((await platform('PATCH', `/admin/users/${ada.id}/`, { token: staff, body: { deactivated: false } })).http, 200);
  assert.equal((await signIn(company, ada.email)).id, ada.id);
  assert.equal(await status(ada), 401, 'an ended session stays so');
});

test('who signs out there is out here', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const other = await signIn(company, ada.email);
  assert.equal((await platform('POST', '/auth/logout/', { token: ada.kept.get('token') })).http, 200);
  assert.equal(await status(ada), 401);
  assert.equal((await other.api.find('user_account', 'mine')).data.id, ada.id);
});

test('a role that is given there is one here', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  await refused(ada.api.find('user_account', owner.id), { 0: /permission/ });
  const staff = await login(company, owner.email);
  assert.equal((await platform('POST', `/admin/users/${ada.id}/groups/`, { token: staff, body: { group: 'admin' } })).http, 201);
  assert.equal((await ada.api.find('user_account', owner.id)).data.email, owner.email);
  assert.deepEqual((await ada.api.findAll('user_account')).data.length, 2);
  const { data: groups } = await ada.api.one('user_account', ada.id).all('usergroup_id').get();
  assert.ok(groups.map((g) => g.name).includes('administrators'));
});

test('groups that people make here are no roles there', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const { data: group } = await owner.api.create('usergroup', { name: 'editors' });
  await owner.api.create(memberships, { user_account_id: { id: ada.id }, usergroup_id: { id: group.id } });
  const staff = await login(company, owner.email);
  const { data } = await platform('GET', '/admin/groups/', { token: staff });
  assert.equal(data.results.map((g) => g.name).includes('editors'), false);
  assert.deepEqual((await platform('GET', `/admin/users/${ada.id}/`, { token: staff })).data.groups.map((g) => g.name), ['user']);
});

test('who is deleted here is archived there', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const token = await login(company, ada.email);
  await owner.api.destroy('user_account', ada.id);
  assert.equal((await platform('GET', '/user/', { token })).http, 401);
  const staff = await login(company, owner.email);
  assert.equal((await platform('GET', `/admin/users/${ada.id}/`, { token: staff })).data.archived, true);
});
