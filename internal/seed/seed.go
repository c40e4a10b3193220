// Package seed fills a database with made-up companies and people, for measuring and trying out.
//
// Companies are made by the steps that registering one takes; their people are written in bulk, by the
// store's own methods, so that every row is such as kith itself would have left. It owns the people and
// how many of them are what; it decides no rule, and no server calls it.
package seed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Plan is what to make.
type Plan struct {
	Hot       string // slug of the company that has most people; the others are "<hot>-00001" and so on
	Companies int    // all together, the hot one too
	Users     int    // of the hot company, its owner too
	Others    int    // the most that another company has
	Hash      string // everybody's password, as stored
	Now       time.Time
}

// Owner is the e-mail address of the owner of a company that was made here.
func Owner(slug string) string { return "owner@" + slug + ".example" }

// Report tells what was made.
type Report struct {
	Companies int
	Rows      map[string]int64 // of the people, by table
	Took      time.Duration
}

// Run makes it all. say is told how far it is, some times a minute.
func Run(ctx context.Context, kernel *core.Core, db *store.DB, p Plan, say func(string)) (Report, error) {
	start := time.Now()
	companies, err := found(ctx, kernel, p, say)
	if err != nil {
		return Report{}, err
	}
	bulk, err := db.OpenBulk(ctx)
	if err != nil {
		return Report{}, err
	}
	if err = populate(ctx, bulk, p, companies, say); err == nil {
		err = bulk.Fold(ctx)
	}
	report := Report{Companies: len(companies), Rows: bulk.Rows(), Took: time.Since(start)}
	return report, errors.Join(err, bulk.Close(ctx))
}

// company is one that was made.
type company struct {
	id     kith.CompanyID
	slug   string
	groups map[string]kith.GroupID // by name
	taken  string                  // the owner's account
}

// founders is how many companies are made at once: SQLite commits those that wait together.
const founders = 32

// found makes the companies, the hot one first.
func found(ctx context.Context, kernel *core.Core, p Plan, say func(string)) ([]company, error) {
	list := make([]company, p.Companies)
	var next, done atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, founders)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for f := range founders {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				slug := p.Hot
				if i > 0 {
					slug = fmt.Sprintf("%s-%05d", p.Hot, i)
				}
				if list[i], errs[f] = foundOne(ctx, kernel.Gate, p, slug); errs[f] != nil {
					cancel()
					return
				}
				if n := done.Add(1); n%1000 == 0 {
					say(fmt.Sprintf("%d companies", n))
				}
			}
		})
	}
	all.Wait()
	return list, errors.Join(append(errs, context.Cause(ctx))...)
}

// opFound makes a company without signing anybody in.
var opFound = gate.Op{Name: "company.add", Noun: kith.NounCompany, Verb: kith.Add, Section: kith.SectionAdmin}

func foundOne(ctx context.Context, g *gate.Gate, p Plan, slug string) (company, error) {
	by := &kith.Actor{System: true, Company: &kith.Company{ID: kith.NewCompanyID(g.Random)}}
	return gate.Change(ctx, g, by, opFound, p, func(ctx context.Context, tx *gate.Tx, p Plan) (company, error) {
		tx.Now = p.from()
		owner := tx.NewUserID()
		// Of mode test, so that no server serves the world what everybody knows the password of.
		admin, err := directory.AddCompany(ctx, tx, directory.NewCompany{Slug: slug,
			Details: kith.CompanyDetails{Name: slug, Country: "ZA"}}, owner, kith.Test)
		if err != nil {
			return company{}, err
		}
		identifiers, err := directory.CheckIdentifiers("", Owner(slug), "")
		if err != nil {
			return company{}, err
		}
		member, err := directory.AddUser(ctx, tx, directory.NewUser{ID: owner, Identifiers: identifiers, Group: admin,
			Profile: kith.ProfileChange{kith.FirstName: "Ada", kith.LastName: "Lovelace"}})
		if err != nil {
			return company{}, err
		}
		if err := tx.Credentials.SetPassword(ctx, owner, "", p.Hash); err != nil {
			return company{}, err
		}
		made := company{id: tx.By.CompanyID(), slug: slug, groups: make(map[string]kith.GroupID), taken: member.User.Account}
		for _, name := range []string{kith.GroupManager, kith.GroupSupport, kith.GroupUser} {
			group, err := tx.Groups.Named(ctx, name)
			if err != nil {
				return company{}, err
			}
			made.groups[name] = group.ID
		}
		return made, nil
	})
}

// from is when the first came: two years ago, but not before 2026, when kith's numbers begin.
func (p Plan) from() time.Time {
	from, first := p.Now.AddDate(-2, 0, 0), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if from.Before(first) {
		return first
	}
	return from
}

// slice is how many people are written in one transaction. Each dirties a leaf of every index that has
// no order to it; the more at once, the more of them share one.
const slice = 200_000

// populate fills the companies with people, the small ones first: in the file the hot one's rows then
// lie between theirs, as they would.
func populate(ctx context.Context, bulk *store.Bulk, p Plan, companies []company, say func(string)) error {
	crowds := make([]*crowd, 0, len(companies))
	for i, c := range companies[1:] {
		crowds = append(crowds, newCrowd(c, i*7%p.Others, p.from(), p.Now))
	}
	crowds = append(crowds, newCrowd(companies[0], p.Users-1, p.from(), p.Now)) // the owner is there
	for total := 0; len(crowds) > 0; {
		left := slice
		err := bulk.Update(ctx, func(inside func(*kith.Actor) *store.Tx) error {
			for left > 0 && len(crowds) > 0 {
				n, err := crowds[0].write(ctx, inside, p.Hash, left)
				if err != nil {
					return fmt.Errorf("people of %s: %w", crowds[0].slug, err)
				}
				if left -= n; left > 0 {
					crowds = crowds[1:]
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		total += slice - left
		say(fmt.Sprintf("%d users", total))
	}
	return nil
}

// write makes up to most people up, writes them, and says how many.
func (c *crowd) write(ctx context.Context, inside func(*kith.Actor) *store.Tx, hash string, most int) (int, error) {
	tx := inside(&kith.Actor{System: true, Company: &kith.Company{ID: c.id}})
	n := min(most, c.size-c.made)
	for range n {
		if err := c.next().write(ctx, tx, hash); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// primaryAccount names the account definition that every company is born with.
const primaryAccount = "default"

func (p *person) write(ctx context.Context, tx *store.Tx, hash string) error {
	tx.Now = p.user.CreatedAt
	if p.user.Kind == kith.Machine || p.user.Temporary {
		hash = ""
	}
	if err := tx.Users.Import(ctx, p.user, p.group, p.salt, hash); err != nil {
		return err
	}
	if done, err := tx.Accounts.Insert(ctx, &kith.Account{Reference: p.user.Account, User: p.user.ID, Primary: true,
		Definition: primaryAccount, Name: primaryAccount, CreatedAt: tx.Now, UpdatedAt: tx.Now}); err != nil || !done {
		return errors.Join(err, errTaken(done))
	}
	for i := range p.identifiers {
		if done, err := tx.Identifiers.Insert(ctx, &p.identifiers[i], !p.user.Temporary); err != nil || !done {
			return errors.Join(err, errTaken(done))
		}
	}
	return tx.Events.Insert(ctx, &p.event, nil)
}

// errTaken says that a number which should be the only one is not.
func errTaken(done bool) error {
	if done {
		return nil
	}
	return errors.New("a made-up number is taken")
}
