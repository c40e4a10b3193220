// Relations by the client: who is in which group, what a row is linked to, and rows that come along with others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, is, memberships, refused, signUp } from './kit.mjs';

const names = (answer) => answer.data.map((row) => row.name);
const ids = (rows) => rows.map((row) => row.id).sort();

// editors makes a group of somebody's, with members.
async function editors(client, ...members) {
  const { data } = await client.api.create('usergroup', { name: 'editors' });
  for (const id of members) await client.api.create(memberships, { user_account_id: { id }, usergroup_id: { id: data.id } });
  return data;
}

test('everybody has a home group, and the group of users', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company, { name: 'Ada King' });
  const groups = async (client) => (await client.api.one('user_account', ada.id).all('usergroup_id').get({ sort: 'name' })).data;
  const [home] = (await groups(ada)).filter((g) => g.kind === 'home');
  assert.equal(home.name, 'Home group for Ada King');
  assert.equal((await ada.api.find('usergroup', home.id)).data.name, home.name);
  assert.deepEqual((await groups(owner)).map((g) => g.name), ['Home group for Ada King', 'users']);
  assert.deepEqual(ids((await ada.api.one('usergroup', home.id).all('user_account_id').get()).data), [ada.id]);
});

test('members come and go through the table of memberships', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const { data: group } = await owner.api.create('usergroup', { name: 'editors' });
  const { data: made } = await owner.api.create(memberships, { user_account_id: { id: ada.id }, usergroup_id: { id: group.id } });
  assert.deepEqual([made.type, made.user_account_id, made.usergroup_id], [memberships, ada.id, group.id]);
  const members = async () => ids((await owner.api.one('usergroup', group.id).all('user_account_id').get()).data);
  assert.deepEqual(await members(), [ada.id]);
  assert.equal((await owner.api.find(memberships, made.id)).data.user_account_id, ada.id);
  const { data: list } = await owner.api.findAll(memberships, is('usergroup_id', group.id));
  assert.deepEqual(list.map((m) => [m.id, m.user_account_id]), [[made.id, ada.id]]);
  const again = owner.api.create(memberships, { user_account_id: { id: ada.id }, usergroup_id: { id: group.id } });
  await refused(again, { usergroup_id: /already/ });
  await owner.api.destroy(memberships, made.id);
  assert.deepEqual(await members(), []);
  await refused(owner.api.find(memberships, made.id), { 0: /[Nn]ot found/ });
});

test('a membership of nobody or in nothing is refused', async () => {
  const { owner } = await found();
  const { data: group } = await owner.api.create('usergroup', { name: 'editors' });
  const nobody = '019a0000-0000-7000-8000-000000000000';
  await refused(owner.api.create(memberships, { user_account_id: { id: nobody }, usergroup_id: { id: group.id } }), { user_account_id: /no such/ });
  await refused(owner.api.create(memberships, { user_account_id: { id: owner.id }, usergroup_id: { id: nobody } }), { usergroup_id: /no such/ });
  await refused(owner.api.create(memberships, { user_account_id: { id: owner.id } }), { usergroup_id: /required/ });
  const { company: other } = await found();
  const { id } = await signUp(other);
  await refused(owner.api.create(memberships, { user_account_id: { id }, usergroup_id: { id: group.id } }), { user_account_id: /no such/ });
});

test('members are linked and unlinked through the relation, from either end', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const group = await editors(owner);
  const fromGroup = () => owner.api.one('usergroup', group.id).relationships('user_account_id');
  const fromUser = () => owner.api.one('user_account', ada.id).relationships('usergroup_id');
  const members = async () => ids((await owner.api.one('usergroup', group.id).all('user_account_id').get()).data);
  await fromGroup().post([{ id: ada.id }]);
  assert.deepEqual(await members(), [ada.id]);
  await fromGroup().post([{ id: ada.id }]);
  assert.deepEqual(await members(), [ada.id], 'twice is once');
  await fromGroup().destroy([{ type: 'user_account', id: ada.id }]);
  assert.deepEqual(await members(), []);
  await fromUser().post([{ id: group.id }]);
  assert.deepEqual(await members(), [ada.id]);
  assert.ok(ids((await fromUser().get()).data).includes(group.id));
  await fromUser().destroy([{ type: 'usergroup', id: group.id }]);
  assert.deepEqual(await members(), []);
});

test('rows of a relation are those of their own table', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company, { name: 'Ada King' });
  const group = await editors(owner, ada.id);
  const { data: [member], meta, links } = await owner.api.one('usergroup', group.id).all('user_account_id').get();
  const { data: itself } = await owner.api.find('user_account', ada.id);
  assert.deepEqual([member.id, member.reference_id, member.permission, member.name], [ada.id, ada.id, itself.permission, 'Ada King']);
  assert.equal(meta.total, 1);
  assert.match(links.self, /^http/);
  const asked = owner.api.one('user_account', ada.id).all('usergroup_id');
  assert.deepEqual(names(await asked.get({ filter: 'edit', sort: '-name', page: { number: 1, size: 5 } })), ['editors']);
});

for (const parameter of ['include', 'included_relations']) {
  test(`rows come along by ${parameter}`, async () => {
    const { company, owner } = await found();
    const ada = await signUp(company, { name: 'Ada King' });
    const group = await editors(owner, ada.id, owner.id);
    const { data } = await owner.api.find('usergroup', group.id, { [parameter]: 'user_account_id' });
    assert.deepEqual(data.user_account_id.map((u) => u.email).sort(), [ada.email, owner.email].sort());
    const { data: users } = await owner.api.findAll('user_account', { [parameter]: 'usergroup_id,user_account_id', sort: 'name' });
    assert.deepEqual(users.map((u) => u.usergroup_id.map((g) => g.name).sort()),
      [['Home group for Ada King', 'editors', 'users'], ['Home group for Own Er', 'administrators', 'editors']]);
    assert.deepEqual(users.map((u) => u.user_account_id.id), [ada.id, owner.id]);
    const { data: plain } = await owner.api.find('usergroup', group.id);
    assert.deepEqual(plain.user_account_id, [], 'nothing comes that was not asked for');
  });
}

test('of a relation everybody sees what they may see', async () => {
  const { company, owner } = await found();
  const [ada, bob] = [await signUp(company), await signUp(company)];
  const group = await editors(owner, ada.id, bob.id);
  await owner.api.update('usergroup', { id: group.id, permission: group.permission | 16384 | 32768 }); // members peek and read
  assert.deepEqual(ids((await ada.api.one('usergroup', group.id).all('user_account_id').get()).data), [ada.id]);
  const { data } = await ada.api.find('usergroup', group.id, { include: 'user_account_id' });
  assert.deepEqual(ids(data.user_account_id), [ada.id]);
  assert.ok(names(await ada.api.findAll('usergroup')).includes('editors'));
});

test('a link says what a group may do with a row', async () => {
  const { company, owner } = await found();
  const [ada, bob] = [await signUp(company), await signUp(company)];
  const group = await editors(owner, ada.id, bob.id);
  await refused(ada.api.find('user_account', owner.id), { 0: /permission/ });
  const { data: link } = await owner.api.create(memberships, { user_account_id: { id: owner.id }, usergroup_id: { id: group.id }, permission: 16384 | 32768 });
  assert.equal(link.permission, 49152);
  assert.equal((await ada.api.find('user_account', owner.id)).data.email, owner.email);
  await refused(ada.api.update('user_account', { id: owner.id, name: 'Ada' }), { 0: /permission/ });
  assert.equal((await owner.api.update(memberships, { id: link.id, permission: 0 })).data.permission, 0);
  await refused(ada.api.find('user_account', owner.id), { 0: /permission/ });
});

test('rows are written back as they were read, and stay linked as they are', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const group = await editors(owner, ada.id);
  const members = async () => ids((await owner.api.one('usergroup', group.id).all('user_account_id').get()).data);
  for (const include of ['', 'user_account_id,usergroup_id']) { // of what it has not loaded, the client says that it is nothing
    const { data: known } = await owner.api.find('usergroup', group.id, { include });
    assert.equal((await owner.api.update('usergroup', { ...known, name: `writers${include}` })).data.name, `writers${include}`);
    assert.deepEqual(await members(), [ada.id]);
    const { data: herself } = await ada.api.find('user_account', 'mine', { include });
    assert.equal((await ada.api.update('user_account', { ...herself, name: 'Ada King' })).data.name, 'Ada King');
    assert.deepEqual(await members(), [ada.id]);
    const { data: [link] } = await owner.api.findAll(memberships, { ...is('usergroup_id', group.id), include: include && 'user_account_id' });
    assert.equal((await owner.api.update(memberships, { ...link, permission: 16384 })).data.permission, 16384);
  }
});

test('a change of a row links it to nothing new', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const group = await editors(owner);
  await refused(owner.api.update('usergroup', { id: group.id, user_account_id: [{ id: ada.id }] }), { user_account_id: /does not change/ });
  await refused(owner.api.update('user_account', { id: ada.id, usergroup_id: [{ id: group.id }] }), { usergroup_id: /does not change/ });
  await refused(owner.api.update('user_account', { id: ada.id, user_account_id: { id: owner.id } }), { user_account_id: /does not change/ });
});

test('a group that is made with members has them', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const { data: group } = await owner.api.create('usergroup', { name: 'editors', user_account_id: [{ id: ada.id }, { id: owner.id }] });
  const members = await owner.api.one('usergroup', group.id).all('user_account_id').get();
  assert.deepEqual(ids(members.data), [ada.id, owner.id].sort());
});

test('a group that is deleted leaves its members, and is nobody\'s any more', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const group = await editors(owner, ada.id);
  await owner.api.destroy('usergroup', group.id);
  assert.equal((await ada.api.find('user_account', 'mine')).data.id, ada.id);
  const { data: next } = await owner.api.create('usergroup', { name: 'editors' });
  assert.deepEqual((await owner.api.one('usergroup', next.id).all('user_account_id').get()).data, []);
});
