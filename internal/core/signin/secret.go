package signin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

// Every secret that kith sends or shows once is made and spent here. The secret of a link is drawn like an
// access token, ends in its company and is stored as its SHA-256; a typed code has six digits and is
// stored as a keyed hash of itself and all that it is for. Either is spent in the transaction of its effect,
// by whoever deletes its row, and directory.EndTrust takes all of a user's back.

// errLink is the one answer to a link that does not work, whatever the reason.
var errLink = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadLink, Field: "token",
	Message: "This link does not work, or no longer: links work once, for a time, and only the newest does. Ask for another."}

// errCode is the one answer to a typed code that does not work, whatever the reason.
var errCode = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadCode, Field: "otp",
	Message: "This code does not work, or no longer: codes work once, for a few minutes, and not after five wrong tries. Ask for another."}

var errGuesses = &kith.Error{Kind: kith.Limited, Code: kith.CodeTooMany, Field: "otp",
	Message: "Too many codes were tried for this account today."}

// newLink makes a link that is good for one thing, in the place of the one before. It goes to an
// identifier of the member's, and so proves it; nil for a link that is shown and not sent.
func (s *Signin) newLink(ctx context.Context, tx *gate.Tx, m kith.Member, purpose kith.SecretPurpose, to *kith.Identifier) (string, error) {
	secret, err := s.newSecret(ctx, tx, m.User.ID, purpose, to)
	if err != nil {
		return "", err
	}
	values := "key=" + secret
	if purpose == kith.ToResetPassword || purpose == kith.ToSetPassword {
		values = "uid=" + m.User.ID.String() + "&token=" + secret
	}
	return withFragment(s.pageFor(m, purpose), values), nil
}

// newSecret makes what a link is about, in the place of the one before.
func (s *Signin) newSecret(ctx context.Context, tx *gate.Tx, user kith.UserID, purpose kith.SecretPurpose, to *kith.Identifier) (string, error) {
	secret, err := newAccessToken(s.gate.Random, tx.By.CompanyID())
	if err != nil {
		return "", err
	}
	return secret, tx.Secrets.Put(ctx, secretFor(tx, user, purpose, to), hashOf(secret))
}

// newCode makes a typed code that is good for one thing, in the place of the one before.
func (s *Signin) newCode(ctx context.Context, tx *gate.Tx, m kith.Member, purpose kith.SecretPurpose, to *kith.Identifier) (string, error) {
	code, err := drawCode(s.gate.Random, m.Company.Mode)
	if err != nil {
		return "", err
	}
	key, err := tx.CodeKey(ctx)
	if err != nil {
		return "", err
	}
	made := secretFor(tx, m.User.ID, purpose, to)
	return code, tx.Secrets.Put(ctx, made, hashOfCode(key, made, code))
}

func secretFor(tx *gate.Tx, user kith.UserID, purpose kith.SecretPurpose, to *kith.Identifier) *kith.Secret {
	made := &kith.Secret{User: user, Purpose: purpose, ExpiresAt: tx.Now.Add(purpose.Life())}
	if to != nil {
		made.Identifier, made.Target = to.ID, to.Folded
	}
	return made
}

// testCode is every typed code of test companies.
const testCode = "123456"

// drawCode draws a code of six digits; in test companies it is always the same.
func drawCode(random io.Reader, mode kith.CompanyMode) (string, error) {
	if mode == kith.Test {
		return testCode, nil
	}
	const bound = 1_000_000
	var raw [4]byte
	for {
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return "", err
		}
		// What lies beyond the last whole multiple would make some codes likelier.
		if n := binary.BigEndian.Uint32(raw[:]); n < 1<<32-1<<32%bound {
			return fmt.Sprintf("%06d", n%bound), nil
		}
	}
}

// hashOfCode is what is stored of a typed code: useless without the company's key, and for anyone or
// anything else than it was made for.
func hashOfCode(key seal.Key, of *kith.Secret, code string) []byte {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s %d %d %s", of.User, of.Purpose, of.Identifier, code)
	return mac.Sum(nil)
}

// spendLink is the step that uses a link up. The user is locked first, as everywhere, so that a change
// that takes the link back either comes before or finds it spent. It fails with errLink.
func spendLink(ctx context.Context, tx *gate.Tx, purpose kith.SecretPurpose, secret string) (*kith.Secret, *kith.User, error) {
	found, err := tx.Secrets.Find(ctx, purpose, hashOf(secret))
	if err != nil {
		return nil, nil, badLink(err)
	}
	u, err := tx.Users.Lock(ctx, found.User)
	if err != nil {
		return nil, nil, badLink(err)
	}
	spent, err := tx.Secrets.Spend(ctx, purpose, hashOf(secret))
	if err != nil || u.Archived || u.Temporary || u.Kind != kith.Person {
		return nil, nil, badLink(cmp.Or(err, store.ErrNotFound))
	}
	return spent, u, nil
}

func badLink(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errLink
	}
	return err
}

// spendCode is the step that uses a typed code of a locked user up. A wrong one is counted, and stays so:
// the attempt is written before anything is compared. It fails with errCode, and with Limited once the
// user's guesses of the day are used up. Where target is given, only a code that was sent there is right.
func spendCode(ctx context.Context, tx *gate.Tx, purpose kith.SecretPurpose, user kith.UserID, code, target string) (*kith.Secret, error) {
	const day = 24 * time.Hour
	wait, err := countOne(ctx, tx, store.TallyGuesses, user[:], day, kith.MaxDailyGuesses)
	if err != nil {
		return nil, err
	} else if wait > 0 {
		late := *errGuesses
		late.RetryAfter = wait
		return nil, &late
	}
	tried, err := tx.Secrets.Try(ctx, purpose, user)
	if err != nil {
		return nil, err
	}
	key, err := tx.CodeKey(ctx)
	if err != nil {
		return nil, err
	}
	var right *store.Tried
	for i := range tried { // all of them, so that the time does not tell which
		same := subtle.ConstantTimeCompare(tried[i].Hash, hashOfCode(key, tried[i].Secret, code)) == 1
		if same && (target == "" || target == tried[i].Target) && newer(&tried[i], right) {
			right = &tried[i]
		}
	}
	if right == nil {
		return nil, tx.Refuse(errCode)
	}
	return tx.Secrets.Spend(ctx, purpose, right.Hash)
}

// newer reports whether a was made after b, if there is a b.
func newer(a, b *store.Tried) bool { return b == nil || a.CreatedAt.After(b.CreatedAt) }

// pages are kith's own pages for links, below the public URL and above the company's slug.
var pages = map[kith.SecretPurpose]string{
	kith.ToVerifyEmail: "/verify-email/", kith.ToResetPassword: "/reset-password/", kith.ToSetPassword: "/set-password/",
	kith.ToDeactivate: "/deactivate/", kith.ToRequestDeletion: "/delete/",
}

// pageFor is the page that links lead a member to: that of their group, else the company's, else kith's.
func (s *Signin) pageFor(m kith.Member, purpose kith.SecretPurpose) string {
	var group kith.CompanyLinks
	if m.Group != nil {
		group = m.Group.Settings.Links()
	}
	return cmp.Or(linkOf(group, purpose), linkOf(m.Company.Settings.Links, purpose),
		s.config.Issuer+pages[purpose]+m.Company.Slug)
}

// linkOf is the page that a group or company has set for a purpose; "" if none.
func linkOf(l kith.CompanyLinks, purpose kith.SecretPurpose) string {
	switch purpose {
	case kith.ToVerifyEmail:
		return l.EmailVerification
	case kith.ToResetPassword:
		return l.PasswordReset
	case kith.ToSetPassword:
		return l.PasswordSet
	case kith.ToDeactivate:
		return l.Deactivate
	case kith.ToRequestDeletion:
		return l.Delete
	default:
		return ""
	}
}

// withFragment adds values to a page's address where browsers keep them to themselves: in the fragment,
// which no server is sent and no log or referrer shows.
func withFragment(page, values string) string {
	_, fragment, has := strings.Cut(page, "#")
	switch {
	case !has:
		return page + "#" + values
	case strings.Contains(fragment, "?"):
		return page + "&" + values
	default: // a page that finds its way by the fragment itself
		return page + "?" + values
	}
}
