// Coming back: signing in, what a session is worth, signing out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, hasAll, isMillis, login, newSlug, password, refused } from './kit.mjs';

everySDK((sdk) => {
  test('every identifier signs in', async () => {
    const { company } = await found(sdk);
    const ada = { email: `ada@${company}.test`, mobile: '+27825551236', username: 'ada' };
    const { session } = await enrol(sdk, company, ada);
    for (const user of [ada.email, ada.email.toUpperCase(), ada.mobile, '+27 82 555 1236', ada.username, session.user.id]) {
      const back = await login(sdk, company, user);
      assert.equal(back.session.user.id, session.user.id, user);
      assert.deepEqual(back.session.challenges, []);
      isMillis(back.session.expires, 'expires');
      assert.equal((await back.user.userRetrieve()).data.email, ada.email);
    }
  });

  test('the generated function signs in, with the whole user in the answer', async () => {
    const { company, session } = await found(sdk);
    const { data } = await sdk.open().user.authLogin({ body: { user: `owner@${company}.test`, password, company } });
    hasAll(data, sdk.declared('Authenticated'));
    hasAll(data.user, sdk.declared('ExtendedUserInfo'));
    assert.equal(data.user.id, session.user.id);
    isMillis(data.created, 'created');
  });

  test('every wrong sign-in gets the same answer', async () => {
    const { company } = await found(sdk);
    const known = `owner@${company}.test`;
    const errors = await Promise.all([
      refused(sdk, login(sdk, company, known, 'wrong'), 400),
      refused(sdk, login(sdk, company, `nobody@${company}.test`), 400),
      refused(sdk, login(sdk, company, 'bad'), 400),
      refused(sdk, login(sdk, newSlug('nowhere'), known), 400),
    ]);
    for (const error of errors) assert.deepEqual(error.error, errors[0].error);
    assert.equal(sdk.open().auth.getStatus() === 'authenticated', false);
  });

  test('GET /3/auth/ tells whose token it is', async () => {
    const { owner, session } = await found(sdk);
    const { data } = await owner.user.authRetrieve();
    hasAll(data, sdk.declared('Auth\\$1'));
    assert.equal(data.id, session.user.id);
  });

  test('signing out ends this session and no other', async () => {
    const { company, owner, session } = await found(sdk);
    const other = await login(sdk, company, `owner@${company}.test`);
    await owner.auth.logout();
    assert.equal(owner.auth.getActiveSession(), null);
    await refused(sdk, sdk.open({ token: session.token }).user.userRetrieve(), 401);
    assert.equal((await other.user.userRetrieve()).data.id, session.user.id);
  });

  for (const [option, keepsOther, keepsPermanent] of [
    ['none', true, true], ['temporary', false, true], ['all', false, false],
  ]) {
    test(`signing out with clear_session_option ${option}`, async () => {
      const { company, owner } = await found(sdk);
      const other = await login(sdk, company, `owner@${company}.test`);
      const { data } = await owner.user.authTokensCreate({ body: { password, duration: null, label: 'server' } });
      assert.deepEqual(await owner.user.authLogout({ body: { clear_session_option: option } }), { status: 'success' });
      const lives = (token) => sdk.open({ token }).user.userRetrieve().then(() => true, (e) => {
        assert.equal(e.status, 401);
        return false;
      });
      assert.equal(await lives(owner.auth.getActiveSession().token), false, 'the session that signed out');
      assert.equal(await lives(other.session.token), keepsOther, 'another session');
      assert.equal(await lives(data.token), keepsPermanent, 'a permanent token');
    });
  }

  test('signing out of all accounts at once', async () => {
    const { company } = await found(sdk);
    const [a, b] = [await enrol(sdk, company), await enrol(sdk, company)];
    const both = sdk.open();
    for (const who of [a, b]) await both.auth.login({ user: who.person.email, password, company });
    const tokens = both.auth.getSessions().map((s) => s.token);
    assert.equal(tokens.length, 2);
    await both.auth.logoutAll();
    for (const token of tokens) await refused(sdk, sdk.open({ token }).user.userRetrieve(), 401);
    assert.ok((await a.user.userRetrieve()).data.id, 'sessions elsewhere go on');
  });

  test('one client switches between two accounts', async () => {
    const { company } = await found(sdk);
    const [a, b] = [await enrol(sdk, company), await enrol(sdk, company)];
    const both = sdk.open();
    for (const who of [a, b]) await both.auth.login({ user: who.person.email, password, company });
    assert.equal((await both.user.userRetrieve()).data.email, b.person.email);
    await both.auth.switchToSession(a.session.user.id, company);
    assert.equal((await both.user.userRetrieve()).data.email, a.person.email);
  });

  test('a password change ends other sessions and the old password', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const other = await login(sdk, company, joe.person.email);
    const fresh = 'Battery-staple-7';
    await refused(sdk, joe.user.authPasswordChange({
      body: { old_password: 'wrong', new_password1: fresh, new_password2: fresh } }), 400);
    assert.ok((await other.user.userRetrieve()).data.id, 'a refused change changes nothing');
    const answer = await joe.user.authPasswordChange({
      body: { old_password: password, new_password1: fresh, new_password2: fresh } });
    assert.deepEqual(answer, { status: 'success' });
    await refused(sdk, sdk.open({ token: other.session.token }).user.userRetrieve(), 401);
    await refused(sdk, other.auth.refresh(), 400, 401);
    await refused(sdk, login(sdk, company, joe.person.email), 400);
    assert.equal((await login(sdk, company, joe.person.email, fresh)).session.user.id, joe.session.user.id);
  });
});
