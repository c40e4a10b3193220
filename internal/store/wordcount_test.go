package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kith"
	"kith/internal/store"
)

// TestWordCountsAreCapped: those who have a word are counted one by one up to 10,000, whether the index alone
// tells how many they are or, where users have several of the words, a walk does.
func TestWordCountsAreCapped(t *testing.T) {
	const most = 10_000
	db := open(t, "sqlite:"+filepath.Join(t.TempDir(), "kith.db"), store.Options{WalkTime: time.Minute})
	ctx := t.Context()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	company := &kith.Actor{Company: &kith.Company{ID: 1}}
	field := kith.FirstOwnTerm
	write := func(from, until int, more ...store.Term) {
		t.Helper()
		err := db.Update(ctx, company, func(tx *store.Tx) error {
			for n := from; n < until; n++ {
				id := kith.UserID{14: byte(n >> 8), 15: byte(n)}
				terms := append([]store.Term{{Field: field, Value: fmt.Sprintf("word %d", n)}}, more...)
				if err := tx.Users.PutTerms(ctx, id, nil, terms); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func(fields ...int) (total int, capped bool) {
		t.Helper()
		err := db.View(ctx, company, func(tx *store.Tx) error {
			found, err := tx.Users.List(ctx, store.UserListing{Size: 1, Count: true,
				Filter: store.UserFilter{Words: []store.WordMatch{{How: store.WordBegins, Folded: "wo", Fields: fields}}}})
			if err == nil {
				total, capped = found.Total, found.Capped
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return total, capped
	}
	want := func(what string, total int, capped bool, fields ...int) {
		t.Helper()
		if n, c := count(fields...); n != total || c != capped {
			t.Errorf("%s: %d users, capped %v; want %d, %v", what, n, c, total, capped)
		}
	}
	write(1, most)
	write(most, most+1, store.Term{Field: field, Value: "worth", Further: true}, store.Term{Field: field + 1, Value: "world"})
	want("as many as are counted, one with two words", most, false, field)
	want("and one with a word in another field", most, false, field, field+1)
	want("the other field alone", 1, false, field+1)
	write(most+1, most+2)
	want("one more", most, true, field)
	want("one more, in two fields", most, true, field+1, field)
}
