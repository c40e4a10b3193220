package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// Who gives an e-mail address is sent a link, who gives a number a code. Using it proves that they hold what
// it went to, and changes nothing else. Whoever gets a link and gave no address says so instead, and what was
// set up in their name is theirs to take or to leave.

// The operations of proving an address or number.
var (
	OpVerifyEmail  = gate.Op{Name: "email.verify", Noun: kith.NounEmail, Verb: kith.Change, Open: true}
	OpDisownEmail  = gate.Op{Name: "email.disown", Noun: kith.NounEmail, Verb: kith.Change, Open: true}
	OpVerifyMobile = gate.Op{Name: "mobile.change", Noun: kith.NounMobile, Verb: kith.Change, Section: kith.SectionUser}
	OpResendProof  = gate.Op{Name: "user.resend", Noun: kith.NounUser, Verb: kith.Execute, Open: true}
)

// sendProof is the step that sends a user what proves an identifier of theirs: a link to an address, in a mail
// of the kind, or a code to a number. It reports false, and sends nothing, if too much was sent already.
func (s *Signin) sendProof(ctx context.Context, tx *gate.Tx, m kith.Member, i *kith.Identifier, kind message.Kind) (bool, error) {
	may, err := s.maySend(ctx, tx, m.User.ID, i.Folded)
	if err != nil || !may {
		return false, err
	}
	if i.Kind == kith.Mobile {
		return true, s.sendCode(ctx, tx, m, i)
	}
	link, err := s.newLink(ctx, tx, m, kith.ToVerifyEmail, i)
	message.Mail(tx, m, message.Note{Kind: kind, To: i.Value, Link: link, Until: tx.Now.Add(kith.ToVerifyEmail.Life())})
	return true, err
}

// sendCode is the step that sends a user a code to a number of theirs. That it may go was asked.
func (s *Signin) sendCode(ctx context.Context, tx *gate.Tx, m kith.Member, i *kith.Identifier) error {
	code, err := s.newCode(ctx, tx, m, kith.ToVerifyMobile, i)
	message.SMS(tx, m, message.Note{Kind: message.VerifyMobile, To: i.Value, Code: code, Origin: s.config.Issuer,
		Until: tx.Now.Add(kith.ToVerifyMobile.Life())})
	return err
}

// sendFirstProofs is the step that welcomes a new user, and has them prove the address and the number that
// they gave.
func (s *Signin) sendFirstProofs(ctx context.Context, tx *gate.Tx, m kith.Member, given []kith.Identifier) error {
	for _, g := range given {
		if g.Kind == kith.Username {
			continue
		}
		i, err := tx.Identifiers.Named(ctx, g.Kind, g.Folded)
		if err != nil {
			return err
		}
		if _, err := s.sendProof(ctx, tx, m, i, message.Welcome); err != nil {
			return err
		}
	}
	return nil
}

// Resending asks for another link or code.
type Resending struct {
	Company string              // slug
	Kind    kith.IdentifierKind // Email or Mobile
	To      string              // the address or number
}

// ResendProof sends another link or code to an address or number that somebody has yet to prove, in the place
// of the one before. Whether there is anybody nobody is told, nor how many were sent already. It fails with
// Invalid for what is no address or number at all.
func (s *Signin) ResendProof(ctx context.Context, by *kith.Actor, in Resending) error {
	_, folded, err := directory.Identify(in.Kind, in.To)
	if err != nil {
		return err
	}
	guest, err := s.directory.Guest(ctx, by, in.Company)
	if errors.Is(err, kith.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return s.later(func(ctx context.Context) error {
		// Most that is asked for by those who only try is for nobody: that keeps no writer busy.
		i, err := gate.Read(ctx, s.gate, guest, OpResendProof, func(ctx context.Context, tx *gate.Tx) (*kith.Identifier, error) {
			return tx.Identifiers.Named(ctx, in.Kind, folded)
		})
		if errors.Is(err, kith.ErrNotFound) || err == nil && !i.VerifiedAt.IsZero() {
			return nil
		} else if err != nil {
			return err
		}
		_, err = gate.Change(ctx, s.gate, guest, OpResendProof, folded, func(ctx context.Context, tx *gate.Tx, folded string) (any, error) {
			return nil, s.resendProof(ctx, tx, in.Kind, folded)
		})
		return err
	})
}

// resendProof is the step behind ResendProof.
func (s *Signin) resendProof(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, folded string) error {
	tx.Unchanged() // most often
	m, i, err := s.unproved(ctx, tx, kind, folded)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	sent, err := s.sendProof(ctx, tx, m, i, message.VerifyEmail)
	if sent {
		tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: m.User.ID.String(), Subject: m.User.ID,
			Fields: []string{kind.String() + "_verification"}})
	}
	return err
}

// unproved finds and locks whoever claims an address or number and has yet to prove it. It fails with
// ErrNotFound if nobody does, or nobody who could use what is sent: codes are typed by those who are signed in.
func (s *Signin) unproved(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, folded string) (kith.Member, *kith.Identifier, error) {
	holder, err := tx.Identifiers.Owner(ctx, kind, folded)
	if err != nil {
		return kith.Member{}, nil, err
	}
	u, err := tx.Users.Lock(ctx, holder)
	if err != nil {
		return kith.Member{}, nil, err
	}
	i, err := tx.Identifiers.Named(ctx, kind, folded) // anew, now that it stays
	if err != nil {
		return kith.Member{}, nil, err
	}
	if i.User != holder || !i.VerifiedAt.IsZero() || u.Archived || u.Kind != kith.Person || kind == kith.Mobile && !u.Active() {
		return kith.Member{}, nil, store.ErrNotFound
	}
	m, err := member(ctx, tx, holder)
	return m, i, err
}

// VerifyEmail proves an e-mail address by the key of a link that was sent to it. Everything else stays as it
// is. It fails with Invalid for a link that does not work, and with Conflict if the address has become
// somebody else's.
func (s *Signin) VerifyEmail(ctx context.Context, from kith.Remote, key string) error {
	_, err := follow(ctx, s, from, OpVerifyEmail, kith.ToVerifyEmail, key,
		func(ctx context.Context, tx *gate.Tx, u *kith.User, spent *kith.Secret, _ *kith.Identifier) (any, error) {
			_, err := directory.Prove(ctx, tx, u, spent, directory.Nothing)
			return nil, err
		})
	return asKey(err)
}

// errNotTheirs answers those who do not know an account that belongs to somebody else all the same.
var errNotTheirs = kith.BadField("key", kith.CodeNotAllowed,
	"Thank you. This account has another address, so it is not yours to take over. Yours was taken from it, and this link works no more: there is nothing left to do.")

// Disown takes an account from whoever registered it with an e-mail address that is not theirs. The key is
// that of the link to verify the address; who has it holds the address, and says that they did not register.
// The password, every session, factor, link and code go, permanent tokens too, and nothing counts as proved.
// It gives the two parts of a link to set a password by, which proves the address. It fails with Invalid for
// a link that does not work; and, using it up and taking the address from the account, where that stands on others.
func (s *Signin) Disown(ctx context.Context, from kith.Remote, key string) (uid, token string, err error) {
	type setting struct{ uid, token string }
	out, err := follow(ctx, s, from, OpDisownEmail, kith.ToVerifyEmail, key,
		func(ctx context.Context, tx *gate.Tx, u *kith.User, _ *kith.Secret, i *kith.Identifier) (setting, error) {
			theirs, err := directory.Disown(ctx, tx, u, i)
			if err != nil {
				return setting{}, err
			} else if !theirs {
				return setting{}, tx.Refuse(errNotTheirs)
			}
			had, err := tx.Credentials.ByID(ctx, u.ID)
			if err == nil {
				err = tx.Credentials.SetPassword(ctx, u.ID, had.Hash, "")
			}
			if err != nil {
				return setting{}, err
			}
			token, err := s.newSecret(ctx, tx, u.ID, kith.ToSetPassword, i)
			return setting{u.ID.String(), token}, err
		})
	return out.uid, out.token, asKey(err)
}

// asKey names the field that the secret of a link comes in where it is called a key.
func asKey(err error) error {
	if errors.Is(err, errLink) {
		return errLink.In("key")
	}
	return err
}

// follow uses a link up, for a guest, and runs the step that it is good for with the locked user and the
// identifier that the link was sent to, which is not proved yet. It fails with errLink.
func follow[Out any](ctx context.Context, s *Signin, from kith.Remote, op gate.Op, purpose kith.SecretPurpose, secret string,
	step func(context.Context, *gate.Tx, *kith.User, *kith.Secret, *kith.Identifier) (Out, error)) (Out, error) {
	var none Out
	guest, err := holder(from, secret)
	if err != nil {
		return none, err
	}
	if guest.Company, err = s.checkLink(ctx, guest, op, purpose, secret); err != nil {
		return none, err
	}
	return gate.Change(ctx, s.gate, guest, op, secret, func(ctx context.Context, tx *gate.Tx, secret string) (Out, error) {
		spent, u, err := spendLink(ctx, tx, purpose, secret)
		if err != nil {
			return none, err
		}
		i, err := directory.SentTo(ctx, tx, u, spent)
		if errors.Is(err, store.ErrNotFound) || err == nil && !i.VerifiedAt.IsZero() {
			return none, errLink
		} else if err != nil {
			return none, err
		}
		return step(ctx, tx, u, spent, i)
	})
}

// checkLink refuses a link that is none before it makes anybody wait to write, and gives its company. It fails
// with errLink.
func (s *Signin) checkLink(ctx context.Context, by *kith.Actor, op gate.Op, purpose kith.SecretPurpose, secret string) (*kith.Company, error) {
	c, err := gate.Read(ctx, s.gate, by, op, func(ctx context.Context, tx *gate.Tx) (*kith.Company, error) {
		if _, err := tx.Secrets.Find(ctx, purpose, hashOf(secret)); err != nil {
			return nil, err
		}
		return tx.Companies.Get(ctx)
	})
	if errors.Is(err, kith.ErrNotFound) || err == nil && !s.open(c, by.Remote) {
		err = errLink
	}
	return c, err
}

// VerifyMobile proves a number of the actor's by the code that was sent to it. It fails with Invalid for a
// code that does not work, with Limited when they have tried too many today, and with Conflict if the number
// has become somebody else's.
func (s *Signin) VerifyMobile(ctx context.Context, by *kith.Actor, code string) error {
	return s.verifyMobile(ctx, by, code, "")
}

// verifyMobile is VerifyMobile for one number as compared; "" for any.
func (s *Signin) verifyMobile(ctx context.Context, by *kith.Actor, code, number string) error {
	_, err := gate.Change(ctx, s.gate, by, OpVerifyMobile, code, func(ctx context.Context, tx *gate.Tx, code string) (any, error) {
		u, err := tx.Users.Lock(ctx, by.User.ID)
		if err != nil {
			return nil, err
		}
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		spent, err := spendCode(ctx, tx, kith.ToVerifyMobile, u.ID, code, number)
		if err != nil {
			return nil, err
		}
		first, err := directory.Prove(ctx, tx, u, spent, directory.Nothing)
		if !first && err == nil {
			return nil, errCode // the number is not theirs any more, or was proved otherwise
		}
		return nil, err
	})
	return err
}
