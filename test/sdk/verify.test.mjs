// Proving that an e-mail and a mobile are one's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrl, enrol, everySDK, found, refused } from './kit.mjs';

// messages waits until so many were sent to an address or number, and gives them, newest first.
async function messages(to, count) {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${baseUrl}/inbox/messages.json?to=${encodeURIComponent(to)}`);
    const list = await answer.json();
    if (list.length >= count) return list;
    assert.ok(tries < 200, `${list.length} messages to ${to}, want ${count}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

const key = (mail) => new URLSearchParams(new URL(mail.links[0]).hash.slice(1)).get('key');

// A number that nobody else has, in a range of numbers that are possible.
let numbers = Date.now() % 10_000_000;
const newMobile = () => `+2782${String(numbers++ % 10_000_000).padStart(7, '0')}`;

everySDK((sdk) => {
  test('the link that registration mails proves the e-mail, once', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const [mail] = await messages(joe.person.email, 1);
    assert.equal(mail.company, company);
    assert.equal(mail.kind, 'email');
    assert.equal((await sdk.open().user.authEmailVerify({ body: { key: key(mail) } })).status, 'success');
    const { data } = await joe.user.userRetrieve();
    assert.equal(data.verification.email, true);
    const error = await refused(sdk, sdk.open().user.authEmailVerify({ body: { key: key(mail) } }), 400);
    assert.ok(error.error.data.key, 'the field is named');
  });

  test('another link takes the place of the one before', async () => {
    const { company } = await found(sdk);
    const joe = await enrol(sdk, company);
    const [first] = await messages(joe.person.email, 1);
    assert.equal((await sdk.open().user.authEmailVerifyResend({ body: { email: joe.person.email, company } })).status, 'success');
    const [second] = await messages(joe.person.email, 2);
    await refused(sdk, sdk.open().user.authEmailVerify({ body: { key: key(first) } }), 400);
    await sdk.open().user.authEmailVerify({ body: { key: key(second) } });
    assert.equal((await joe.user.userRetrieve()).data.verification.email, true);
  });

  test('whoever asks for another link or code learns nothing', async () => {
    const { company } = await found(sdk);
    const { user } = sdk.open();
    for (const body of [{ email: 'nobody@example.org', company }, { email: 'nobody@example.org', company: 'nowhere' }]) {
      assert.equal((await user.authEmailVerifyResend({ body })).status, 'success');
    }
    assert.equal((await user.authMobileVerifyResend({ body: { mobile: newMobile(), company } })).status, 'success');
  });

  test('the code that is sent proves the mobile', async () => {
    const { company } = await found(sdk);
    const mobile = newMobile();
    const joe = await enrol(sdk, company, { email: undefined, mobile });
    const [first] = await messages(mobile, 1);
    assert.equal(first.kind, 'sms');
    assert.deepEqual(first.codes, ['123456']);
    const error = await refused(sdk, joe.user.authMobileVerify({ body: { otp: '654321' } }), 400);
    assert.ok(error.error.data.otp, 'the field is named');
    await joe.user.authMobileVerifyResend({ body: { mobile, company } });
    const [code] = await messages(mobile, 2);
    assert.equal((await joe.user.authMobileVerify({ body: { otp: code.codes[0] } })).status, 'success');
    assert.equal((await joe.user.userRetrieve()).data.verification.mobile, true);
    await refused(sdk, joe.user.authMobileVerify({ body: { otp: code.codes[0] } }), 400);
  });
});
