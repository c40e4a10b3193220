// Actions besides signing up and in: a forgotten password, numbers that are proved by a code, tokens that end earlier.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrl, failed, found, mail, open, password, refused, signIn, signUp } from './kit.mjs';

const fresh = 'Battery-staple-7';
const code = '123456'; // of a company of mode test
const number = '+27831234567';

// told asserts that an action's answer is a good word to the user, and nothing secret.
function told(answer) {
  const notes = answer.filter((r) => r.ResponseType === 'client.notify');
  assert.equal(notes.length, 1, JSON.stringify(answer));
  assert.equal(notes[0].Attributes.type, 'success');
  assert.match(notes[0].Attributes.message, /\w+/);
  assert.equal(answer.some((r) => r.ResponseType === 'client.store.set'), false);
}

test('a forgotten password is replaced by what was mailed, once', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const guest = open(company);
  told(await guest.act('user_account', 'reset-password', { email: ada.email }));
  const { token: otp } = await mail(ada.email, 'reset-password');
  const verify = (inputs) => guest.act('user_account', 'reset-password-verify', { email: ada.email, otp, new_password: fresh, passwordConfirm: fresh, ...inputs });
  await failed(verify({ otp: `x${otp.slice(1)}` }), /^otp: /);
  await failed(verify({ new_password: '', passwordConfirm: '' }), /new_password: /);
  told(await verify());
  await failed(verify(), /^otp: /);
  await failed(open(company).act('user_account', 'signin', { email: ada.email, password }), /\w+ \w+/);
  assert.equal((await signIn(company, ada.email, fresh)).id, ada.id);
  await refused(ada.api.find('user_account', 'mine'), { 0: /\w/ }); // the sessions before are over
});

test('what is mailed is a link, never a password', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  await open(company).act('user_account', 'reset-password', { email: ada.email });
  await mail(ada.email, 'reset-password');
  const mails = await (await fetch(`${baseUrl}/inbox/messages.json?to=${encodeURIComponent(ada.email)}`)).text();
  assert.equal(mails.includes(password), false);
  assert.equal((await signIn(company, ada.email)).id, ada.id, 'asking changes nothing');
});

test('asking for a new password tells nobody who is there', async () => {
  const { company, owner } = await found();
  const ask = (email) => open(company).act('user_account', 'reset-password', { email });
  assert.deepEqual(await ask(`nobody@${company}.test`), await ask(owner.email));
  await failed(ask(''), /email: /);
});

test('a number is registered, and proved by its code', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  await ada.worlds.loadModel('mobile');
  const mobiles = async () => (await ada.api.findAll('mobile')).data.map((m) => [m.mobile, m.confirmed]);
  told(await ada.act('user_account', 'register_otp', { user_account_id: ada.id, mobile_number: '+27 83 123 4567' }));
  assert.deepEqual(await mobiles(), [[number, false]]);
  await failed(ada.act('user_account', 'verify_otp', { mobile_number: number, otp: '654321' }), /otp: /);
  told(await ada.act('user_account', 'verify_otp', { mobile_number: number, otp: code }));
  assert.deepEqual(await mobiles(), [[number, true]]);
  await failed(ada.act('user_account', 'verify_otp', { mobile_number: number, otp: code }), /\w+/);
});

test('another code is sent, and proves the number, too', async () => {
  const { company } = await found();
  const ada = await signUp(company, { mobile: number });
  await ada.worlds.loadModel('mobile');
  told(await ada.act('user_otp_account', 'send_otp', { mobile_number: number }));
  told(await ada.act('user_otp_account', 'verify_mobile_number', { mobile_number: number, otp: code }));
  assert.deepEqual((await ada.api.findAll('mobile')).data.map((m) => m.confirmed), [true]);
});

test('nobody registers a number for somebody else, nor guests for anybody', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  for (const [client, id] of [[ada, owner.id], [ada, '019a0000-0000-7000-8000-000000000000'], [ada, undefined], [open(company), ada.id]]) {
    await failed(client.act('user_account', 'register_otp', { user_account_id: id, mobile_number: number }), /\w+/);
  }
  for (const [table, action] of [['user_account', 'verify_otp'], ['user_otp_account', 'send_otp'], ['user_otp_account', 'verify_mobile_number']]) {
    await failed(open(company).act(table, action, { mobile_number: number, otp: code }), /\w+/);
  }
});

test('a token is made that ends earlier, and with the session', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const { exp } = ada.user;
  const answer = await ada.act('user_account', 'generate_jwt_token', { life_seconds: 600 });
  assert.equal(ada.kept.get('token'), answer[0].Attributes.value, 'the client goes on with it');
  assert.ok(Math.abs(ada.user.exp - Date.now() / 1000 - 600) < 30 && ada.user.exp < exp);
  assert.equal((await ada.api.find('user_account', 'mine')).data.id, ada.id);
  await failed(ada.act('user_account', 'generate_jwt_token', { life_seconds: 0 }), /life_seconds: /);
  await failed(open(company).act('user_account', 'generate_jwt_token', { life_seconds: 600 }), /\w+/);
});

test('everybody is offered what they may run', async () => {
  const { company } = await found();
  const list = await open(company).actions.getGuestActions();
  assert.deepEqual(Object.keys(list).sort(), ['user:reset-password', 'user:reset-password-verify', 'user:signin', 'user:signup']);
  const ada = await signUp(company);
  await ada.worlds.loadModel('user_account');
  const known = Object.keys(ada.actions.getActions('user_account'));
  for (const name of ['signup', 'signin', 'reset-password', 'reset-password-verify', 'register_otp', 'verify_otp', 'generate_jwt_token']) {
    assert.ok(known.includes(name), name);
  }
});

test('an action that there is not fails as one that is not open', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  for (const [table, action] of [['user_account', 'nope'], ['nope', 'signin']]) await failed(ada.act(table, action, {}), /\w+ \w+/);
});
