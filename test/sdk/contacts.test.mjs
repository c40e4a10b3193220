// E-mails and mobiles, as people see their own and as staff see everybody's. Every answer is also held against
// the client's own types.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, refused } from './kit.mjs';

// What the client calls each, and its functions for people and for staff.
const kinds = [
  { key: 'email', first: (joe) => joe.person.email, another: (company) => `another@${company}.test`,
    own: ['userEmailsList', 'userEmailsCreate', 'userEmailsRetrieve', 'userEmailsPartialUpdate', 'userEmailsUpdate', 'userEmailsDestroy'],
    held: ['usersEmailsList', 'usersEmailsCreate', 'usersEmailsRetrieve', 'usersEmailsPartialUpdate', 'usersEmailsUpdate', 'usersEmailsDestroy'] },
  { key: 'number', first: (joe) => joe.person.mobile, another: () => '+27825552222',
    own: ['userMobilesList', 'userMobilesCreate', 'userMobilesRetrieve', 'userMobilesPartialUpdate', 'userMobilesUpdate', 'userMobilesDestroy'],
    held: ['usersMobilesList', 'usersMobilesCreate', 'usersMobilesRetrieve', 'usersMobilesPartialUpdate', 'usersMobilesUpdate', 'usersMobilesDestroy'] },
];

everySDK((sdk) => {
  for (const { key, first, another, own, held } of kinds) {
    const calls = (api, names) => (verb) => api[names.find((name) => name.endsWith(`s${verb}`))];

    test(`one's own ${key}s: added, made primary, taken away`, async () => {
      const { company } = await found(sdk);
      const joe = await enrol(sdk, company, { mobile: '+27825551111' });
      const call = calls(joe.user, own);
      const { data: list } = await call('List')();
      assert.deepEqual(list.map((one) => [one[key], one.primary, one.verified]), [[first(joe), true, false]]);
      const { data: added } = await call('Create')({ body: { [key]: another(company) } });
      assert.equal(added[key], another(company));
      assert.equal(added.primary, false);
      const path = { id: added.id };
      assert.deepEqual((await call('Retrieve')({ path })).data, added);
      assert.equal((await call('PartialUpdate')({ path, body: { primary: true } })).data.primary, true);
      assert.equal((await call('Update')({ path, body: { primary: true } })).data.primary, true);
      const { data: me } = await joe.user.userRetrieve();
      assert.equal(key === 'email' ? me.email : me.mobile, another(company));
      assert.deepEqual(await call('Destroy')({ path }), { status: 'success' });
      await refused(sdk, call('Retrieve')({ path }), 404);
      await refused(sdk, call('Destroy')({ path: { id: list[0].id } }), 400);
    });

    test(`users' ${key}s: listed, given, verified, taken away`, async () => {
      const { company, owner } = await found(sdk);
      const joe = await enrol(sdk, company, { mobile: '+27825551111' });
      const call = calls(owner.admin, held);
      const { data: added } = await call('Create')({ body: { user: joe.person.email, [key]: another(company), primary: true, verified: true } });
      assert.equal(added.user.email, key === 'email' ? another(company) : joe.person.email);
      assert.equal(added.verified, true);
      const path = { id: added.id };
      assert.equal((await call('Retrieve')({ path })).data[key], another(company));
      const { data: page } = await call('List')({ query: { user: added.user.id, temporary: false, page: 1, page_size: 1 } });
      assert.equal(page.count, 2);
      assert.equal(page.results[0].id, added.id);
      assert.equal((await call('PartialUpdate')({ path, body: { primary: true, verified: false } })).data.verified, false);
      assert.equal((await call('Update')({ path, body: { primary: true, verified: true } })).data.verified, true);
      assert.deepEqual(await call('Destroy')({ path }), { status: 'success' });
      await refused(sdk, call('Retrieve')({ path }), 404);
    });
  }
});
