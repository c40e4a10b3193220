// Becoming somebody: registering a company, registering in one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrl, enrol, everySDK, found, hasAll, isMillis, login, newSlug, password, refused, uuid } from './kit.mjs';

everySDK((sdk) => {
  test('a company registers with an object', async () => {
    const { company, owner, session } = await found(sdk, { country: 'ZA', metadata: { plan: 'pilot' } });
    assert.match(session.user.id, uuid);
    assert.equal(session.user.company, company);
    assert.equal(session.user.owner, true);
    assert.deepEqual(session.user.groups.map((g) => g.name), ['admin']);
    assert.deepEqual(session.challenges, []);
    assert.equal(session.token.length, 64);
    assert.ok(session.refresh_token);
    isMillis(session.expires, 'expires');
    assert.ok(session.expires > Date.now() + 60_000, 'the session lasts');
    assert.equal(owner.auth.getSessionsByCompany(company).length, 1);
    const mine = (await owner.user.companyRetrieve()).data;
    assert.equal(mine.id, company);
    assert.equal(mine.mode, 'test');
    assert.equal(mine.country, 'ZA');
  });

  test('a company registers with its id alone', async () => {
    const company = newSlug('plain');
    const owner = sdk.open();
    const session = await owner.auth.registerCompany({
      email: `owner@${company}.test`, password, terms_and_conditions: true, company });
    assert.equal(session.company, company);
    assert.equal((await owner.user.userRetrieve()).data.company, company);
    assert.equal((await owner.user.companyRetrieve()).data.mode, 'test', 'the mode of a company made over loopback');
  });

  test('the generated function registers a company too', async () => {
    const company = newSlug('raw');
    const { data } = await sdk.open().user.authRegisterCompany({
      body: { email: `owner@${company}.test`, password, company: { id: company }, terms_and_conditions: true } });
    hasAll(data, sdk.declared('ExtendedAuthenticated'));
    hasAll(data.user, sdk.declared('ExtendedUserInfo'));
    assert.equal(data.user.company, company);
  });

  test('a company id is taken once, in any case of letters', async () => {
    const { company } = await found(sdk);
    const again = (id) => sdk.open().auth.registerCompany({ email: `b@${company}.test`, password, company: { id } });
    const error = await refused(sdk, again(company.toUpperCase()), 400);
    assert.ok(Array.isArray(error.error.data.company), 'the field is named');
  });

  for (const [kind, value, shown] of [
    ['email', 'Ada.Lovelace@Example.org', undefined],
    ['mobile', '+27 82 555 12 34', '+27825551234'],
    ['username', 'ada.l', undefined],
  ]) {
    test(`a person registers by ${kind}`, async () => {
      const { company } = await found(sdk);
      const ada = await enrol(sdk, company, { email: undefined, [kind]: value, first_name: 'Ada' });
      const me = (await ada.user.userRetrieve()).data;
      assert.equal(me.id, ada.session.user.id);
      assert.equal(me[kind].toLowerCase(), (shown ?? value).toLowerCase());
      assert.equal(me.first_name, 'Ada');
      assert.equal(me.owner, false);
      assert.deepEqual(me.groups.map((g) => g.name), ['user'], 'the default group');
      for (const other of ['email', 'mobile', 'username'].filter((k) => k !== kind)) assert.equal(me[other], null);
    });
  }

  test('the generated function registers with one password and a group', async () => {
    const { company } = await found(sdk);
    const { data } = await sdk.open().user.authRegister({
      body: { company, email: `raw@${company}.test`, password, groups: ['user'], terms_and_conditions: true } });
    hasAll(data, sdk.declared('ExtendedAuthenticated'));
    assert.equal(data.user.email, `raw@${company}.test`);
    assert.equal(data.user.groups[0].name, 'user');
  });

  test('nobody registers into a group that is not public', async () => {
    const { company } = await found(sdk);
    const body = { company, email: `sly@${company}.test`, password, groups: ['admin'], terms_and_conditions: true };
    const error = await refused(sdk, sdk.open().user.authRegister({ body }), 400);
    assert.ok(error.error.data.groups, 'the field is named');
    await refused(sdk, login(sdk, company, body.email), 400);
  });

  for (const [kind, first, second] of [
    ['email', 'joe@example.org', 'JOE@Example.ORG'],
    ['mobile', '+27825551235', '+27 (82) 555-1235'],
    ['username', 'joe', 'JOE'],
  ]) {
    test(`one ${kind} makes one person`, async () => {
      const { company } = await found(sdk);
      await enrol(sdk, company, { email: undefined, [kind]: first });
      const error = await refused(sdk, enrol(sdk, company, { email: undefined, [kind]: second }), 400);
      assert.ok(Array.isArray(error.error.data[kind]), 'the field is named');
      assert.match(error.error.data[kind][0], /\w/);
      const elsewhere = await found(sdk);
      assert.ok(await enrol(sdk, elsewhere.company, { email: undefined, [kind]: second }), 'another company does not mind');
    });
  }

  test('two passwords that differ are refused', async () => {
    const { company } = await found(sdk);
    const body = { company, email: `two@${company}.test`, password1: password, password2: `${password}!` };
    await refused(sdk, sdk.open().user.authRegister({ body }), 400);
    await refused(sdk, login(sdk, company, body.email), 400);
  });

  test('a company that does not exist takes nobody', async () => {
    await refused(sdk, enrol(sdk, newSlug('nowhere')), 400, 404);
  });

  test('a trailing slash after the base address does no harm', async () => {
    const { company } = await found(sdk);
    const joe = sdk.open({ baseUrl: `${baseUrl}/` });
    await joe.auth.register({ email: `slash@${company}.test`, password, company, terms_and_conditions: true });
    assert.equal((await joe.user.userRetrieve()).data.email, `slash@${company}.test`);
  });
});
