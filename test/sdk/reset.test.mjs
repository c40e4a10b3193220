// Losing and leaving: a forgotten password, a closed account, links that are read where development mails land.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseUrl, enrol, everySDK, found, login, password, refused } from './kit.mjs';

const fresh = 'Battery-staple-7';

// link waits for the newest mail of a kind to an address and gives the values of its link.
async function link(to, page) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${baseUrl}/inbox/messages.json?to=${encodeURIComponent(to)}`);
    const mail = (await answer.json()).find((m) => m.links.some((l) => l.includes(`/${page}/`)));
    if (mail) return Object.fromEntries(new URLSearchParams(new URL(mail.links[0]).hash.slice(1)));
    await sleep(100);
  }
  return assert.fail(`no link to ${page} came to ${to}`);
}

// lives tells whether a token still lets in.
const lives = (sdk, token) => sdk.open({ token }).user.userRetrieve().then(() => true, (e) => {
  assert.equal(e.status, 401);
  return false;
});

const done = { status: 'success' };

everySDK((sdk) => {
  test('a forgotten password is replaced by a link, which works once', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const guest = sdk.open().user;
    assert.deepEqual(await guest.authPasswordReset({ body: { user: joe.person.email, company } }), done);
    const { uid, token } = await link(joe.person.email, 'reset-password');
    assert.equal(uid, joe.session.user.id);
    const body = { uid, token, new_password1: fresh, new_password2: fresh };
    await refused(sdk, guest.authPasswordResetConfirm({ body: { ...body, token: `x${token.slice(1)}` } }), 400);
    assert.deepEqual(await guest.authPasswordResetConfirm({ body }), done);
    await refused(sdk, guest.authPasswordResetConfirm({ body }), 400);
    await refused(sdk, login(sdk, company, joe.person.email), 400);
    assert.equal(await lives(sdk, joe.session.token), false);
    assert.equal((await login(sdk, company, joe.person.email, fresh)).session.user.id, uid);
  });

  test('asking for a link tells nobody who is there', async () => {
    const { company } = await found(sdk);
    const guest = sdk.open().user;
    for (const ask of [guest.authPasswordReset, guest.authDeactivate, guest.authRequestDelete]) {
      for (const user of [`owner@${company}.test`, `nobody@${company}.test`, 'nobody']) {
        assert.deepEqual(await ask({ body: { user, company } }), done);
      }
      assert.deepEqual(await ask({ body: { user: `owner@${company}.test`, company: 'nowhere' } }), done);
    }
  });

  test('a user shuts their account', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    const { data } = await joe.user.authTokensCreate({ body: { password, duration: null, label: 'server' } });
    assert.deepEqual(await joe.user.authDeactivate({ body: { user: joe.person.email, company } }), done);
    const { key } = await link(joe.person.email, 'deactivate');
    assert.equal(await lives(sdk, joe.session.token), true, 'until the link is followed nothing changes');
    await refused(sdk, joe.user.authRequestDeleteVerify({ body: { key } }), 400);
    assert.deepEqual(await joe.user.authDeactivateVerify({ body: { key } }), done);
    assert.equal(await lives(sdk, joe.session.token), false);
    assert.equal(await lives(sdk, data.token), false, 'a permanent token');
    await refused(sdk, login(sdk, company, joe.person.email), 400);
    await owner.admin.usersPartialUpdate({ path: { identifier: joe.session.user.id }, body: { deactivated: false } });
    await login(sdk, company, joe.person.email);
  });

  test('a user asks to be deleted, and the account works on', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    assert.deepEqual(await joe.user.authRequestDelete({ body: { user: joe.person.email, company } }), done);
    const { key } = await link(joe.person.email, 'delete');
    assert.deepEqual(await joe.user.authRequestDeleteVerify({ body: { key } }), done);
    assert.equal(await lives(sdk, joe.session.token), true);
    const { data } = await owner.admin.usersRetrieve({ path: { identifier: joe.session.user.id } });
    assert.equal(data.retention_state, 'delete_requested');
  });

  test('a back end asks for its users, and passes on what they bring', async () => {
    const { company, owner } = await found(sdk);
    const joe = await enrol(sdk, company);
    const user = joe.person.email;
    await refused(sdk, owner.admin.authPasswordResetCreate({ body: { user: 'nobody' } }), 400, 404);
    await refused(sdk, owner.admin.authDeactivateCreate({ body: { user: `owner@${company}.test` } }), 403);
    assert.deepEqual(await owner.admin.authPasswordResetCreate({ body: { user } }), done);
    const reset = await link(user, 'reset-password');
    assert.deepEqual(await owner.admin.authPasswordResetConfirmCreate({
      body: { ...reset, new_password1: fresh, new_password2: fresh } }), done);
    await login(sdk, company, user, fresh);
    assert.deepEqual(await owner.admin.authRequestDeleteCreate({ body: { user } }), done);
    assert.deepEqual(await owner.admin.authRequestDeleteVerifyCreate({ body: await link(user, 'delete') }), done);
    assert.deepEqual(await owner.admin.authDeactivateCreate({ body: { user } }), done);
    assert.deepEqual(await owner.admin.authDeactivateVerifyCreate({ body: await link(user, 'deactivate') }), done);
    const { data } = await owner.admin.usersRetrieve({ path: { identifier: joe.session.user.id } });
    assert.deepEqual([data.deactivated, data.retention_state], [true, 'delete_requested']);
  });

  test('too many wrong passwords make everybody wait, and a new password ends it', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    for (let n = 0; n < 10; n++) await refused(sdk, login(sdk, company, joe.person.email, 'wrong'), 400);
    const error = await refused(sdk, login(sdk, company, joe.person.email), 429);
    assert.match(error.message, /Expected available in \d+ seconds/);
    await sdk.open().user.authPasswordReset({ body: { user: joe.person.email, company } });
    const { uid, token } = await link(joe.person.email, 'reset-password');
    await sdk.open().user.authPasswordResetConfirm({ body: { uid, token, new_password1: fresh, new_password2: fresh } });
    await login(sdk, company, joe.person.email, fresh);
  });
});
