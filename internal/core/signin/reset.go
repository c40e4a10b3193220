package signin

import (
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// Ask is what a guest types who asks for a link.
type Ask struct {
	Company string // slug
	User    string // e-mail, mobile, username or id
}

// askable is a link that people ask for themselves, or staff for them.
type askable struct {
	op      gate.Op // that guests ask
	purpose kith.SecretPurpose
	kind    message.Kind
	field   string                  // of the event
	check   func(kith.Member) error // refuses those whom it would do nothing for; nil: nobody
}

// OpResetPassword is the asking for a link to reset a password by.
var OpResetPassword = gate.Op{Name: "password.reset", Noun: kith.NounUser, Verb: kith.Execute, Open: true}

var reset = askable{op: OpResetPassword, purpose: kith.ToResetPassword, kind: message.ResetPassword, field: "password_reset"}

// AskReset sends whoever forgot their password a link to choose another by, if there is such a user, and
// never says whether there is. A deactivated user may have one: the new password stays, and they stay
// deactivated. The link before is good until there is another. See bestOf for where it goes.
func (s *Signin) AskReset(ctx context.Context, by *kith.Actor, in Ask) error {
	return s.ask(ctx, by, reset, in)
}

// AskResetFor is AskReset by staff, who are told what becomes of it. It fails with Invalid for a user whom no
// link can help or reach, with Forbidden for one whom the actor does not manage, and with Limited if too many
// were sent.
func (s *Signin) AskResetFor(ctx context.Context, by *kith.Actor, typed string) error {
	return s.askFor(ctx, by, reset, typed)
}

// ask answers alike whoever is meant, and sends the link afterwards.
func (s *Signin) ask(_ context.Context, by *kith.Actor, what askable, in Ask) error {
	return s.later(func(ctx context.Context) error {
		guest, err := s.directory.Guest(ctx, by, in.Company)
		if errors.Is(err, kith.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		_, err = gate.Change(ctx, s.gate, guest, what.op, in, func(ctx context.Context, tx *gate.Tx, in Ask) (any, error) {
			return nil, s.sendAsked(ctx, tx, what, in.User)
		})
		return err
	})
}

// sendAsked is the step that sends a guest's link, if there is anybody to send it to.
func (s *Signin) sendAsked(ctx context.Context, tx *gate.Tx, what askable, typed string) error {
	tx.Unchanged()
	m, err := directory.Find(ctx, tx, typed)
	if err == nil { // once more, as nobody can change them any longer
		m, err = directory.LockUser(ctx, tx, m.User.ID)
	}
	if err != nil {
		return gate.Already(err)
	}
	if m.User.Archived || m.User.Temporary || m.User.Kind != kith.Person || what.check != nil && what.check(m) != nil {
		return nil
	}
	to, err := reachable(ctx, tx, m.User, typed)
	if err != nil {
		return gate.Already(err)
	}
	wait, err := s.untilSend(ctx, tx, m.User.ID, to.Folded, what.purpose == kith.ToResetPassword)
	if err != nil || wait > 0 {
		return err
	}
	return s.sendLink(ctx, tx, m, to, what)
}

// askFor is ask for staff.
func (s *Signin) askFor(ctx context.Context, by *kith.Actor, what askable, typed string) error {
	_, err := gate.Change(ctx, s.gate, by, directory.OpChangeUser, typed, func(ctx context.Context, tx *gate.Tx, typed string) (any, error) {
		m, err := s.linkable(ctx, tx, typed)
		if errors.Is(err, store.ErrNotFound) {
			return nil, kith.BadField("user", kith.CodeNotFound, "There is no such user.")
		} else if err != nil {
			return nil, err
		}
		if what.check != nil {
			if err := what.check(m); err != nil {
				return nil, err
			}
		}
		to, err := reachable(ctx, tx, m.User, typed)
		if errors.Is(err, store.ErrNotFound) {
			return nil, kith.BadField("user", kith.CodeNotAllowed, "This user has no email or mobile that a link may go to.")
		} else if err != nil {
			return nil, err
		}
		if err := tooMany(s.untilSend(ctx, tx, m.User.ID, to.Folded, what.purpose == kith.ToResetPassword)); err != nil {
			return nil, err
		}
		return nil, s.sendLink(ctx, tx, m, to, what)
	})
	return err
}

// reachable finds where a link goes that somebody asked for by a name: see bestOf. It fails with ErrNotFound.
func reachable(ctx context.Context, tx *gate.Tx, u *kith.User, typed string) (*kith.Identifier, error) {
	list, err := directory.Identifiers(ctx, tx, u)
	if err != nil {
		return nil, err
	}
	if best := bestOf(list, typed); best != nil {
		return best, nil
	}
	return nil, store.ErrNotFound
}

// bestOf finds where a link goes. Once the primary e-mail is proved, there and nowhere else: whoever has a
// stolen session can add an address of their own and prove it, and would else take the account by it. Before
// that to the e-mail that was typed, if it is the primary or a verified one, else to the primary one, else to a
// verified one, and to the primary mobile if there is no e-mail. An address that nobody signs in by yet gets
// none; typing it is like typing any that nobody has.
func bestOf(list []*kith.Identifier, typed string) *kith.Identifier {
	candidates := directory.Classify(typed)
	proved := slices.ContainsFunc(list, func(i *kith.Identifier) bool {
		return i.Kind == kith.Email && i.Primary && !i.VerifiedAt.IsZero()
	})
	var best *kith.Identifier
	most := 0
	for _, i := range list {
		meant := slices.ContainsFunc(candidates, func(c directory.Candidate) bool { return c.Kind == i.Kind && c.Folded == i.Folded })
		rank := 0
		switch {
		case i.Barred && meant:
			return nil
		case i.Barred, i.Unclaimed, i.Kind == kith.Username:
		case i.Kind == kith.Mobile && i.Primary:
			rank = 1
		case i.Kind == kith.Mobile, !i.Primary && i.VerifiedAt.IsZero():
		case meant && !proved:
			rank = 4
		case i.Primary:
			rank = 3
		default:
			rank = 2
		}
		if rank > most {
			best, most = i, rank
		}
	}
	return best
}

// sendLink makes a link and sends it to an e-mail or mobile.
func (s *Signin) sendLink(ctx context.Context, tx *gate.Tx, m kith.Member, to *kith.Identifier, what askable) error {
	link, err := s.newLink(ctx, tx, m, what.purpose, to)
	if err != nil {
		return err
	}
	message.Send(tx, m, to, message.Note{Kind: what.kind, Link: link, Until: tx.Now.Add(what.purpose.Life())})
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: m.User.ID.String(), Subject: m.User.ID, Fields: []string{what.field}})
	return nil
}
