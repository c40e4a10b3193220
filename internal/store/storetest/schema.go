package storetest

import (
	"slices"
	"testing"

	"kith"
	"kith/internal/store"
)

func testSchema(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c, other := found(t, db), found(t, db)
	version := func(n int) *kith.AttributeSchema {
		return &kith.AttributeSchema{Version: c.schema.Version + n, Document: `{"title":"größer"}`, CreatedAt: noon}
	}
	get := func(n int) func(tx *store.Tx) (*kith.AttributeSchema, error) {
		return func(tx *store.Tx) (*kith.AttributeSchema, error) { return tx.Schemas.Get(ctx, n) }
	}
	missing(c, "a version that is not there", get(c.schema.Version+1))
	for n := 1; n <= 3; n++ {
		c.do(func(tx *store.Tx) error { return tx.Schemas.Insert(ctx, version(n)) })
	}
	same(t, "Get", read(c, get(c.schema.Version+2)), version(2))
	for _, tt := range []struct {
		from, limit int
		want        []*kith.AttributeSchema
	}{
		{c.schema.Version + 3, 2, []*kith.AttributeSchema{version(3), version(2)}},
		{c.schema.Version + 1, 2, []*kith.AttributeSchema{version(1), c.schema}},
		{0, 2, nil},
		{-1, 2, nil},
	} {
		got := read(c, func(tx *store.Tx) ([]*kith.AttributeSchema, error) { return tx.Schemas.List(ctx, tt.from, tt.limit) })
		same(t, "List, newest first", got, tt.want)
	}
	c.taken("a version that is there", "attribute_schemas", func(tx *store.Tx) error { return tx.Schemas.Insert(ctx, c.schema) })
	missing(other, "another company's version", get(c.schema.Version+3))

	// A company whose terms are behind is found until they are not.
	behind := func() bool {
		list, err := db.System().Indexing(ctx, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(list, c.company.ID)
	}
	for _, tt := range []struct {
		attributes kith.AttributeSchema
		want       bool
	}{
		{kith.AttributeSchema{Version: 1, Document: "{}", Building: []int{1000}}, true},
		{kith.AttributeSchema{Version: 1, Document: "{}", Dropping: []int{1000}}, true},
		{kith.AttributeSchema{Version: 1, Document: "{}", Numbers: 1000}, false},
		{kith.AttributeSchema{}, false},
	} {
		after := *c.company
		after.Attributes = tt.attributes
		c.do(func(tx *store.Tx) error { return tx.Companies.Put(ctx, &after) })
		if behind() != tt.want {
			t.Errorf("with %+v, Indexing finds the company: %v", tt.attributes, !tt.want)
		}
	}
}

func testTerm(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := found(t, db)
	terms := func(limit int) []store.UserTerm {
		return read(c, func(tx *store.Tx) ([]store.UserTerm, error) { return tx.Schemas.Terms(ctx, c.term.Field, limit) })
	}
	first, second := c.term, c.term
	first.Value, second.Value = "", c.term.Value+" 👟"
	for _, term := range []store.UserTerm{second, first, second} { // one twice
		c.do(func(tx *store.Tx) error { return tx.Users.PutTerms(ctx, term.User, nil, []store.Term{term.Term}) })
	}
	same(t, "Terms, in order", terms(10), []store.UserTerm{first, c.term, second})
	same(t, "the first of them", terms(1), []store.UserTerm{first})
	for range 2 { // the second time there is none
		c.do(func(tx *store.Tx) error { return tx.Users.PutTerms(ctx, c.term.User, []store.Term{c.term.Term}, nil) })
	}
	same(t, "once taken away", terms(10), []store.UserTerm{first, second})

	var with []kith.UserID
	for i := range 5 {
		u := newUser()
		if i%2 == 0 {
			u.Metadata = map[string]any{"n": 1.0}
			with = append(with, u.ID)
		}
		c.do(func(tx *store.Tx) error { return tx.Users.Insert(ctx, u, kith.GroupID{}, random(16)) })
	}
	slices.SortFunc(with, func(a, b kith.UserID) int { return slices.Compare(a[:], b[:]) })
	var got []kith.UserID
	pages := 0
	for after := (kith.UserID{}); ; pages++ {
		var last kith.UserID
		c.do(func(tx *store.Tx) error {
			ids, end, err := tx.Schemas.Described(ctx, after, 2)
			got, last = append(got, ids...), end
			return err
		})
		if last.IsZero() {
			break
		}
		after = last
	}
	same(t, "Described, page by page", got, with)
	if pages != 3 { // six users in all, the owner among them
		t.Errorf("in %d pages of two", pages)
	}
}
