// Rows by the client: lists and how they are narrowed, one row, and its making, changing and deleting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, is, password, refused, signIn, signUp, someone, uuid } from './kit.mjs';

const names = (answer) => answer.data.map((row) => row.name);

// staffed founds a company with people of these names.
async function staffed(...people) {
  const { company, owner } = await found();
  for (const name of people) await owner.api.create('user_account', { name, email: `${name.split(' ')[0].toLowerCase()}@${company}.test`, password });
  return { company, owner };
}

test('a list comes in pages, with links that work', async () => {
  const { owner } = await staffed('Ada', 'Bob', 'Cleo', 'Dan');
  const seen = [];
  let answer = await owner.api.findAll('user_account', { page: { number: 1, size: 2 }, sort: 'email' });
  assert.deepEqual([answer.meta.total, answer.links.total, answer.links.per_page, answer.links.last_page], [5, 5, 2, 3]);
  assert.deepEqual([answer.links.current_page, answer.links.from, answer.links.to], [1, 0, 2]);
  for (;;) {
    seen.push(...names(answer));
    if (!answer.links.next) break;
    answer = await owner.api.request(answer.links.next);
  }
  assert.deepEqual(seen, ['Ada', 'Bob', 'Cleo', 'Dan', 'Own Er']);
  assert.deepEqual([answer.links.current_page, answer.links.from, answer.links.to], [3, 4, 5]);
  assert.deepEqual(names(await owner.api.request(answer.links.prev)), ['Cleo', 'Dan']);
  assert.deepEqual(names(await owner.api.findAll('user_account', { page: { number: 9, size: 2 } })), []);
});

test('a list is gone through by neighbours, too', async () => {
  const { owner } = await staffed('Ada', 'Bob', 'Cleo');
  const { data } = await owner.api.findAll('user_account', { page: { size: 10 } });
  const after = await owner.api.findAll('user_account', { page: { after: data[0].id, size: 2 } });
  assert.deepEqual(names(after), [data[1].name, data[2].name]);
  assert.deepEqual(names(await owner.api.findAll('user_account', { page: { before: data[2].id, size: 2 } })), [data[0].name, data[1].name]);
  assert.deepEqual(names(await owner.api.request(after.links.next)), [data[3].name]);
});

test('a list is sorted up and down, newest first if nothing is said', async () => {
  const { owner } = await staffed('Bob', 'Ada', 'Cleo');
  const sorted = async (sort) => names(await owner.api.findAll('user_account', { sort }));
  assert.deepEqual(await sorted('name'), ['Ada', 'Bob', 'Cleo', 'Own Er']);
  assert.deepEqual(await sorted('-name'), ['Own Er', 'Cleo', 'Bob', 'Ada']);
  assert.deepEqual(await sorted('created_at'), ['Own Er', 'Bob', 'Ada', 'Cleo']);
  assert.deepEqual(await sorted('confirmed,-email'), ['Own Er', 'Cleo', 'Bob', 'Ada']);
  assert.deepEqual(names(await owner.api.findAll('user_account')), ['Cleo', 'Ada', 'Bob', 'Own Er']);
});

test('a list is filtered by text', async () => {
  const { owner } = await staffed('Ada King', 'Bob', 'Cleo');
  const filtered = async (filter) => names(await owner.api.findAll('user_account', { filter, sort: 'name' }));
  assert.deepEqual(await filtered('KING'), ['Ada King']);
  assert.deepEqual(await filtered('bob@'), ['Bob']);
  assert.deepEqual(await filtered('nobody'), []);
});

test('a list is narrowed by conditions, as a text and as the client spells an array', async () => {
  const { company, owner } = await staffed('Ada King', 'Bob', 'Cleo');
  for (const [conditions, want] of [
    [[['email', 'is', `bob@${company}.test`]], ['Bob']],
    [[['email', 'eq', `BOB@${company}.test`]], []],
    [[['name', 'contains', 'KIN']], ['Ada King']],
    [[['name', 'not contains', 'kin']], ['Bob', 'Cleo', 'Own Er']],
    [[['name', 'like', '%o%']], ['Bob', 'Cleo']],
    [[['name', 'ilike', '%O%']], ['Bob', 'Cleo', 'Own Er']],
    [[['name', 'begins with', 'ada']], ['Ada King']],
    [[['email', 'ends with', '.test'], ['name', 'is not', 'Bob']], ['Ada King', 'Cleo', 'Own Er']],
    [[['name', 'is', 'Bob', 'either'], ['name', 'is', 'Cleo', 'either']], ['Bob', 'Cleo']],
    [[['name', 'is', 'Bob'], ['name', 'is', 'Cleo']], []],
    [[['name', 'in', 'Bob,Cleo']], ['Bob', 'Cleo']],
    [[['name', 'none of', 'Bob,Cleo']], ['Ada King', 'Own Er']],
    [[['created_at', 'after', '2020-01-01'], ['name', 'fuzzy', 'king ada']], ['Ada King']],
    [[['created_at', 'before', '2020-01-01']], []],
    [[['permission', 'more than', 1]], ['Ada King', 'Bob', 'Cleo', 'Own Er']],
    [[['mobile', 'is empty'], ['confirmed', 'is false'], ['name', 'neq', 'Own Er']], ['Ada King', 'Bob', 'Cleo']],
  ]) {
    const query = conditions.map(([column, operator, value, logical_group]) => ({ column, operator, ...(value !== undefined && { value }),
      ...(logical_group && { logical_group }) }));
    for (const spelled of [JSON.stringify(query), query]) {
      const answer = await owner.api.findAll('user_account', { query: spelled, sort: 'name' });
      assert.deepEqual(names(answer), want, JSON.stringify(spelled));
      assert.equal(answer.meta.total, want.length);
    }
  }
});

test('what a list cannot answer is refused, and said', async () => {
  const { owner } = await found();
  for (const params of [{ sort: 'nope' }, { sort: 'password' }, { page: { number: 0 } }, { page: { number: 'x' } }, { page: { size: 501 } },
    { query: 'x' }, is('nope', 'x'), is('password', 'x'), { query: JSON.stringify([{ column: 'email', operator: 'almost', value: 'x' }]) },
    { include: 'nope' }, { included_relations: 'nope' }, { fields: 'nope' }, { nope: 1 }, { page: { after: 'x' } }]) {
    await refused(owner.api.findAll('user_account', params), { 0: /\w/ });
  }
  assert.equal((await owner.api.findAll('user_account', { page: { number: 1, size: 500 } })).data.length, 1);
});

test('fields choose what is shown', async () => {
  const { owner } = await found();
  const { data: [row] } = await owner.api.findAll('user_account', { fields: 'name' });
  assert.equal(row.name, 'Own Er');
  assert.equal('email' in row, false);
  const { data } = await owner.api.find('user_account', owner.id, { fields: { user_account: 'email' } });
  assert.deepEqual([data.email, 'name' in data], [owner.email, false]);
});

test('one row is found, by its id or as one\'s own', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company, { name: 'Ada King' });
  for (const [client, id] of [[ada, ada.id], [ada, 'mine'], [owner, ada.id]]) {
    const { data } = await client.api.find('user_account', id);
    assert.equal(data.id, ada.id);
    assert.equal(data.type, 'user_account');
    assert.equal(data.__type, 'user_account');
    assert.equal(data.password, '', 'nobody sees a password');
    assert.deepEqual([data.name, data.email, data.confirmed, data.user_account_id], ['Ada King', ada.email, false, ada.id]);
    assert.ok(Number.isInteger(data.permission));
    assert.match(data.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  for (const id of ['019a0000-0000-7000-8000-000000000000', 'nobody', '1']) await refused(owner.api.find('user_account', id), { 0: /[Nn]ot found/ });
});

test('a group is made, found, renamed and deleted by whoever made it', async () => {
  const { company } = await found();
  const ada = await signUp(company);
  const { data: made } = await ada.api.create('usergroup', { name: 'editors' });
  assert.match(made.id, uuid);
  assert.deepEqual([made.type, made.name, made.reference_id], ['usergroup', 'editors', made.id]);
  assert.equal((await ada.api.find('usergroup', made.id)).data.name, 'editors');
  assert.equal((await ada.api.update('usergroup', { id: made.id, name: 'writers' })).data.name, 'writers');
  assert.deepEqual(names(await ada.api.findAll('usergroup', is('name', 'writers'))), ['writers']);
  assert.deepEqual(await ada.api.destroy('usergroup', made.id), { data: null, errors: undefined, meta: null, links: undefined });
  await refused(ada.api.find('usergroup', made.id), { 0: /[Nn]ot found/ });
  await refused(ada.api.destroy('usergroup', made.id), { 0: /[Nn]ot found/ });
  assert.deepEqual(names(await ada.api.findAll('usergroup', is('name', 'writers'))), []);
});

test('what is wrong with a row is told by field', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  const { data: group } = await ada.api.create('usergroup', { name: 'editors' });
  await refused(ada.api.create('usergroup', { name: 'editors' }), { name: /has this name/ });
  await refused(ada.api.create('usergroup', { permission: 1 }), { name: /required/ });
  await refused(ada.api.create('usergroup', { name: 'x'.repeat(81) }), { name: /80/ });
  await refused(ada.api.update('usergroup', { id: group.id, name: '' }), { name: /empty/ });
  await refused(ada.api.update('usergroup', { id: group.id, permission: 1 << 21 }), { permission: /\d/ });
  await refused(ada.api.update('usergroup', { id: group.id, kind: 'role' }), { kind: /not taken/ });
  await refused(owner.api.create('user_account', someone(company, { email: ada.email })), { email: /in use/ });
  await refused(owner.api.create('user_account', { name: '', email: 'x' }), { name: /empty/, password: /required/ });
  await refused(owner.api.create('user_account', { name: 'X', email: 'x', password }), { email: /\w/ });
  assert.equal((await ada.api.find('usergroup', group.id)).data.name, 'editors');
});

test('a model serialises all that users are made of', async () => {
  const { company, owner } = await found();
  const { data: made } = await owner.api.create('user_account', { name: 'Ada King', email: `ada@${company}.test`, password: 'first', permission: 16256 });
  assert.deepEqual([made.name, made.email, made.password, made.permission], ['Ada King', `ada@${company}.test`, '', 16256]);
  assert.equal((await owner.api.update('user_account', { id: made.id, permission: 16257 })).data.permission, 16257);
  const ada = await signIn(company, made.email, 'first');
  const { data } = await ada.api.update('user_account', { id: ada.id, name: 'Ada Lovelace', password: 'second' });
  assert.equal(data.name, 'Ada Lovelace');
  assert.equal((await signIn(company, made.email, 'second')).id, made.id);
});

test('a stranger neither sees nor changes what is somebody else\'s', async () => {
  const { company, owner } = await found();
  const [ada, bob] = [await signUp(company), await signUp(company)];
  const { data: group } = await ada.api.create('usergroup', { name: 'editors' });
  await refused(bob.api.find('usergroup', group.id), { 0: /\w/ });
  await refused(bob.api.update('usergroup', { id: group.id, name: 'mine' }), { 0: /\w/ });
  await refused(bob.api.destroy('usergroup', group.id), { 0: /\w/ });
  await refused(bob.api.update('user_account', { id: ada.id, name: 'Bob' }), { 0: /\w/ });
  await refused(bob.api.destroy('user_account', ada.id), { 0: /\w/ });
  assert.deepEqual((await bob.api.findAll('user_account')).data.map((u) => u.id), [bob.id]);
  assert.deepEqual((await owner.api.findAll('user_account')).data.length, 3);
  const { owner: elsewhere } = await found();
  await refused(elsewhere.api.find('user_account', ada.id), { 0: /[Nn]ot found/ });
});

test('permission of a row lets others in, and shuts them out again', async () => {
  const { company } = await found();
  const [ada, bob] = [await signUp(company), await signUp(company)];
  const { data: group } = await ada.api.create('usergroup', { name: 'editors' });
  await ada.api.update('usergroup', { id: group.id, permission: group.permission | 3 }); // anybody peeks and reads
  assert.equal((await bob.api.find('usergroup', group.id)).data.name, 'editors');
  assert.ok(names(await bob.api.findAll('usergroup')).includes('editors'));
  await refused(bob.api.update('usergroup', { id: group.id, name: 'mine' }), { 0: /permission/ });
  await ada.api.update('usergroup', { id: group.id, permission: group.permission });
  await refused(bob.api.find('usergroup', group.id), { 0: /[Nn]ot found/ });
  assert.equal(names(await bob.api.findAll('usergroup')).includes('editors'), false);
});

test('a user who is deleted is gone, and signs in no more', async () => {
  const { company, owner } = await found();
  const ada = await signUp(company);
  await owner.api.destroy('user_account', ada.id);
  await refused(owner.api.find('user_account', ada.id), { 0: /[Nn]ot found/ });
  await refused(ada.api.find('user_account', 'mine'), { 0: /\w/ });
  await assert.rejects(signIn(company, ada.email));
  const eve = await signUp(company);
  assert.notEqual(eve.id, ada.id, 'ids are used once');
});
