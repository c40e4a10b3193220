// The tokens a user holds: /3/auth/tokens/.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol, everySDK, found, hasAll, isMillis, login, password, refused } from './kit.mjs';

const keyOf = (token) => token.slice(0, 8); // the public handle of a token

everySDK((sdk) => {
  test('a token is made with the password, permanent or for a time', async () => {
    const { owner } = await found(sdk);
    const permanent = (await owner.user.authTokensCreate({ body: { password, duration: null, label: 'server' } })).data;
    hasAll(permanent, sdk.declared('ExtendedAuthenticated'));
    assert.equal(permanent.token.length, 64);
    assert.equal(permanent.expires, null);
    assert.equal(permanent.refresh_token, null);
    const hour = (await owner.user.authTokensCreate({ body: { password, duration: 3600, label: 'hour' } })).data;
    isMillis(hour.expires, 'expires');
    assert.ok(Math.abs(hour.expires - Date.now() - 3600_000) < 60_000, 'durations are in seconds');
    assert.ok(hour.refresh_token);
    for (const { token } of [permanent, hour]) assert.ok((await sdk.open({ token }).user.userRetrieve()).data.id);
    await refused(sdk, owner.user.authTokensCreate({ body: { password: 'wrong', duration: null } }), 400);
  });

  test('the list shows each session and token, and no secret', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const other = await login(sdk, company, joe.person.email);
    const made = (await joe.user.authTokensCreate({ body: { password, duration: null, label: 'server' } })).data;
    const { data } = await joe.user.authTokensList();
    assert.ok(Array.isArray(data), 'a plain array');
    const want = [joe.session.token, other.session.token, made.token];
    assert.deepEqual(data.map((t) => t.token_key).sort(), want.map(keyOf).sort());
    for (const one of data) {
      hasAll(one, sdk.declared('AuthToken'));
      isMillis(one.created, 'created');
    }
    const server = data.find((t) => t.token_key === keyOf(made.token));
    assert.equal(server.label, 'server');
    assert.equal(server.expires, null);
    assert.equal(data.find((t) => t.token_key === keyOf(joe.session.token)).label, '', 'a session has no label');
    for (const token of want) assert.ok(!JSON.stringify(data).includes(token));
  });

  test('the list is narrowed by what the query says', async () => {
    const { owner } = await found(sdk);
    const made = (await owner.user.authTokensCreate({ body: { password, duration: null, label: 'server' } })).data;
    const keys = async (query) => (await owner.user.authTokensList({ query })).data.map((t) => t.token_key);
    assert.deepEqual(await keys({ expires__isnull: true }), [keyOf(made.token)]);
    assert.deepEqual(await keys({ token_key: keyOf(made.token) }), [keyOf(made.token)]);
    assert.ok(!(await keys({ token_key__exclude: keyOf(made.token) })).includes(keyOf(made.token)));
    assert.deepEqual(await keys({ created__gt: Date.now() + 3600_000 }), []);
  });

  test('a token is read, renamed and ended by its key', async () => {
    const { owner } = await found(sdk);
    const { token } = (await owner.user.authTokensCreate({ body: { password, duration: null, label: 'old' } })).data;
    const path = { token_key: keyOf(token) };
    assert.equal((await owner.user.authTokensRetrieve({ path })).data.label, 'old');
    assert.equal((await owner.user.authTokensPartialUpdate({ path, body: { label: 'new' } })).data.label, 'new');
    assert.equal((await owner.user.authTokensUpdate({ path, body: { label: 'newer' } })).data.label, 'newer');
    assert.equal((await owner.user.authTokensRetrieve({ path })).data.label, 'newer');
    assert.deepEqual(await owner.user.authTokensDestroy({ path }), { status: 'success' });
    await refused(sdk, sdk.open({ token }).user.userRetrieve(), 401);
    await refused(sdk, owner.user.authTokensRetrieve({ path }), 404);
  });

  test("nobody reaches another's token", async () => {
    const { company, owner, session } = await found(sdk);
    const joe = await enrol(sdk, company);
    const path = { token_key: keyOf(session.token) };
    await refused(sdk, joe.user.authTokensRetrieve({ path }), 404);
    await refused(sdk, joe.user.authTokensPartialUpdate({ path, body: { label: 'mine' } }), 404);
    await refused(sdk, joe.user.authTokensDestroy({ path }), 404);
    assert.ok((await owner.user.userRetrieve()).data.id);
  });

  test('all tokens end at once', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const other = await login(sdk, company, joe.person.email);
    const made = (await joe.user.authTokensCreate({ body: { password, duration: null, label: 'server' } })).data;
    assert.deepEqual(await joe.user.authTokensListDestroy(), { status: 'success' });
    for (const token of [joe.session.token, other.session.token, made.token]) {
      await refused(sdk, sdk.open({ token }).user.userRetrieve(), 401);
    }
    assert.ok((await login(sdk, company, joe.person.email)).session.token);
  });
});
