// The company, its currencies, its kinds of account and accounts, for staff and as members see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, refused } from './kit.mjs';

everySDK((sdk) => {
  test('the company as its staff see and change it', async () => {
    const { company, owner } = await found(sdk);
    const { data: me } = await owner.user.userRetrieve();
    const { data } = await owner.admin.companyRetrieve();
    assert.equal(data.id, company);
    assert.equal(data.owner.id, me.id);
    const body = { system_email: `new@${company}.test`, legal_name: 'Acme Ltd', metadata: { a: 1 } };
    assert.equal((await owner.admin.companyPartialUpdate({ body })).data.legal_name, 'Acme Ltd');
    assert.equal((await owner.admin.companyUpdate({ body: { ...body, name: 'Acme!' } })).data.name, 'Acme!');
    await refused(sdk, owner.admin.companyPartialUpdate({ body: { ...body, website: 'javascript:1' } }), 400);
  });

  test('its address', async () => {
    const { owner } = await found(sdk);
    assert.equal((await owner.admin.companyAddressRetrieve()).data.city, null);
    assert.equal((await owner.admin.companyAddressPartialUpdate({ body: { city: 'Cape Town', country: 'ZA' } })).data.city, 'Cape Town');
    assert.equal((await owner.admin.companyAddressUpdate({ body: { line_1: '1 Long St' } })).data.country, 'ZA');
    assert.equal((await owner.admin.companyRetrieve()).data.address.line_1, '1 Long St');
  });

  test('its settings', async () => {
    const { company, owner } = await found(sdk);
    assert.equal((await owner.admin.companySettingsRetrieve()).data.allow_registrations, true);
    const body = { allow_registrations: false, disallowed_transaction_subtypes: [], nationalities: ['ZA'], residencies: [],
      default_session_duration: 60, password_set_url: 'https://app.example.org/set', account_reference_length: 12 };
    const { data } = await owner.admin.companySettingsPartialUpdate({ body });
    assert.deepEqual([data.allow_registrations, data.default_session_duration, data.password_set_url], [false, 60, body.password_set_url]);
    await refused(sdk, enrol(sdk, company), 400, 403);
    assert.equal((await owner.admin.companySettingsUpdate({ body: { ...body, allow_registrations: true } })).data.allow_registrations, true);
    await enrol(sdk, company);
    await refused(sdk, owner.admin.companySettingsPartialUpdate({ body: { default_session_duration: 0 } }), 400);
  });

  test('currencies', async () => {
    const { company, owner } = await found(sdk);
    const before = (await owner.admin.currenciesList()).data.count;
    assert.equal(before, 1);
    const { data: made } = await owner.admin.currenciesCreate({ body: { code: 'KES', divisibility: 2 } });
    assert.equal(made.code, 'KES');
    assert.match(made.description, /Kenya/);
    await refused(sdk, owner.admin.currenciesCreate({ body: { code: 'kes', divisibility: 2 } }), 400);
    const path = { code: 'KES' };
    assert.equal((await owner.admin.currenciesRetrieve({ path: { code: 'kes' } })).data.code, 'KES');
    assert.equal((await owner.admin.currenciesPartialUpdate({ path, body: { symbol: 'Sh' } })).data.symbol, 'Sh');
    assert.equal((await owner.admin.currenciesOverviewRetrieve({ path })).data.count_total, 0);
    assert.equal((await owner.admin.currenciesList({ query: { code__in: 'KES,ZZZ', orderby: ['-code'] } })).data.count, 1);
    const joe = await enrol(sdk, company);
    assert.equal((await joe.user.companyCurrenciesList()).data.count, 2);
    assert.equal((await joe.user.companyCurrenciesRetrieve({ path })).data.symbol, 'Sh');
    assert.equal((await owner.admin.currenciesUpdate({ path, body: { archived: true } })).data.archived, true);
    assert.equal((await joe.user.companyCurrenciesList()).data.count, 1);
  });

  test('kinds of account', async () => {
    const { company, owner } = await found(sdk);
    assert.deepEqual((await owner.admin.accountDefinitionsList()).data.results.map((d) => d.name), ['default']);
    const { data: made } = await owner.admin.accountDefinitionsCreate({ body: { name: 'savings', label: 'Savings' } });
    assert.equal(made.label, 'Savings');
    const path = { definition_name: 'savings' };
    assert.equal((await owner.admin.accountDefinitionsRetrieve({ path })).data.name, 'savings');
    assert.equal((await owner.admin.accountDefinitionsPartialUpdate({ path, body: { name: 'savings', label: 'Save' } })).data.label, 'Save');
    assert.equal((await owner.admin.accountDefinitionsUpdate({ path, body: { name: 'savings', recon: false } })).data.label, 'Save');
    const code = (await owner.admin.currenciesList()).data.results[0].code;
    const { data: link } = await owner.admin.accountDefinitionsGroupsCreate({ path, body: { group: 'user', default: true, currencies: [code] } });
    assert.equal(link.group.name, 'user');
    const group = { ...path, definition_group_name: 'user' };
    assert.equal((await owner.admin.accountDefinitionsGroupsList({ path })).data.count, 1);
    assert.equal((await owner.admin.accountDefinitionsGroupsRetrieve({ path: group })).data.default, true);
    assert.equal((await owner.admin.accountDefinitionsGroupsPartialUpdate({ path: group, body: { default: false } })).data.default, false);
    assert.equal((await owner.admin.accountDefinitionsGroupsUpdate({ path: group, body: { default: true } })).data.default, true);
    await owner.admin.currenciesCreate({ body: { code: 'KES', divisibility: 2 } });
    const { data: added } = await owner.admin.accountDefinitionsGroupsCurrenciesCreate({ path: group, body: { currency: 'KES' } });
    assert.equal(added.currency.code, 'KES');
    const currency = { ...group, currency_code: 'KES' };
    assert.equal((await owner.admin.accountDefinitionsGroupsCurrenciesList({ path: group })).data.count, 2);
    assert.equal((await owner.admin.accountDefinitionsGroupsCurrenciesRetrieve({ path: currency })).data.archived, false);
    assert.equal((await owner.admin.accountDefinitionsGroupsCurrenciesPartialUpdate({ path: currency, body: { archived: true } })).data.archived, true);
    assert.equal((await owner.admin.accountDefinitionsGroupsCurrenciesUpdate({ path: currency, body: { archived: false } })).data.archived, false);

    const joe = await enrol(sdk, company);
    const { data: accounts } = await joe.user.accountsList();
    assert.deepEqual(accounts.results.map((a) => a.definition).sort(), ['default', 'savings']);
    assert.equal((await joe.user.accountDefinitionsList()).data.count, 2);
    assert.equal((await joe.user.accountDefinitionsRetrieve({ path })).data.name, 'savings');
    // one currency in the account every member has, and two in the one that came with the group
    assert.equal((await joe.user.accountCurrenciesList()).data.count, 3);
    assert.equal((await joe.user.accountCurrenciesList({ query: { currency: 'KES' } })).data.results[0].account.definition, 'savings');
  });

  test('accounts', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    const { data: me } = await joe.user.userRetrieve();
    const { data: own } = await joe.user.accountsRetrieve({ path: { reference: me.account } });
    assert.equal(own.primary, true);
    const { data: mine } = await joe.user.accountsCreate({ body: { name: 'holiday' } });
    assert.equal((await joe.user.accountsList()).data.count, 2);
    const path = { reference: mine.reference };
    assert.equal((await owner.admin.accountsList({ query: { user: me.id } })).data.count, 2);
    const { data: made } = await owner.admin.accountsCreate({ body: { name: 'float', label: 'Float' } });
    assert.equal(made.user, null);
    assert.equal((await owner.admin.accountsRetrieve({ path })).data.user.id, me.id);
    assert.equal((await owner.admin.accountsPartialUpdate({ path, body: { name: 'holiday', label: 'Sun' } })).data.label, 'Sun');
    assert.equal((await owner.admin.accountsUpdate({ path, body: { name: 'holiday', hidden: true } })).data.hidden, true);
    assert.equal((await owner.admin.accountCurrenciesList({ query: { user: me.id } })).data.results[0].user.id, me.id);
    await refused(sdk, joe.user.accountsRetrieve({ path: { reference: made.reference } }), 404);
  });
});
