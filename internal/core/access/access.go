// Package access edits who may do what: the role groups of a company and the permissions they hold, and
// those that users hold directly. It says who may change, grant and lead whom (see CheckManages).
//
// It never evaluates the right to an operation: that is the gate's.
package access

import (
	"context"

	"kith"
	"kith/internal/core/gate"
)

// Access edits groups and what they hold. It is safe for many goroutines.
type Access struct{ gate *gate.Gate }

// New makes an Access behind the door.
func New(g *gate.Gate) *Access { return &Access{g} }

// The nouns that hang on a user: what people keep about themselves, and staff look after.
var personal = []kith.Noun{
	kith.NounEmail, kith.NounMobile, kith.NounAddress, kith.NounDocument, kith.NounBankAccount,
	kith.NounCryptoAccount, kith.NounWalletAccount, kith.NounDevice, kith.NounFactor, kith.NounSession,
}

// The nouns that are the company's own to arrange.
var arranged = []kith.Noun{
	kith.NounCompany, kith.NounGroup, kith.NounPermission, kith.NounCurrency, kith.NounAccount,
	kith.NounAccountDefinition, kith.NounLegalTerm, kith.NounMessage,
}

// userSection is what every member of a company may do with what is theirs.
func userSection() kith.Permissions {
	const section = kith.SectionUser
	return kith.Permissions{}.
		With(kith.Every(section, personal...)...).
		With(kith.Views(section, arranged...)...).
		With(
			kith.Permission{Section: section, Noun: kith.NounUser, Level: kith.LevelView},
			kith.Permission{Section: section, Noun: kith.NounUser, Level: kith.LevelChange},
			kith.Permission{Section: section, Noun: kith.NounAccount, Level: kith.LevelAdd},
			kith.Permission{Section: section, Noun: kith.NounJWT, Level: kith.LevelAdd},
			kith.Permission{Section: section, Noun: kith.NounLegalTerm, Level: kith.LevelChange},
		)
}

// Born gives the role groups that a company is born with, without ids or times:
//
//	admin    everything, in both sections
//	manager  everything that concerns users, and a look at how the company is arranged
//	support  a look at users, what hangs on them and how the company is arranged, and the unlocking of sign-ins
//	user     what is one's own; the default, and open to those who register
func Born() []kith.Group {
	const admin = kith.SectionAdmin
	own := userSection()
	return []kith.Group{
		{Name: kith.GroupAdmin, Label: "Admin", Section: admin,
			Permissions: own.With(kith.Every(admin, kith.AllNouns()...)...)},
		{Name: kith.GroupManager, Label: "Manager", Section: admin,
			Permissions: own.With(kith.Every(admin, append(personal, kith.NounUser)...)...).
				With(kith.Views(admin, append(arranged, kith.NounEvent)...)...)},
		{Name: kith.GroupSupport, Label: "Support", Section: admin,
			Permissions: own.With(kith.Views(admin, append(personal, kith.NounUser)...)...).With(kith.Views(admin, arranged...)...).
				With(kith.Permission{Section: admin, Noun: kith.NounSession, Level: kith.LevelChange})},
		{Name: kith.GroupUser, Label: "User", Section: kith.SectionUser, Public: true, Default: true,
			Permissions: own},
	}
}

// AddBornGroups gives a company that is being made its groups, and returns the one for its owner.
func AddBornGroups(ctx context.Context, tx *gate.Tx) (admin *kith.Group, err error) {
	for _, g := range Born() {
		g.ID = tx.NewGroupID()
		g.Kind = kith.RoleGroup
		g.Mode = kith.DefaultRowMode
		g.Listed = true
		g.Settings = kith.DefaultGroupSettings()
		g.CreatedAt, g.UpdatedAt = tx.Now, tx.Now
		if err := tx.Groups.Insert(ctx, &g); err != nil {
			return nil, err
		}
		if g.Name == kith.GroupAdmin {
			admin = &g
		}
	}
	return admin, nil
}
