package directory

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// Contact is one of the e-mails and mobiles that a user is reached by, and the user.
type Contact struct {
	Holder kith.Member
	*kith.Identifier
}

// MaxContacts is how many e-mails a user may have, and how many mobiles.
const MaxContacts = 10

// The operations on e-mails and mobiles: people's on their own, and those of staff.
var (
	OpViewOwnEmails   = gate.Op{Name: "email.view", Noun: kith.NounEmail, Verb: kith.View, Section: kith.SectionUser}
	OpAddOwnEmail     = gate.Op{Name: "email.add", Noun: kith.NounEmail, Verb: kith.Add, Section: kith.SectionUser}
	OpChangeOwnEmail  = gate.Op{Name: "email.change", Noun: kith.NounEmail, Verb: kith.Change, Section: kith.SectionUser}
	OpDeleteOwnEmail  = gate.Op{Name: "email.delete", Noun: kith.NounEmail, Verb: kith.Delete, Section: kith.SectionUser}
	OpViewOwnMobiles  = gate.Op{Name: "mobile.view", Noun: kith.NounMobile, Verb: kith.View, Section: kith.SectionUser}
	OpAddOwnMobile    = gate.Op{Name: "mobile.add", Noun: kith.NounMobile, Verb: kith.Add, Section: kith.SectionUser}
	OpChangeOwnMobile = gate.Op{Name: "mobile.change", Noun: kith.NounMobile, Verb: kith.Change, Section: kith.SectionUser}
	OpDeleteOwnMobile = gate.Op{Name: "mobile.delete", Noun: kith.NounMobile, Verb: kith.Delete, Section: kith.SectionUser}
	OpViewEmails      = gate.Op{Name: "email.view", Noun: kith.NounEmail, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddEmail        = gate.Op{Name: "email.add", Noun: kith.NounEmail, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeEmail     = gate.Op{Name: "email.change", Noun: kith.NounEmail, Verb: kith.Change, Section: kith.SectionAdmin}
	OpDeleteEmail     = gate.Op{Name: "email.delete", Noun: kith.NounEmail, Verb: kith.Delete, Section: kith.SectionAdmin}
	OpViewMobiles     = gate.Op{Name: "mobile.view", Noun: kith.NounMobile, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddMobile       = gate.Op{Name: "mobile.add", Noun: kith.NounMobile, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeMobile    = gate.Op{Name: "mobile.change", Noun: kith.NounMobile, Verb: kith.Change, Section: kith.SectionAdmin}
	OpDeleteMobile    = gate.Op{Name: "mobile.delete", Noun: kith.NounMobile, Verb: kith.Delete, Section: kith.SectionAdmin}
)

// ContactOps are the operations of one section on contacts of one kind.
type ContactOps struct{ View, Add, Change, Delete gate.Op }

// ContactOpsOf gives those of a section on e-mails or on mobiles.
func ContactOpsOf(section kith.Section, kind kith.IdentifierKind) ContactOps {
	switch {
	case section == kith.SectionAdmin && kind == kith.Email:
		return ContactOps{OpViewEmails, OpAddEmail, OpChangeEmail, OpDeleteEmail}
	case section == kith.SectionAdmin:
		return ContactOps{OpViewMobiles, OpAddMobile, OpChangeMobile, OpDeleteMobile}
	case kind == kith.Email:
		return ContactOps{OpViewOwnEmails, OpAddOwnEmail, OpChangeOwnEmail, OpDeleteOwnEmail}
	default:
		return ContactOps{OpViewOwnMobiles, OpAddOwnMobile, OpChangeOwnMobile, OpDeleteOwnMobile}
	}
}

// OwnContacts lists the actor's own e-mails or mobiles: the primary one first, then as they were added.
func (d *Directory) OwnContacts(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind) ([]*Contact, error) {
	return gate.Read(ctx, d.gate, by, ContactOpsOf(kith.SectionUser, kind).View, func(ctx context.Context, tx *gate.Tx) ([]*Contact, error) {
		self := kith.Member{User: by.User, Group: by.Group, Company: by.Company}
		list, err := Identifiers(ctx, tx, self.User)
		var own []*Contact
		for _, i := range list {
			if i.Kind == kind {
				own = append(own, &Contact{self, i})
			}
		}
		return own, err
	})
}

// OwnContact gives one of the actor's own e-mails or mobiles.
func (d *Directory) OwnContact(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind, id kith.Serial) (*Contact, error) {
	list, err := d.OwnContacts(ctx, by, kind)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(c *Contact) bool { return c.ID == id }); i >= 0 {
		return list[i], nil
	}
	return nil, kith.ErrNotFound
}

// ContactFilter narrows a list of contacts. Zero fields do not narrow.
type ContactFilter struct {
	User      *string // id, e-mail, mobile or username; of one that nobody has nothing is listed
	Temporary *bool   // those of temporary users, or of the others
}

// ContactList is one page of a company's contacts of a kind, newest first.
type ContactList struct {
	kith.List[*Contact]
	Capped bool // there are more than were counted, and those are reached by the user alone
}

// Contacts gives one page of the e-mails or mobiles of the users of the actor's company.
func (d *Directory) Contacts(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind, f ContactFilter, page kith.Page) (ContactList, error) {
	return gate.Read(ctx, d.gate, by, ContactOpsOf(kith.SectionAdmin, kind).View, func(ctx context.Context, tx *gate.Tx) (ContactList, error) {
		if f.User != nil {
			return contactsOf(ctx, tx, kind, f, page)
		}
		found, err := tx.Identifiers.List(ctx, kind, f.Temporary, page)
		list := ContactList{Capped: found.Capped}
		list.Total = found.Total
		for _, row := range found.Rows {
			row.Member.Company = tx.By.Company
			list.Rows = append(list.Rows, &Contact{row.Member, row.Identifier})
		}
		return list, err
	})
}

// contactsOf is Contacts for one user.
func contactsOf(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind, f ContactFilter, page kith.Page) (ContactList, error) {
	m, err := Find(ctx, tx, *f.User)
	if errors.Is(err, store.ErrNotFound) {
		return ContactList{}, nil
	} else if err != nil || !is(f.Temporary, m.User.Temporary) {
		return ContactList{}, err
	}
	all, err := Identifiers(ctx, tx, m.User)
	var rows []*Contact
	for _, i := range all {
		if i.Kind == kind {
			rows = append(rows, &Contact{m, i})
		}
	}
	slices.SortFunc(rows, func(a, b *Contact) int { return -cmp.Compare(a.ID, b.ID) })
	return ContactList{List: Cut(rows, page)}, err
}

// Contact gives one of the e-mails or mobiles of the users of the actor's company.
func (d *Directory) Contact(ctx context.Context, by *kith.Actor, kind kith.IdentifierKind, id kith.Serial) (*Contact, error) {
	return gate.Read(ctx, d.gate, by, ContactOpsOf(kith.SectionAdmin, kind).View, func(ctx context.Context, tx *gate.Tx) (*Contact, error) {
		i, err := tx.Identifiers.Get(ctx, kind, id)
		if err != nil {
			return nil, err
		}
		m, err := tx.Users.Member(ctx, i.User)
		m.Company = tx.By.Company
		return &Contact{m, i}, err
	})
}

// contacts is what a locked user is found and reached by, while it is changed.
type contacts struct {
	was    kith.Member
	after  *kith.User         // the user's row as it becomes
	list   []*kith.Identifier // as it is by now
	loose  []store.Term       // of those that claimed nothing
	proved bool               // an e-mail or mobile was verified when the change began
	broken bool               // what the user proved before is worth less now: see EndTrust
	prove  []*kith.Identifier // new or newly primary ones, which the user has yet to prove
}

func openContacts(ctx context.Context, tx *gate.Tx, was kith.Member, after *kith.User) (*contacts, error) {
	list, err := Identifiers(ctx, tx, was.User)
	c := &contacts{was: was, after: after, list: list, loose: store.UnclaimedTerms(list...)}
	c.proved = slices.ContainsFunc(list, func(i *kith.Identifier) bool { return i.Kind != kith.Username && !i.VerifiedAt.IsZero() })
	return c, err
}

// of lists those of a kind.
func (c *contacts) of(kind kith.IdentifierKind) []*kith.Identifier {
	var list []*kith.Identifier
	for _, i := range c.list {
		if i.Kind == kind {
			list = append(list, i)
		}
	}
	return list
}

// get finds one by its number. It fails with ErrNotFound.
func (c *contacts) get(kind kith.IdentifierKind, id kith.Serial) (*kith.Identifier, error) {
	return c.first(kind, func(i *kith.Identifier) bool { return i.ID == id })
}

func (c *contacts) first(kind kith.IdentifierKind, meant func(*kith.Identifier) bool) (*kith.Identifier, error) {
	if at := slices.IndexFunc(c.list, func(i *kith.Identifier) bool { return i.Kind == kind && meant(i) }); at >= 0 {
		return c.list[at], nil
	}
	return nil, store.ErrNotFound
}

// primary is the primary one of a kind; nil if there is none of that kind.
func (c *contacts) primary(kind kith.IdentifierKind) *kith.Identifier {
	i, _ := c.first(kind, func(i *kith.Identifier) bool { return i.Primary })
	return i
}

// known is the one of a kind that is compared as folded; nil if there is none.
func (c *contacts) known(kind kith.IdentifierKind, folded string) *kith.Identifier {
	i, _ := c.first(kind, func(i *kith.Identifier) bool { return i.Folded == folded })
	return i
}

// add gives the user another. Temporary users claim nothing. It fails with Conflict if it is taken.
func (c *contacts) add(ctx context.Context, tx *gate.Tx, i kith.Identifier, claim bool) (*kith.Identifier, error) {
	if len(c.of(i.Kind)) >= MaxContacts {
		return nil, kith.AsError(errMany("of them")).In(i.Kind.String())
	}
	i.Unclaimed = !claim || c.after.Temporary
	if err := addIdentifier(ctx, tx, c.after, &i); err != nil {
		return nil, err
	}
	c.list = append(c.list, &i)
	if i.Primary {
		show(c.after, i)
	}
	c.ask(&i)
	return &i, nil
}

// ask notes that the user has yet to prove one.
func (c *contacts) ask(i *kith.Identifier) {
	if i.VerifiedAt.IsZero() && i.Kind != kith.Username && !slices.Contains(c.prove, i) {
		c.prove = append(c.prove, i)
	}
}

// lead makes one that the user has the primary one of its kind.
func (c *contacts) lead(ctx context.Context, tx *gate.Tx, i *kith.Identifier) error {
	if was := c.primary(i.Kind); was != nil {
		if was == i {
			return nil
		}
		c.broken = true
		was.Primary = false
		if err := tx.Identifiers.SetPrimary(ctx, was); err != nil {
			return err
		}
	}
	i.Primary = true
	show(c.after, *i)
	c.ask(i) // what was sent to it before ends with the trust
	return tx.Identifiers.SetPrimary(ctx, i)
}

// remove takes one from the user, and with it every secret that was sent to it.
func (c *contacts) remove(ctx context.Context, tx *gate.Tx, i *kith.Identifier) error {
	c.list = slices.DeleteFunc(c.list, func(one *kith.Identifier) bool { return one == i })
	if i.Primary {
		show(c.after, kith.Identifier{Kind: i.Kind})
	}
	if i.Kind != kith.Username {
		c.broken = c.broken || i.Primary || !i.VerifiedAt.IsZero()
	}
	if err := tx.Identifiers.Delete(ctx, i); err != nil {
		return err
	}
	_, err := tx.Secrets.DeleteOf(ctx, c.after.ID, i.ID)
	return err
}

// follow makes another the primary one of its kind, if there is one and none is: a verified one rather than
// another, and the oldest of those. Where the user has proved nothing else it is claimed, as if they registered with it.
func (c *contacts) follow(ctx context.Context, tx *gate.Tx, kind kith.IdentifierKind) error {
	list := c.of(kind)
	if len(list) == 0 || c.primary(kind) != nil {
		return nil
	}
	next := slices.MinFunc(list, func(a, b *kith.Identifier) int {
		return cmp.Or(compareBool(a.VerifiedAt.IsZero(), b.VerifiedAt.IsZero()), cmp.Compare(a.ID, b.ID))
	})
	proved := slices.ContainsFunc(c.list, func(i *kith.Identifier) bool { return !i.VerifiedAt.IsZero() })
	if next.Unclaimed && !proved && !c.after.Temporary {
		_, err := tx.Identifiers.Owner(ctx, kind, next.Folded)
		if errors.Is(err, store.ErrNotFound) {
			next.Unclaimed = false
			err = tx.Identifiers.Claim(ctx, next)
		}
		if err != nil {
			return err
		}
	}
	return c.lead(ctx, tx, next)
}

// settle writes by what the user is searched, once their row is written.
func (c *contacts) settle(ctx context.Context, tx *gate.Tx) error {
	loose := slices.DeleteFunc(slices.Clone(c.list), func(i *kith.Identifier) bool {
		return i.Primary && c.after.Temporary // which follows from the row
	})
	if err := tx.Users.PutTerms(ctx, c.after.ID, c.loose, nil); err != nil {
		return err
	}
	return tx.Users.PutTerms(ctx, c.after.ID, nil, store.UnclaimedTerms(loose...))
}

// tell writes a notice to addresses and numbers that the user has or had, to each once. Temporary users are
// told nothing: they are not here yet.
func (c *contacts) tell(tx *gate.Tx, kind message.Kind, about *kith.Identifier, to ...*kith.Identifier) {
	m := kith.Member{User: c.after, Group: c.was.Group, Company: c.was.Company}
	var told []kith.Serial
	for _, i := range to {
		if i == nil || c.after.Temporary || slices.Contains(told, i.ID) {
			continue
		}
		told = append(told, i.ID)
		message.Send(tx, m, i, message.Note{Kind: kind, About: about.Value})
	}
}

// left is what the user is best reached by, but for one: of its kind if there is another, else an e-mail,
// else a mobile; nil if there is nothing.
func (c *contacts) left(but *kith.Identifier) *kith.Identifier {
	for _, kind := range []kith.IdentifierKind{but.Kind, kith.Email, kith.Mobile} {
		if i := c.primary(kind); i != nil && i != but {
			return i
		}
	}
	return nil
}

// tellNew writes the notices that another is primary now, or that there is a first one of its kind.
func (c *contacts) tellNew(tx *gate.Tx, was, is *kith.Identifier) {
	if was == nil {
		c.tell(tx, message.AddressAdded, is, c.left(is))
		return
	}
	c.tell(tx, message.AddressChanged, is, was, is)
}

// claim has the user claim one of theirs that claims nothing, as staff want it: they sign in by it once it is
// proved, if they have proved another. It fails with Conflict if another user holds it.
func (c *contacts) claim(ctx context.Context, tx *gate.Tx, i *kith.Identifier) error {
	if !i.Unclaimed || c.after.Temporary {
		return nil
	}
	i.Unclaimed, i.Barred = false, c.proved
	err := tx.Identifiers.Claim(ctx, i)
	if errors.Is(err, store.ErrExists) {
		return taken(i.Kind)
	}
	return err
}
