package resource_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/store"
)

// crowd makes users, groups, links and modes at random, and gives some of the users as actors besides the guest and
// the owner.
func (h *house) crowd(random *rand.Rand) []*kith.Actor {
	h.t.Helper()
	var actors []*kith.Actor
	for i := range 8 {
		actors = append(actors, h.person(fmt.Sprintf("person%d", i)))
	}
	h.change(func(ctx context.Context, tx *store.Tx) error {
		groups := []kith.GroupID{actors[0].Group.ID, actors[1].User.Home()}
		for i := range 4 {
			g := &kith.Group{ID: kith.GroupID{byte(i + 1)}, Kind: kith.CustomGroup, Name: fmt.Sprint("group", i), Owner: actors[random.IntN(8)].User.ID,
				Mode: kith.Mode(random.IntN(1 << 21)), CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if err := tx.Groups.Insert(ctx, g); err != nil {
				return err
			}
			groups = append(groups, g.ID)
		}
		verbs := func() kith.Verbs { return kith.Verbs(random.IntN(128)) }
		for _, a := range actors {
			for range random.IntN(3) {
				if err := tx.Links.Put(ctx, kith.NounUser, a.User.ID[:], kith.Link{Group: groups[random.IntN(len(groups))], Verbs: verbs()}); err != nil {
					return err
				}
			}
			after := *a.User
			after.Mode = kith.Mode(random.IntN(1 << 21))
			if err := tx.Users.Put(ctx, a.User, &after); err != nil {
				return err
			}
			email, err := tx.Identifiers.Named(ctx, kith.Email, a.User.Email)
			if err != nil {
				return err
			}
			email.Mode = kith.Mode(random.IntN(1 << 21))
			if err := tx.Identifiers.SetMode(ctx, email); err != nil {
				return err
			}
			if err := tx.Links.Put(ctx, kith.NounEmail, store.SerialKey(email.ID), kith.Link{Group: groups[random.IntN(len(groups))], Verbs: verbs()}); err != nil {
				return err
			}
		}
		for _, g := range groups[2:] {
			if err := tx.Links.Put(ctx, kith.NounGroup, g[:], kith.Link{Group: groups[random.IntN(len(groups))], Verbs: verbs()}); err != nil {
				return err
			}
		}
		company, err := tx.Companies.Get(ctx)
		if err != nil {
			return err
		}
		company.Modes = kith.Modes{}
		for _, t := range h.Resources.Tables() { // guests are shown rows too, where rows say so
			company.Modes[t.Name] = kith.AllModes
		}
		for _, noun := range []kith.Noun{kith.NounUser, kith.NounGroup, kith.NounEmail, kith.NounMobile} {
			company.Modes[noun.String()] = kith.AllModes
		}
		company.Modes["table"], company.Modes["action"] = kith.AllModes, kith.AllModes
		return tx.Companies.Put(ctx, company)
	})
	return append(actors, h.guest("acme"), h.owner)
}

// TestListsShowWhatSingleReadsAllow: whatever the modes and links, a list holds exactly the rows that can be read one
// by one, its total is their number, and its pages, by number and by cursor, up and down, are it.
func TestListsShowWhatSingleReadsAllow(t *testing.T) {
	for seed := range uint64(3) {
		h := newHouse(t)
		random := rand.New(rand.NewPCG(seed, 1))
		actors := h.crowd(random)
		for _, table := range h.Resources.Tables() {
			everything, err := h.Resources.List(t.Context(), h.again(h.owner), table, resource.Query{Page: kith.Page{Number: 1, Size: 500}})
			if err != nil {
				t.Fatal(err)
			}
			for i, by := range actors {
				by = h.again(by)
				name := fmt.Sprintf("seed %d, %s, actor %d", seed, table.Name, i)
				var want []string
				for _, row := range everything.Rows {
					if _, _, err := h.Resources.Get(t.Context(), by, table, row.ID, nil); err == nil {
						want = append(want, row.ID)
					}
				}
				h.holdsPages(name, by, table, want)
				h.holdsIncluded(name, by, table)
			}
		}
	}
}

// holdsIncluded: what comes along with a list by a relation is what the relation of each row leads to.
func (h *house) holdsIncluded(name string, by *kith.Actor, table *resource.Table) {
	h.t.Helper()
	for _, rel := range table.AllRelations() {
		q := firstPage()
		q.Include = []string{rel.Name}
		page, err := h.Resources.List(h.t.Context(), by, table, q)
		if err != nil {
			h.t.Fatalf("%s, with %s: %v", name, rel.Name, err)
		}
		along := make(map[resource.Ref]bool)
		for _, row := range page.Included {
			along[resource.Ref{Table: row.Table.Name, ID: row.ID}] = true
		}
		for _, row := range page.Rows {
			var want []resource.Ref
			if led, err := h.Resources.Related(h.t.Context(), by, table, row.ID, rel.Name, firstPage()); err == nil {
				for _, other := range led.Rows {
					want = append(want, resource.Ref{Table: other.Table.Name, ID: other.ID})
				}
			}
			if !slices.Equal(row.Related[rel.Name], want) {
				h.t.Errorf("%s: with %s of %s come\n%v, and it leads to\n%v", name, rel.Name, row.ID, row.Related[rel.Name], want)
			}
			if i := slices.IndexFunc(want, func(ref resource.Ref) bool { return !along[ref] }); i >= 0 {
				h.t.Errorf("%s: %v does not come along", name, want[i])
			}
		}
	}
}

func idsOf(p *resource.Page) []string {
	var ids []string
	for _, row := range p.Rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// holdsPages: every way to page through a list gives the rows that are wanted, in one order, and counts them.
func (h *house) holdsPages(name string, by *kith.Actor, table *resource.Table, want []string) {
	h.t.Helper()
	read := func(q resource.Query) *resource.Page {
		h.t.Helper()
		p, err := h.Resources.List(h.t.Context(), by, table, q)
		if err != nil {
			h.t.Fatalf("%s, %+v: %v", name, q, err)
		}
		if p.Total != len(want) || p.Capped || p.Incomplete {
			h.t.Errorf("%s, %+v: it counts %d, capped %v, incomplete %v; want %d", name, q, p.Total, p.Capped, p.Incomplete, len(want))
		}
		return p
	}
	whole := idsOf(read(firstPage()))
	if a, b := slices.Sorted(slices.Values(whole)), slices.Sorted(slices.Values(want)); !slices.Equal(a, b) {
		h.t.Errorf("%s: the list shows\n%v, and single reads\n%v", name, a, b)
		return
	}
	const size = 3
	var numbered, forward, backward []string
	for n := 1; n == 1 || len(numbered) < len(want); n++ {
		p := read(resource.Query{Page: kith.Page{Number: n, Size: size}})
		if numbered = append(numbered, idsOf(p)...); len(p.Rows) == 0 {
			break
		}
	}
	p := read(resource.Query{Page: kith.Page{Number: 1, Size: size}})
	for forward = idsOf(p); p.Next != "" && len(forward) <= len(want); forward = append(forward, idsOf(p)...) {
		p = read(resource.Query{Page: kith.Page{Number: 1, Size: size}, After: p.Next})
	}
	for backward = idsOf(p); p.Previous != "" && len(backward) <= len(want); backward = append(idsOf(p), backward...) {
		p = read(resource.Query{Page: kith.Page{Number: 1, Size: size}, Before: p.Previous})
	}
	for way, got := range map[string][]string{"by number": numbered, "forward": forward, "backward": backward} {
		if !slices.Equal(got, whole) {
			h.t.Errorf("%s, %s:\n%v, want\n%v", name, way, got, whole)
		}
	}
	up := idsOf(read(resource.Query{Page: kith.Page{Number: 1, Size: 100}, Sort: []resource.Sort{{Field: "reference_id"}}}))
	if down := slices.Clone(up); !slices.Equal(slices.Sorted(slices.Values(down)), slices.Sorted(slices.Values(whole))) {
		h.t.Errorf("%s: sorted up it shows %v", name, up)
	}
}
