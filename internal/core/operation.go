package core

import (
	"kith/internal/core/access"
	"kith/internal/core/audit"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/resource"
	"kith/internal/core/signin"
)

// Operations lists the operations of the core that routes ask permission for, so that each can be named
// and explained.
func Operations() []gate.Op {
	return []gate.Op{
		access.OpViewGroups, access.OpAddGroup, access.OpChangeGroup, access.OpViewPermissions,
		access.OpGrant, access.OpChangePermission, access.OpRevoke, access.OpViewOwnGroup,
		access.OpViewOwnPermissions,
		audit.OpEvents, audit.OpExplain,
		directory.OpListUsers, directory.OpViewSelf, directory.OpChangeSelf,
		directory.OpViewCompany, directory.OpViewOwnCompany, directory.OpChangeCompany, directory.OpPublic,
		directory.OpViewApplications, directory.OpChangeApplication,
		directory.OpViewAccounts, directory.OpAddAccount, directory.OpChangeAccount, directory.OpViewOwnAccounts,
		directory.OpAddOwnAccount, directory.OpViewUser, directory.OpChangeUser, directory.OpArchiveUser,
		directory.OpAddApplication, directory.OpDeleteApplication, directory.OpViewCurrencies,
		directory.OpAddCurrency, directory.OpChangeCurrency, directory.OpViewOwnCurrencies,
		directory.OpViewDefinitions, directory.OpAddDefinition, directory.OpChangeDefinition,
		directory.OpViewOwnDefinitions, directory.OpAddUser, directory.OpViewUserGroup, directory.OpChangeUserGroup,
		directory.OpViewOwnEmails, directory.OpAddOwnEmail, directory.OpChangeOwnEmail, directory.OpDeleteOwnEmail,
		directory.OpViewOwnMobiles, directory.OpAddOwnMobile, directory.OpChangeOwnMobile, directory.OpDeleteOwnMobile,
		directory.OpViewEmails, directory.OpAddEmail, directory.OpChangeEmail, directory.OpDeleteEmail,
		directory.OpViewMobiles, directory.OpAddMobile, directory.OpChangeMobile, directory.OpDeleteMobile,
		resource.OpRead, resource.OpAdd, resource.OpChange, resource.OpDelete, resource.OpRelate, resource.OpRun, resource.OpWhy,
		signin.OpRegister, signin.OpRegisterCompany, signin.OpSignIn, signin.OpSignOut, signin.OpRefresh,
		signin.OpListTokens, signin.OpAddToken, signin.OpChangeToken, signin.OpDeleteToken, signin.OpChangePassword,
		signin.OpSetPassword, signin.OpListAnyTokens, signin.OpAddAnyToken, signin.OpChangeAnyToken, signin.OpDeleteAnyToken,
		signin.OpRegisterFor, signin.OpVerifyEmail, signin.OpDisownEmail, signin.OpVerifyMobile, signin.OpResendProof,
		signin.OpResetPassword, signin.OpDeactivate, signin.OpRequestDeletion, signin.OpAddJWT, signin.OpClaim, signin.OpShorterJWT,
	}
}
