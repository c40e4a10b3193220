// What the client sends as forms: numbers and booleans as words, objects as JSON in one part, lists as one
// name repeated, and nothing for null. kith must read from them what it would read from JSON.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { baseUrl, enrol, everySDK, found, refused } from './kit.mjs';

// What each write went out as: clients take the fetch that they find when they are opened.
const types = [];
const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (request.method !== 'GET') types.push(request.headers.get('content-type'));
  return fetch(request);
};

// sent makes calls and gives their answers, having made sure that each went out as a form.
async function sent(...calls) {
  types.length = 0;
  const answers = [];
  for (const call of calls) answers.push((await call()).data);
  assert.equal(types.length, calls.length);
  for (const type of types) assert.match(type, /^multipart\/form-data; boundary=/);
  return answers;
}

// json asks the same of kith as JSON.
async function json(client, method, path, body) {
  const answer = await client.fetch(baseUrl + path, {
    method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return (await answer.json()).data;
}

// but gives an object without what may differ between two answers.
const but = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

const words = 'Zoë "quoted" \\ 🚀 --boundary';
const deep = { a: 1, b: true, c: 'null', d: { e: [1, '2', false], f: 'ü' }, g: 1.5 };
// pixel is a whole PNG of one white pixel; image is the beginning of one.
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC', 'base64');
const image = () => new Blob([Uint8Array.of(0x89, 0x50, 0x4e, 0x47)], { type: 'image/png' });

everySDK((sdk) => {
  test('one\'s own profile', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const change = { first_name: 'Zoë 🚀', nationality: 'ZA', birth_date: '2000-02-29', middle_name: null };
    const [patched, put] = await sent(
      () => joe.user.userPartialUpdate({ body: change }), () => joe.user.userUpdate({ body: { ...change, last_name: 'true' } }));
    assert.deepEqual([patched.first_name, patched.nationality, patched.birth_date, patched.middle_name], ['Zoë 🚀', 'ZA', '2000-02-29', null]);
    assert.equal(put.last_name, 'true');
    const { error } = await refused(sdk, joe.user.userPartialUpdate({ body: { first_name: 'No', profile: image() } }), 400);
    assert.ok(Array.isArray(error.data.profile), 'the image is named');
    assert.equal((await joe.user.userRetrieve()).data.first_name, 'Zoë 🚀');

    const [pictured] = await sent(() => joe.user.userUpdate({ body: { profile: new File([pixel], '../me.png', { type: 'image/png' }) } }));
    const picture = await fetch(pictured.profile);
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
    const bytes = new Uint8Array(await picture.arrayBuffer());
    assert.deepEqual([...bytes.slice(0, 3), ...bytes.slice(-2)], [0xff, 0xd8, 0xff, 0xff, 0xd9]);
    assert.equal((await joe.user.userRetrieve()).data.profile, pictured.profile);
    await sent(() => joe.user.userPartialUpdate({ body: { ...change, profile: pictured.profile } }));
    assert.equal((await fetch(pictured.profile)).status, 200);
    await sent(() => joe.user.userPartialUpdate({ body: { profile: '' } }));
    assert.equal((await joe.user.userRetrieve()).data.profile, null);
    assert.equal((await fetch(pictured.profile)).status, 404);
  });

  test('users made and changed by staff', async () => {
    const { owner } = await found(sdk);
    const who = () => ({ username: `u${randomUUID().slice(0, 8)}`, first_name: '123', last_name: 'false', metadata: deep,
      groups: ['support'], deactivated: true, retention_state: 'retaining', mobile: null });
    const [made] = await sent(() => owner.admin.usersCreate({ body: who() }));
    assert.deepEqual([made.first_name, made.last_name, made.deactivated, made.mobile], ['123', 'false', true, null]);
    assert.deepEqual(made.metadata, deep);
    assert.deepEqual(made.groups.map((g) => g.name), ['support']);
    const same = await json(owner, 'POST', '/3/admin/users/', who());
    const own = ['id', 'username', 'account', 'created', 'updated', 'kyc'];
    assert.deepEqual(but(made, ...own), but(same, ...own));

    const path = { identifier: made.id };
    const [patched, put] = await sent(
      () => owner.admin.usersPartialUpdate({ path, body: { deactivated: false, metadata: { a: null, d: { f: null }, g: 2 } } }),
      () => owner.admin.usersUpdate({ path, body: { groups: ['user'], status: 'verified', metadata: { g: null } } }));
    assert.equal(patched.deactivated, false);
    assert.deepEqual(patched.metadata, { b: true, c: 'null', d: { e: [1, '2', false] }, g: 2 });
    assert.deepEqual([put.groups[0].name, put.status, put.first_name], ['user', 'verified', '123']);
    assert.deepEqual(put.metadata, { b: true, c: 'null', d: { e: [1, '2', false] } });
    await refused(sdk, owner.admin.usersCreate({ body: { groups: ['user', 'support'] } }), 400);
    await refused(sdk, owner.admin.usersCreate({ body: { metadata: { a__b: 1 } } }), 400);
    await refused(sdk, owner.admin.usersUpdate({ path, body: { profile: image() } }), 400);
    assert.match((await sent(() => owner.admin.usersPartialUpdate({ path, body: { profile: new Blob([pixel]) } })))[0].profile, /^http/);
  });

  test('groups', async () => {
    const { owner } = await found(sdk);
    const [made] = await sent(() => owner.admin.groupsCreate({ body:
      { name: 'vip', label: words, description: null, section: 'user', default: false, public: true, listed: false } }));
    assert.deepEqual([made.label, made.description, made.default, made.public, made.listed], [words, null, false, true, false]);
    const same = await json(owner, 'POST', '/3/admin/groups/', { name: 'vip2', label: words, section: 'user', public: true, listed: false });
    assert.deepEqual(but(made, 'name', 'created', 'updated'), but(same, 'name', 'created', 'updated'));
    const path = { group_name: 'vip' };
    const flags = { name: 'vip', public: false, listed: true };
    const [patched, put] = await sent(
      () => owner.admin.groupsPartialUpdate({ path, body: { ...flags, default: true } }),
      () => owner.admin.groupsUpdate({ path, body: { ...flags, public: true, default: true, label: 'V' } }));
    assert.deepEqual([patched.default, patched.public, patched.listed, patched.label], [true, false, true, words]);
    assert.deepEqual([put.public, put.label], [true, 'V']);
    assert.equal((await owner.admin.groupsRetrieve({ path: { group_name: 'user' } })).data.default, false);
    await refused(sdk, owner.admin.groupsPartialUpdate({ path, body: { ...flags, icon: image() } }), 400);
  });

  test('the company', async () => {
    const { company, owner } = await found(sdk);
    const body = { system_email: `new@${company}.test`, public: true, description: words, metadata: deep, country: 'ZA', website: null };
    const [patched, put] = await sent(
      () => owner.admin.companyPartialUpdate({ body }), () => owner.admin.companyUpdate({ body: { ...body, public: false, metadata: { d: null } } }));
    assert.deepEqual([patched.system_email, patched.public, patched.description, patched.country], [body.system_email, true, words, 'ZA']);
    assert.deepEqual(patched.metadata, deep);
    assert.equal(put.public, false);
    assert.deepEqual(put.metadata, but(deep, 'd'));
    const { error } = await refused(sdk, owner.admin.companyUpdate({ body: { ...body, logo: image(), icon: image() } }), 400);
    assert.deepEqual(Object.keys(error.data).sort(), ['icon', 'logo']);
  });

  test('currencies', async () => {
    const { owner } = await found(sdk);
    const [made] = await sent(() => owner.admin.currenciesCreate({ body:
      { code: 'XPT', divisibility: 0, description: words, symbol: '1', metadata: deep, archived: false, unit: null } }));
    assert.deepEqual([made.divisibility, made.description, made.symbol, made.archived], [0, words, '1', false]);
    assert.deepEqual(made.metadata, deep);
    const path = { code: 'XPT' };
    const [patched, put] = await sent(
      () => owner.admin.currenciesPartialUpdate({ path, body: { archived: true } }),
      () => owner.admin.currenciesUpdate({ path, body: { archived: false, display_code: '007', metadata: { d: null } } }));
    assert.equal(patched.archived, true);
    assert.deepEqual([put.archived, put.display_code, put.symbol], [false, '007', '1']);
    assert.deepEqual(put.metadata, but(deep, 'd'));
    await refused(sdk, owner.admin.currenciesUpdate({ path, body: { icon: image() } }), 400);
  });
});
