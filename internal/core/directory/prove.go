package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Identifiers reads all identifiers of a user: by kind, the primary one first, then as they were added.
func Identifiers(ctx context.Context, tx *gate.Tx, u *kith.User) ([]*kith.Identifier, error) {
	list, err := tx.Identifiers.Further(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if i.Unclaimed {
			i.Folded = folded(i.Kind, i.Value)
		}
	}
	for kind, shown := range map[kith.IdentifierKind]string{kith.Username: u.Username, kith.Email: u.Email, kith.Mobile: u.Mobile} {
		if shown == "" || slices.ContainsFunc(list, func(i *kith.Identifier) bool { return i.Kind == kind && i.Primary }) {
			continue
		}
		i, err := tx.Identifiers.Named(ctx, kind, folded(kind, shown))
		if errors.Is(err, store.ErrNotFound) || err == nil && i.User != u.ID {
			continue // they have given it up since the user, who was not locked, was read
		} else if err != nil {
			return nil, fmt.Errorf("primary %s of user %s: %w", kind, u.ID, err)
		}
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b *kith.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), -compareBool(a.Primary, b.Primary), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// folded is an identifier as compared. One that was taken once may be refused by the rules of today.
func folded(kind kith.IdentifierKind, shown string) string {
	if _, folded, err := Identify(kind, shown); err == nil {
		return folded
	}
	return shown
}

// Primary reads a user's primary identifier of a kind. It fails with ErrNotFound if there is none.
func Primary(ctx context.Context, tx *gate.Tx, u *kith.User, kind kith.IdentifierKind) (*kith.Identifier, error) {
	return identifier(ctx, tx, u, func(i *kith.Identifier) bool { return i.Kind == kind && i.Primary })
}

// identifier finds the first of a user's identifiers that is meant. It fails with ErrNotFound if none is.
func identifier(ctx context.Context, tx *gate.Tx, u *kith.User, meant func(*kith.Identifier) bool) (*kith.Identifier, error) {
	list, err := Identifiers(ctx, tx, u)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, meant); i >= 0 {
		return list[i], nil
	}
	return nil, store.ErrNotFound
}

// SentTo finds the identifier of a user that a secret was sent to, if they still have that very one. It fails
// with ErrNotFound if they have not, and for a secret that was shown and not sent.
func SentTo(ctx context.Context, tx *gate.Tx, u *kith.User, spent *kith.Secret) (*kith.Identifier, error) {
	return identifier(ctx, tx, u, func(i *kith.Identifier) bool {
		return i.ID == spent.Identifier && i.Folded == spent.Target
	})
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
	proved, err := SentTo(ctx, tx, u, spent)
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
	// Once claimed it is found as an identifier, and no longer as a word.
	if err := tx.Users.PutTerms(ctx, u.ID, store.UnclaimedTerms(proved), nil); err != nil {
		return false, err
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

// Disown is the step that takes a locked user's account from whoever set it up, on the word of somebody who
// holds its e-mail address and did not: everything ends that ends at a first proof, and nothing counts as
// proved, that address included. The password is the caller's to remove. It reports false where the address is
// not what the account stands on: it is a further one, came when another was proved, or there is one that is
// proved. Then the account stays whose it is, and the address goes.
func Disown(ctx context.Context, tx *gate.Tx, u *kith.User, i *kith.Identifier) (bool, error) {
	list, err := Identifiers(ctx, tx, u)
	if err != nil {
		return false, err
	}
	relied := slices.ContainsFunc(list, func(o *kith.Identifier) bool { return o.Kind == kith.Email && !o.VerifiedAt.IsZero() })
	if relied || !i.Primary || i.Barred || i.Unclaimed {
		return false, denied(ctx, tx, u, i)
	}
	after := *u
	after.UpdatedAt = tx.Now
	if err := startAnew(ctx, tx, u, &after, i); err != nil {
		return false, err
	}
	e := kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Subject: u.ID, Fields: []string{"password"}}
	if u.MobileVerified {
		e.Fields, e.Old = []string{"mobile_verified", "password"}, map[string]any{"mobile_verified": true}
	}
	tx.Record(e)
	return true, putUser(ctx, tx, u, &after)
}

// denied takes an address from a locked user whose holder says that it is not the user's: or the holder could
// not register with it, and would be written to about somebody else's account.
func denied(ctx context.Context, tx *gate.Tx, u *kith.User, i *kith.Identifier) error {
	m, err := tx.Users.Member(ctx, u.ID)
	if err != nil {
		return err
	}
	m.Company = tx.By.Company
	after := *m.User
	c, err := openContacts(ctx, tx, m, &after)
	if err != nil {
		return err
	}
	mine, err := c.get(i.Kind, i.ID)
	if err == nil {
		_, err = c.drop(ctx, tx, mine)
	}
	return err
}

// startAnew ends everything that was set up before the first proof of an identifier, and what others may do with the
// user's rows by permissions and links. Other addresses stay where they are and claim nothing; a number stays claimed, as only the user proves it, by a session.
func startAnew(ctx context.Context, tx *gate.Tx, u, after *kith.User, proved *kith.Identifier) error {
	const permanentToo = true
	if err := EndTrust(ctx, tx, u.ID, kith.SessionID{}, permanentToo); err != nil {
		return err
	}
	if _, err := tx.Factors.DeleteAll(ctx, u.ID); err != nil {
		return err
	}
	after.EmailVerified, after.MobileVerified = false, false
	list, err := Identifiers(ctx, tx, u)
	if err != nil {
		return err
	}
	if err := shutRows(ctx, tx, u, after, list); err != nil {
		return err
	}
	for _, i := range list {
		var err error
		switch {
		case i.ID == proved.ID, i.Unclaimed:
		case i.Kind == kith.Email:
			// Anybody may have a link sent to an address that is claimed, and who follows it has the account: it may
			// be that of whoever set the account up.
			err = release(ctx, tx, u, i)
		case !i.VerifiedAt.IsZero():
			err = tx.Identifiers.Doubt(ctx, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shutRows takes back who else may do what with the user's row, and with the e-mails and mobiles. Groups that the user
// is in stay, and may do nothing with the row.
func shutRows(ctx context.Context, tx *gate.Tx, u, after *kith.User, list []*kith.Identifier) error {
	if after.Mode != kith.DefaultUserMode {
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Subject: u.ID, Fields: []string{"permission"},
			Old: map[string]any{"permission": int64(after.Mode)}})
		after.Mode = kith.DefaultUserMode
	}
	if err := tx.Links.Empty(ctx, kith.NounUser, u.ID[:]); err != nil {
		return err
	}
	if err := tx.Links.DeleteAll(ctx, kith.NounGroup, u.ID[:]); err != nil { // of the home group
		return err
	}
	for _, i := range list {
		if i.Kind == kith.Username {
			continue
		}
		if err := tx.Links.DeleteAll(ctx, i.Kind.Noun(), store.SerialKey(i.ID)); err != nil {
			return err
		}
		if i.Mode == kith.DefaultRowMode {
			continue
		}
		tx.Record(kith.Event{Noun: i.Kind.Noun(), Verb: kith.Change, Row: strconv.FormatInt(int64(i.ID), 10), Subject: u.ID, Fields: []string{"permission"},
			Old: map[string]any{"permission": int64(i.Mode)}})
		i.Mode = kith.DefaultRowMode
		if err := tx.Identifiers.SetMode(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// release has an identifier of a user's claim nothing any more, until it is proved anew.
func release(ctx context.Context, tx *gate.Tx, u *kith.User, i *kith.Identifier) error {
	tx.Record(kith.Event{Noun: kith.NounEmail, Verb: kith.Change, Row: strconv.FormatInt(int64(i.ID), 10), Subject: u.ID,
		Fields: []string{"claimed"}, Old: map[string]any{"claimed": true, "verified": !i.VerifiedAt.IsZero()}})
	i.Unclaimed, i.Barred, i.VerifiedAt = true, false, time.Time{}
	if err := tx.Identifiers.Release(ctx, i); err != nil {
		return err
	}
	return tx.Users.PutTerms(ctx, u.ID, nil, store.UnclaimedTerms(i))
}
