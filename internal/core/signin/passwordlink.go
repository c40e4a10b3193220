package signin

import (
	"cmp"
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// A password link is how somebody whom staff added gets in: it sets their password, once. Staff have it
// mailed and never see it, so that nobody can take over whom they invite.

// CreateUser makes a user on behalf of staff and mails them, if they can be reached and may sign in, the
// link to set their password by. It fails with Invalid for each bad field, and with Conflict if the id or
// an identifier is taken.
func (s *Signin) CreateUser(ctx context.Context, by *kith.Actor, in directory.NewUserByStaff) (kith.Member, error) {
	return gate.Change(ctx, s.gate, by, directory.OpAddUser, s.directory.PlanPictured(ctx, by, in),
		func(ctx context.Context, tx *gate.Tx, p directory.PlannedUser) (kith.Member, error) {
			m, err := directory.AddPlannedUser(ctx, tx, p)
			if err != nil || !m.User.Active() || m.User.Kind != kith.Person || m.User.Email == "" {
				return m, err
			}
			return m, s.mailPasswordLink(ctx, tx, m)
		})
}

// MailPasswordLink mails a user a new link to set their password by, in the place of any before. It fails
// with Invalid for users whom no link can reach, and with Limited if they were sent too much already.
func (s *Signin) MailPasswordLink(ctx context.Context, by *kith.Actor, typed string) error {
	_, err := gate.Change(ctx, s.gate, by, directory.OpChangeUser, typed, func(ctx context.Context, tx *gate.Tx, typed string) (any, error) {
		m, err := s.linkable(ctx, tx, typed)
		if err != nil {
			return nil, err
		}
		if m.User.Email == "" {
			return nil, kith.BadField("email", kith.CodeRequired, "This user has no email to send a link to.")
		}
		tx.Record(linkEvent(m.User.ID))
		return nil, s.mailPasswordLink(ctx, tx, m)
	})
	return err
}

// ShowPasswordLink gives kith's operator a new link for a user to set their password by, in the place of
// any before. As it proves nothing about the user's e-mail, that stays as verified as it was.
func (s *Signin) ShowPasswordLink(ctx context.Context, by *kith.Actor, typed string) (link string, err error) {
	if !by.System {
		return "", &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Message: "Only kith's operator sees links."}
	}
	return gate.Change(ctx, s.gate, by, directory.OpChangeUser, typed, func(ctx context.Context, tx *gate.Tx, typed string) (string, error) {
		m, err := s.linkable(ctx, tx, typed)
		if err != nil {
			return "", err
		}
		tx.Record(linkEvent(m.User.ID))
		return s.newLink(ctx, tx, m, kith.ToSetPassword, nil)
	})
}

// linkEvent tells that a user was given a link. The link itself is a secret.
func linkEvent(user kith.UserID) kith.Event {
	return kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: user.String(), Subject: user, Fields: []string{"password_link"}}
}

// linkable finds a user whom the actor may give a link to.
func (s *Signin) linkable(ctx context.Context, tx *gate.Tx, typed string) (kith.Member, error) {
	m, err := directory.FindManaged(ctx, tx, typed)
	switch {
	case err != nil:
		return m, err
	case m.Company.Owner == m.User.ID && !tx.By.System && tx.By.UserID() != m.User.ID:
		return m, errOwnersLink
	case m.User.Kind != kith.Person:
		return m, kith.BadField("kind", kith.CodeNotAllowed, "A machine has no password: make it a token.")
	case m.User.Temporary:
		return m, kith.BadField("temporary", kith.CodeNotAllowed, "A temporary user cannot sign in.")
	default:
		return m, directory.CheckWritable(m.User)
	}
}

// errOwnersLink keeps other admins from leading the owner to a page of their own choice.
var errOwnersLink = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden,
	Message: "Only the company's owner, or kith's operator, asks for a link to set the owner's password."}

func (s *Signin) mailPasswordLink(ctx context.Context, tx *gate.Tx, m kith.Member) error {
	to, err := directory.Primary(ctx, tx, m.User, kith.Email)
	if err != nil {
		return err
	}
	if err := s.checkSend(ctx, tx, m.User.ID, to.Folded); err != nil {
		return err
	}
	link, err := s.newLink(ctx, tx, m, kith.ToSetPassword, to)
	if err != nil {
		return err
	}
	message.Mail(tx, m, message.Note{Kind: message.SetPassword, Link: link, Until: tx.Now.Add(kith.ToSetPassword.Life())})
	return nil
}

// OpSetPassword is the setting of a password by a link.
var OpSetPassword = gate.Op{Name: "password.set", Noun: kith.NounUser, Verb: kith.Change, Open: true}

// PasswordSetting is what somebody sends who follows a link to set their password.
type PasswordSetting struct {
	User, Secret string // of the link
	Password     string
	Clear        Clear // ClearAll ends permanent tokens too; temporary sessions end whatever it says
}

// SetPassword sets a password by a link: one to set the first, or one to reset a forgotten one. The link is
// spent in the transaction that sets it. If it was sent to an address never proved before, it proves that
// address, and all that was set up earlier goes: whoever did it may not have been its holder. Whoever had to
// wait after wrong passwords waits no more. It fails with Invalid.
func (s *Signin) SetPassword(ctx context.Context, from kith.Remote, in PasswordSetting) error {
	guest, err := holder(from, in.Secret)
	if err != nil {
		return err
	}
	return s.setPasswordBy(ctx, guest, OpSetPassword, in)
}

// SetPasswordFor is SetPassword through a back end of the user's own company, which passes on what the user
// brings.
func (s *Signin) SetPasswordFor(ctx context.Context, by *kith.Actor, in PasswordSetting) error {
	return s.setPasswordBy(ctx, by, directory.OpChangeUser, in)
}

// holder is whoever comes with a link's secret, as a guest of its company, which may not be there. It fails
// with errLink if it is no such secret.
func holder(from kith.Remote, secret string) (*kith.Actor, error) {
	company, ok := companyOf(secret, accessSize)
	if !ok {
		return nil, errLink
	}
	return &kith.Actor{Company: &kith.Company{ID: company}, Remote: from}, nil
}

// setPasswordBy is SetPassword once it is known who asks.
func (s *Signin) setPasswordBy(ctx context.Context, by *kith.Actor, op gate.Op, in PasswordSetting) error {
	// A link that is none is refused before it costs a hash, or tells what the company thinks of a password.
	type follower struct {
		kith.Member
		purpose kith.SecretPurpose
	}
	m, err := gate.Read(ctx, s.gate, by, op, func(ctx context.Context, tx *gate.Tx) (follower, error) {
		user, err := kith.ParseID[kith.User](in.User)
		if err != nil {
			return follower{}, store.ErrNotFound
		}
		purpose := kith.ToResetPassword
		found, err := tx.Secrets.Find(ctx, purpose, hashOf(in.Secret))
		if errors.Is(err, store.ErrNotFound) {
			purpose = kith.ToSetPassword
			found, err = tx.Secrets.Find(ctx, purpose, hashOf(in.Secret))
		}
		if err != nil || found.User != user {
			return follower{}, cmp.Or(err, store.ErrNotFound)
		}
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return follower{}, err
		}
		u, err := tx.Users.Get(ctx, user)
		return follower{kith.Member{User: u, Company: c}, purpose}, err
	})
	switch {
	case errors.Is(err, kith.ErrNotFound), err == nil && !s.open(m.Company, by.Remote):
		return errLink
	case err != nil:
		return err
	}
	if err := CheckPassword(m.Company.Mode, in.Password, ownWords(m.Company, m.User.Username, m.User.Email, m.User.Profile)...); err != nil {
		return kith.AsError(err).In("new_password")
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return err
	}
	as := *by
	as.Company = m.Company
	_, err = gate.Change(ctx, s.gate, &as, op, in, func(ctx context.Context, tx *gate.Tx, in PasswordSetting) (any, error) {
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		return nil, setPassword(ctx, tx, m.purpose, hash, in)
	})
	return err
}

// open reports whether the company lets people in, from there.
func (s *Signin) open(c *kith.Company, from kith.Remote) bool {
	return c.Status != kith.CompanySuspended && s.directory.Serves(c, from)
}

// setPassword is the step behind SetPassword.
func setPassword(ctx context.Context, tx *gate.Tx, purpose kith.SecretPurpose, hash string, in PasswordSetting) error {
	spent, u, err := spendLink(ctx, tx, purpose, in.Secret)
	if err != nil {
		return err
	}
	had, err := tx.Credentials.ByID(ctx, u.ID)
	if err == nil {
		err = tx.Credentials.SetPassword(ctx, u.ID, had.Hash, hash)
	}
	if err == nil {
		err = tx.Tallies.Clear(ctx, store.TallySignIns, u.ID[:])
	}
	if err != nil {
		return err
	}
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Actor: u.ID, Subject: u.ID, Fields: []string{"password"}})
	first, err := directory.Prove(ctx, tx, u, spent, directory.NewCredential)
	if err != nil {
		return err
	}
	if !first {
		if err := directory.EndTrust(ctx, tx, u.ID, kith.SessionID{}, in.Clear == ClearAll); err != nil {
			return err
		}
	}
	kind := message.PasswordChanged
	if had.Hash == "" {
		kind = message.Welcome
	}
	message.Notify(tx, kith.Member{User: u, Company: tx.By.Company}, message.Note{Kind: kind})
	return nil
}
