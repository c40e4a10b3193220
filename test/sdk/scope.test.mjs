// What of the client's auth and user sections these tests cover, and why not the rest: a function in
// neither list fails, so that whatever a new client brings is a decision.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { everySDK } from './kit.mjs';

const covered = `
  authLogin authLogout authPasswordChange authRefreshCreate authRegister authRegisterCompany authRetrieve
  authTokensCreate authTokensDestroy authTokensList authTokensListDestroy authTokensPartialUpdate authTokensRetrieve authTokensUpdate
  companyRetrieve publicCompaniesGroupsList publicCompaniesGroupsRetrieve publicCompaniesList publicCompaniesRetrieve
  userPartialUpdate userRetrieve userUpdate
  login register registerCompany logout logoutAll refresh getActiveSession getSessions getSessionsByCompany getStatus
  switchToSession importToken validateActiveSession syncActiveSessionUser updateSession subscribeToEvents`;

const later = [
  [/^authEmailVerify|^authMobileVerify|^authPasswordReset/, 'codes and links by mail and SMS come with messaging'],
  [/^authDeactivate|^authRequestDelete/, 'leaving needs codes by mail, so it comes with messaging'],
  [/^authMfa|^deleteChallenge$/, 'second factors come with step-up; until then challenges are an empty list'],
  [/^authJwtCreate$/, 'tokens for third parties come with the signing keys that they are verified by'],
  [/^authOauth|^publicCompaniesOauth/, 'sign-in through other providers'],
  [/^userAddresses/, 'addresses'],
  [/^user(Bank|Crypto|Wallet)Accounts/, 'beneficiaries'],
  [/^userDocuments|^documentTypes/, 'documents'],
  [/^userEmails|^userMobiles/, 'further identifiers need verification'],
  [/^userDevices/, 'devices'],
  [/^userMessages/, 'messages to people'],
  [/^userLegalTerms|^public(Companies)?LegalTerms/, 'legal terms'],
  [/^groups|^permissions(List|Retrieve)$/, 'groups, tiers and permissions as a user sees them come with the admin section'],
];

const never = [
  [/^account|^companyBankAccounts|^companyCurrencies|^companyWalletAccounts/, 'the ledger: kith keeps users, not money'],
  [/^transaction|^subtypes|^statements|^exports|^metrics/, 'the ledger and its reports: kith keeps users, not money'],
  [/^(getToken|getState|getRecoveryState|clearAllSessions|expireActiveSession|subscribe|subscribeToErrors|subscribeToState|baseUrl)$/,
    'happens inside the client, no request is made'],
];

const words = covered.trim().split(/\s+/);
const sources = readdirSync(import.meta.dirname ?? new URL('.', import.meta.url).pathname)
  .filter((f) => f.endsWith('.test.mjs') && !f.startsWith('scope') || f === 'kit.mjs')
  .map((f) => readFileSync(new URL(f, import.meta.url), 'utf8')).join('\n');

everySDK((sdk) => {
  const { auth, user } = sdk.open();
  const functions = [...Object.keys(auth), ...Object.keys(user)];

  test('every function is covered or left out for a reason', () => {
    const reasons = [...later, ...never];
    const unknown = functions.filter((f) => !words.includes(f) && !reasons.some(([names]) => names.test(f)));
    assert.deepEqual(unknown, []);
  });

  test('what is left out for a reason exists', () => {
    for (const [names, reason] of [...later, ...never]) {
      assert.ok(functions.some((f) => names.test(f) && !words.includes(f)), reason);
    }
  });

  test('what is covered is called', () => {
    for (const word of words) {
      assert.ok(functions.includes(word), `the client has no ${word}`);
      assert.match(sources, new RegExp(`\\.${word}\\(`), `no test calls ${word}`);
    }
  });
});
