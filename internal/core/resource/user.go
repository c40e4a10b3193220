package resource

import (
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
	"kith/internal/store"
)

var userTable = &Table{
	Name: "user_account", Noun: kith.NounUser, Doc: "People and machines. Everyone owns their own row. Archived users are not shown; DELETE archives.",
	Fields: []Field{
		{Name: "name", Type: Text, MaxLength: 80, Required: true, Write: Always},
		{Name: "email", Type: Email, MaxLength: 254, Required: true, Unique: true, Write: Always, Doc: "The primary one."},
		{Name: "password", Type: Password, MaxLength: 128, Required: true, Write: Always, Secret: true, Doc: "Never shown."},
		{Name: "current_password", Type: Password, MaxLength: 128, Write: OnChange, Secret: true, Unshown: true, Doc: "Asked for with a new password, but for the first ten minutes after a sign-in by password."},
		{Name: "mobile", Type: Mobile, MaxLength: 40, Unique: true, Write: OnAdd, Doc: "The primary one. Others, and changes, are in the table mobile."},
		{Name: "confirmed", Type: Flag, Doc: "The email is verified."},
		{Name: "terms_and_conditions", Type: Flag, Write: OnAdd, Secret: true, Unshown: true, Doc: "Accepted. Some companies ask it of who signs up."},
		{Name: "privacy_policy", Type: Flag, Write: OnAdd, Secret: true, Unshown: true, Doc: "Accepted, as above."},
	},
	Owned: true, Grouped: true, Verbs: kith.Of(kith.Add, kith.Change, kith.Delete),
}

// userRows are the users of a company who are not archived.
type userRows struct {
	directory *directory.Directory
	signin    *signin.Signin
}

func (userRows) describe() *Table  { return userTable }
func (userRows) guard() gate.Table { return gate.TableOf(kith.NounUser) }

func (userRows) parse(id string) ([]byte, bool) { return parseID(id) }
func (userRows) format(key []byte) string       { return formatID(key) }

func userEntry(u *kith.User) *entry {
	row := &Row{Table: userTable, ID: u.ID.String(), Owner: u.ID, Permission: u.Mode, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		Values: map[string]any{"name": u.Name(), "email": u.Email, "password": "", "mobile": u.Mobile, "confirmed": u.EmailVerified}}
	return &entry{Row: row, key: u.ID[:], grants: u.Grants(), value: u}
}

func (userRows) load(ctx context.Context, tx *gate.Tx, keys [][]byte) ([]*entry, error) {
	if len(keys) == 1 {
		u, err := tx.Users.Get(ctx, kith.UserID(keys[0]))
		if errors.Is(err, store.ErrNotFound) || err == nil && u.Archived {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		return []*entry{userEntry(u)}, nil
	}
	list, err := tx.Users.Several(ctx, idsOf[kith.User](keys))
	if err != nil {
		return nil, err
	}
	found := make(map[string]*entry, len(list))
	for _, m := range list {
		found[string(m.User.ID[:])] = userEntry(m.User)
	}
	return inOrder(keys, found), nil
}

func (userRows) source(ctx context.Context, tx *gate.Tx) (*source, error) {
	by := tx.By
	s := &source{all: by.Holds(kith.SectionAdmin, kith.NounUser, kith.View)}
	if s.all {
		s.streams = []stream{tx.Users.Keys}
		s.total = func(ctx context.Context) (int, bool, error) {
			n, err := tx.Counts.Get(ctx)
			return n.Total - n.Archived, false, err
		}
		return s, nil
	}
	s.streams = []stream{tx.Users.GuestKeys}
	s.total = s.count
	if by.User == nil {
		return s, nil
	}
	own := by.User.Mode.Owner().Has(kith.View)
	if own {
		s.streams = append(s.streams, one(by.User.ID[:]))
	}
	circle, err := circleOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return s, s.link(ctx, tx, kith.NounUser, circle)
}

func (userRows) points(ctx context.Context, tx *gate.Tx, c Clause, value string) ([][]byte, bool, error) {
	if c.Field != "email" {
		return nil, false, nil
	}
	_, folded, err := directory.Identify(kith.Email, value)
	if err != nil {
		return nil, true, nil //nolint:nilerr // what is no address is nobody's
	}
	id, err := tx.Identifiers.Owner(ctx, kith.Email, folded)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil // it may be of one who has not claimed it
	}
	return [][]byte{id[:]}, true, err
}

func (us userRows) add(ctx context.Context, by *kith.Actor, in Input) (adder, error) {
	v, err := userTable.check(in, nil)
	if err != nil {
		return nil, err
	}
	mode, moded := v.mode()
	if moded && mode != kith.DefaultUserMode && !by.Holds(kith.SectionAdmin, kith.NounUser, kith.Change) {
		return nil, kith.BadField("permission", kith.CodeReadOnly, "A new user has the permission that everybody has. They change it once they are signed in.")
	}
	who := signin.SignUp{Name: *v.text("name"), Email: *v.text("email"), Password: *v.text("password")}
	if mobile := v.text("mobile"); mobile != nil {
		who.Mobile = *mobile
	}
	who.TermsAndConditions, _ = v["terms_and_conditions"].(bool)
	who.PrivacyPolicy, _ = v["privacy_policy"].(bool)
	p, err := us.signin.PrepareSignUp(ctx, by, who)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) (*entry, error) {
		m, err := p.Step(ctx, tx)
		if err != nil {
			return nil, err
		}
		if err := atHome(ctx, tx); err != nil {
			return nil, err
		}
		if m.User == nil { // the company hides whom it has: see PreparedSignUp.Step
			return &entry{}, nil
		}
		if moded {
			if err := directory.SetMode(ctx, tx, m.User.ID, mode); err != nil {
				return nil, err
			}
			m.User.Mode = mode
		}
		return userEntry(m.User), nil
	}, nil
}

// atHome asks what a new user's home group takes: that groups may be made, and that users may be associated to them.
// The group is there with its user.
func atHome(ctx context.Context, tx *gate.Tx) error {
	return askTable(ctx, tx, gate.TableOf(kith.NounGroup), kith.Add, kith.Refer)
}

func (us userRows) change(ctx context.Context, by *kith.Actor, e *entry, in Input) (changer, error) {
	v, err := userTable.check(in, e.Row)
	if err != nil {
		return nil, err
	}
	own := e.Owner == by.UserID()
	if password := v.text("password"); password != nil && !own {
		return nil, errOthersPassword
	}
	var steps []changer
	if mode, moded := v.mode(); moded {
		steps = append(steps, func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
			if err := checkMode(ctx, tx, e, mode); err != nil {
				return err
			}
			return directory.SetMode(ctx, tx, kith.UserID(e.key), mode)
		})
	}
	more, err := us.changeUser(ctx, by, own, v)
	if err != nil {
		return nil, err
	}
	return inTurn(append(steps, more...)), nil
}

var errOthersPassword = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeForbidden, Field: "password",
	Message: "Nobody chooses a password for somebody else. Have them sent a link: the action reset-password does."}

// changeUser plans what changes besides the permission: as people change themselves, or as staff change others.
func (us userRows) changeUser(ctx context.Context, by *kith.Actor, own bool, v said) ([]changer, error) {
	var profile kith.ProfileChange
	var errs []error
	if name := v.text("name"); name != nil {
		var err error
		if profile, err = kith.SplitName(*name); err != nil {
			errs = append(errs, err)
		}
	}
	email := v.text("email")
	var steps []changer
	add := func(step func(context.Context, *gate.Tx) error, err error) {
		if errs = append(errs, err); step != nil {
			steps = append(steps, func(ctx context.Context, tx *gate.Tx, _ *entry, _ kith.Rule) error { return step(ctx, tx) })
		}
	}
	switch {
	case !own && (profile != nil || email != nil):
		plan := us.directory.PlanChange(directory.UserChange{Profile: profile, Email: email})
		errs = append(errs, plan.Validate())
		steps = append(steps, func(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
			return us.signin.ChangeUserStep(ctx, tx, kith.UserID(e.key), plan)
		})
	case own:
		if profile != nil {
			add(us.directory.PlanProfile(by, profile))
		}
		if email != nil {
			add(func(ctx context.Context, tx *gate.Tx) error {
				_, err := us.signin.AddContactStep(ctx, tx, directory.NewContact{Kind: kith.Email, Value: *email, Primary: true})
				return renamed(err, "primary", "email")
			}, nil)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if password := v.text("password"); password != nil {
		current := ""
		if c := v.text("current_password"); c != nil {
			current = *c
		}
		add(us.signin.PrepareOwnPassword(ctx, by, OpChange, *password, current))
	}
	return steps, errors.Join(errs...)
}

// renamed gives an error of one field another's name.
func renamed(err error, from, to string) error {
	if e, is := errors.AsType[*kith.Error](err); is && e.Field == from {
		return e.In(to)
	}
	return err
}

// inTurn makes one change of several.
func inTurn(steps []changer) changer {
	steps = slices.DeleteFunc(steps, func(c changer) bool { return c == nil })
	return func(ctx context.Context, tx *gate.Tx, e *entry, rule kith.Rule) error {
		for _, step := range steps {
			if err := step(ctx, tx, e, rule); err != nil {
				return err
			}
		}
		if len(steps) == 0 {
			tx.Unchanged()
		}
		return nil
	}
}

func (us userRows) remove(ctx context.Context, tx *gate.Tx, e *entry, _ kith.Rule) error {
	archived := true
	return us.signin.ChangeUserStep(ctx, tx, kith.UserID(e.key), us.directory.PlanChange(directory.UserChange{Archived: &archived}))
}
