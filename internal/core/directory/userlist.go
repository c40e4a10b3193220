package directory

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// OpListUsers is for staff who look for users.
var OpListUsers = gate.Op{Name: "user.view", Noun: kith.NounUser, Verb: kith.View, Section: kith.SectionAdmin}

// maxByNumber is how many users lie before the last page that may be asked for by its number.
const maxByNumber = 10_000

var errFar = kith.BadField("page", kith.CodeOutOfRange,
	fmt.Sprintf("Pages can be named as far as the first %d users. Follow next from there, or narrow the list.", maxByNumber))

// Users lists the company's users who fulfil every condition of the query. It fails with Invalid for each
// condition that makes no sense, and for a cursor that was not given for this very query. also is what the
// face found wrong, told with the rest.
func (d *Directory) Users(ctx context.Context, by *kith.Actor, q kith.UserQuery, also error) (kith.UserList, error) {
	return gate.Read(ctx, d.gate, by, OpListUsers, func(ctx context.Context, tx *gate.Tx) (kith.UserList, error) {
		f := &userFilter{tx: tx}
		if err := errors.Join(also, f.compile(ctx, q)); err != nil {
			return kith.UserList{}, err
		}
		l := store.UserListing{Filter: f.UserFilter, Skip: q.Page.Offset(), Size: q.Page.Size, Count: !q.NoTotal}
		if len(q.Order) > 0 {
			l.Order = &q.Order[0]
		}
		var place listPlace
		if q.Cursor != "" {
			var err error
			if place, err = openPlace(ctx, tx, q); err != nil {
				return kith.UserList{}, err
			}
			l.After, l.Back, l.Skip = &place.At, place.Back, 0
		} else if l.Skip > maxByNumber {
			return kith.UserList{}, errFar
		}
		if f.nobody {
			return kith.UserList{}, nil
		}
		found, err := tx.Users.List(ctx, l)
		if err != nil {
			return kith.UserList{}, err
		}
		return f.answer(ctx, tx, q, place, found)
	})
}

// UserOverview counts the company's users.
func (d *Directory) UserOverview(ctx context.Context, by *kith.Actor) (kith.UserOverview, error) {
	return gate.Read(ctx, d.gate, by, OpListUsers, func(ctx context.Context, tx *gate.Tx) (kith.UserOverview, error) {
		return tx.Counts.Get(ctx)
	})
}

// answer makes a list of what the store found.
func (f *userFilter) answer(ctx context.Context, tx *gate.Tx, q kith.UserQuery, from listPlace, found *store.UserFound) (kith.UserList, error) {
	list := kith.UserList{Rows: found.Rows, Total: found.Total, TotalCapped: found.Capped, Incomplete: found.Incomplete}
	for i := range list.Rows {
		list.Rows[i].Company = tx.By.Company
	}
	if found.Total < 0 {
		list.Total, list.TotalCapped = from.Total, from.Capped
	}
	place := listPlace{Total: list.Total, Capped: list.TotalCapped}
	for _, way := range []struct {
		at   *store.UserPosition
		back bool
		into *string
	}{{found.Next, false, &list.Next}, {found.Before, true, &list.Previous}} {
		if way.at == nil {
			continue
		}
		place.At, place.Back = *way.at, way.back
		var err error
		if *way.into, err = sealPlace(ctx, tx, q, place); err != nil {
			return kith.UserList{}, err
		}
	}
	return list, nil
}

// listPlace is what a cursor says: where to go on, which way, and what was counted, so that it need not be
// counted again.
type listPlace struct {
	At     store.UserPosition
	Back   bool
	Total  int
	Capped bool
}

// placeName binds a cursor to its query: one of another query does not open.
func placeName(q kith.UserQuery) string {
	q.Page, q.Cursor = kith.Page{}, ""
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %v %v", q.Where, q.Search, q.Order, q.NoTotal))
	return "users/" + string(sum[:])
}

func sealPlace(ctx context.Context, tx *gate.Tx, q kith.UserQuery, place listPlace) (string, error) {
	plain, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	return tx.SealCursor(ctx, placeName(q), plain)
}

func openPlace(ctx context.Context, tx *gate.Tx, q kith.UserQuery) (listPlace, error) {
	var place listPlace
	plain, err := tx.OpenCursor(ctx, placeName(q), q.Cursor)
	if err != nil {
		return place, err
	}
	return place, json.Unmarshal(plain, &place)
}

// FoldCounts adds up what users' counts have become, in every company once: what comes meanwhile waits
// for the next time, or a busy company would be added up after each of its users. A company that fails
// does not keep the others waiting.
func (d *Directory) FoldCounts(ctx context.Context) error {
	const companies, deltas = 100, 500
	var errs []error
	for after := kith.Installation; ctx.Err() == nil; {
		list, err := d.gate.System().Uncounted(ctx, after, companies)
		if err != nil || len(list) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for _, company := range list {
			errs = append(errs, d.foldCount(ctx, company, deltas))
		}
		after = list[len(list)-1]
	}
	return errors.Join(errs...)
}

// foldCount adds up a company's count in slices, until one was not full.
func (d *Directory) foldCount(ctx context.Context, company kith.CompanyID, slice int) error {
	for n := slice; n == slice && ctx.Err() == nil; {
		_, err := gate.Bookkeep(ctx, d.gate, company, []int{slice}, func(ctx context.Context, tx *store.Tx, limit int) (err error) {
			n, err = tx.Counts.Fold(ctx, limit)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
