// Staying: refreshing, tokens from elsewhere, tokens for servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enrol, everySDK, found, isMillis, password, refused, sdks } from './kit.mjs';

// refreshWith refreshes with a refresh token of the test's choice.
async function refreshWith(client, refreshToken) {
  const { user, company } = client.auth.getActiveSession();
  await client.auth.updateSession(user.id, company, { refresh_token: refreshToken });
  await client.auth.refresh();
  return client.auth.getActiveSession().refresh_token;
}

everySDK((sdk) => {
  test('a refresh keeps the token and renews what renews it', async () => {
    const { owner, session } = await found(sdk);
    await owner.auth.refresh();
    const after = owner.auth.getActiveSession();
    assert.equal(after.token, session.token, 'the access token is extended in place');
    assert.notEqual(after.refresh_token, session.refresh_token);
    isMillis(after.expires, 'expires');
    assert.ok(after.expires >= session.expires);
    assert.ok((await owner.user.userRetrieve()).data.id);
  });

  test('the generated function refreshes', async () => {
    const { session } = await found(sdk);
    const { data } = await sdk.open().user.authRefreshCreate({
      headers: { Authorization: `Refresh-Token ${session.refresh_token}` }, body: { session_duration: 900 } });
    for (const name of sdk.declared('Refreshed')) assert.ok(data[name], name);
    isMillis(data.created, 'created');
  });

  test('a refresh token is good for nothing else', async () => {
    const { session } = await found(sdk);
    await refused(sdk, sdk.open({ token: session.refresh_token }).user.userRetrieve(), 401);
    const call = sdk.open().user.authRefreshCreate({ headers: { Authorization: `Refresh-Token ${session.token}` }, body: {} });
    await refused(sdk, call, 400, 401);
  });

  test('calls near the end of a session refresh it first, once', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    let refreshes = 0;
    joe.auth.subscribeToEvents(({ type }) => { refreshes += type === 'refresh'; });
    await joe.auth.updateSession(joe.session.user.id, company, { expires: Date.now() + 5_000 });
    const answers = await Promise.all([joe.user.userRetrieve(), joe.user.authRetrieve(), joe.user.companyRetrieve()]);
    assert.equal(refreshes, 1);
    assert.equal(answers[0].data.id, answers[1].data.id);
    assert.ok(joe.auth.getActiveSession().expires > Date.now() + 30_000, 'else every call would refresh');
    await joe.user.userRetrieve();
    assert.equal(refreshes, 1);
  });

  test('a token from elsewhere becomes a session', async () => {
    const { company, session } = await found(sdk);
    const client = sdk.open();
    const imported = await client.auth.importToken(session.token);
    assert.equal(imported.user.id, session.user.id);
    assert.equal(imported.company, company);
    assert.equal(await client.auth.validateActiveSession(), true);
    await client.user.userPartialUpdate({ body: { first_name: 'Imported' } });
    assert.equal((await client.auth.syncActiveSessionUser()).user.first_name, 'Imported');
    await refused(sdk, sdk.open().auth.importToken('x'.repeat(64)), 401);
  });

  test('validateActiveSession sees that a session has ended', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    assert.equal(await joe.auth.validateActiveSession({ retryCount: 0 }), true);
    await joe.user.authTokensListDestroy();
    assert.equal(await joe.auth.validateActiveSession({ retryCount: 0 }), false);
    assert.equal(joe.auth.getActiveSession(), null);
    assert.equal(await owner.auth.validateActiveSession({ retryCount: 0 }), true, 'nobody else is touched');
  });

  test('a server works with a permanent token', async () => {
    const { owner, session } = await found(sdk);
    const { data } = await owner.user.authTokensCreate({ body: { password, duration: null, label: 'server' } });
    const server = sdk.open({ token: data.token });
    assert.equal((await server.user.userRetrieve()).data.id, session.user.id);
    await server.user.userPartialUpdate({ body: { last_name: 'Server' } });
    assert.equal((await owner.user.userRetrieve()).data.last_name, 'Server');
    await owner.user.authTokensDestroy({ path: { token_key: data.token.slice(0, 8) } });
    await refused(sdk, server.user.userRetrieve(), 401);
  });

  test('others verify who somebody is by the published keys', async () => {
    const { company, session } = await found(sdk);
    const { data } = await sdk.open({ token: session.token }).user.authJwtCreate({ body: { nonce: 'once' } });
    const [head, body, signature] = data.token.split('.').map((part) => Buffer.from(part, 'base64url'));
    const read = (part) => JSON.parse(part.toString());
    const discovery = await (await fetch(`${process.env.KITH_URL}/.well-known/openid-configuration`)).json();
    const { keys } = await (await fetch(discovery.jwks_uri)).json();
    const jwk = keys.find(({ kid }) => kid === read(head).kid);
    const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('jwk', jwk, ecdsa, false, ['verify']);
    const signed = Buffer.from(data.token.slice(0, data.token.lastIndexOf('.')));
    assert.ok(await crypto.subtle.verify(ecdsa, key, signature, signed));
    const claims = read(body);
    assert.deepEqual([claims.iss, claims.sub, claims.aud, claims.company, claims.nonce],
      [discovery.issuer, session.user.id, [company], company, 'once']);
    assert.ok(claims.exp > Date.now() / 1000 && claims.exp <= Date.now() / 1000 + 900);
    await refused(sdk, sdk.open({ token: data.token }).user.userRetrieve(), 401);
  });

  test('no token, no answer', async () => {
    const nobody = sdk.open();
    await refused(sdk, nobody.user.userRetrieve(), 401);
    await refused(sdk, nobody.user.authRetrieve(), 401);
    await refused(sdk, nobody.user.companyRetrieve(), 401);
    await refused(sdk, nobody.user.authTokensList(), 401);
  });
});

// Outside the table, so that the run waits for the end of the grace once.
test('a refresh whose answer was lost may be repeated; later it is a theft', () => Promise.all(sdks.map(async (sdk) => {
  const { owner, session } = await found(sdk);
  const successor = await refreshWith(owner, session.refresh_token);
  assert.equal(await refreshWith(owner, session.refresh_token), successor, 'the same successor within the grace');
  await sleep(10_500); // the grace is 10 s
  await refused(sdk, refreshWith(owner, session.refresh_token), 400, 401);
  assert.equal(owner.auth.getActiveSession(), null, 'the client gives the session up');
  const thief = sdk.open().user.authRefreshCreate({ headers: { Authorization: `Refresh-Token ${successor}` }, body: {} });
  await refused(sdk, thief, 400, 401); // the whole family has ended
})));
