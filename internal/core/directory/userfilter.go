package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/fold"
	"kith/internal/store"
)

// userFilter turns the conditions of a query into what the store asks.
type userFilter struct {
	store.UserFilter

	tx     *gate.Tx
	nobody bool // the conditions contradict what is there, or one another
	checks []func(*kith.User) bool
}

// What a condition may be wrong in.
var (
	errOp       = kith.BadField("", kith.CodeNotAllowed, "This cannot be compared in this way.")
	errBool     = kith.BadField("", kith.CodeWrongType, "This must be true or false.")
	errTime     = kith.BadField("", kith.CodeWrongType, "This must be a time in Unix milliseconds.")
	errWhole    = kith.BadField("", kith.CodeWrongType, "This must be a whole number.")
	errNumber   = kith.BadField("", kith.CodeWrongType, "This must be a number.")
	errUserID   = kith.BadField("", kith.CodeBadFormat, "This must be an id: 32 hexadecimal digits in groups of 8-4-4-4-12.")
	errWord     = kith.BadField("", kith.CodeNotAllowed, "There is no such value to choose.")
	errKey      = kith.BadField("", kith.CodeBadFormat, "Name a key of the first level of the metadata.")
	errSearches = kith.BadField("search", kith.CodeOutOfRange, "Search for at most eight words.")
)

// compile reads a whole query, and reports everything that is wrong with it.
func (f *userFilter) compile(ctx context.Context, q kith.UserQuery) error {
	var errs []error
	for i := range q.Where {
		err := f.condition(ctx, &q.Where[i])
		if bad, ok := errors.AsType[*kith.Error](err); ok && bad.Field == "" && bad.Kind == kith.Invalid {
			err = bad.In(q.Where[i].Name)
		}
		errs = append(errs, err)
	}
	errs = append(errs, f.search(q.Search))
	if len(f.checks) > 0 {
		f.Check = func(u *kith.User) bool {
			return !slices.ContainsFunc(f.checks, func(check func(*kith.User) bool) bool { return !check(u) })
		}
	}
	return errors.Join(errs...)
}

func (f *userFilter) check(is func(*kith.User) bool) { f.checks = append(f.checks, is) }

// only says that nobody is wanted unless so.
func (f *userFilter) only(so bool) { f.nobody = f.nobody || !so }

func (f *userFilter) condition(ctx context.Context, c *kith.Condition) error {
	if len(c.Values) == 0 {
		return errWord
	}
	switch c.Field {
	case kith.FieldID:
		return f.id(c)
	case kith.FieldUser, kith.FieldAccount:
		return f.one(ctx, c)
	case kith.FieldUsername, kith.FieldEmail, kith.FieldMobile:
		return f.identifier(c)
	case kith.FieldGroup:
		return f.group(ctx, c)
	case kith.FieldStatus:
		return f.status(c)
	case kith.FieldArchived, kith.FieldDeactivated, kith.FieldTemporary:
		return f.flag(c)
	case kith.FieldRetention:
		return f.retention(c)
	case kith.FieldCreated, kith.FieldUpdated, kith.FieldLastLogin:
		return f.time(c)
	case kith.FieldAge:
		return f.age(c)
	case kith.FieldAttribute:
		return f.attribute(c)
	case kith.FieldMetadata:
		return f.metadata(c)
	default:
		return f.account(ctx, c)
	}
}

// among narrows the list to some ids.
func (f *userFilter) among(ids ...kith.UserID) {
	if f.IDs != nil {
		ids = slices.DeleteFunc(ids, func(id kith.UserID) bool { return !slices.Contains(f.IDs, id) })
	}
	f.IDs = ids
	f.only(len(ids) > 0)
}

func (f *userFilter) id(c *kith.Condition) error {
	switch c.Op {
	case kith.Contains, kith.ContainsFold, kith.StartsWith:
		part := strings.ToLower(c.Values[0])
		begins := c.Op == kith.StartsWith
		f.check(func(u *kith.User) bool {
			id := u.ID.String()
			return begins && strings.HasPrefix(id, part) || !begins && strings.Contains(id, part)
		})
		return nil
	case kith.Equals, kith.In, kith.Exclude:
		var ids []kith.UserID
		for _, text := range c.Values {
			id, err := kith.ParseID[kith.User](text)
			if err != nil {
				return errUserID
			}
			ids = append(ids, id)
		}
		if c.Op == kith.Exclude {
			f.check(func(u *kith.User) bool { return !slices.Contains(ids, u.ID) })
		} else {
			f.among(ids...)
		}
		return nil
	default:
		return errOp
	}
}

// one is for what names one user at most: whatever names nobody finds nobody.
func (f *userFilter) one(ctx context.Context, c *kith.Condition) error {
	if c.Op != kith.Equals {
		return errOp
	}
	if c.Field == kith.FieldAccount {
		if !f.seesAccounts() { // but the primary one, which is shown with its user
			f.check(func(u *kith.User) bool { return u.Account == c.Values[0] })
		}
		id, err := f.tx.Users.ByAccount(ctx, c.Values[0])
		return f.named(id, err)
	}
	m, err := Find(ctx, f.tx, c.Values[0])
	if err != nil {
		return f.named(kith.UserID{}, err)
	}
	return f.named(m.User.ID, nil)
}

// seesAccounts reports whether whoever asks may see users' accounts: none is found by what one may not see.
func (f *userFilter) seesAccounts() bool {
	return f.tx.By.Holds(kith.SectionAdmin, kith.NounAccount, kith.View)
}

func (f *userFilter) named(id kith.UserID, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && id.IsZero():
		f.nobody = true
		return nil
	case err != nil:
		return err
	default:
		f.among(id)
		return nil
	}
}

var identifierFields = map[kith.UserField]kith.IdentifierKind{
	kith.FieldUsername: kith.Username, kith.FieldEmail: kith.Email, kith.FieldMobile: kith.Mobile,
}

func (f *userFilter) identifier(c *kith.Condition) error {
	kind, typed := identifierFields[c.Field], c.Values[0]
	w := store.WordMatch{Identifier: []kith.IdentifierKind{kind}, Lower: strings.ToLower(strings.TrimSpace(typed))}
	if kind == kith.Mobile {
		w.Lower = dialled(typed)
	}
	switch c.Op {
	case kith.Equals:
		_, folded, err := Identify(kind, typed)
		f.only(err == nil) // what cannot be one is nobody's
		w.Lower = folded
	case kith.StartsWith:
		w.How = store.WordBegins
	case kith.Contains, kith.ContainsFold:
		w.How = store.WordContains
	default:
		return errOp
	}
	f.only(w.Lower != "") // no part of a number is in none, and would be in all
	f.Words = append(f.Words, w)
	return nil
}

// dialled leaves of a number what is dialled.
func dialled(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, typed)
}

func (f *userFilter) group(ctx context.Context, c *kith.Condition) error {
	var match store.GroupMatch
	switch c.Op {
	case kith.Equals:
		g, err := f.tx.Groups.Named(ctx, c.Values[0])
		if errors.Is(err, store.ErrNotFound) {
			f.nobody = true
			return nil
		} else if err != nil {
			return err
		}
		match = store.GroupMatch{How: store.InGroup, ID: g.ID}
	case kith.IsNull:
		null, err := strconv.ParseBool(c.Values[0])
		if err != nil {
			return errBool
		}
		match.How = store.InSomeGroup
		if null {
			match.How = store.InNoGroup
		}
	default:
		return errOp
	}
	switch had := f.Group; {
	case had.How == store.AnyGroup || had == match || had.How == store.InSomeGroup && match.How == store.InGroup:
		f.Group = match
	case had.How == store.InGroup && match.How == store.InSomeGroup:
	default:
		f.nobody = true
	}
	return nil
}

func (f *userFilter) status(c *kith.Condition) error {
	var list []kith.Status
	for _, text := range c.Values {
		s, ok := kith.StatusNamed(text)
		if !ok {
			return errWord
		}
		list = append(list, s)
	}
	switch c.Op {
	case kith.Equals, kith.In:
	case kith.Exclude:
		var others []kith.Status
		for s := kith.Pending; s <= kith.Paused; s++ {
			if !slices.Contains(list, s) {
				others = append(others, s)
			}
		}
		list = others
	default:
		return errOp
	}
	if f.Statuses != nil {
		list = slices.DeleteFunc(list, func(s kith.Status) bool { return !slices.Contains(f.Statuses, s) })
	}
	f.Statuses = list
	f.only(len(list) > 0)
	return nil
}

func (f *userFilter) flag(c *kith.Condition) error {
	value, err := strconv.ParseBool(c.Values[0])
	switch {
	case err != nil:
		return errBool
	case c.Op != kith.Equals:
		return errOp
	}
	into := map[kith.UserField]**bool{kith.FieldArchived: &f.Archived, kith.FieldDeactivated: &f.Deactivated,
		kith.FieldTemporary: &f.Temporary}[c.Field]
	f.only(*into == nil || **into == value)
	*into = &value
	return nil
}

func (f *userFilter) retention(c *kith.Condition) error {
	state, ok := kith.RetentionNamed(c.Values[0])
	switch {
	case !ok:
		return errWord
	case c.Op != kith.Equals:
		return errOp
	}
	f.only(f.Retention == nil || *f.Retention == state)
	f.Retention = &state
	return nil
}

// maxTime is the latest time that a condition may name.
const maxTime = 1 << 53

func (f *userFilter) time(c *kith.Condition) error {
	span := map[kith.UserField]*store.Span{kith.FieldCreated: &f.Created, kith.FieldUpdated: &f.Updated, kith.FieldLastLogin: &f.LastLogin}[c.Field]
	text := c.Values[0]
	if c.Field == kith.FieldLastLogin && (c.Op == kith.IsNull || c.Op == kith.Equals && text == "null") {
		null, err := strconv.ParseBool(text)
		if text == "null" {
			null, err = true, nil
		}
		if err != nil {
			return errBool
		}
		if null {
			f.narrow(span, store.Span{Never: true})
		} else {
			f.narrow(span, store.Span{From: 1})
		}
		return nil
	}
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil || at < -maxTime || at > maxTime {
		return errTime
	}
	return f.between(span, c.Op, at)
}

func (f *userFilter) between(span *store.Span, op kith.Op, at int64) error {
	to := store.Span{}
	switch op {
	case kith.Equals:
		to = store.Span{From: at, Until: at + 1}
	case kith.Greater:
		to.From = at + 1
	case kith.AtLeast:
		to.From = at
	case kith.Less:
		to.Until = at
	case kith.AtMost:
		to.Until = at + 1
	default:
		return errOp
	}
	if ends := op == kith.Equals || op == kith.Less || op == kith.AtMost; ends && to.Until <= 1 {
		f.nobody = true // nothing is as old as that
		return nil
	}
	to.From = max(to.From, 1)
	f.narrow(span, to)
	return nil
}

// narrow keeps what is in both spans.
func (f *userFilter) narrow(span *store.Span, to store.Span) {
	had := *span
	switch {
	case had == store.Span{}:
		*span = to
		return
	case had.Never || to.Never:
		f.only(had == to)
		return
	}
	span.From = max(had.From, to.From)
	if had.Until == 0 || to.Until != 0 && to.Until < had.Until {
		span.Until = to.Until
	}
	f.only(span.Until == 0 || span.From < span.Until)
}

func (f *userFilter) age(c *kith.Condition) error {
	years, err := strconv.Atoi(c.Values[0])
	if err != nil {
		return errWhole
	}
	is, ok := map[kith.Op]func(age int) bool{
		kith.Equals:  func(age int) bool { return age == years },
		kith.Greater: func(age int) bool { return age > years },
		kith.AtLeast: func(age int) bool { return age >= years },
		kith.Less:    func(age int) bool { return age < years },
		kith.AtMost:  func(age int) bool { return age <= years },
	}[c.Op]
	if !ok {
		return errOp
	}
	today := f.tx.Now
	f.check(func(u *kith.User) bool {
		born, err := time.Parse(kith.DateLayout, u.Profile[kith.BirthDate])
		return err == nil && is(yearsBetween(born, today))
	})
	return nil
}

// yearsBetween counts birthdays.
func yearsBetween(born, today time.Time) int {
	years := today.Year() - born.Year()
	if today.Month() < born.Month() || today.Month() == born.Month() && today.Day() < born.Day() {
		years--
	}
	return years
}

// account is for what users' accounts are asked: they are all in the company's currency, and empty.
func (f *userFilter) account(ctx context.Context, c *kith.Condition) error {
	if c.Op != kith.Equals {
		return errOp
	}
	switch value := c.Values[0]; c.Field {
	case kith.FieldBalance:
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return errNumber
		}
		f.only(number == 0)
	case kith.FieldCurrency, kith.FieldCurrencyCode:
		f.only(f.tx.By.Company != nil && strings.EqualFold(value, f.tx.By.Company.Currency.Code))
	case kith.FieldAccountName, kith.FieldAccountLabel:
		if f.only(f.seesAccounts()); f.nobody {
			return nil
		}
		everybody, kinds, err := f.tx.Users.AccountKinds(ctx, value, c.Field == kith.FieldAccountLabel)
		if err != nil || everybody {
			return err
		}
		f.only(len(kinds) > 0 && f.Definitions == nil)
		f.Definitions = kinds
	case kith.FieldService:
		f.nobody = true // no service has users of its own
	default:
		return errOp
	}
	return nil
}

// maxSearchWords bounds a search.
const maxSearchWords = 8

var (
	searchedAttributes = []kith.Attribute{kith.FirstName, kith.MiddleName, kith.LastName, kith.IDNumber, kith.BusinessName,
		kith.LegalName, kith.AliasName}
	searchedIdentifiers = []kith.IdentifierKind{kith.Username, kith.Email, kith.Mobile}
)

// search asks that each word begins an identifier or a name; an id is one's own.
func (f *userFilter) search(text string) error {
	text = strings.TrimSpace(text)
	if id, err := kith.ParseID[kith.User](text); err == nil {
		f.among(id)
		return nil
	}
	words := strings.Fields(text)
	if digits := dialled(text); digits != "" && strings.Trim(text, "+0123456789 ()-./") == "" {
		words = []string{digits} // a number, however it is grouped
	}
	if len(words) > maxSearchWords {
		return errSearches
	}
	for _, word := range words {
		w := store.WordMatch{How: store.WordBegins, Folded: fold.Text(word), Lower: strings.ToLower(word), Identifier: searchedIdentifiers}
		if w.Folded == "" {
			continue
		}
		if digits := dialled(word); digits == word {
			w.Dialled = "+" + strings.TrimPrefix(digits, "+")
			w.Folded = strings.TrimPrefix(digits, "+")
		}
		for _, a := range searchedAttributes {
			if field, ok := store.TermField(a); ok {
				w.Fields = append(w.Fields, field)
			}
		}
		f.Words = append(f.Words, w)
	}
	return nil
}
