package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Identifiers reads all identifiers of a user: of each kind the primary one first, then as they were added.
func Identifiers(ctx context.Context, tx *gate.Tx, user kith.UserID) ([]*kith.Identifier, error) {
	list, err := tx.Identifiers.List(ctx, user)
	for _, i := range list {
		if i.Folded != "" {
			continue
		}
		if _, folded, err := Identify(i.Kind, i.Value); err == nil {
			i.Folded = folded
		} else { // taken once, and refused by the rules of today
			i.Folded = i.Value
		}
	}
	return list, err
}

// Primary reads a user's primary identifier of a kind. It fails with ErrNotFound if there is none.
func Primary(ctx context.Context, tx *gate.Tx, user kith.UserID, kind kith.IdentifierKind) (*kith.Identifier, error) {
	return identifier(ctx, tx, user, func(i *kith.Identifier) bool { return i.Kind == kind && i.Primary })
}

// identifier finds the first of a user's identifiers that is meant. It fails with ErrNotFound if none is.
func identifier(ctx context.Context, tx *gate.Tx, user kith.UserID, meant func(*kith.Identifier) bool) (*kith.Identifier, error) {
	list, err := Identifiers(ctx, tx, user)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if meant(i) {
			return i, nil
		}
	}
	return nil, store.ErrNotFound
}

// Brings is what whoever proves an address does with it.
type Brings uint8

// What a proof brings.
const (
	Nothing       Brings = iota // they verify it, and all that is there stays
	NewCredential               // they get in by it: what was there before may not be theirs
)

// Prove is the step that follows the spending of a secret: whoever had it holds the identifier it was sent
// to. It is verified, if the locked user still has that very one, and it reports whether that was its first
// proof. If the first proof brings a new credential, everything that could let somebody else act as the
// user ends: permanent tokens, factors, links and codes too, and other identifiers are verified no more.
// The password is the caller's to replace. A secret that was shown and not sent proves nothing.
func Prove(ctx context.Context, tx *gate.Tx, u *kith.User, spent *kith.Secret, brings Brings) (first bool, err error) {
	if spent.Identifier == 0 {
		return false, nil
	}
	proved, err := identifier(ctx, tx, u.ID, func(i *kith.Identifier) bool {
		return i.ID == spent.Identifier && i.Folded == spent.Target
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !proved.VerifiedAt.IsZero() {
		return false, nil
	} else if err != nil {
		return false, err
	}
	after := *u
	after.UpdatedAt = tx.Now
	if brings == NewCredential {
		if err := startAnew(ctx, tx, u, &after, proved); err != nil {
			return false, err
		}
	}
	err = tx.Identifiers.Verify(ctx, proved)
	if errors.Is(err, store.ErrExists) {
		return false, taken(proved.Kind)
	} else if err != nil {
		return false, err
	}
	field := proved.Kind.String() + "_verified"
	switch {
	case !proved.Primary:
	case proved.Kind == kith.Email:
		after.EmailVerified = true
	case proved.Kind == kith.Mobile:
		after.MobileVerified = true
	}
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Actor: u.ID, Subject: u.ID,
		Fields: []string{field}, Old: map[string]any{field: false}})
	if err := putUser(ctx, tx, u, &after); err != nil {
		return false, err
	}
	*u = after
	return true, nil
}

// startAnew ends everything that was set up before the first proof of an identifier.
func startAnew(ctx context.Context, tx *gate.Tx, u, after *kith.User, proved *kith.Identifier) error {
	const permanentToo = true
	if err := EndTrust(ctx, tx, u.ID, kith.SessionID{}, permanentToo); err != nil {
		return err
	}
	if _, err := tx.Factors.DeleteAll(ctx, u.ID); err != nil {
		return err
	}
	after.EmailVerified, after.MobileVerified = false, false
	return tx.Identifiers.Doubt(ctx, u.ID, proved.ID)
}
