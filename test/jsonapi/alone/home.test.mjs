// The first hour of an installation with one company, that nobody owns yet. The tests are steps of one story, and must
// come first: later there are other companies, and guests have to say which one they mean.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { baseUrl, failed, found, open, platform, refused, rejected, signIn, someone, uuid } from '../kit.mjs';

const run = promisify(execFile);

// The lines of the documentation that kith is made after, as they are printed there.
const signUpLine = `curl 'https://localhost:6336/action/user_account/signup' -H 'Content-Type: application/json;charset=utf-8' \
--data-raw '{"attributes":{"email":"email@host.com","password":"password","name":"name","passwordConfirm":"password"}}'`;
const postLine = `curl 'https://<host>/api/user_account' -X POST \
--data-raw '{"data":{"type":"user_account","attributes":{"email":"test@gmail.com","name":"Test name","password":"test123"}},"meta":{}}'`;
const signInLine = `curl 'http://localhost:6336/action/user_account/signin' \
-H 'Content-Type: application/json;charset=UTF-8' \
-H 'Accept: application/json, text/plain, */*' \
--data-binary '{"attributes":{"email":"<Email>","password":"<Password>"}}'`;

// shell runs a line in a shell, with nothing but the host changed.
async function shell(line) {
  const { stdout } = await run('sh', ['-c', `${line.replace(/https?:\/\/(localhost:6336|<host>)/, baseUrl)} -sS -w '\n%{http_code} %{content_type}'`]);
  const [, body, status, type] = stdout.match(/^([^]*)\n(\d+) (.*)$/);
  return { status: Number(status), type, body: JSON.parse(body) };
}

const signInAs = (email, pass) => shell(signInLine.replace('<Email>', email).replace('<Password>', pass));

test('the printed line signs up by the action', async () => {
  const { status, type, body } = await shell(signUpLine);
  assert.equal(status, 200);
  assert.equal(type, 'application/json; charset=utf-8');
  assert.deepEqual(body, [
    { ResponseType: 'client.notify', Attributes: {
      __type: 'client.notify', message: 'Sign-up successful. Redirecting to sign in', title: 'Success', type: 'success' } },
    { ResponseType: 'client.redirect', Attributes: { __type: 'client.redirect', delay: 2000, location: '/auth/signin', window: 'self' } },
  ]);
});

test('the printed line signs up by POST', async () => {
  const { status, type, body } = await shell(postLine);
  assert.equal(status, 201);
  assert.equal(type, 'application/vnd.api+json');
  assert.match(body.data.id, uuid);
  assert.equal(body.data.type, 'user_account');
  const { name, email, password: shown, confirmed } = body.data.attributes;
  assert.deepEqual({ name, email, shown, confirmed }, { name: 'Test name', email: 'test@gmail.com', shown: '', confirmed: false });
});

test('a second time the printed lines say that the e-mail is taken', async () => {
  const action = await shell(signUpLine);
  assert.equal(action.status, 409);
  assert.deepEqual(action.body.map((r) => r.ResponseType), ['client.notify']);
  assert.match(action.body[0].Attributes.message, /in use/);
  const { status, body } = await shell(postLine);
  assert.equal(status, 409);
  assert.equal(body.errors[0].source.pointer, '/data/attributes/email');
});

test('either works without a content type', async () => {
  for (const [path, body, want] of [
    ['/action/user_account/signup', { attributes: someone('first.example') }, 200],
    ['/api/user_account', { data: { type: 'user_account', attributes: { email: 'second@host.com', name: 'Test name', password: 'test123' } }, meta: {} }, 201],
  ]) {
    const bytes = new TextEncoder().encode(JSON.stringify(body)); // of bytes, fetch names no type
    assert.equal((await fetch(baseUrl + path, { method: 'POST', body: bytes })).status, want, path);
  }
});

test('the printed line signs in, and is answered in the printed order', async () => {
  for (const [email, pass] of [['email@host.com', 'password'], ['test@gmail.com', 'test123']]) {
    const { status, type, body } = await signInAs(email, pass);
    assert.equal(status, 200);
    assert.equal(type, 'application/json; charset=utf-8');
    const token = body[0].Attributes.value;
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/, 'a JWT');
    assert.deepEqual(body.splice(1, 1), [{ ResponseType: 'client.cookie.set', Attributes: { key: 'token', value: `${token}; SameSite=Strict` } }]);
    assert.deepEqual(body, [
      { ResponseType: 'client.store.set', Attributes: { key: 'token', value: token } },
      { ResponseType: 'client.notify', Attributes: { message: 'Logged in', title: 'Success', type: 'success' } },
      { ResponseType: 'client.redirect', Attributes: { delay: 2000, location: '/', window: 'self' } },
    ]);
    const own = await fetch(`${baseUrl}/api/user_account/mine`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await own.json()).data.attributes.email, email);
  }
});

test('a wrong password and a wrong e-mail are refused alike', async () => {
  const answers = [await signInAs('email@host.com', 'wrong'), await signInAs('nobody@host.com', 'password')];
  for (const { status, body } of answers) {
    assert.equal(status, 401);
    assert.deepEqual(body, answers[0].body);
    assert.deepEqual(body.map((r) => [r.ResponseType, r.Attributes.type]), [['client.notify', 'error']]);
  }
});

test('the snippet by which the client was tried runs as it is', async () => {
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL('snippet.cjs', import.meta.url))], { maxBuffer: 64 << 20 });
  assert.equal(stdout.trimEnd().split('\n').at(-1), 'a@host.test 1');
});

test('nobody is an administrator yet', async () => {
  await failed(open().act('world', 'become_an_administrator'), /permission/);
  const ada = await signIn(undefined, 'a@host.test', 'password1');
  assert.equal((await ada.api.findAll('user_account')).data.length, 1, 'everybody sees themselves');
});

test('the first to ask becomes the owner, and everybody keeps what is theirs', async () => {
  const ada = await signIn(undefined, 'a@host.test', 'password1');
  const other = await signIn(undefined, 'email@host.com', 'password');
  const { data: group } = await other.api.create('usergroup', { name: 'readers' });
  assert.deepEqual(await ada.act('world', 'become_an_administrator'), [
    { ResponseType: 'client.redirect', Attributes: { delay: 7000, location: '/', window: 'self' } },
    { ResponseType: 'Restart', Attributes: null },
  ]);
  const { data: users } = await ada.api.findAll('user_account', { page: { size: 100 } });
  assert.deepEqual(users.map((u) => u.email).filter((e) => /@(host|gmail)\./.test(e)).sort(),
    ['a@host.test', 'email@host.com', 'second@host.com', 'test@gmail.com']);
  for (const user of users) assert.equal(user.user_account_id, user.id, user.email);
  assert.equal((await other.api.update('usergroup', { id: group.id, name: 'our readers' })).data.name, 'our readers');
  const { data } = await ada.api.one('user_account', ada.id).all('usergroup_id').get({ sort: 'name' });
  assert.deepEqual(data.map((g) => g.name), ['administrators', 'Home group for A']);
});

test('nobody becomes one after that', async () => {
  for (const [email, pass] of [['email@host.com', 'password'], ['a@host.test', 'password1']]) {
    const late = await signIn(undefined, email, pass);
    await failed(late.act('world', 'become_an_administrator'), /\w+ \w+/);
  }
  const other = await signIn(undefined, 'email@host.com', 'password');
  assert.equal((await other.api.findAll('user_account')).data.length, 1);
});

test('the platform knows the owner as one', async () => {
  const { data } = await platform('POST', '/auth/login/', { body: { company: 'home', user: 'a@host.test', password: 'password1' } });
  const list = await platform('GET', '/admin/users/', { token: data.token });
  assert.equal(list.http, 200);
  const groups = list.data.results.map((u) => [u.email, u.groups.map((g) => g.name)]);
  assert.deepEqual(groups.find(([email]) => email === 'a@host.test'), ['a@host.test', ['admin']]);
  assert.deepEqual(groups.find(([email]) => email === 'email@host.com'), ['email@host.com', ['user']]);
});

test('once there is another company, guests say which one they mean', async () => {
  const { company } = await found();
  const lost = open();
  await lost.worlds.loadModel('user_account');
  await failed(lost.act('user_account', 'signin', { email: 'a@host.test', password: 'password1' }), /X-Company/);
  assert.equal((await rejected(lost.actions.getGuestActions())).response.status, 400);
  await refused(lost.api.findAll('user_account'), { 0: /[Ss]ay which company/ });
  await failed(open(company).act('user_account', 'signin', { email: 'a@host.test', password: 'password1' }), /\w+ \w+/);
  const ada = await signIn('home', 'a@host.test', 'password1');
  const elsewhere = open();
  elsewhere.use(ada.kept.get('token'));
  await elsewhere.worlds.loadModel('user_account');
  assert.equal((await elsewhere.api.find('user_account', 'mine')).data.email, 'a@host.test', 'a token tells its company');
});
