package storetest

import (
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

func testCredential(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	byID := func(id kith.UserID) func(tx *store.Tx) (store.Login, error) {
		return func(tx *store.Tx) (store.Login, error) { return tx.Credentials.ByID(ctx, id) }
	}
	byEmail := func(folded string) func(tx *store.Tx) (store.Login, error) {
		return func(tx *store.Tx) (store.Login, error) { return tx.Credentials.ByIdentifier(ctx, kith.Email, folded) }
	}
	set := func(id kith.UserID, checked, hash string) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Credentials.SetPassword(ctx, id, checked, hash) }
	}
	want := store.Login{User: c.user.ID, Hash: c.password}
	same(t, "ByID", read(c, byID(c.user.ID)), want)
	same(t, "ByIdentifier", read(c, byEmail(c.user.Email)), want)
	eva := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, eva, kith.GroupID{}, nil) })
	same(t, "a user without password", read(c, byID(eva.ID)), store.Login{User: eva.ID})
	zoe := newUser()
	c.do(func(tx *store.Tx) error { return tx.Users.Import(ctx, zoe, kith.GroupID{}, nil, "$argon2id$hers") })
	same(t, "a user who came with one", read(c, byID(zoe.ID)), store.Login{User: zoe.ID, Hash: "$argon2id$hers"})
	for what, b := range map[string]*tenant{"nobody": draft(t, db), "another company's": other} {
		missing(c, "ByID, "+what, byID(b.user.ID))
		missing(c, "ByIdentifier, "+what, byEmail(b.user.Email))
		c.fails("SetPassword, "+what, store.ErrNotFound, set(b.user.ID, b.password, "x"))
	}
	missing(c, "ByIdentifier, of another kind", func(tx *store.Tx) (store.Login, error) {
		return tx.Credentials.ByIdentifier(ctx, kith.Mobile, c.user.Email)
	})

	c.fails("SetPassword over one that was not checked", store.ErrNotFound, set(c.user.ID, "another", "x"))
	c.fails("SetPassword as the first one, but there is one", store.ErrNotFound, set(c.user.ID, "", "x"))
	same(t, "both left it alone", read(c, byID(c.user.ID)), want)
	c.do(set(c.user.ID, c.password, "$new"))
	c.do(func(tx *store.Tx) error { return put(ctx, tx, c.user) })
	same(t, "SetPassword, and Put does not undo it", read(c, byID(c.user.ID)), store.Login{User: c.user.ID, Hash: "$new"})
	c.do(set(eva.ID, "", "$first"))
	same(t, "another company's", read(other, byID(other.user.ID)), store.Login{User: other.user.ID, Hash: other.password})
	testSignIn(t, found(t, db))
}

func testSignIn(t *testing.T, c *tenant) {
	ctx := t.Context()
	signIn := func(checked string) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Credentials.SignIn(ctx, c.user.ID, checked) }
	}
	lastLogin := func() time.Time {
		return read(c, func(tx *store.Tx) (*kith.User, error) { return tx.Users.Get(ctx, c.user.ID) }).LastLogin
	}
	c.fails("with a hash that is no longer the user's", store.ErrNotFound, signIn("old"))
	for name, bar := range map[string]func(u *kith.User){
		"archived":    func(u *kith.User) { u.Archived = true },
		"deactivated": func(u *kith.User) { u.Deactivated = true },
		"temporary":   func(u *kith.User) { u.Temporary = true },
	} {
		barred := *c.user
		bar(&barred)
		c.do(func(tx *store.Tx) error { return put(ctx, tx, &barred) })
		c.fails("when "+name, store.ErrNotFound, signIn(c.password))
	}
	if !lastLogin().IsZero() {
		t.Errorf("a refused sign-in was noted at %v", lastLogin())
	}
	verified := *c.user
	verified.EmailVerified, verified.MobileVerified = true, true // no bar, though in the same column
	c.do(func(tx *store.Tx) error { return put(ctx, tx, &verified) })
	var now time.Time
	c.do(func(tx *store.Tx) error {
		now = tx.Now
		return signIn(c.password)(tx)
	})
	same(t, "LastLogin", lastLogin(), now)
}

func testFactor(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	inForce := func(user kith.UserID) []kith.Factor {
		t.Helper()
		return read(c, func(tx *store.Tx) ([]kith.Factor, error) { return tx.Factors.InForce(ctx, user) })
	}
	user := newUser().ID
	insert := func(f kith.Factor) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.Factors.Insert(ctx, &f) }
	}
	first := kith.Factor{ID: 1, User: user, Kind: kith.FactorStatic, VerifiedAt: noon, CreatedAt: noon.Add(-time.Hour)}
	third := kith.Factor{ID: 1<<53 - 1, User: user, Kind: kith.FactorSMS, VerifiedAt: noon, CreatedAt: noon}
	c.do(insert(third))
	c.do(insert(kith.Factor{ID: 2, User: user, Kind: kith.FactorTOTP, CreatedAt: noon}))
	c.do(insert(first))
	same(t, "in force: the verified ones, oldest first", inForce(user), []kith.Factor{first, third})
	same(t, "of another user", inForce(c.user.ID), []kith.Factor{*c.factor})
	same(t, "of nobody", inForce(newUser().ID), []kith.Factor(nil))
	c.taken("a number twice", "factors", insert(first))
	first.User = c.user.ID
	c.do(insert(first)) // numbers are one user's
	drop := func(want int64) {
		t.Helper()
		c.do(func(tx *store.Tx) error {
			n, err := tx.Factors.DeleteAll(ctx, user)
			same(t, "how many factors went", n, want)
			return err
		})
	}
	drop(3)
	drop(0)
	same(t, "those of the user beside stay", len(inForce(c.user.ID)), 2)
}
