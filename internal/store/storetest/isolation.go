package storetest

import (
	"context"
	"fmt"
	"time"

	"kith"
	"kith/internal/store"
)

// call runs one method of one noun with what names the rows of a company, whichever company the
// transaction is of.
type call struct {
	run     func(ctx context.Context, tx *store.Tx, of *tenant) (any, error)
	control control
}

// control is what a call must show before its answers about another company's rows count: that it
// would have noticed a row that is there.
type control uint8

const (
	notices control = iota // in the rows' own company it answers otherwise than for unknown ones
	differs                // it takes no names; two companies get two answers
	nothing                // shown elsewhere
)

// allKeys asks for more keys than a company of the suite has.
var allKeys = store.KeySpan{Down: true, Limit: 100}

// calls has every method of every noun, or testIsolation fails.
var calls = map[string]call{
	// The slug is the directory's: that it is taken is told to everyone, see testCompany.
	"Companies.Insert": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Companies.Insert(ctx, of.company)
	}), nothing},
	"Companies.Get":  {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Companies.Get(ctx) }), differs},
	"Companies.Lock": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Companies.Lock(ctx) }), differs},
	"Companies.Put": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		c := *of.company
		c.Details.Name = of.company.Slug // new each time
		return tx.Companies.Put(ctx, &c)
	}), nothing}, // writes the transaction's own company, whatever it is given

	"Companies.PutHosts": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		c := *of.company
		c.Settings.Hosts = nil
		return tx.Companies.PutHosts(ctx, &c, c.Settings.Hosts)
	}), nothing}, // likewise; that a host is taken is told to everyone, see testHosts

	"Companies.Heir": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		heir, _, err := tx.Companies.Heir(ctx)
		return heir, err
	}), differs},
	"Companies.SetHeir": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Companies.SetHeir(ctx, of.user.ID, kith.UserID{1}, noon)
	})},
	"Companies.Claim": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Companies.Claim(ctx, of.user.ID)
	}), nothing}, // all have owners; see testClaim
	"Companies.HandOver": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Companies.HandOver(ctx, of.user.ID, of.heir, of.group.Name)
	})},

	"Applications.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Applications.Insert(ctx, of.application)
	})},
	"Applications.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Applications.Put(ctx, &kith.Application{ID: of.application.ID, Name: "Put"})
	})},
	"Applications.List":  {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Applications.List(ctx) }), differs},
	"Applications.First": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Applications.First(ctx) }), differs},

	"Applications.Lock": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Applications.Lock(ctx, of.application.ID)
	})},
	"Applications.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Applications.Delete(ctx, of.application.ID)
	})},
	"Applications.OfSession": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Applications.OfSession(ctx, of.session.ID)
	})},

	"Currencies.Insert": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Currencies.Insert(ctx, of.currency)
	})},
	"Currencies.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Currencies.Put(ctx, &kith.CompanyCurrency{Currency: kith.Currency{Code: of.currency.Code, Unit: "put"}})
	})},
	"Currencies.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Currencies.Get(ctx, of.currency.Code)
	})},
	"Currencies.Lock": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Currencies.Lock(ctx, of.currency.Code)
	})},
	"Currencies.List": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Currencies.List(ctx) }), differs},

	"Accounts.Define": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.Define(ctx, of.definition)
	})},
	"Accounts.Redefine": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Accounts.Redefine(ctx, &kith.AccountDefinition{Name: of.definition.Name, Label: "put"})
	})},
	"Accounts.LockDefinition": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.LockDefinition(ctx, of.definition.Name)
	})},
	"Accounts.Definitions": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Accounts.Definitions(ctx) }), differs},
	"Accounts.DefinitionGroups": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Accounts.DefinitionGroups(ctx)
	}), differs},
	"Accounts.Insert": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.Insert(ctx, of.primary())
	})},
	"Accounts.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Accounts.Put(ctx, &kith.Account{Reference: of.account, Primary: true, Label: "put"})
	})},
	"Accounts.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.Get(ctx, of.account)
	})},
	"Accounts.Lock": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.Lock(ctx, of.account)
	})},
	"Accounts.OfUser": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Accounts.OfUser(ctx, of.user.ID)
	})},
	"Accounts.OfCompany": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Accounts.OfCompany(ctx)
	}), nothing}, // see testAccount
	"Accounts.After": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Accounts.After(ctx, "", 1000, 0)
	}), differs},
	"Accounts.Count": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Accounts.Count(ctx, "", 1000)
	}), nothing}, // see testAccount

	"Groups.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		g := *of.group
		g.Default = false
		return tx.Groups.Insert(ctx, &g)
	})},
	"Groups.Named": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Named(ctx, of.group.Name)
	})},
	"Groups.Has": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Has(ctx, of.group.ID)
	})},
	"Groups.Default": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Groups.Default(ctx) }), differs},
	"Groups.Public": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Groups.Public(ctx, kith.Page{Number: 1, Size: 1000})
	}), differs},

	"Groups.Of": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Of(ctx, of.user.ID)
	})},
	"Groups.Lock": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Lock(ctx, of.group.Name)
	})},
	"Groups.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		g := *of.group
		g.Default, g.Label = false, "put"
		return tx.Groups.Put(ctx, &g)
	})},
	"Groups.Occupied": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Occupied(ctx, of.group.ID)
	})},
	"Groups.List": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.List(ctx, store.GroupFilter{Name: of.group.Name}, kith.Page{Number: 1, Size: 1000})
	})},

	"Groups.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Get(ctx, of.custom.ID)
	})},
	"Groups.Hold": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Hold(ctx, of.custom.ID)
	})},
	"Groups.Several": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.Several(ctx, []kith.GroupID{of.custom.ID})
	})},
	"Groups.NamedAny": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.NamedAny(ctx, of.custom.Name)
	})},
	"Groups.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Groups.Delete(ctx, of.custom.ID)
	})},
	"Groups.CountOwned": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.CountOwned(ctx, of.user.ID, 10)
	})},
	"Groups.OwnedKeys": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Groups.OwnedKeys(ctx, of.user.ID, allKeys)
	})},
	"Groups.Keys": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Groups.Keys(ctx, allKeys) }), differs},
	"Groups.GuestKeys": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Groups.GuestKeys(ctx, allKeys)
	}), differs},

	"Properties.Of": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		properties, err := tx.Properties.Of(ctx, of.group.ID)
		return fmt.Sprint(properties), err
	})},
	"Properties.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Properties.Put(ctx, of.group.ID, narrowed, kith.Properties{"metadata.put": true})
	})},
	"Properties.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Properties.Delete(ctx, of.group.ID, narrowed)
	})},

	"Links.Of": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Of(ctx, kith.NounUser, of.user.ID[:])
	})},
	"Links.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.Put(ctx, kith.NounUser, of.user.ID[:], kith.Link{Group: of.group.ID, Verbs: kith.AllVerbs})
	})},

	"Links.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Get(ctx, kith.NounUser, of.user.ID[:], of.group.ID)
	})},
	"Links.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.Insert(ctx, kith.NounUser, of.user.ID[:], of.linked)
	})},
	"Links.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.Delete(ctx, kith.NounUser, of.user.ID[:], of.group.ID)
	})},
	"Links.Rest": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.Rest(ctx, kith.NounUser, of.user.ID[:], true)
	})},
	"Links.Empty": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.Empty(ctx, kith.NounUser, of.user.ID[:])
	})},
	"Links.DeleteAll": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Links.DeleteAll(ctx, kith.NounUser, of.user.ID[:])
	})},
	"Links.DeleteTo": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.DeleteTo(ctx, of.group.ID, 10)
	})},
	"Links.Allows": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Allows(ctx, kith.NounUser, of.user.ID[:], kith.View, of.user.ID, of.group.ID)
	})},
	"Links.GroupsOf": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.GroupsOf(ctx, of.user.ID)
	})},
	"Links.Keys": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Keys(ctx, kith.NounUser, of.custom.ID, allKeys)
	})},
	"Links.Count": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Count(ctx, kith.NounUser, of.custom.ID, 10)
	})},
	"Links.Members": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.Members(ctx, of.custom.ID, allKeys)
	})},
	"Links.PairsOf": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Links.PairsOf(ctx, kith.NounUser, [][]byte{of.user.ID[:]})
	})},
	"Links.Rows": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Links.Rows(ctx, kith.NounUser, allKeys)
	}), differs},

	"Users.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.Insert(ctx, of.user, of.group.ID, of.salt)
	})},
	"Users.Import": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.Import(ctx, of.user, of.group.ID, of.salt, of.password)
	})},
	"Users.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) { return tx.Users.Get(ctx, of.user.ID) })},
	"Users.Lock": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.Lock(ctx, of.user.ID)
	})},
	"Users.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.Put(ctx, &kith.User{}, &kith.User{ID: of.user.ID, Username: "put"})
	})},
	"Users.Member": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.Member(ctx, of.user.ID)
	})},
	"Users.SetGroup": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.SetGroup(ctx, of.user.ID, kith.GroupID{})
	})},
	"Users.Named": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		users, salts, err := tx.Users.Named(ctx, []kith.UserID{of.user.ID})
		return []any{users[of.user.ID], salts[of.user.ID]}, err
	})},
	"Users.SetAccount": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.SetAccount(ctx, of.user.ID, "4711")
	})},
	"Users.Salt": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.Salt(ctx, of.user.ID)
	})},

	"Users.PutTerms": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Users.PutTerms(ctx, of.user.ID, nil, []store.Term{{Field: kith.FirstOwnTerm, Value: "mine"}})
	}), nothing}, // a term of somebody unknown finds nobody, see testUserWords
	"Users.List": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.List(ctx, store.UserListing{Filter: store.UserFilter{IDs: []kith.UserID{of.user.ID},
			Words: []store.WordMatch{{Lower: of.user.Email, Folded: of.user.Email, Identifier: []kith.IdentifierKind{kith.Email}}}}, Size: 10})
	})},
	"Users.ByAccount": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.ByAccount(ctx, of.account)
	})},
	"Users.AccountKinds": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		everybody, names, err := tx.Users.AccountKinds(ctx, of.definition.Name, false)
		return []any{everybody, len(names)}, err
	})},
	"Users.Several": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.Several(ctx, []kith.UserID{of.user.ID})
	})},
	"Users.InRole": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Users.InRole(ctx, of.group.ID, allKeys)
	})},
	"Users.Keys": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) { return tx.Users.Keys(ctx, allKeys) }), differs},
	"Users.GuestKeys": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Users.GuestKeys(ctx, allKeys)
	}), differs},

	"Counts.Get": {asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		o, err := tx.Counts.Get(ctx)
		return []any{o, tx.By.Company.Slug}, err // all of the suite's companies have as many users
	}), nothing},
	"Counts.Fold": {doing(func(ctx context.Context, tx *store.Tx, _ *tenant) error {
		_, err := tx.Counts.Fold(ctx, 10)
		return err
	}), nothing}, // see testCount

	"Identifiers.Insert": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Insert(ctx, of.identifier, true)
	})},
	"Identifiers.Owner": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Owner(ctx, of.identifier.Kind, of.identifier.Folded)
	})},

	"Identifiers.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Get(ctx, of.identifier.Kind, of.identifier.ID)
	})},
	"Identifiers.List": {asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.List(ctx, of.identifier.Kind, nil, kith.Page{Number: 1, Size: 10})
	}), differs},
	"Identifiers.Several": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Several(ctx, of.identifier.Kind, []kith.Serial{of.identifier.ID})
	})},
	"Identifiers.Keys": {asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Keys(ctx, of.identifier.Kind, allKeys)
	}), differs},
	"Identifiers.GuestKeys": {asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.GuestKeys(ctx, of.identifier.Kind, allKeys)
	}), differs},
	"Identifiers.SetMode": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		i := *of.identifier
		i.Mode = 0
		return tx.Identifiers.SetMode(ctx, &i)
	})},
	"Identifiers.SetPrimary": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		i := *of.identifier
		i.Primary = false
		return tx.Identifiers.SetPrimary(ctx, &i)
	})},
	"Identifiers.Claim": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Identifiers.Claim(ctx, of.unclaimed)
	})},
	"Identifiers.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Identifiers.Delete(ctx, of.identifier)
	})},
	"Identifiers.Verify": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Identifiers.Verify(ctx, of.identifier)
	})},
	"Identifiers.Named": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Named(ctx, of.identifier.Kind, of.identifier.Folded)
	})},
	"Identifiers.Further": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Identifiers.Further(ctx, of.user.ID)
	})},
	"Identifiers.Doubt": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Identifiers.Doubt(ctx, of.identifier)
	})},
	"Identifiers.Release": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Identifiers.Release(ctx, of.identifier)
	})},

	"Secrets.Put": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Secrets.Put(ctx, of.secret, of.secretHash)
	}), nothing},
	"Secrets.Find": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Secrets.Find(ctx, of.secret.Purpose, of.secretHash)
	})},
	"Secrets.Spend": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Secrets.Spend(ctx, of.secret.Purpose, of.secretHash)
	})},
	"Secrets.Try": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Secrets.Try(ctx, of.secret.Purpose, of.user.ID)
	})},
	"Secrets.DeleteAll": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Secrets.DeleteAll(ctx, of.user.ID)
	})},
	"Secrets.DeleteOf": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Secrets.DeleteOf(ctx, of.user.ID, of.secret.Identifier)
	})},
	"Secrets.Drop": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Secrets.Drop(ctx, of.secretHash)
	}), nothing}, // the secret is good still: see testSecret

	"Files.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Files.Insert(ctx, of.file, noon)
	})},
	"Files.Keep": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Files.Keep(ctx, of.file.ID)
	}), nothing}, // is kept already: see testFile
	"Files.Drop": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Files.Drop(ctx, of.file.ID)
	})},
	"Files.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Files.Get(ctx, of.file.ID)
	})},
	"Files.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Files.Delete(ctx, of.unkept.ID)
	})},

	"Tallies.Count": {asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Tallies.Count(ctx, store.TallyGuesses, of.user.ID[:], time.Hour, 1)
	}), nothing},
	"Tallies.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		count, _, err := tx.Tallies.Get(ctx, store.TallyGuesses, of.user.ID[:])
		return count, err
	})},
	"Tallies.Hold": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		count, _, err := tx.Tallies.Hold(ctx, store.TallyGuesses, of.user.ID[:])
		return count, err
	})},
	"Tallies.Set": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Tallies.Set(ctx, store.TallyGuesses, of.user.ID[:], 7, noon)
	})},
	"Tallies.Clear": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Tallies.Clear(ctx, store.TallyGuesses, of.user.ID[:])
	}), nothing},

	"Credentials.ByIdentifier": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Credentials.ByIdentifier(ctx, of.identifier.Kind, of.identifier.Folded)
	})},
	"Credentials.ByID": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Credentials.ByID(ctx, of.user.ID)
	})},
	"Credentials.SetPassword": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Credentials.SetPassword(ctx, of.user.ID, of.password, "set")
	})},
	"Credentials.SignIn": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Credentials.SignIn(ctx, of.user.ID, of.password)
	})},

	"Factors.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error { return tx.Factors.Insert(ctx, of.factor) })},
	"Factors.InForce": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Factors.InForce(ctx, of.user.ID)
	})},

	"Factors.DeleteAll": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Factors.DeleteAll(ctx, of.user.ID)
	})},

	"Sessions.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Sessions.Insert(ctx, of.session, of.token)
	})},
	"Sessions.ByToken": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.ByToken(ctx, of.token)
	})},
	"Sessions.ByID": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.ByID(ctx, of.session.ID)
	})},
	"Sessions.List": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.List(ctx, of.user.ID)
	})},
	"Sessions.Handled": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.Handled(ctx, of.user.ID, of.session.Handle)
	})},
	"Sessions.Put": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Sessions.Put(ctx, &kith.Session{ID: of.session.ID, Label: "put"})
	})},
	"Sessions.Find": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.Find(ctx, store.SessionFilter{User: of.user.ID}, kith.Page{Number: 1, Size: 10})
	})},
	"Sessions.Methods": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.Methods(ctx, of.session.ID)
	})},
	"Sessions.SetLabel": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Sessions.SetLabel(ctx, of.session.ID, "set")
	})},
	"Sessions.Rotate": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		before, err := try(of, renewable(ctx, of.session.ID))
		if err != nil {
			return err
		}
		next := *of.session
		next.Refresh.Generation++
		return tx.Sessions.Rotate(ctx, before, &next)
	})},
	"Sessions.Renewable": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.Renewable(ctx, of.session.ID)
	})},
	"Sessions.Touch": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Sessions.Touch(ctx, of.session.ID, noon.Add(time.Hour))
	})},
	"Sessions.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Sessions.Delete(ctx, of.session.ID)
	})},
	"Sessions.DeleteAll": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.DeleteAll(ctx, of.user.ID, kith.SessionID{}, true)
	})},
	"Sessions.DeleteUnproved": {doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		_, err := tx.Sessions.DeleteUnproved(ctx, of.user.ID)
		return err
	}), nothing}, // the session was proved: see testSessionEnds
	"Sessions.DeleteOf": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Sessions.DeleteOf(ctx, of.application.ID, 10)
	})},

	"Schemas.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error { return tx.Schemas.Insert(ctx, of.schema) })},
	"Schemas.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Schemas.Get(ctx, of.schema.Version)
	})},
	"Schemas.List": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		return tx.Schemas.List(ctx, 1<<30, 1000)
	}), differs},
	"Schemas.Terms": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Schemas.Terms(ctx, of.term.Field, 1000)
	})},
	"Schemas.Described": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		ids, last, err := tx.Schemas.Described(ctx, kith.UserID{}, 1000)
		return []any{ids, last}, err
	}), differs},

	"Keys.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Keys.Insert(ctx, of.key.Purpose, of.key.ID, of.key.Wrapped)
	})},
	"Keys.Newest": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		id, wrapped, err := tx.Keys.Newest(ctx, of.key.Purpose)
		return wrappedKey{of.key.Purpose, id, wrapped}, err
	})},
	"Keys.List": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Keys.List(ctx, of.key.Purpose)
	})},
	"Keys.End": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Keys.End(ctx, of.key.Purpose, of.key.ID+1, noon)
	})},
	"Keys.Drop": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Keys.Drop(ctx, of.key.Purpose, farAhead)
	})},

	"Events.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Events.Insert(ctx, of.event, of.old)
	})},
	"Events.List": {asking(func(ctx context.Context, tx *store.Tx, _ *tenant) (any, error) {
		events, sealed, err := tx.Events.List(ctx, kith.EventID{}, 1000)
		return page{events, sealed}, err
	}), differs},

	"Events.Get": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		e, sealed, err := tx.Events.Get(ctx, of.event.ID)
		return []any{e, sealed}, err
	})},
	"Events.Find": {run: asking(func(ctx context.Context, tx *store.Tx, of *tenant) (any, error) {
		return tx.Events.Find(ctx, &kith.EventQuery{Actor: of.user.ID}, store.EventWalk{High: kith.LastID[kith.Event](), Limit: 10})
	})},

	"Messages.Insert": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Insert(ctx, of.message)
	})},
	"Messages.ToInbox": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.ToInbox(ctx, of.message.ID)
	})},
	"Messages.Claim": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Claim(ctx, of.message.ID, farAhead)
	})},
	"Messages.Sent": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Sent(ctx, of.message.ID, "smtp x")
	})},
	"Messages.Later": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Later(ctx, of.message.ID, of.message.DueAt, farAhead, "smtp x", "busy")
	})},
	"Messages.Bury": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Bury(ctx, of.message.ID, of.message.DueAt, "smtp x", "refused")
	})},
	"Messages.Redeliver": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Redeliver(ctx, of.lost.ID)
	})},
	"Messages.Delete": {run: doing(func(ctx context.Context, tx *store.Tx, of *tenant) error {
		return tx.Messages.Delete(ctx, of.lost.ID)
	})},
}
