// Guest access: the administrator opens and closes each API to guests, from the very next request on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, found, is, open, password, refused, signUp, someone } from './kit.mjs';

// The guest bits of a permission.
const [peek, read, create, execute] = [1, 2, 4, 32];

// guest gives a client without a token that knows the tables.
async function guest(company) {
  const client = open(company);
  await client.worlds.loadModel(['user_account', 'usergroup', 'world', 'action']);
  return client;
}

// switched gives what turns bits of a table's or an action's permission on and off.
async function switched(owner, type, query) {
  const { data: [row] } = await owner.api.findAll(type, query);
  return async (on, off = 0) => {
    const { data: now } = await owner.api.find(type, row.id);
    const permission = (now.permission | on) & ~off;
    assert.equal((await owner.api.update(type, { id: row.id, permission })).data.permission, permission);
  };
}

const ofTable = (owner, name) => switched(owner, 'world', is('table_name', name));
const ofAction = (owner, name) => switched(owner, 'action', is('action_name', name));

test('what guests may do in a new company', async () => {
  const { company } = await found();
  const one = await guest(company);
  const { data, meta } = await one.api.findAll('user_account');
  assert.deepEqual([data, meta.total], [[], 0], 'that there are users, but not who');
  for (const table of ['usergroup', 'world', 'action']) await refused(one.api.findAll(table), { 0: /permission/ });
  await refused(one.api.find('user_account', 'mine'), { 0: /\w/ });
  await one.act('user_account', 'signup', someone(company));
  await one.api.create('user_account', { name: 'Bob', email: `bob@${company}.test`, password });
  await one.act('user_account', 'signin', { email: `bob@${company}.test`, password });
  assert.equal((await one.api.find('user_account', 'mine')).data.name, 'Bob');
});

test('a list opens to guests and closes', async () => {
  const { company, owner } = await found();
  const set = await ofTable(owner, 'usergroup');
  const one = await guest(company);
  const { data: group } = await owner.api.create('usergroup', { name: 'editors' });
  await owner.api.update('usergroup', { id: group.id, permission: group.permission | peek | read });
  await refused(one.api.findAll('usergroup'), { 0: /permission/ });
  await set(peek);
  assert.deepEqual((await one.api.findAll('usergroup')).data.map((g) => g.name), ['editors']);
  assert.equal((await one.api.find('usergroup', group.id)).data.name, 'editors');
  await refused(one.api.update('usergroup', { id: group.id, name: 'mine' }), { 0: /permission/ });
  await set(0, peek);
  await refused(one.api.findAll('usergroup'), { 0: /permission/ });
  await refused(one.api.find('usergroup', group.id), { 0: /\w/ });
});

test('what guests create opens and closes', async () => {
  const { company, owner } = await found();
  const set = await ofTable(owner, 'user_account');
  const one = await guest(company);
  const person = () => ({ name: 'Bob', email: someone(company).email, password });
  await set(0, create);
  await refused(one.api.create('user_account', person()), { 0: /permission/ });
  await failed(one.act('user_account', 'signup', someone(company)), /permission/);
  await set(create);
  await one.api.create('user_account', person());
  await one.act('user_account', 'signup', someone(company));
});

test('sign-up asks whether guests may make the home group, too', async () => {
  const { company, owner } = await found();
  const set = await ofTable(owner, 'usergroup');
  const one = await guest(company);
  for (const bit of [create, 64]) { // create a group, refer to it
    await set(0, bit);
    await failed(one.act('user_account', 'signup', someone(company)), /permission/);
    await set(bit);
    await one.act('user_account', 'signup', someone(company));
  }
});

test('the action sign-up opens and closes, and is offered so', async () => {
  const { company, owner } = await found();
  const set = await ofAction(owner, 'signup');
  const one = await guest(company);
  await set(0, execute);
  await failed(one.act('user_account', 'signup', someone(company)), /permission/);
  assert.equal('user:signup' in await one.actions.getGuestActions(), false);
  await one.api.create('user_account', { name: 'Bob', email: `bob@${company}.test`, password }); // another API, still open
  await set(execute);
  await one.act('user_account', 'signup', someone(company));
  assert.ok('user:signup' in await one.actions.getGuestActions());
});

test('sign-in asks whether guests may peek at the table, and at the user', async () => {
  const { company, owner } = await found();
  const set = await ofTable(owner, 'user_account');
  const ada = await signUp(company);
  const signsIn = () => open(company).act('user_account', 'signin', { email: ada.email, password });
  await set(0, peek);
  await failed(signsIn(), /\w+ \w+/);
  await set(peek);
  await signsIn();
  const { data } = await ada.api.find('user_account', 'mine');
  await ada.api.update('user_account', { id: ada.id, permission: data.permission & ~peek });
  await failed(signsIn(), /\w+ \w+/);
  await ada.api.update('user_account', { id: ada.id, permission: data.permission });
  await signsIn();
});

test('nobody but the administrator opens anything', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  for (const [type, query] of [['world', is('table_name', 'user_account')], ['action', is('action_name', 'signup')]]) {
    const { data: [row] } = await owner.api.findAll(type, query);
    for (const client of [ada, await guest(company)]) {
      await refused(client.api.update(type, { id: row.id, permission: 2097151 }), { 0: /\w/ });
    }
    assert.equal((await owner.api.find(type, row.id)).data.permission, row.permission);
  }
});

test('one company opens nothing of another\'s', async () => {
  const { owner } = await found();
  const { company } = await found();
  await (await ofTable(owner, 'usergroup'))(peek | read);
  await refused((await guest(company)).api.findAll('usergroup'), { 0: /permission/ });
});
