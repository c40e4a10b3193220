package store

import (
	"context"
	"slices"
	"strings"

	"kith"
	"kith/internal/fold"
)

// Term is a folded word that a user is searched by.
type Term struct {
	Field   int
	Value   string
	Further bool // a later word of the user's one value of the field, which is a term as a whole
}

// The numbers of what is searched by are stored: add, never renumber. From kith.FirstOwnTerm on they are
// a company's own.
var termFields = map[kith.Attribute]int{
	kith.FirstName: 1, kith.MiddleName: 2, kith.LastName: 3, kith.IDNumber: 4, kith.BusinessName: 5,
	kith.LegalName: 6, kith.AliasName: 7,
}

// What claims nothing is not found as an identifier, so it is a term: of temporary users by what their row
// shows, and else by UnclaimedTerms.
const unclaimedTerms = 100 // and the kind of identifier

// UnclaimedTerms gives the terms of those of a user's identifiers that claim nothing. Each may be one of
// several by which the user is found, those that are claimed among them.
func UnclaimedTerms(list ...*kith.Identifier) []Term {
	var terms []Term
	for _, i := range list {
		if i.Unclaimed {
			terms = append(terms, Term{Field: unclaimedTerms + int(i.Kind), Value: strings.ToLower(i.Value), Further: true})
		}
	}
	return terms
}

// maxTermWords bounds how many words of one value are found one by one.
const maxTermWords = 8

// TermField gives the number that an attribute is searched under, if it is.
func TermField(a kith.Attribute) (int, bool) {
	field, ok := termFields[a]
	return field, ok
}

// FieldTerms gives the terms of one value: the whole, and each of its further words.
func FieldTerms(field int, value string) []Term {
	folded := fold.Text(value)
	if folded == "" {
		return nil
	}
	list := []Term{{field, folded, false}}
	words := fold.Words(folded)
	for _, word := range words[1:min(len(words), maxTermWords)] {
		if term := (Term{field, word, true}); !slices.Contains(list, term) {
			list = append(list, term)
		}
	}
	return list
}

// termsOf gives the terms that follow from a user's row.
func termsOf(u *kith.User) []Term {
	var list []Term
	for a := range kith.AttributeCount {
		if field, ok := termFields[a]; ok && u.Profile[a] != "" {
			list = append(list, FieldTerms(field, u.Profile[a])...)
		}
	}
	if !u.Temporary {
		return list
	}
	for kind, shown := range map[kith.IdentifierKind]string{kith.Username: u.Username, kith.Email: u.Email, kith.Mobile: u.Mobile} {
		if shown != "" {
			list = append(list, Term{Field: unclaimedTerms + int(kind), Value: strings.ToLower(shown)})
		}
	}
	return list
}

// PutTerms replaces terms of a user by others. It is for those that do not follow from the user's row.
func (us users) PutTerms(ctx context.Context, id kith.UserID, was, is []Term) error {
	for _, t := range was {
		if slices.Contains(is, t) {
			continue
		}
		if _, err := us.tx.exec(ctx, `DELETE FROM user_terms WHERE company_id = $1 AND field = $2 AND value = $3 AND user_id = $4`,
			t.Field, t.Value, id[:]); err != nil {
			return err
		}
	}
	for _, t := range is {
		if slices.Contains(was, t) {
			continue
		}
		if _, err := us.tx.exec(ctx, `INSERT INTO user_terms (company_id, field, value, user_id, further) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (company_id, field, value, user_id) DO NOTHING`, t.Field, t.Value, id[:], t.Further); err != nil {
			return err
		}
	}
	return nil
}
