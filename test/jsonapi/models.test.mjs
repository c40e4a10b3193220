// Models: what the client learns of tables, and needs for all else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { found, open, rejected, signUp } from './kit.mjs';

test('a model names each column with its type, and each relation with its table', async () => {
  const { company } = await found();
  const guest = open(company);
  const [user, group] = await guest.worlds.loadModel(['user_account', 'usergroup']);
  const { name, email, password, confirmed, permission, reference_id: id, created_at: created } = user;
  assert.deepEqual({ name, email, password, confirmed, permission, id, created }, { name: 'label', email: 'email', password: 'password',
    confirmed: 'truefalse', permission: 'measurement', id: 'alias', created: 'datetime' });
  assert.deepEqual(user.usergroup_id, { jsonApi: 'hasMany', columnType: 'entity', type: 'usergroup', ColumnName: 'usergroup_id' });
  assert.deepEqual(user.user_account_id, { jsonApi: 'hasOne', columnType: 'entity', type: 'user_account', ColumnName: 'user_account_id' });
  assert.equal(group.name, 'label');
  assert.equal(group.user_account_id.jsonApi, 'hasMany');
  const [one] = await guest.worlds.loadModel('world');
  assert.equal(one.table_name, 'label');
});

test('a model says what a column takes', async () => {
  const { company } = await found();
  const { ColumnModel: columns, Actions: actions, StateMachines: machines, IsStateMachineEnabled: enabled } = await open(company).worlds.modelLoader('user_account');
  assert.deepEqual([columns.name.DataType, columns.name.IsNullable, columns.email.IsUnique], ['varchar(80)', false, true]);
  assert.deepEqual([columns.created_at.ReadOnly, columns.permission.ReadOnly], [true, false]);
  assert.ok(actions.map((a) => a.Name).includes('signup'));
  assert.deepEqual([machines, enabled], [[], false]);
});

test('with a model its actions are known', async () => {
  const { company } = await found();
  const guest = open(company);
  await guest.worlds.loadModel(['user_account', 'world']);
  const { signup, signin } = guest.actions.getActions('user_account');
  assert.deepEqual([signup.OnType, signin.InFields.map((f) => f.Name)], ['user_account', ['email', 'password']]);
  assert.equal(guest.actions.getActionModel('world', 'become_an_administrator').Name, 'become_an_administrator');
  assert.equal(guest.worlds.isStateMachineEnabled('user_account'), false);
});

test('all models are loaded in one go', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const models = await rejected(ada.worlds.loadModels()); // the client's own mistake: it rejects with what it loaded
  assert.ok(Array.isArray(models), models?.stack);
  const tables = Object.keys(ada.worlds.getWorlds());
  for (const name of ['user_account', 'usergroup', 'world', 'action', 'email', 'mobile']) {
    assert.ok(tables.includes(name), name);
    assert.ok(ada.api.models[name], `${name} is defined`);
  }
  assert.equal(ada.worlds.getWorldByName('user_account').table_name, 'user_account');
  assert.ok(ada.worlds.getSystemActions().map((a) => a.Name).includes('become_an_administrator'));
  assert.deepEqual((await ada.api.findAll('email')).data.map((e) => e.email), [ada.email]);
});

test('one world is looked up by its name', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  await ada.worlds.refreshWorld('usergroup'); // which is done before its row is there
  for (let tries = 0; tries < 50 && !ada.worlds.getWorldByName('usergroup'); tries++) await sleep(100);
  assert.equal(ada.worlds.getWorldByName('usergroup').table_name, 'usergroup');
});

test('there is no model of what is no table', async () => {
  const { company } = await found();
  const { error } = await rejected(open(company).worlds.modelLoader('nope'));
  assert.equal(error.response.status, 404);
});
