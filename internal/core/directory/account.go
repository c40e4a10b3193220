package directory

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The operations on accounts.
var (
	OpViewAccounts    = gate.Op{Name: "account.view", Noun: kith.NounAccount, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddAccount      = gate.Op{Name: "account.add", Noun: kith.NounAccount, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeAccount   = gate.Op{Name: "account.change", Noun: kith.NounAccount, Verb: kith.Change, Section: kith.SectionAdmin}
	OpViewOwnAccounts = gate.Op{Name: "account.view", Noun: kith.NounAccount, Verb: kith.View, Section: kith.SectionUser}
	OpAddOwnAccount   = gate.Op{Name: "account.add", Noun: kith.NounAccount, Verb: kith.Add, Section: kith.SectionUser}
)

// addAccounts opens the accounts that a new user of a group gets: of each kind that is everybody's, or
// that new members of the group get. It gives the reference of the primary one.
func addAccounts(ctx context.Context, tx *gate.Tx, user kith.UserID, group *kith.Group) (primary string, err error) {
	var in kith.GroupID
	if group != nil {
		in = group.ID
	}
	all, err := tx.Accounts.Definitions(ctx)
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(all, func(def *kith.AccountDefinition) bool {
		g := def.Of(in)
		return def.Archived || !def.Everybody && (g == nil || !g.Default)
	})
	first := slices.IndexFunc(all, func(def *kith.AccountDefinition) bool { g := def.Of(in); return g != nil && g.Primary })
	if first < 0 {
		first = slices.IndexFunc(all, func(def *kith.AccountDefinition) bool { return def.Everybody })
	}
	if first < 0 {
		return "", fmt.Errorf("directory: company %d has no account definition for everybody", tx.By.CompanyID())
	}
	for i, def := range all {
		a := kith.Account{User: user, Primary: i == first, Definition: def.Name, Name: def.Name, Label: def.Label, Recon: def.Recon}
		if g := def.Of(in); g != nil {
			for _, c := range g.Currencies {
				if !c.Archived {
					a.Currencies = append(a.Currencies, c.Code)
				}
			}
		}
		if err := openAccount(ctx, tx, &a); err != nil {
			return "", err
		}
		if a.Primary {
			primary = a.Reference
		}
	}
	return primary, nil
}

// openAccount adds an account, with a reference drawn for it.
func openAccount(ctx context.Context, tx *gate.Tx, a *kith.Account) error {
	a.CreatedAt, a.UpdatedAt = tx.Now, tx.Now
	digits := kith.DefaultReferenceLength
	if c := tx.By.Company; c != nil && c.Settings.AccountReferenceLength >= kith.MinReferenceLength {
		digits = c.Settings.AccountReferenceLength
	}
	for range draws {
		var err error
		if a.Reference, err = tx.Digits(digits); err != nil {
			return err
		}
		if done, err := tx.Accounts.Insert(ctx, a); done || err != nil {
			return err
		}
	}
	return errNoNumber
}

// NewAccount is what an account is made from by hand.
type NewAccount struct {
	Reference                        string // "" draws one
	Name, Label                      string // the name is needed
	User                             string // id, e-mail, mobile or username; "" for the company's own
	Primary, Recon, Hidden, Archived bool
	Metadata                         map[string]any
}

var accountReference = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,23}$`)

// Validate reports every bad field.
func (in NewAccount) Validate() error {
	var errs []error
	if in.Reference != "" && !accountReference.MatchString(in.Reference) {
		errs = append(errs, kith.BadField("reference", kith.CodeBadFormat, "A reference is made of letters, digits, - and _, 24 at most."))
	}
	if in.Primary && in.User == "" {
		errs = append(errs, kith.BadField("primary", kith.CodeNotAllowed, "Only users have a primary account."))
	}
	if in.Primary && in.Archived {
		errs = append(errs, errPrimaryArchived)
	}
	if in.Primary && in.Hidden {
		errs = append(errs, errPrimaryHidden)
	}
	a := kith.Account{Name: in.Name, Label: in.Label, Metadata: in.Metadata}
	return errors.Join(append(errs, checkAccount(&a)...)...)
}

// checkAccount brings what is said of an account into its normal form.
func checkAccount(a *kith.Account) []error {
	var errs []error
	text(&errs, "name", &a.Name, 100)
	text(&errs, "label", &a.Label, 150)
	if a.Name == "" && len(errs) == 0 {
		errs = append(errs, kith.BadField("name", kith.CodeRequired, "Give the account a name."))
	}
	if err := CheckMetadata(a.Metadata); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// How many accounts one holder may have, by whoever adds them.
const (
	mostAccounts    = 1000
	mostOwnAccounts = 100
)

// AddAccount opens an account for a user, or for the company itself. It fails with Conflict if the
// reference is taken.
func (d *Directory) AddAccount(ctx context.Context, by *kith.Actor, in NewAccount) (*kith.HeldAccount, *Catalogue, error) {
	return withNames(ctx, d, by, OpAddAccount, in, func(ctx context.Context, tx *gate.Tx) (*kith.HeldAccount, error) {
		var holder kith.Member
		if in.User != "" {
			var err error
			if holder, err = manageable(ctx, tx, in.User); err != nil {
				return nil, err
			}
		}
		return addAccount(ctx, tx, in, holder.User, mostAccounts)
	})
}

// manageable finds the user whose account the actor wants to add, and holds the row.
func manageable(ctx context.Context, tx *gate.Tx, typed string) (kith.Member, error) {
	m, err := FindField(ctx, tx, "user", typed)
	if err == nil {
		m, err = LockUser(ctx, tx, m.User.ID)
	}
	if err != nil {
		return m, err
	}
	if m.User.Archived {
		return m, kith.BadField("user", kith.CodeNotAllowed, "This user is archived.")
	}
	return m, access.CheckManages(tx.By, m)
}

// AddOwnAccount opens another account for the actor.
func (d *Directory) AddOwnAccount(ctx context.Context, by *kith.Actor, in NewAccount) (*kith.HeldAccount, *Catalogue, error) {
	return withNames(ctx, d, by, OpAddOwnAccount, in, func(ctx context.Context, tx *gate.Tx) (*kith.HeldAccount, error) {
		own := NewAccount{Name: in.Name, Label: in.Label, Metadata: in.Metadata}
		return addAccount(ctx, tx, own, by.User, mostOwnAccounts)
	})
}

// withNames runs a step on an account, and brings what explains the account.
func withNames[In any](ctx context.Context, d *Directory, by *kith.Actor, op gate.Op, in In,
	step func(context.Context, *gate.Tx) (*kith.HeldAccount, error)) (*kith.HeldAccount, *Catalogue, error) {
	var names *Catalogue
	a, err := gate.Change(ctx, d.gate, by, op, in, func(ctx context.Context, tx *gate.Tx, _ In) (*kith.HeldAccount, error) {
		a, err := step(ctx, tx)
		if err != nil {
			return nil, err
		}
		names, err = catalogue(ctx, tx)
		return a, err
	})
	return a, names, err
}

// addAccount opens an account for a user, or with nil for the company.
func addAccount(ctx context.Context, tx *gate.Tx, in NewAccount, holder *kith.User, most int) (*kith.HeldAccount, error) {
	a := &kith.Account{Reference: in.Reference, Name: in.Name, Label: in.Label, Recon: in.Recon, Hidden: in.Hidden,
		Archived: in.Archived, Metadata: MergePatch(nil, in.Metadata), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if bad := checkAccount(a); len(bad) > 0 {
		return nil, bad[0]
	}
	if holder != nil {
		a.User = holder.ID
		u, err := tx.Users.Lock(ctx, holder.ID) // one at a time, or more than most get in
		if err == nil {
			err = CheckWritable(u)
		}
		if err != nil {
			return nil, err
		}
	}
	have, err := accountsOf(ctx, tx, a.User)
	if err == nil && len(have) >= most {
		err = errMany("accounts")
	}
	if err != nil {
		return nil, err
	}
	if in.Reference == "" {
		err = openAccount(ctx, tx, a)
	} else {
		var done bool
		if done, err = tx.Accounts.Insert(ctx, a); err == nil && !done {
			err = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "reference", Message: "There is an account of this reference already."}
		}
	}
	if err != nil {
		return nil, err
	}
	tx.Record(kith.Event{Noun: kith.NounAccount, Verb: kith.Add, Row: a.Reference, Subject: a.User})
	if in.Primary {
		if err := makePrimary(ctx, tx, a); err != nil {
			return nil, err
		}
		if err := tx.Accounts.Put(ctx, a); err != nil {
			return nil, err
		}
	}
	return tx.Accounts.Get(ctx, a.Reference)
}

// accountsOf reads the accounts of a user or, for the zero one, of the company.
func accountsOf(ctx context.Context, tx *gate.Tx, user kith.UserID) ([]*kith.HeldAccount, error) {
	if user.IsZero() {
		return tx.Accounts.OfCompany(ctx)
	}
	return tx.Accounts.OfUser(ctx, user)
}

// makePrimary makes an account the primary one of its user, in place of the one that is. Writing the
// account itself is the caller's.
func makePrimary(ctx context.Context, tx *gate.Tx, a *kith.Account) error {
	u, err := tx.Users.Lock(ctx, a.User)
	if err != nil {
		return err
	}
	was, err := tx.Accounts.Lock(ctx, u.Account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil {
		was.Primary, was.UpdatedAt = false, tx.Now
		if err := tx.Accounts.Put(ctx, &was.Account); err != nil {
			return err
		}
	}
	a.Primary = true
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Change, Row: u.ID.String(), Subject: u.ID, Fields: []string{"account"},
		Old: map[string]any{"account": u.Account}})
	return tx.Users.SetAccount(ctx, u.ID, a.Reference)
}

var (
	errPrimaryArchived = kith.BadField("archived", kith.CodeNotAllowed, "This is the user's primary account: make another one that first.")
	errPrimaryHidden   = kith.BadField("hidden", kith.CodeNotAllowed, "Users see their primary account.")
)

// AccountChange sets what is not nil. Metadata is merged into what is there (RFC 7386).
type AccountChange struct {
	Name, Label                      *string
	Primary, Recon, Hidden, Archived *bool
	Metadata                         map[string]any
	Check                            func(*kith.HeldAccount, *Catalogue) error // what the face finds wrong with it, before the change
}

// ChangeAccount changes an account. A user's primary account stays that until another one is made it.
func (d *Directory) ChangeAccount(ctx context.Context, by *kith.Actor, reference string, in AccountChange) (*kith.HeldAccount, *Catalogue, error) {
	return withNames(ctx, d, by, OpChangeAccount, in, func(ctx context.Context, tx *gate.Tx) (*kith.HeldAccount, error) {
		a, err := lockAccount(ctx, tx, reference)
		if err != nil {
			return nil, err
		}
		names, err := catalogue(ctx, tx)
		if err != nil {
			return nil, err
		}
		var bad []error
		if in.Check != nil {
			bad = append(bad, in.Check(a, names))
		}
		differs, becomes, wrong := in.apply(&a.Account)
		if err := errors.Join(append(bad, wrong...)...); err != nil {
			return nil, err
		}
		if len(differs.fields) == 0 {
			tx.Unchanged()
			return a, nil
		}
		a.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounAccount, Verb: kith.Change, Row: a.Reference, Subject: a.User, Fields: differs.fields, Old: differs.old})
		if becomes {
			if err := makePrimary(ctx, tx, &a.Account); err != nil {
				return nil, err
			}
		}
		return a, tx.Accounts.Put(ctx, &a.Account)
	})
}

// lockAccount reads an account that the actor may change, and holds its user's row before its own: who
// makes another account primary does so in that order, too.
func lockAccount(ctx context.Context, tx *gate.Tx, reference string) (*kith.HeldAccount, error) {
	a, err := tx.Accounts.Get(ctx, reference)
	if err != nil {
		return nil, err
	}
	if !a.User.IsZero() {
		m, err := LockUser(ctx, tx, a.User)
		if err == nil {
			err = access.CheckManages(tx.By, m)
		}
		if err == nil {
			err = CheckWritable(m.User)
		}
		if err != nil {
			return nil, err
		}
	}
	return tx.Accounts.Lock(ctx, reference)
}

// apply sets what is not nil. It tells what differs, whether the account is to be its user's primary one,
// and what is wrong.
func (in AccountChange) apply(a *kith.Account) (c *changes, becomes bool, bad []error) {
	c = newChanges()
	set(c, "name", &a.Name, in.Name)
	set(c, "label", &a.Label, in.Label)
	set(c, "recon", &a.Recon, in.Recon)
	set(c, "hidden", &a.Hidden, in.Hidden)
	set(c, "archived", &a.Archived, in.Archived)
	setMetadata(c, &a.Metadata, in.Metadata)
	bad = checkAccount(a)
	primary := a.Primary
	if in.Primary != nil {
		primary = *in.Primary
	}
	switch {
	case primary && a.User.IsZero():
		bad = append(bad, kith.BadField("primary", kith.CodeNotAllowed, "Only users have a primary account."))
	case a.Primary && !primary:
		bad = append(bad, kith.BadField("primary", kith.CodeNotAllowed, "A user always has a primary account: make another one that instead."))
	case primary && a.Archived:
		bad = append(bad, errPrimaryArchived)
	case primary && a.Hidden:
		bad = append(bad, errPrimaryHidden)
	case primary && !a.Primary:
		c.note("primary", false)
		becomes = true
	}
	return c, becomes, bad
}

// Account gives one account of the actor's company.
func (d *Directory) Account(ctx context.Context, by *kith.Actor, reference string) (*kith.HeldAccount, *Catalogue, error) {
	return d.account(ctx, by, OpViewAccounts, reference, func(*kith.HeldAccount) bool { return true })
}

// OwnAccount gives one of the actor's own accounts.
func (d *Directory) OwnAccount(ctx context.Context, by *kith.Actor, reference string) (*kith.HeldAccount, *Catalogue, error) {
	return d.account(ctx, by, OpViewOwnAccounts, reference, func(a *kith.HeldAccount) bool { return shownTo(by, a) })
}

// shownTo reports whether a user sees an account as their own.
func shownTo(by *kith.Actor, a *kith.HeldAccount) bool {
	return a.User == by.UserID() && !a.Hidden && !a.Archived
}

func (d *Directory) account(ctx context.Context, by *kith.Actor, op gate.Op, reference string, visible func(*kith.HeldAccount) bool) (*kith.HeldAccount, *Catalogue, error) {
	var names *Catalogue
	a, err := gate.Read(ctx, d.gate, by, op, func(ctx context.Context, tx *gate.Tx) (*kith.HeldAccount, error) {
		a, err := tx.Accounts.Get(ctx, reference)
		if err == nil && !visible(a) {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		names, err = catalogue(ctx, tx)
		return a, err
	})
	return a, names, err
}
