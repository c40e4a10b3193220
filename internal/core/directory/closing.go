package directory

import (
	"context"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
)

// Close is the step by which people shut their own account, having proved to be its user: nobody signs in as
// them any more, and every session ends, permanent ones too. Staff can undo it, but what ended stays ended.
// The member's rows are locked, the company's first. It fails with Forbidden for the owner.
func Close(ctx context.Context, tx *gate.Tx, m kith.Member) error {
	if err := access.CheckOwner(m.Company, m.User, "deactivated"); err != nil {
		return err
	}
	const permanentToo = true
	if err := EndTrust(ctx, tx, m.User.ID, kith.SessionID{}, permanentToo); err != nil {
		return err
	}
	after, c, yes := *m.User, newChanges(), true
	set(c, "deactivated", &after.Deactivated, &yes)
	_, err := writeUser(ctx, tx, m, &after, c)
	return err
}

// AskDeletion is the step by which people ask to be deleted, having proved to be the user. Nothing else
// changes before staff see to it: they can change their mind, and use the account to say so. The member's
// rows are locked, the company's first. It fails with Forbidden for the owner.
func AskDeletion(ctx context.Context, tx *gate.Tx, m kith.Member) error {
	if err := access.CheckOwner(m.Company, m.User, "deleted"); err != nil {
		return err
	}
	after, c, asked := *m.User, newChanges(), kith.DeleteRequested
	set(c, "retention_state", &after.Retention, &asked)
	_, err := writeUser(ctx, tx, m, &after, c)
	return err
}
