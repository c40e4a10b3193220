// Groups and permissions, for staff and as members see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, refused } from './kit.mjs';

everySDK((sdk) => {
  test('a company is born with four groups', async () => {
    const { owner } = await found(sdk);
    const { data } = await owner.admin.groupsList();
    assert.deepEqual(data.results.map((g) => g.name).sort(), ['admin', 'manager', 'support', 'user']);
    assert.deepEqual((await owner.admin.groupsList({ query: { default: true } })).data.results.map((g) => g.name), ['user']);
    assert.equal((await owner.admin.groupsList({ query: { section: 'admin' } })).data.count, 3);
    assert.equal((await owner.admin.groupsList({ query: { archived: true } })).data.count, 0);
    assert.equal((await owner.admin.groupsList({ query: { public: true } })).data.count, 1);
    assert.equal((await owner.admin.groupsList({ query: { name: 'support' } })).data.results[0].section, 'admin');
    const { created } = data.results[0];
    assert.equal((await owner.admin.groupsList({ query: { created, updated__gt: created - 1 } })).data.count, 4);
    assert.equal((await owner.admin.groupsList({ query: { created__lt: created } })).data.count, 0);
  });

  test('made, read, changed and archived', async () => {
    const { owner } = await found(sdk);
    const { data: made } = await owner.admin.groupsCreate({ body: { name: 'vip', label: 'VIP', section: 'user', public: true, listed: false } });
    assert.deepEqual([made.name, made.label, made.public, made.listed, made.default, made.archived], ['vip', 'VIP', true, false, false, false]);
    await refused(sdk, owner.admin.groupsCreate({ body: { name: 'vip' } }), 400);
    const path = { group_name: 'vip' };
    const flags = { name: 'vip', default: false, public: false, listed: true };
    assert.equal((await owner.admin.groupsPartialUpdate({ path, body: { ...flags, label: 'Very' } })).data.label, 'Very');
    assert.equal((await owner.admin.groupsUpdate({ path, body: { ...flags, archived: true } })).data.archived, true);
    assert.equal((await owner.admin.groupsRetrieve({ path })).data.label, 'Very');
    await refused(sdk, owner.admin.groupsRetrieve({ path: { group_name: 'nobody' } }), 404);
  });

  test('permissions of a group hold for its members at once', async () => {
    const { company, owner } = await found(sdk);
    await owner.admin.groupsCreate({ body: { name: 'readers', section: 'admin' } });
    const joe = await enrol(sdk, company);
    await owner.admin.usersGroupsCreate({ path: { identifier: joe.person.email }, body: { group: 'readers' } });
    const path = { group_name: 'readers' };
    await refused(sdk, joe.admin.usersList(), 403);
    const { data } = await owner.admin.groupsPermissionsCreate({ path, body: { permissions: [
      { section: 'admin', type: 'user', level: 'view' }, { section: 'admin', type: 'transaction', level: 'view', properties: { 'metadata.vip': 'deny' } }] } });
    assert.equal(data.permissions.length, 2);
    assert.equal((await joe.admin.usersList()).data.count, 2);
    const transaction = data.permissions.find((p) => p.type === 'transaction');
    assert.deepEqual(transaction.properties, { 'metadata.vip': 'deny' });
    const one = { ...path, permission_id: transaction.id };
    assert.deepEqual((await owner.admin.groupsPermissionsRetrieve({ path: one })).data.type, 'transaction');
    assert.deepEqual((await owner.admin.groupsPermissionsPartialUpdate({ path: one, body: { properties: { 'metadata.vip': 'allow' } } })).data.properties, { 'metadata.vip': 'allow' });
    assert.deepEqual((await owner.admin.groupsPermissionsUpdate({ path: one, body: { properties: null } })).data.properties, {});
    // A new group holds what everybody may do with what is theirs, and of the admin section nothing.
    const { data: held } = await owner.admin.groupsPermissionsList({ path, query: { page_size: 250 } });
    assert.equal(held.count, held.results.length);
    assert.deepEqual(held.results.filter((p) => p.section === 'admin').map((p) => p.id), data.permissions.map((p) => p.id));
    for (const { id } of data.permissions) {
      assert.deepEqual(await owner.admin.groupsPermissionsDestroy({ path: { ...path, permission_id: id } }), { status: 'success' });
    }
    await refused(sdk, owner.admin.groupsPermissionsRetrieve({ path: one }), 404);
    await refused(sdk, joe.admin.usersList(), 403);
  });

  test('settings of a group', async () => {
    const { owner } = await found(sdk);
    const path = { group_name: 'user' };
    assert.equal((await owner.admin.groupsSettingsRetrieve({ path })).data.allow_transactions, true);
    const body = { allow_transactions: false, disallowed_transaction_subtypes: [], password_set_url: 'https://app.example.org/set' };
    assert.equal((await owner.admin.groupsSettingsPartialUpdate({ path, body })).data.allow_transactions, false);
    assert.equal((await owner.admin.groupsSettingsUpdate({ path, body })).data.password_set_url, 'https://app.example.org/set');
    await refused(sdk, owner.admin.groupsSettingsPartialUpdate({ path, body: { password_set_url: 'javascript:1' } }), 400);
  });

  test('the catalogue of permissions', async () => {
    const { owner } = await found(sdk);
    const { data } = await owner.admin.permissionsList({ query: { page_size: 250 } });
    // every type of the vendor's list, in two sections, to four levels
    assert.equal(data.count, 2 * 30 * 4);
    assert.equal(data.next, null);
    assert.equal(new Set(data.results.map((p) => p.type)).size, 30);
    const [one] = data.results;
    assert.deepEqual((await owner.admin.permissionsRetrieve({ path: { permission_id: one.id } })).data, one);
  });

  test('tiers, fees and limits are none yet', async () => {
    const { owner } = await found(sdk);
    const path = { group_name: 'user' };
    assert.deepEqual((await owner.admin.groupsTiersList({ path })).data, []);
    assert.deepEqual((await owner.admin.groupsFeesList({ path })).data, []);
    assert.deepEqual((await owner.admin.groupsLimitsList({ path })).data, []);
  });

  test('what members see', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    const { data: groups } = await joe.user.groupsList();
    assert.deepEqual(groups.results.map((g) => g.name), ['user']);
    const path = { group_name: 'user' };
    assert.equal((await joe.user.groupsRetrieve({ path })).data.name, 'user');
    await refused(sdk, joe.user.groupsRetrieve({ path: { group_name: 'admin' } }), 404);
    const { data: held } = await joe.user.groupsPermissionsList({ path });
    assert.ok(held.count > 0 && held.results.every((p) => p.section === 'user'));
    const [one] = held.results;
    assert.deepEqual((await joe.user.groupsPermissionsRetrieve({ path: { ...path, permission_id: one.id } })).data, one);
    for (const list of ['groupsTiersList', 'groupsFeesList', 'groupsLimitsList']) assert.equal((await joe.user[list]({ path })).data.count, 0);
    assert.equal((await joe.user.permissionsList()).data.count, 0);
    await owner.admin.usersPermissionsCreate({ path: { identifier: joe.person.email }, body: { permissions: [{ section: 'admin', type: 'group', level: 'view' }] } });
    const { data: direct } = await joe.user.permissionsList();
    assert.equal(direct.results[0].type, 'group');
    assert.deepEqual((await joe.user.permissionsRetrieve({ path: { permission_id: direct.results[0].id } })).data, direct.results[0]);
  });
});
