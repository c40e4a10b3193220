package storetest

import (
	"strings"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// fullUser has a value, unlike that of any other, wherever a user can have one; each attribute is as
// long as it may be, in letters of up to four bytes.
func fullUser() *kith.User {
	u := &kith.User{
		ID: newID[kith.User](), Kind: kith.Machine, Username: "Ada.Ł", Email: "ADA@straße.example", Mobile: "+436641234567",
		EmailVerified: true, MobileVerified: true, Status: kith.Paused, Archived: true, Deactivated: true, Temporary: true,
		Metadata: map[string]any{"a": map[string]any{"b": []any{"ü", 0.25, false, nil}}, "": "empty key"},
		Settings: kith.UserSettings{AllowDebitTransactions: true}, Account: "0123456789",
		Mode: kith.NewMode(kith.AllVerbs, 0, kith.AllVerbs), LastLogin: noon.Add(3 * time.Millisecond),
		CreatedAt: noon.Add(time.Millisecond), UpdatedAt: noon.Add(2 * time.Millisecond),
	}
	for a := range kith.AttributeCount {
		letters := []rune(a.String() + strings.Repeat("é'\"\\\n𐍈", a.Max()))
		u.Profile[a] = string(letters[:a.Max()])
	}
	return u
}

func testUser(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	get := func(id kith.UserID) func(tx *store.Tx) (*kith.User, error) {
		return func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, id) }
	}
	salt := func(id kith.UserID) func(tx *store.Tx) ([]byte, error) {
		return func(tx *store.Tx) ([]byte, error) { return tx.Users.Salt(ctx, id) }
	}
	insert := func(u *kith.User, salt []byte) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, salt) }
	}
	full := fullUser()
	bare := &kith.User{ID: newID[kith.User](), Profile: kith.Profile{kith.Language: kith.DefaultLanguage}}
	c.do(insert(full, []byte("sixteen bytes ok")))
	c.do(insert(bare, nil))
	for name, u := range map[string]*kith.User{"with everything": full, "with nothing": bare} {
		same(t, name, read(c, get(u.ID)), u)
		c.do(func(tx *store.Tx) error {
			locked, err := tx.Users.Lock(ctx, u.ID)
			same(t, "Lock "+name, locked, u)
			return err
		})
	}
	same(t, "Salt", read(c, salt(full.ID)), []byte("sixteen bytes ok"))
	same(t, "Salt of one without", read(c, salt(bare.ID)), []byte(nil))

	nobody := newID[kith.User]()
	for what, id := range map[string]kith.UserID{"nobody": nobody, "another company's": other.user.ID, "the zero id": {}} {
		missing(c, "Get "+what, get(id))
		missing(c, "Salt "+what, salt(id))
		c.fails("Lock "+what, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Users.Lock(ctx, id); return err })
		c.fails("Put "+what, store.ErrNotFound, func(tx *store.Tx) error { return tx.Users.Put(ctx, &kith.User{}, &kith.User{ID: id}) })
	}
	c.taken("an id twice", "users", insert(full, nil))
	other.do(insert(full, nil)) // an id is one company's: admins may choose it

	after := fullUser()
	after.ID = bare.ID
	c.do(func(tx *store.Tx) error { return put(ctx, tx, after) })
	want := *after
	want.Kind, want.Account, want.LastLogin, want.CreatedAt = bare.Kind, bare.Account, bare.LastLogin, bare.CreatedAt
	same(t, "what may change has changed", read(c, get(bare.ID)), &want)
	c.do(func(tx *store.Tx) error { return put(ctx, tx, bare) })
	same(t, "and back to nothing", read(c, get(bare.ID)), bare)
	same(t, "the user beside", read(c, get(full.ID)), full)
	same(t, "their namesake in another company", read(other, get(full.ID)), full)
	testSetGroup(t, c, other)
	testUserFlags(t, c)
	testUserTimes(t, c)
}

// testSetGroup: a user is in one role group or in none, and in none of another company.
func testSetGroup(t *testing.T, c, other *tenant) {
	ctx := t.Context()
	u := newUser()
	group := func() *kith.Group {
		return read(c, func(tx *store.Tx) (kith.Member, error) { return tx.Users.Member(ctx, u.ID) }).Group
	}
	join := func(id kith.GroupID) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Users.SetGroup(ctx, u.ID, id) }
	}
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, nil) })
	if g := group(); g != nil {
		t.Errorf("a user of no group is in %v", g)
	}
	c.do(join(c.group.ID))
	same(t, "put into a group", group(), c.group)
	c.do(func(tx *store.Tx) error { return put(ctx, tx, u) })
	same(t, "and Put leaves them there", group(), c.group)
	c.do(join(other.group.ID))
	if g := group(); g != nil {
		t.Errorf("another company's group is shown: %v", g)
	}
	c.do(join(kith.GroupID{}))
	if g := group(); g != nil {
		t.Errorf("taken out of it, the user is in %v", g)
	}
	other.fails("a user of another company", store.ErrNotFound, join(other.group.ID))
}

// testUserFlags: flags are kept apart, though they share a column.
func testUserFlags(t *testing.T, c *tenant) {
	for name, set := range map[string]func(u *kith.User) *bool{
		"archived":        func(u *kith.User) *bool { return &u.Archived },
		"deactivated":     func(u *kith.User) *bool { return &u.Deactivated },
		"temporary":       func(u *kith.User) *bool { return &u.Temporary },
		"email verified":  func(u *kith.User) *bool { return &u.EmailVerified },
		"mobile verified": func(u *kith.User) *bool { return &u.MobileVerified },
	} {
		u := newUser()
		*set(u) = true
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(c.t.Context(), u, kith.GroupID{}, nil) })
		same(t, name, read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(c.t.Context(), u.ID) }), u)
	}
}

// testUserTimes: whatever the caller brings, whole milliseconds in UTC come back.
func testUserTimes(t *testing.T, c *tenant) {
	u := newUser()
	u.CreatedAt = noon.Add(999_999 * time.Nanosecond).In(time.FixedZone("+5", 5*3600))
	u.UpdatedAt = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(c.t.Context(), u, kith.GroupID{}, nil) })
	got := read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(c.t.Context(), u.ID) })
	same(t, "a time of another zone", got.CreatedAt, noon)
	same(t, "the last time that RFC 3339 can write", got.UpdatedAt, time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC))
	if !got.LastLogin.IsZero() {
		t.Errorf("no time came back as %v", got.LastLogin)
	}
}
