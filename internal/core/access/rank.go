package access

import (
	"kith"
)

var (
	errOutranked = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "This user holds permissions that you do not, so only somebody who holds them may change them."}
	errAdmins = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "group", Message: "Only admins add admins."}
	errLeads  = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Only somebody who holds every admin permission may say where everybody's mails lead."}
	errGrant = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "Nobody can grant what they do not hold themselves."}
)

// CheckManages refuses an actor who holds less than the user whom they want to change: staff look after
// those below them and beside them, never those above.
func CheckManages(by *kith.Actor, target kith.Member) error {
	switch {
	case by.System, by.UserID() == target.User.ID:
		return nil
	case !by.Permissions().Covers(target.Permissions().Of(kith.SectionAdmin)):
		return errOutranked
	default:
		return nil
	}
}

// CheckLeads refuses an actor who holds less than the group admin and wants to say where everybody's mails
// lead: the page that they lead to gets what opens an account, the owner's too.
func CheckLeads(by *kith.Actor) error {
	if by.System || by.Permissions().Covers(kith.Permissions{}.With(kith.Every(kith.SectionAdmin, kith.AllNouns()...)...)) {
		return nil
	}
	return errLeads
}

// CheckOwner refuses what would take something from the company's owner, whoever asks: archiving,
// deactivating, demoting, and by others than the owner a change of their e-mails and mobiles. done says
// what, such as "archived".
func CheckOwner(company *kith.Company, target *kith.User, done string) error {
	if company.Owner != target.ID {
		return nil
	}
	return &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
		Message: "The company's owner cannot be " + done + ". Hand the company over first."}
}

// CheckGrants refuses an actor who wants to give away what they do not hold, or reach by what they hold.
func CheckGrants(by *kith.Actor, granted kith.Permissions) error {
	if by.System || by.Permissions().Reach().Covers(granted) {
		return nil
	}
	return errGrant
}

// CheckPutsInto refuses an actor who may not put users into the group: into admin only admins put
// anyone, into others whoever holds what the group does. What people may choose when they register, or
// get when they choose nothing, is nothing that anybody gives away.
func CheckPutsInto(by *kith.Actor, group *kith.Group) error {
	if group.Name == kith.GroupAdmin && !by.System && (by.Group == nil || by.Group.Name != kith.GroupAdmin) {
		return errAdmins
	}
	if err := CheckGrants(by, group.Permissions); err != nil && !group.Public && !group.Default {
		return kith.AsError(err).In("group")
	}
	if group.Archived {
		return kith.BadField("group", kith.CodeNotAllowed, "This group is archived.")
	}
	return nil
}
