package core

import (
	"kith/internal/core/audit"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
)

// Operations lists the operations of the core that routes ask permission for, so that each can be named
// and explained.
func Operations() []gate.Op {
	return []gate.Op{
		audit.OpEvents, audit.OpExplain,
		directory.OpViewSelf, directory.OpChangeSelf,
		directory.OpViewCompany, directory.OpViewOwnCompany, directory.OpChangeCompany, directory.OpPublic,
		directory.OpViewApplications, directory.OpChangeApplication,
		signin.OpRegister, signin.OpRegisterCompany, signin.OpSignIn, signin.OpSignOut, signin.OpRefresh,
		signin.OpListTokens, signin.OpAddToken, signin.OpChangeToken, signin.OpDeleteToken, signin.OpChangePassword,
	}
}
