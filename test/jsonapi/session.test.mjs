// Coming in: what a guest's client finds, signing up and signing in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, found, open, password, refused, signIn, signUp, someone, uuid } from './kit.mjs';

test('a client without a token loads what tables are made of', async () => {
  const { company } = await found();
  const guest = open(company);
  const types = await guest.worlds.init(); // which the constructor has called, too
  assert.deepEqual(guest.worlds.getColumnFieldTypes(), types);
  for (const name of ['label', 'email', 'password', 'truefalse', 'measurement', 'datetime', 'alias']) {
    assert.equal(types[name].Name, name);
    assert.ok(types[name].DataTypes.length > 0);
  }
});

test('a guest is offered the ways to come in', async () => {
  const { company } = await found();
  const actions = await open(company).actions.getGuestActions();
  for (const [name, inputs] of Object.entries({
    'user:signup': ['name', 'email', 'password', 'passwordConfirm', 'mobile', 'terms_and_conditions', 'privacy_policy'], 'user:signin': ['email', 'password'] })) {
    assert.equal(actions[name].OnType, 'user_account');
    assert.equal(actions[name].Name, name.slice('user:'.length));
    assert.deepEqual(actions[name].InFields.map((f) => f.ColumnName), inputs);
  }
  assert.equal('world:become_an_administrator' in actions, false);
});

test('signing up tells the user, and leads to sign-in', async () => {
  const { company } = await found();
  const guest = open(company);
  const answer = await guest.act('user_account', 'signup', someone(company, { mobile: '+27831234567' }));
  assert.deepEqual(answer.map((r) => r.ResponseType), ['client.notify', 'client.redirect']);
  assert.equal(answer[0].Attributes.message, 'Sign-up successful. Redirecting to sign in');
  assert.equal(answer[1].Attributes.location, '/auth/signin');
  assert.equal(guest.kept.size, 0, 'nobody is signed in yet');
});

test('signing in leaves the token and the user where the client keeps them', async () => {
  const { company } = await found();
  const person = someone(company, { name: 'Ada King' });
  const ada = open(company);
  await ada.act('user_account', 'signup', person);
  const answer = await ada.act('user_account', 'signin', { email: person.email, password });
  assert.deepEqual(answer.map((r) => r.ResponseType), ['client.store.set', 'client.cookie.set', 'client.notify', 'client.redirect']);
  const token = ada.kept.get('token');
  assert.equal(token, answer[0].Attributes.value);
  assert.equal(ada.page.document.cookie, `token=${token}; SameSite=Strict;`);
  const { sub, email, name, iat, nbf, exp, jti } = ada.user;
  assert.match(sub, uuid);
  assert.ok(jti);
  assert.deepEqual({ email, name }, { email: person.email, name: 'Ada King' });
  assert.ok(nbf <= iat && Math.abs(iat - Date.now() / 1000) < 60 && exp > iat + 3600, 'times in seconds');
  await ada.worlds.loadModel('user_account');
  const { data } = await ada.api.find('user_account', 'mine');
  assert.deepEqual([data.id, data.reference_id, data.email, data.name], [sub, sub, person.email, 'Ada King']);
});

test('an e-mail is one in whatever case', async () => {
  const { company } = await found();
  const ada = await signUp(company, { email: `Ada@${company}.Test` });
  assert.equal((await signIn(company, `ADA@${company}.TEST`)).id, ada.id);
  await failed(open(company).act('user_account', 'signup', someone(company, { email: `aDa@${company}.test` })), /in use/);
});

test('a wrong sign-in is told to the user, and nothing is kept', async () => {
  const { company } = await found();
  const { email } = await signUp(company);
  for (const inputs of [{ email, password: 'wrong' }, { email: `nobody@${company}.test`, password }]) {
    const guest = open(company);
    await failed(guest.act('user_account', 'signin', inputs), /\w+ \w+/);
    assert.equal(guest.kept.size, 0);
    assert.equal(guest.page.document.cookie, '');
  }
});

test('what is wrong with a sign-up is told to the user', async () => {
  const { company } = await found();
  const sign = (inputs) => open(company).act('user_account', 'signup', inputs);
  const good = someone(company);
  for (const [change, want] of [
    [{ passwordConfirm: 'another' }, /^passwordConfirm: /], [{ passwordConfirm: undefined }, /^passwordConfirm: /],
    [{ name: '' }, /^name: /], [{ name: 'x'.repeat(81) }, /^name: /], [{ email: 'nobody' }, /^email: /], [{ email: undefined }, /^email: /],
    [{ password: '', passwordConfirm: '' }, /password: /], [{ password: 1, passwordConfirm: 1 }, /^password: .*text/],
    [{ email: undefined, name: undefined }, /name: .*email: /], [{ mobile: '12' }, /^mobile: /],
  ]) {
    await failed(sign({ ...good, ...change }), want);
  }
  await sign(good);
  await failed(sign(good), /^email: .*in use/);
});

test('a token that is none makes a guest', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const [head, body, sign] = ada.kept.get('token').split('.');
  for (const token of ['undefined', 'garbage', 'a.b.c', `${head}.${body}.`, `${head}.${body}.${sign.split('').reverse().join('')}`]) {
    ada.use(token);
    assert.deepEqual((await ada.api.findAll('user_account')).data, [], token);
    await refused(ada.api.find('user_account', 'mine'), { 0: /\w/ });
    assert.ok('user:signup' in await ada.actions.getGuestActions());
    await ada.act('user_account', 'signup', someone(company));
  }
});

test('a person signs in on two devices, and each has a token of its own', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const again = await signIn(company, ada.email);
  assert.notEqual(again.kept.get('token'), ada.kept.get('token'));
  for (const client of [ada, again]) assert.equal((await client.api.find('user_account', 'mine')).data.id, ada.id);
});
