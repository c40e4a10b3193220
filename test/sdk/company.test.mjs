// Companies: one's own, and what anybody may see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, hasAll, isMillis, newSlug, refused } from './kit.mjs';

everySDK((sdk) => {
  test('a user reads their company', async () => {
    const { company } = await found(sdk, { description: 'Tests', website: 'https://example.org/', support_email: 'help@example.org' });
    const joe = await enrol(sdk, company);
    const { data } = await joe.user.companyRetrieve();
    hasAll(data, sdk.declared('Company'));
    assert.equal(data.id, company);
    assert.equal(data.name, 'Acme');
    assert.equal(data.description, 'Tests');
    assert.equal(data.website, 'https://example.org/');
    assert.equal(data.support_email, 'help@example.org');
    assert.equal(data.mode, 'test');
    assert.equal(data.public, false);
    isMillis(data.created, 'created');
    isMillis(data.updated, 'updated');
    assert.equal(data.settings.allow_registrations, true);
    assert.ok(Number.isInteger(data.settings.default_session_duration));
    assert.deepEqual(data.settings.nationalities, []);
  });

  test('anybody reads a company whose id they know', async () => {
    const { company } = await found(sdk);
    const { data } = await sdk.open().user.publicCompaniesRetrieve({ path: { id: company } });
    hasAll(data, sdk.declared('PublicCompany'));
    assert.equal(data.id, company);
    assert.equal(data.mode, 'test');
    // addresses of pages that the company has not set
    assert.deepEqual([data.settings.terms_and_conditions_url, data.settings.privacy_policy_url], ['', '']);
    assert.equal('system_email' in data, false);
    assert.ok(!JSON.stringify(data).includes(`sys@${company}.test`), 'the system address stays inside');
    await refused(sdk, sdk.open().user.publicCompaniesRetrieve({ path: { id: newSlug('nowhere') } }), 404);
  });

  test('the public list shows those who want it, in pages', async () => {
    const stem = newSlug('shop');
    const shown = [];
    for (let i = 0; i < 3; i += 1) shown.push((await found(sdk, { public: true, name: stem })).company);
    const hidden = (await found(sdk, { name: stem })).company;
    const list = async (query) => (await sdk.open().user.publicCompaniesList({ query })).data;
    const all = await list({ name: stem });
    assert.equal(all.count, 3);
    assert.deepEqual(all.results.map((c) => c.id).sort(), [...shown].sort());
    const first = await list({ name: stem, page: 1, page_size: 2 });
    assert.equal(first.results.length, 2);
    assert.match(first.next, /^http:\/\/127\.0\.0\.1:\d+\/3\/public\/companies\/\?.*page=2/);
    const second = await list({ name: stem, page: 2, page_size: 2 });
    assert.equal(second.results.length, 1);
    assert.equal(second.next, null);
    assert.deepEqual([...first.results, ...second.results].map((c) => c.id).sort(), [...shown].sort());
    assert.deepEqual((await list({ id: hidden })).results, []);
    await refused(sdk, sdk.open().user.publicCompaniesList({ query: { name: stem, page: 9, page_size: 2 } }), 404);
  });

  test('anybody sees the groups that are open to them', async () => {
    const { company } = await found(sdk);
    const guest = sdk.open();
    const { data } = await guest.user.publicCompaniesGroupsList({ path: { id: company } });
    assert.equal(data.count, 1);
    assert.deepEqual(data.results.map((g) => g.name), ['user']);
    hasAll(data.results[0], sdk.declared('PublicGroup'));
    assert.equal(data.results[0].default, true);
    const one = (await guest.user.publicCompaniesGroupsRetrieve({ path: { id: company, group_name: 'user' } })).data;
    assert.deepEqual(one, data.results[0]);
    await refused(sdk, guest.user.publicCompaniesGroupsRetrieve({ path: { id: company, group_name: 'admin' } }), 404);
  });
});
