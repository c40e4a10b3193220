package directory

import (
	"context"

	"kith"
	"kith/internal/core/gate"
)

// Archiving is a soft delete. Whatever hangs on an archived user (identifiers, accounts, tokens, what
// else comes) is left as it is: nobody signs in as the user and CheckWritable keeps everyone from writing
// to what is theirs, so it is out of sight and only read because its user is, it keeps what it claims,
// and restoring the user restores all of it at once. Only what could let somebody in again without
// proving anything is ended for good: see EndTrust.

// ArchiveUser archives a user: nobody signs in as them any more, nothing of theirs changes, and it can
// all be undone. Archiving an archived user changes nothing. It fails with Forbidden for the owner.
func (d *Directory) ArchiveUser(ctx context.Context, by *kith.Actor, typed string) (kith.Member, error) {
	archived := true
	return d.change(ctx, by, OpArchiveUser, typed, UserChange{Archived: &archived})
}

// RestoreUser undoes ArchiveUser. Sessions that ended by it stay ended.
func (d *Directory) RestoreUser(ctx context.Context, by *kith.Actor, typed string) (kith.Member, error) {
	archived := false
	return d.change(ctx, by, OpChangeUser, typed, UserChange{Archived: &archived})
}

// CheckWritable refuses a change of an archived user, or of anything that hangs on one.
func CheckWritable(u *kith.User) error {
	if u.Archived {
		return kith.BadField("archived", kith.CodeArchived, "This user is archived, and only read. Restore them first.")
	}
	return nil
}

// EndTrust is the step that ends what lets somebody act as the user on what they proved before: all
// temporary sessions but the one to keep (zero: none), permanent tokens only if told to, and every link and
// code that was sent. Whatever changes how the user signs in or is reached, or shuts them out, asks for it
// in the same transaction.
func EndTrust(ctx context.Context, tx *gate.Tx, user kith.UserID, keep kith.SessionID, permanent bool) error {
	if err := EndSessions(ctx, tx, user, keep, permanent); err != nil {
		return err
	}
	_, err := tx.Secrets.DeleteAll(ctx, user)
	return err
}

// EndSessions is the step that ends a user's sessions but the one to keep (zero: none), permanent ones
// only if told to.
func EndSessions(ctx context.Context, tx *gate.Tx, user kith.UserID, keep kith.SessionID, permanent bool) error {
	list, err := tx.Sessions.DeleteAll(ctx, user, keep, permanent)
	for _, s := range list {
		tx.Record(SessionEnded(s, user))
	}
	return err
}

// SessionEnded tells that a session is over.
func SessionEnded(s *kith.Session, user kith.UserID) kith.Event {
	e := kith.Event{Noun: kith.NounSession, Verb: kith.Delete, Row: s.Handle, Subject: user}
	if s.Label != "" {
		e.Old = map[string]any{"label": s.Label}
	}
	return e
}
