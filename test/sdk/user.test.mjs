// The signed-in user: what /3/user/ shows and what may be changed there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrl, enrol, everySDK, found, hasAll, isMillis, login, password, refused, uuid } from './kit.mjs';

everySDK((sdk) => {
  test('the user object is whole and typed as the client says', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company, { mobile: '+27825551237', username: 'joe' });
    const { status, data: me } = await joe.user.userRetrieve();
    assert.equal(status, 'success');
    hasAll(me, sdk.declared('ExtendedUserInfo'));
    assert.match(me.id, uuid);
    assert.equal(me.company, company);
    assert.equal(me.email, joe.person.email);
    assert.equal(me.mobile, '+27825551237');
    assert.equal(me.username, 'joe');
    assert.equal(me.owner, false);
    assert.equal(me.temporary, false);
    assert.equal(me.status, 'pending');
    assert.equal(me.verified, false);
    assert.deepEqual(me.verification, { email: false, mobile: false });
    assert.equal(me.language, 'en');
    assert.deepEqual(Object.keys(me.groups[0]).sort(), ['label', 'name', 'section']);
    assert.equal(me.groups[0].name, 'user');
    assert.equal(me.groups[0].section, 'user');
    isMillis(me.created, 'created');
    isMillis(me.updated, 'updated');
  });

  test('the primary account is there, empty', async () => {
    const { owner } = await found(sdk);
    const { data: me } = await owner.user.userRetrieve();
    assert.equal(typeof me.account, 'string');
    assert.match(me.account, /./);
    assert.strictEqual(me.balance, 0);
    assert.strictEqual(me.available_balance, 0);
    hasAll(me.currency, sdk.declared('ReducedAsset'));
    assert.match(me.currency.code, /^[A-Z]{3}$/);
    assert.ok(Number.isInteger(me.currency.divisibility) && me.currency.divisibility >= 0 && me.currency.divisibility <= 18);
    hasAll(me.settings, sdk.declared('UserSettings'));
  });

  test('what older clients read is there too', async () => {
    const { owner } = await found(sdk);
    const { data: me } = await owner.user.userRetrieve();
    assert.equal(me.kyc.status, 'pending');
    isMillis(me.kyc.updated, 'kyc.updated');
    assert.ok(Array.isArray(me.permissions));
    assert.equal(me.archived, false);
    assert.equal(me.deactivated, false);
    assert.ok('last_login' in me);
    assert.ok(me.settings.allow_transactions && me.settings.allow_debit_transactions && me.settings.allow_credit_transactions);
  });

  test('PATCH changes what it names and leaves the rest', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company, { last_name: 'Doe' });
    const before = (await joe.user.userRetrieve()).data;
    const change = { first_name: 'Zoë 🚀 "quoted" \\', nationality: 'ZA', birth_date: '2000-02-29', timezone: 'Africa/Johannesburg' };
    const { data: answer } = await joe.user.userPartialUpdate({ body: change });
    const after = (await joe.user.userRetrieve()).data;
    assert.deepEqual(answer, after, 'the answer is what is stored');
    const { updated, kyc, ...rest } = after;
    assert.deepEqual(rest, { ...Object.fromEntries(Object.keys(rest).map((k) => [k, before[k]])), ...change });
    assert.ok(updated >= before.updated);
  });

  test('PUT takes the whole profile', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const { data: me } = await joe.user.userUpdate({ body: { username: 'joseph', first_name: 'Joseph', title: 'mr', gender: 'male' } });
    assert.equal(me.username, 'joseph');
    assert.equal(me.first_name, 'Joseph');
    assert.equal(me.title, 'mr');
    assert.equal((await login(sdk, company, 'joseph')).session.user.id, me.id);
  });

  test('a username once given stays', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company, { username: 'joe' });
    await refused(sdk, joe.user.userPartialUpdate({ body: { username: 'mallory' } }), 400);
    assert.equal((await joe.user.userPartialUpdate({ body: { username: 'joe', first_name: 'J' } })).data.username, 'joe');
  });

  test('an empty part clears a field', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company, { last_name: 'Doe' });
    await joe.user.userPartialUpdate({ body: { nationality: 'ZA', birth_date: '2000-01-01' } });
    const { data: me } = await joe.user.userPartialUpdate({ body: { last_name: '', nationality: '', birth_date: '' } });
    assert.deepEqual([me.last_name, me.nationality, me.birth_date], [null, null, null]);
  });

  test('null in a JSON PATCH clears a field', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company, { last_name: 'Doe' });
    const answer = await joe.fetch(`${baseUrl}/3/user/`, {
      method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ last_name: null, first_name: 'Jo' }) });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    const { data: me } = await answer.json();
    assert.equal(me.last_name, null);
    assert.equal(me.first_name, 'Jo');
    assert.equal((await joe.user.userRetrieve()).data.last_name, null);
  });

  for (const [field, value] of [
    ['nationality', 'Atlantis'], ['birth_date', '2001-02-29'], ['birth_date', '2999-01-01'], ['language', '!!'],
    ['timezone', 'Mars/Olympus'], ['gender', 'robot'], ['website', 'javascript:alert(1)'], ['first_name', 'x'.repeat(5000)],
  ]) {
    test(`a bad ${field} (${value.slice(0, 20)}) is refused by name`, async () => {
      const { owner } = await found(sdk);
      const before = (await owner.user.userRetrieve()).data;
      const error = await refused(sdk, owner.user.userPartialUpdate({ body: { [field]: value, last_name: 'Changed' } }), 400);
      assert.ok(Array.isArray(error.error.data[field]), 'the field is named');
      assert.deepEqual((await owner.user.userRetrieve()).data, before, 'nothing changed');
    });
  }

  for (const [field, value] of [
    ['status', 'verified'], ['groups', ['admin']], ['owner', true], ['balance', 1000], ['id', '00000000-0000-7000-8000-000000000000'],
  ]) {
    test(`${field} is not the user's to write`, async () => {
      const { company } = await found(sdk);
      const joe = await enrol(sdk, company);
      const before = (await joe.user.userRetrieve()).data;
      await joe.user.userPartialUpdate({ body: { [field]: value } }).catch((e) => assert.equal(e.status, 400));
      assert.deepEqual((await joe.user.userRetrieve()).data[field], before[field]);
    });
  }

  test('the same person in two companies is two people', async () => {
    const [a, b] = [await found(sdk), await found(sdk)];
    const who = { email: 'both@example.org', username: 'both', mobile: '+27825551238' };
    const [inA, inB] = [await enrol(sdk, a.company, who), await enrol(sdk, b.company, who)];
    assert.notEqual(inA.session.user.id, inB.session.user.id);
    await inA.user.userPartialUpdate({ body: { first_name: 'Only-A' } });
    assert.equal((await inB.user.userRetrieve()).data.first_name, 'Joe');
    assert.equal((await inB.user.companyRetrieve()).data.id, b.company);
    await inA.user.authPasswordChange({ body: { old_password: password, new_password1: 'Only-in-A-1', new_password2: 'Only-in-A-1' } });
    assert.equal((await login(sdk, b.company, who.email)).session.user.id, inB.session.user.id);
    await refused(sdk, login(sdk, b.company, who.email, 'Only-in-A-1'), 400);
    await refused(sdk, login(sdk, b.company, inA.session.user.id, 'Only-in-A-1'), 400);
  });
});
