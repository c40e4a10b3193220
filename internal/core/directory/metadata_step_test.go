package directory

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/seal"
	"kith/internal/store"
)

// TestMetadataIsHeldToWhatIsInForce: a schema that was declared after a request's session was resolved
// holds for the request all the same, for users who are there and for those being made.
func TestMetadataIsHeldToWhatIsInForce(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := gate.New(db, seal.NewKey())
	d := New(g, time.Now, true)
	found := gate.Op{Name: "company.found", Noun: kith.NounCompany, Verb: kith.Add, Open: true}
	by := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(rand.Reader)}}
	owner, err := gate.Change(t.Context(), g, by, found, NewCompany{Slug: "acme"}, func(ctx context.Context, tx *gate.Tx, in NewCompany) (kith.Member, error) {
		id := tx.NewUserID()
		admin, err := AddCompany(ctx, tx, in, id, kith.Test)
		if err != nil {
			return kith.Member{}, err
		}
		return AddUser(ctx, tx, NewUser{ID: id, Group: admin})
	})
	if err != nil {
		t.Fatal(err)
	}
	by = &kith.Actor{Company: owner.Company, User: owner.User, Group: owner.Group}
	declare := func(schema string) {
		t.Helper()
		if _, err := d.SetAttributes(t.Context(), by, object(t, schema), nil); err != nil {
			t.Fatal(err)
		}
	}
	declare(`{"properties":{"size":{"type":"integer","x-write":["user"]}}}`)
	stale := *by
	own, err := d.OwnCompany(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	stale.Company = own.Company
	change := func() error {
		_, err := d.ChangeSelf(t.Context(), &stale, SelfChange{Metadata: map[string]any{"size": 43.0}})
		return err
	}
	if err := change(); err != nil {
		t.Errorf("while it is allowed: %v", err)
	}
	declare(`{"properties":{"size":{"type":"integer","maximum":40}}}`)
	stale.User.Metadata = nil
	if got := told(change()); got != "" {
		t.Errorf("what the user has already: %s", got)
	}
	_, err = d.ChangeSelf(t.Context(), &stale, SelfChange{Metadata: map[string]any{"size": 44.0}})
	if got := told(err); got != "metadata.size: This cannot be changed here." {
		t.Errorf("since it is not: %s", got)
	}
	add := gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}
	_, err = gate.Change(t.Context(), g, &stale, add, object(t, `{"size":43}`), func(ctx context.Context, tx *gate.Tx, in map[string]any) (map[string]any, error) {
		tx.Unchanged()
		return newMetadata(ctx, tx, kith.SectionAdmin, in)
	})
	if got := told(err); got != "metadata.size: Must be at most 40." {
		t.Errorf("of a new user: %s", got)
	}
}

func BenchmarkCheckMetadata(b *testing.B) {
	var in declaration
	in.document, in.attributes, in.bad = parseSchema(map[string]any{"properties": map[string]any{
		"size": map[string]any{"type": "integer", "minimum": 20.0, "x-write": []any{"user"}}, "name": map[string]any{"type": "string", "pattern": "^[a-z]+$"}}})
	if in.bad != nil {
		b.Fatal(in.bad)
	}
	c := &kith.Company{ID: 7, Attributes: succeed(kith.AttributeSchema{}, in)}
	before, patch := map[string]any{"name": "ada", "free": []any{1.0, 2.0}}, map[string]any{"size": 43.0}
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if _, err := checkMetadata(c, kith.SectionUser, before, patch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			if _, err := newShape(c.Attributes.Document); err != nil {
				b.Fatal(err)
			}
		}
	})
}
