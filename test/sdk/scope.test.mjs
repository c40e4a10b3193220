// What of the client's auth and user sections these tests cover, and why not the rest: a function in
// neither list fails, so that whatever a new client brings is a decision.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { everySDK } from './kit.mjs';

const covered = `
  authDeactivate authDeactivateVerify authPasswordReset authPasswordResetConfirm authRequestDelete authRequestDeleteVerify
  authEmailVerify authEmailVerifyResend authMobileVerify authMobileVerifyResend authJwtCreate
  authLogin authLogout authPasswordChange authRefreshCreate authRegister authRegisterCompany authRetrieve
  authTokensCreate authTokensDestroy authTokensList authTokensListDestroy authTokensPartialUpdate authTokensRetrieve authTokensUpdate
  companyRetrieve publicCompaniesGroupsList publicCompaniesGroupsRetrieve publicCompaniesList publicCompaniesRetrieve
  userPartialUpdate userRetrieve userUpdate
  userEmailsList userEmailsCreate userEmailsRetrieve userEmailsPartialUpdate userEmailsUpdate userEmailsDestroy
  userMobilesList userMobilesCreate userMobilesRetrieve userMobilesPartialUpdate userMobilesUpdate userMobilesDestroy
  login register registerCompany logout logoutAll refresh getActiveSession getSessions getSessionsByCompany getStatus
  switchToSession importToken validateActiveSession syncActiveSessionUser updateSession subscribeToEvents
  groupsList groupsRetrieve groupsPermissionsList groupsPermissionsRetrieve groupsTiersList groupsFeesList groupsLimitsList
  permissionsList permissionsRetrieve companyCurrenciesList companyCurrenciesRetrieve
  accountsList accountsCreate accountsRetrieve accountCurrenciesList accountDefinitionsList accountDefinitionsRetrieve`;

const coveredByStaff = `
  usersList usersCreate usersOverviewRetrieve usersRetrieve usersPartialUpdate usersUpdate
  usersEmailsList usersEmailsCreate usersEmailsRetrieve usersEmailsPartialUpdate usersEmailsUpdate usersEmailsDestroy
  usersMobilesList usersMobilesCreate usersMobilesRetrieve usersMobilesPartialUpdate usersMobilesUpdate usersMobilesDestroy
  usersGroupsList usersGroupsCreate usersGroupsRetrieve usersGroupsDestroy
  usersPermissionsList usersPermissionsCreate usersPermissionsRetrieve usersPermissionsPartialUpdate usersPermissionsUpdate usersPermissionsDestroy
  usersSettingsRetrieve usersSettingsPartialUpdate usersSettingsUpdate
  usersTokensList usersTokensCreate adminUsersTokensListDestroy usersTokensRetrieve usersTokensPartialUpdate usersTokensUpdate usersTokensDestroy
  authLoginCreate authRegisterCreate
  authDeactivateCreate authDeactivateVerifyCreate authPasswordResetCreate authPasswordResetConfirmCreate
  authRequestDeleteCreate authRequestDeleteVerifyCreate
  groupsList groupsCreate groupsRetrieve groupsPartialUpdate groupsUpdate groupsTiersList groupsFeesList groupsLimitsList
  groupsPermissionsList groupsPermissionsCreate groupsPermissionsRetrieve groupsPermissionsPartialUpdate groupsPermissionsUpdate groupsPermissionsDestroy
  groupsSettingsRetrieve groupsSettingsPartialUpdate groupsSettingsUpdate permissionsList permissionsRetrieve
  companyRetrieve companyPartialUpdate companyUpdate companyAddressRetrieve companyAddressPartialUpdate companyAddressUpdate
  companySettingsRetrieve companySettingsPartialUpdate companySettingsUpdate
  currenciesList currenciesCreate currenciesRetrieve currenciesPartialUpdate currenciesUpdate currenciesOverviewRetrieve
  accountsList accountsCreate accountsRetrieve accountsPartialUpdate accountsUpdate accountCurrenciesList
  accountDefinitionsList accountDefinitionsCreate accountDefinitionsRetrieve accountDefinitionsPartialUpdate accountDefinitionsUpdate
  accountDefinitionsGroupsList accountDefinitionsGroupsCreate accountDefinitionsGroupsRetrieve accountDefinitionsGroupsPartialUpdate accountDefinitionsGroupsUpdate
  accountDefinitionsGroupsCurrenciesList accountDefinitionsGroupsCurrenciesCreate accountDefinitionsGroupsCurrenciesRetrieve
  accountDefinitionsGroupsCurrenciesPartialUpdate accountDefinitionsGroupsCurrenciesUpdate`;

const later = [
  [/^authMfa|^deleteChallenge$/, 'second factors come with step-up; until then challenges are an empty list'],
  [/^authOauth|^publicCompaniesOauth/, 'sign-in through other providers'],
  [/^userAddresses/, 'addresses'],
  [/^user(Bank|Crypto|Wallet)Accounts/, 'beneficiaries'],
  [/^userDocuments|^documentTypes/, 'documents'],
  [/^userDevices/, 'devices'],
  [/^userMessages/, 'messages to people'],
  [/^userLegalTerms|^public(Companies)?LegalTerms/, 'legal terms'],
  [/^groups(Tiers|Fees|Limits)/, 'tiers come later; of fees and limits there is none'],
];

const never = [
  [/^accountsCurrencies/, 'balances, limits and fees of accounts: kith keeps users, not money'],
  [/^companyBankAccounts|^companyWalletAccounts/, 'accounts of the company at banks come with beneficiaries'],
  [/^transaction|^subtypes|^statements|^exports|^metrics/, 'the ledger and its reports: kith keeps users, not money'],
  [/^(getToken|getState|getRecoveryState|clearAllSessions|expireActiveSession|subscribe|subscribeToErrors|subscribeToState|baseUrl)$/,
    'happens inside the client, no request is made'],
];

const laterForStaff = [
  [/^usersMessages/, 'messages to people'],
  [/^users(LegalTerms)|^legalTerms/, 'legal terms'],
  [/^usersAddresses/, 'addresses'],
  [/^usersDocuments|^documentTypes/, 'documents'],
  [/^usersDevices/, 'devices'],
  [/^usersMfa|^authenticatorRules/, 'second factors come with step-up'],
  [/^users(Bank|Crypto|Wallet)Accounts|^bankAccounts|^walletAccounts/, 'beneficiaries'],
  [/^groups(Tiers|Fees|Limits)/, 'tiers come later; of fees and limits there is none'],
  [/^webhook/, 'webhooks'],
  [/^oauthClients/, 'sign-in through other providers'],
  [/^accessControlRules/, 'rules by IP address'],
];

const neverForStaff = [
  [/^accountsCurrencies/, 'balances, limits and fees of accounts: kith keeps users, not money'],
  [/^transaction|^subtypes|^statements|^exports|^exportTemplates|^metrics|^polic(y|ies)/, 'the ledger and its reports: kith keeps users, not money'],
  [/^requests|^search|^services|^alerts/, 'the vendor\'s platform around it; who changed what is /3/admin/audit/'],
  [/^companyLinks/, 'links between the vendor\'s companies'],
];

const words = covered.trim().split(/\s+/);
const sources = readdirSync(import.meta.dirname ?? new URL('.', import.meta.url).pathname)
  .filter((f) => f.endsWith('.test.mjs') && !f.startsWith('scope') || f === 'kit.mjs')
  .map((f) => readFileSync(new URL(f, import.meta.url), 'utf8')).join('\n');

// sections are the parts of the client, each with what is said about its functions.
const sections = (sdk) => {
  const { auth, user, admin } = sdk.open();
  return [
    { name: 'people', functions: [...Object.keys(auth), ...Object.keys(user)], called: words, reasons: [...later, ...never] },
    { name: 'staff', functions: Object.keys(admin), called: coveredByStaff.trim().split(/\s+/), reasons: [...laterForStaff, ...neverForStaff] },
  ];
};

everySDK((sdk) => {
  for (const { name, functions, called, reasons } of sections(sdk)) {
    test(`${name}: every function is covered or left out for a reason`, () => {
      const unknown = functions.filter((f) => !called.includes(f) && !reasons.some(([names]) => names.test(f)));
      assert.deepEqual(unknown, []);
    });

    test(`${name}: what is left out for a reason exists`, () => {
      for (const [names, reason] of reasons) {
        assert.ok(functions.some((f) => names.test(f) && !called.includes(f)), reason);
      }
    });

    test(`${name}: what is covered is called`, () => {
      const by = name === 'staff' ? 'admin\\.' : '';
      for (const word of called) {
        assert.ok(functions.includes(word), `the client has no ${word}`);
        assert.match(sources, new RegExp(`${by}${word}\\(|\\['${word}'|'${word}'`), `no test calls ${word}`);
      }
    });
  }
});
