// Users as staff see them: /3/admin/users/. Every answer is also held against the client's own types.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { baseUrl, enrol, everySDK, found, login, newSlug, password, refused, uuid } from './kit.mjs';

everySDK((sdk) => {
  // three users besides the owner, made an instant apart
  async function staffed() {
    const { company, owner } = await found(sdk);
    const people = [];
    for (const [first, status] of [['Ada', 'verified'], ['Bob', 'pending'], ['Adele', 'verified']]) {
      const email = `${first.toLowerCase()}@${company}.test`;
      const { data } = await owner.admin.usersCreate({ body: { email, first_name: first, last_name: 'Byron', nationality: 'GB' } });
      if (status === 'verified') await owner.admin.usersPartialUpdate({ path: { identifier: data.id }, body: { status } });
      people.push(data);
    }
    return { company, owner, people };
  }
  const ids = ({ data }) => data.results.map((u) => u.id);

  test('a user made by staff needs nothing, and may be given an id', async () => {
    const { owner } = await found(sdk);
    const { data: bare } = await owner.admin.usersCreate({ body: {} });
    assert.match(bare.id, uuid);
    assert.equal(bare.email, null);
    assert.equal(bare.last_login, null);
    const id = randomUUID();
    const { data: chosen } = await owner.admin.usersCreate({ body: { id, username: 'the-chosen', mobile: '+27825551111', metadata: { crm: 7 } } });
    assert.equal(chosen.id, id);
    assert.equal(chosen.username, 'the-chosen');
    assert.deepEqual(chosen.metadata, { crm: 7 });
    assert.equal(chosen.groups[0].name, 'user');
    await refused(sdk, owner.admin.usersCreate({ body: { id } }), 400);
  });

  test('found by id, e-mail, mobile and username', async () => {
    const { company, owner } = await found(sdk);
    const { data } = await owner.admin.usersCreate({ body: { email: `Z.Y@${company}.test`, mobile: '+27825552222', username: 'zed' } });
    for (const identifier of [data.id, `z.y@${company}.test`, '+27825552222', 'ZED']) {
      const { data: one } = await owner.admin.usersRetrieve({ path: { identifier } });
      assert.equal(one.id, data.id, identifier);
    }
    await refused(sdk, owner.admin.usersRetrieve({ path: { identifier: randomUUID() } }), 404);
  });

  test('changed by PATCH and PUT, which keep what they do not name', async () => {
    const { owner, people } = await staffed();
    const path = { identifier: people[1].id };
    const { data: patched } = await owner.admin.usersPartialUpdate({ path, body: { status: 'declined', first_name: 'Rob', metadata: { a: 1, b: { c: 2 } } } });
    assert.equal(patched.status, 'declined');
    assert.equal(patched.first_name, 'Rob');
    const { data: put } = await owner.admin.usersUpdate({ path, body: { last_name: 'Roy', metadata: { a: null } } });
    assert.equal(put.first_name, 'Rob');
    assert.equal(put.last_name, 'Roy');
    assert.deepEqual(put.metadata, { b: { c: 2 } });
    assert.equal((await owner.admin.usersRetrieve({ path })).data.last_name, 'Roy');
  });

  test('archived, and restored', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    const path = { identifier: joe.person.email };
    assert.equal((await owner.admin.usersPartialUpdate({ path, body: { archived: true } })).data.archived, true);
    await refused(sdk, joe.user.userRetrieve(), 401);
    assert.equal((await owner.admin.usersPartialUpdate({ path, body: { archived: false } })).data.archived, false);
    await login(sdk, company, joe.person.email);
  });

  test('the list: newest first, by page, with links that work', async () => {
    const { company, owner, people } = await staffed();
    const first = await owner.admin.usersList({ query: { page: 1, page_size: 3 } });
    assert.equal(first.data.count, 4);
    assert.equal(first.data.previous, null);
    assert.deepEqual(ids(first), people.map((p) => p.id).reverse());
    assert.ok(first.data.next.startsWith(`${baseUrl}/3/admin/users/?`), first.data.next);
    const next = await (await owner.fetch(first.data.next)).json();
    assert.equal(next.data.results.length, 1);
    assert.equal(next.data.results[0].email, `owner@${company}.test`);
    assert.equal(next.data.next, null);
    const back = await (await owner.fetch(next.data.previous)).json();
    assert.deepEqual(ids(back), ids(first));
    await refused(sdk, owner.admin.usersList({ query: { page: 9 } }), 404);
  });

  test('the list by cursor has no count, and goes both ways', async () => {
    const { owner } = await staffed();
    const get = async (url) => (await (await owner.fetch(url)).json()).data;
    const first = await get(`${baseUrl}/3/admin/users/?pagination=cursor&page_size=3&orderby=created`);
    assert.ok(!('count' in first));
    const second = await get(first.next);
    assert.equal(second.results.length, 1);
    assert.equal(second.next, null);
    assert.deepEqual((await get(second.previous)).results.map((u) => u.id), first.results.map((u) => u.id));
  });

  test('ordered and filtered as the client can ask', async () => {
    const { company, owner, people: [ada, bob, adele] } = await staffed();
    const list = async (query) => ids(await owner.admin.usersList({ query: { orderby: ['created'], ...query } }));
    const all = await list({});
    assert.deepEqual(all.slice(1), [ada.id, bob.id, adele.id]);
    assert.deepEqual(await list({ orderby: ['-created'] }), all.toReversed());
    for (const [query, want] of [
      [{ status: 'verified' }, [ada, adele]], [{ status__in: ['pending', 'declined'], last_name: 'Byron' }, [bob]],
      [{ email: `ADA@${company}.test` }, [ada]], [{ email__contains: 'adel' }, [adele]],
      [{ first_name: 'Ada' }, [ada]], [{ first_name__contains: 'Ad' }, [ada, adele]], [{ first_name__icontains: 'aD' }, [ada, adele]],
      [{ first_name__contains: 'aD' }, []], [{ last_name: 'Byron' }, [ada, bob, adele]], [{ search: 'ad' }, [ada, adele]],
      [{ id: bob.id }, [bob]], [{ id__in: [ada.id, bob.id].join(',') }, [ada, bob]], [{ user: `bob@${company}.test` }, [bob]],
      [{ user: 'nobody' }, []], [{ archived: true }, []], [{ deactivated: true }, []], [{ temporary: true }, []],
      [{ group: 'user' }, [ada, bob, adele]], [{ group: 'nobody' }, []], [{ group__isnull: true }, []], [{ nationality: 'GB' }, [ada, bob, adele]],
      [{ created__gt: ada.created, nationality: 'GB' }, [bob, adele]], [{ created__lt: bob.created, last_name: 'Byron' }, [ada]],
      [{ last_login__gt: 1, last_name: 'Byron' }, []], [{ account: bob.account }, [bob]], [{ language: 'en', status: 'pending', last_name: 'Byron' }, [bob]],
      [{ retention_state: 'retaining', first_name: 'Bob' }, [bob]], [{ currency: ada.currency.code, first_name: 'Bob' }, [bob]],
    ]) {
      assert.deepEqual(new Set(await list(query)), new Set(want.map((u) => u.id)), JSON.stringify(query));
    }
    await refused(sdk, owner.admin.usersList({ query: { status: 'nonsense' } }), 400);
    await refused(sdk, owner.admin.usersList({ query: { orderby: ['password'] } }), 400);
  });

  test('the overview counts', async () => {
    const { owner, people } = await staffed();
    assert.deepEqual((await owner.admin.usersOverviewRetrieve()).data, { total: 4, archived: 0, active: 4 });
    await owner.admin.usersPartialUpdate({ path: { identifier: people[0].id }, body: { archived: true } });
    await owner.admin.usersPartialUpdate({ path: { identifier: people[1].id }, body: { deactivated: true } });
    assert.deepEqual((await owner.admin.usersOverviewRetrieve()).data, { total: 4, archived: 1, active: 2 });
  });

  test('a user is in one group at most, and the owner stays in admin', async () => {
    const { owner, people: [ada] } = await staffed();
    const path = { identifier: ada.id };
    assert.equal((await owner.admin.usersGroupsList({ path })).data.results[0].name, 'user');
    const { data: put } = await owner.admin.usersGroupsCreate({ path, body: { group: 'support' } });
    assert.equal(put.name, 'support');
    assert.ok(put.permissions > 0);
    assert.deepEqual((await owner.admin.usersGroupsList({ path })).data.results.map((g) => g.name), ['support']);
    assert.equal((await owner.admin.usersGroupsRetrieve({ path: { ...path, group_name: 'support' } })).data.name, 'support');
    assert.equal((await owner.admin.usersGroupsDestroy({ path: { ...path, group_name: 'support' } })).status, 'success');
    assert.equal((await owner.admin.usersGroupsList({ path })).data.count, 0);
    const { data: me } = await owner.user.userRetrieve();
    await refused(sdk, owner.admin.usersGroupsDestroy({ path: { identifier: me.id, group_name: 'admin' } }), 400, 403);
    await refused(sdk, owner.admin.usersGroupsCreate({ path: { identifier: me.id }, body: { group: 'user' } }), 400, 403);
  });

  test('permissions held directly', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    await refused(sdk, joe.admin.usersList(), 403);
    const path = { identifier: joe.person.email };
    const { data: made } = await owner.admin.usersPermissionsCreate({ path, body: { permissions: [{ section: 'admin', type: 'user', level: 'view' }] } });
    const [permission] = made.permissions;
    assert.deepEqual([permission.section, permission.type, permission.level], ['admin', 'user', 'view']);
    assert.equal((await joe.admin.usersList()).data.count, 2);
    assert.equal((await owner.admin.usersPermissionsList({ path })).data.count, 1);
    const one = { ...path, permission_id: permission.id };
    assert.equal((await owner.admin.usersPermissionsRetrieve({ path: one })).data.id, permission.id);
    assert.deepEqual((await owner.admin.usersPermissionsPartialUpdate({ path: one, body: { properties: {} } })).data.properties, {});
    assert.deepEqual((await owner.admin.usersPermissionsUpdate({ path: one, body: { properties: null } })).data, permission);
    assert.equal((await owner.admin.usersPermissionsDestroy({ path: one })).status, 'success');
    await refused(sdk, joe.admin.usersList(), 403);
  });

  test('settings', async () => {
    const { owner, people: [ada] } = await staffed();
    const path = { identifier: ada.id };
    assert.equal((await owner.admin.usersSettingsRetrieve({ path })).data.allow_transactions, true);
    const change = { allow_debit_transactions: false, disallowed_transaction_subtypes: [] };
    assert.equal((await owner.admin.usersSettingsPartialUpdate({ path, body: change })).data.allow_debit_transactions, false);
    assert.equal((await owner.admin.usersSettingsUpdate({ path, body: { ...change, allow_transactions: false } })).data.allow_transactions, false);
    assert.equal((await owner.admin.usersSettingsRetrieve({ path })).data.allow_debit_transactions, false);
  });

  test('tokens that staff make for users', async () => {
    const { company, owner } = await found(sdk);
    const { data: machine } = await owner.admin.usersCreate({ body: { username: 'ledger' } });
    const { data: made } = await owner.admin.usersTokensCreate({ body: { user: machine.id, label: 'nightly', duration: null } });
    assert.equal(made.token.length, 64);
    assert.equal(made.expires, null);
    assert.equal(made.label, 'nightly');
    const bot = sdk.open({ token: made.token });
    assert.equal((await bot.user.userRetrieve()).data.id, machine.id);
    const path = { token_key: made.token_key };
    const listed = (await owner.admin.usersTokensList({ query: { user: 'ledger' } })).data;
    assert.deepEqual(listed.results.map((t) => t.token_key), [made.token_key]);
    assert.ok(!('token' in listed.results[0]));
    assert.equal((await owner.admin.usersTokensList({ query: { token_key: made.token_key, expires__isnull: true } })).data.count, 1);
    assert.equal((await owner.admin.usersTokensList({ query: { user: 'nobody' } })).data.count, 0);
    const { data: sessions } = await owner.admin.usersTokensList({ query: { group: 'admin', expires__isnull: false } });
    assert.deepEqual(sessions.results.map((t) => [t.user.email, t.label]), [[`owner@${company}.test`, '']]);
    assert.equal((await owner.admin.usersTokensList({ query: { group__section: 'user' } })).data.count, 1);
    assert.equal((await owner.admin.usersTokensList({ query: { group__in: 'admin,user', created__gte: made.created } })).data.count, 1);
    assert.equal((await owner.admin.usersTokensList({ query: { token_key__exclude: made.token_key } })).data.count, 1);
    assert.equal((await owner.admin.usersTokensRetrieve({ path })).data.user.id, machine.id);
    assert.equal((await owner.admin.usersTokensPartialUpdate({ path, body: { label: 'weekly' } })).data.label, 'weekly');
    const expires = Date.now() + 3_600_000;
    assert.equal((await owner.admin.usersTokensUpdate({ path, body: { label: '', expires } })).data.expires, expires);
    assert.equal((await owner.admin.usersTokensRetrieve({ path })).data.label, '');
    assert.equal((await owner.admin.usersTokensDestroy({ path })).status, 'success');
    await refused(sdk, bot.user.userRetrieve(), 401);
    const joe = await enrol(sdk, company);
    assert.equal((await owner.admin.adminUsersTokensListDestroy()).status, 'success');
    await refused(sdk, joe.user.userRetrieve(), 401);
  });

  test('a trusted back end registers people and signs them in', async () => {
    const { company, owner } = await found(sdk);
    const email = `back@${company}.test`;
    const made = await owner.admin.authRegisterCreate({ body: { email, password, password1: password, password2: password, first_name: 'Back', terms_and_conditions: true, privacy_policy: true } });
    assert.equal(made.data.user.email, email);
    const signed = await owner.admin.authLoginCreate({ body: { user: email, password } });
    assert.equal(signed.data.token.length, 64);
    assert.equal((await sdk.open({ token: signed.data.token }).user.userRetrieve()).data.email, email);
    await refused(sdk, owner.admin.authLoginCreate({ body: { user: email, password: 'wrong' } }), 400);
  });

  test('another company sees nothing of it', async () => {
    const { people: [ada] } = await staffed();
    const { owner: stranger } = await found(sdk, { id: newSlug('other') });
    const unknown = await refused(sdk, stranger.admin.usersRetrieve({ path: { identifier: randomUUID() } }), 404);
    const foreign = await refused(sdk, stranger.admin.usersRetrieve({ path: { identifier: ada.id } }), 404);
    assert.deepEqual(foreign.error, unknown.error);
    assert.equal((await stranger.admin.usersList({ query: { email: ada.email } })).data.count, 0);
  });
});
