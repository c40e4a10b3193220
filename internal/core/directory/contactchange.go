package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// NewContact is what an e-mail or a mobile is made from.
type NewContact struct {
	Kind     kith.IdentifierKind // Email or Mobile
	Value    string              // as typed
	Primary  bool                // in the place of the one that is; the first is in any case
	Verified bool                // as staff say
	User     string              // whose, as staff name them; "" for oneself
}

// PlannedContact is a NewContact in its normal form, with all that is wrong with it.
type PlannedContact struct {
	NewContact
	identifier kith.Identifier
	bad        error
}

// Validate reports every bad field.
func (p PlannedContact) Validate() error { return p.bad }

// PlanContact brings what an e-mail or a mobile is made from into its normal form.
func PlanContact(in NewContact) PlannedContact {
	shown, folded, err := Identify(in.Kind, in.Value)
	return PlannedContact{in, kith.Identifier{Kind: in.Kind, Value: shown, Folded: folded, Primary: in.Primary}, err}
}

// ContactChange is what a change of an e-mail or a mobile came to.
type ContactChange struct {
	*Contact
	Prove []*kith.Identifier // new ones, which the holder has yet to prove
	Other *Contact           // another user's, which the actor asked for; they are told, and the actor is not
}

var (
	errPrimaryVerified = kith.BadField("primary", kith.CodeNotAllowed, "Your primary one is verified, so it stays. Ask the company to change it.")
	errNoPrimary       = kith.BadField("primary", kith.CodeNotAllowed, "Make another one primary instead.")
	errLastContact     = kith.BadField("id", kith.CodeNotAllowed, "This is your last one, so it stays. Add another first.")
	errOwnProof        = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "verified",
		Message: "Nobody verifies their own by hand. Use the link or code that was sent to it."}
	errGuestProof = kith.BadField("verified", kith.CodeNotAllowed, "A temporary user has proved nothing yet.")
)

// lockSelf reads the acting user, who may change what they are reached by, and holds the row.
func lockSelf(ctx context.Context, tx *gate.Tx) (kith.Member, error) {
	m, err := LockUser(ctx, tx, tx.By.UserID())
	if err == nil {
		err = CheckWritable(m.User)
	}
	return m, err
}

// lockArranged reads a user whose e-mails and mobiles staff want to change, and holds the row.
func lockArranged(ctx context.Context, tx *gate.Tx, user kith.UserID) (kith.Member, error) {
	m, err := lockManaged(ctx, tx, user.String(), true)
	if err == nil {
		err = checkArranges(tx.By, m)
	}
	if err == nil {
		err = CheckWritable(m.User)
	}
	return m, err
}

// AddOwnContact is the step that gives the acting user another e-mail or mobile. Once they have proved one,
// another reserves nothing until it is proved. It fails with Conflict if it is taken; in a company with hidden
// disclosure only if it is their own.
func AddOwnContact(ctx context.Context, tx *gate.Tx, p PlannedContact) (*ContactChange, error) {
	m, err := lockSelf(ctx, tx)
	if err != nil {
		return nil, err
	}
	after := *m.User
	c, err := openContacts(ctx, tx, m, &after)
	if err != nil {
		return nil, err
	}
	i, was := p.identifier, c.primary(p.Kind)
	switch {
	case after.Kind == kith.Machine:
		return nil, machineHas(p)
	case c.known(i.Kind, i.Folded) != nil:
		return nil, taken(i.Kind)
	case was == nil:
		i.Primary = true
	case i.Primary && !was.VerifiedAt.IsZero():
		return nil, errPrimaryVerified
	}
	other, err := holderOf(ctx, tx, &i)
	if err != nil {
		return nil, err
	}
	if other != nil && m.Company.Settings.Disclosure == kith.Visible {
		return nil, taken(i.Kind)
	}
	out, err := c.give(ctx, tx, i, other == nil && !c.proved)
	if err == nil && other != nil {
		out.Prove, out.Other = nil, other
	}
	return out, err
}

func machineHas(p PlannedContact) error {
	if p.Kind == kith.Email {
		return machineHasNone(p.Value, "")
	}
	return machineHasNone("", p.Value)
}

// holderOf finds whoever has claimed an identifier; nil if nobody has.
func holderOf(ctx context.Context, tx *gate.Tx, i *kith.Identifier) (*Contact, error) {
	held, err := tx.Identifiers.Named(ctx, i.Kind, i.Folded)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	m, err := tx.Users.Member(ctx, held.User)
	m.Company = tx.By.Company
	return &Contact{m, held}, err
}

// AddContact is the step that gives a user another e-mail or mobile on behalf of staff. If the user has proved
// one before, they sign in by this one once it is proved. It fails with Conflict if it is taken.
func AddContact(ctx context.Context, tx *gate.Tx, p PlannedContact) (*ContactChange, error) {
	m, err := FindField(ctx, tx, "user", p.User)
	if err == nil {
		m, err = lockArranged(ctx, tx, m.User.ID)
	}
	if err != nil {
		return nil, err
	}
	after := *m.User
	c, err := openContacts(ctx, tx, m, &after)
	if err != nil {
		return nil, err
	}
	i := p.identifier
	switch {
	case after.Kind == kith.Machine:
		return nil, machineHas(p)
	case c.known(i.Kind, i.Folded) != nil:
		return nil, taken(i.Kind)
	}
	if p.Verified {
		if err := mayVerify(tx.By, m.User); err != nil {
			return nil, err
		}
		i.VerifiedAt = tx.Now
	}
	i.Primary = i.Primary || c.primary(i.Kind) == nil
	i.Barred = !p.Verified && c.proved
	return c.give(ctx, tx, i, true)
}

// mayVerify refuses whoever wants to verify by hand what is their own, or what is nobody's yet.
func mayVerify(by *kith.Actor, target *kith.User) error {
	switch {
	case by.UserID() == target.ID && !by.System:
		return errOwnProof
	case target.Temporary:
		return errGuestProof
	default:
		return nil
	}
}

// give adds one, and tells of it.
func (c *contacts) give(ctx context.Context, tx *gate.Tx, i kith.Identifier, claim bool) (*ContactChange, error) {
	first, was := i.Primary, c.primary(i.Kind)
	i.Primary = false
	added, err := c.add(ctx, tx, i, claim)
	if err != nil {
		return nil, err
	}
	e := contactEvent(c, added, kith.Add)
	e.Fields = []string{i.Kind.String()}
	if first {
		e.Fields = append(e.Fields, "primary")
		if err := c.lead(ctx, tx, added); err != nil {
			return nil, err
		}
	}
	if !i.VerifiedAt.IsZero() {
		e.Fields = append(e.Fields, "verified")
	}
	if first && was != nil {
		c.tellNew(tx, was, added)
	} else {
		c.tellNew(tx, nil, added)
	}
	return c.finish(ctx, tx, added, e)
}

func contactEvent(c *contacts, i *kith.Identifier, verb kith.Verb) kith.Event {
	return kith.Event{Noun: i.Kind.Noun(), Verb: verb, Row: strconv.FormatInt(int64(i.ID), 10), Subject: c.after.ID}
}

// finish writes what follows from the changes made: the user's row, how they are searched, and the end of what
// they proved before.
func (c *contacts) finish(ctx context.Context, tx *gate.Tx, about *kith.Identifier, e kith.Event) (*ContactChange, error) {
	tx.Record(e)
	was, after := c.was.User, c.after
	changed := newChanges()
	note := func(field string, was, is any) {
		if was != is {
			changed.note(field, was)
		}
	}
	note("email", was.Email, after.Email)
	note("email_verified", was.EmailVerified, after.EmailVerified)
	note("mobile", was.Mobile, after.Mobile)
	note("mobile_verified", was.MobileVerified, after.MobileVerified)
	m, err := writeUser(ctx, tx, c.was, after, changed)
	if err == nil {
		err = c.settle(ctx, tx)
	}
	if err == nil && c.broken {
		err = EndTrust(ctx, tx, after.ID, ownSession(tx.By, after), false)
	}
	return &ContactChange{Contact: &Contact{m, about}, Prove: c.prove}, err
}

// ContactEdit is what may be changed of an e-mail or a mobile. It sets what is not nil.
type ContactEdit struct {
	Kind     kith.IdentifierKind
	ID       kith.Serial
	Primary  *bool
	Verified *bool // by staff

	// Check, unless nil, finds what is wrong with asking this of the contact as it is.
	Check func(*Contact) error
}

// ChangeOwnContact is the step that makes one of the acting user's e-mails or mobiles their primary one: as
// long as the one that is has not been verified.
func ChangeOwnContact(ctx context.Context, tx *gate.Tx, in ContactEdit) (*ContactChange, error) {
	c, i, err := owned(ctx, tx, in.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	if was := c.primary(in.Kind); in.Primary != nil && *in.Primary && was != i && was != nil && !was.VerifiedAt.IsZero() {
		return nil, errPrimaryVerified
	}
	in.Verified = nil
	return c.edit(ctx, tx, i, in)
}

// ChangeContact is the step that changes an e-mail or a mobile of a user on behalf of staff.
func ChangeContact(ctx context.Context, tx *gate.Tx, in ContactEdit) (*ContactChange, error) {
	c, i, err := arranged(ctx, tx, in.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Verified != nil && *in.Verified == i.VerifiedAt.IsZero() {
		if err := mayVerify(tx.By, c.was.User); err != nil {
			return nil, err
		}
	}
	return c.edit(ctx, tx, i, in)
}

// owned finds an e-mail or a mobile of the acting user, whose row it holds.
func owned(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, id kith.Serial) (*contacts, *kith.Identifier, error) {
	m, err := lockSelf(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	after := *m.User
	c, err := openContacts(ctx, tx, m, &after)
	if err != nil {
		return nil, nil, err
	}
	i, err := c.get(kind, id)
	return c, i, err
}

// arranged finds an e-mail or a mobile that staff want to change, and holds its user's row.
func arranged(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, id kith.Serial) (*contacts, *kith.Identifier, error) {
	found, err := tx.Identifiers.Get(ctx, kind, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := lockArranged(ctx, tx, found.User)
	if err != nil {
		return nil, nil, err
	}
	after := *m.User
	c, err := openContacts(ctx, tx, m, &after)
	if err != nil {
		return nil, nil, err
	}
	i, err := c.get(kind, id) // once more, as nobody can change it any longer
	return c, i, err
}

// edit changes one, and tells of it.
func (c *contacts) edit(ctx context.Context, tx *gate.Tx, i *kith.Identifier, in ContactEdit) (*ContactChange, error) {
	if err := ask(in.Check, &Contact{c.was, i}); err != nil {
		return nil, err
	}
	e := contactEvent(c, i, kith.Change)
	e.Old = make(map[string]any)
	if in.Verified != nil && *in.Verified == i.VerifiedAt.IsZero() {
		e.Fields, e.Old["verified"] = append(e.Fields, "verified"), !*in.Verified
		if err := c.judge(ctx, tx, i, *in.Verified); err != nil {
			return nil, err
		}
	}
	if in.Primary != nil && *in.Primary != i.Primary {
		if i.Primary {
			return nil, errNoPrimary
		}
		e.Fields, e.Old["primary"] = append(e.Fields, "primary"), false
		if tx.By.UserID() != c.after.ID {
			if err := c.claim(ctx, tx, i); err != nil {
				return nil, err
			}
		}
		was := c.primary(i.Kind)
		if err := c.lead(ctx, tx, i); err != nil {
			return nil, err
		}
		c.tellNew(tx, was, i)
	}
	if len(e.Fields) == 0 {
		tx.Unchanged()
		return &ContactChange{Contact: &Contact{c.was, i}}, nil
	}
	slices.Sort(e.Fields)
	return c.finish(ctx, tx, i, e)
}

// judge writes what staff say of whether one is verified. Verifying claims it: it fails with Conflict if
// another user holds it.
func (c *contacts) judge(ctx context.Context, tx *gate.Tx, i *kith.Identifier, verified bool) error {
	var err error
	if verified {
		i.VerifiedAt, i.Unclaimed, i.Barred = tx.Now, false, false
		err = tx.Identifiers.Verify(ctx, i)
	} else {
		i.VerifiedAt = time.Time{}
		err = tx.Identifiers.Doubt(ctx, i)
	}
	if errors.Is(err, store.ErrExists) {
		return taken(i.Kind)
	}
	if i.Primary {
		show(c.after, *i)
	}
	return err
}

// RemoveOwnContact is the step that takes one of the acting user's e-mails or mobiles away. The last of its
// kind stays.
func RemoveOwnContact(ctx context.Context, tx *gate.Tx, in ContactEdit) (*ContactChange, error) {
	c, i, err := owned(ctx, tx, in.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	if len(c.of(in.Kind)) == 1 {
		return nil, errLastContact
	}
	return c.drop(ctx, tx, i)
}

// RemoveContact is the step that takes an e-mail or a mobile from a user on behalf of staff.
func RemoveContact(ctx context.Context, tx *gate.Tx, in ContactEdit) (*ContactChange, error) {
	c, i, err := arranged(ctx, tx, in.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	return c.drop(ctx, tx, i)
}

// drop removes one, lets another follow it, and tells of it.
func (c *contacts) drop(ctx context.Context, tx *gate.Tx, i *kith.Identifier) (*ContactChange, error) {
	e := contactEvent(c, i, kith.Delete)
	e.Fields = []string{i.Kind.String()}
	e.Old = map[string]any{i.Kind.String(): i.Value, "primary": i.Primary, "verified": !i.VerifiedAt.IsZero()}
	if err := c.remove(ctx, tx, i); err != nil {
		return nil, err
	}
	if err := c.follow(ctx, tx, i.Kind); err != nil {
		return nil, err
	}
	c.tell(tx, message.AddressRemoved, i, i, c.left(i))
	return c.finish(ctx, tx, i, e)
}
