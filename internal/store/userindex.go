package store

import (
	"math"
	"strconv"
	"strings"

	"kith"
)

// userIndex is a way through a company's users in the order of one index. Its texts are put together
// once, from constants: see userIndexes.
type userIndex struct {
	name  string
	table string // and its letter
	key   string // column that the entries are ordered by
	id    string // column of the user's id; it tells entries of one key apart
	where string // of the entries, where the index has not all; ? stands for what it is asked for
	lead  string // column before the key, of which the entries asked for have one value
	terms bool   // the entries are words, in a table beside the users'
	twice string // of the entries: those that a user may have besides one
	alone bool   // no key is there twice
	texts map[textKind]string
}

// textKind tells the texts of an index apart.
type textKind struct {
	what       textWhat
	descending bool
}

type textWhat uint8

const (
	textKeys  textWhat = iota // keys and ids of the entries, from the index alone
	textMatch                 // those of users who pass the filter
	textFull                  // and the users themselves
	textWhole                 // the users of all entries
	textCount                 // how many entries there are, as far as a bound
	textTwice                 // how many of them are their user's second or later, likewise
)

// The indexes that users are found by.
var (
	byPoint       = &userIndex{name: "point", table: "users u", key: "u.created_at", id: "u.id", where: "u.id = ?"}
	byCreated     = &userIndex{name: "created", table: "users u", key: "u.created_at", id: "u.id"}
	byUpdated     = &userIndex{name: "updated", table: "users u", key: "u.updated_at", id: "u.id"}
	byLastLogin   = &userIndex{name: "last_login", table: "users u", key: "u.last_login", id: "u.id"}
	byStatus      = &userIndex{name: "status", table: "users u", key: "u.created_at", id: "u.id", lead: "u.status"}
	byGroup       = &userIndex{name: "group", table: "users u", key: "u.created_at", id: "u.id", lead: "u.group_id"}
	byArchived    = &userIndex{name: "archived", table: "users u", key: "u.created_at", id: "u.id", where: "u.flags & 1 <> 0"}
	byDeactivated = &userIndex{name: "deactivated", table: "users u", key: "u.created_at", id: "u.id", where: "u.flags & 2 <> 0"}
	byTemporary   = &userIndex{name: "temporary", table: "users u", key: "u.created_at", id: "u.id", where: "u.flags & 4 <> 0"}
	byRetention   = &userIndex{name: "leaving", table: "users u", key: "u.created_at", id: "u.id", where: "u.flags & 96 <> 0"}
	byTerm        = &userIndex{name: "terms", table: "user_terms t", key: "t.value", id: "t.user_id", where: "t.field = ?", terms: true, twice: "t.further"}
	byIdentifier  = &userIndex{name: "folded", table: "identifiers i", key: "i.folded", id: identifierUser, where: "i.kind = ?", terms: true, alone: true, twice: "NOT i.is_primary"}

	userIndexes = []*userIndex{byPoint, byCreated, byUpdated, byLastLogin, byStatus, byGroup, byArchived, byDeactivated, byTemporary,
		byRetention, byTerm, byIdentifier}
)

// identifierUser goes to the row only of those identifiers that pass: they are gone through in the index
// alone. PostgreSQL without statistics takes any index for as good as the key, and goes through all of the
// company's for each of them, unless it is to have them in the key's order.
const identifierUser = `(SELECT o.user_id FROM identifiers o WHERE o.company_id = i.company_id AND o.kind = i.kind
	AND o.id >= i.id AND o.id <= i.id ORDER BY o.id LIMIT 1)`

func init() {
	for _, ix := range userIndexes {
		ix.texts = make(map[textKind]string)
		for _, kind := range []textKind{{textKeys, false}, {textKeys, true}, {textMatch, false}, {textMatch, true},
			{textFull, false}, {textFull, true}, {textWhole, false}, {textWhole, true}} {
			ix.texts[kind] = ix.text(kind)
		}
		ix.texts[textKind{textCount, false}] = ix.countText("")
		if ix.twice != "" {
			ix.texts[textKind{textTwice, false}] = ix.countText(" AND " + ix.twice)
		}
	}
}

// marks numbers the parameters of a text, in the order in which they are asked for.
type marks struct{ n int }

func (m *marks) next() string {
	m.n++
	return "$" + strconv.Itoa(m.n)
}

// fill puts a parameter in place of each question mark.
func (m *marks) fill(text string) string {
	for strings.Contains(text, "?") {
		text = strings.Replace(text, "?", m.next(), 1)
	}
	return text
}

// text writes one of the index's texts. Its parameters are those of segment.args, then the filter's, then
// the limit and, of keys, the offset.
func (ix *userIndex) text(kind textKind) string {
	m := &marks{1}
	columns, from := ix.key+", "+ix.id, ix.table
	letter := ix.key[:2]
	beside := ix.terms && kind.what != textKeys
	if beside {
		from += " JOIN users u ON u.company_id = " + letter + "company_id AND u.id = " + ix.id
	}
	where := letter + "company_id = $1"
	if ix.where != "" {
		where += " AND " + m.fill(ix.where)
	}
	sorted := []string{ix.key}
	switch {
	case ix.alone:
		where += m.fill(" AND " + ix.key + " >= ? AND " + ix.key + " < ?")
	case ix.lead != "":
		// In the comparison, not beside it, so that SQLite has no other index to take.
		sorted = []string{ix.lead, ix.key, ix.id}
		entry := "(" + strings.Join(sorted, ", ") + ")"
		where += m.fill(" AND " + entry + " > (?, ?, ?) AND " + entry + " < (?, ?, ?)")
	default:
		sorted = []string{ix.key, ix.id}
		entry := "(" + strings.Join(sorted, ", ") + ")"
		where += m.fill(" AND " + entry + " > (?, ?) AND " + entry + " < (?, ?)")
	}
	if ix.terms {
		where += m.fill(" AND " + ix.key + ` LIKE ? ESCAPE '\'`)
	}
	switch kind.what {
	case textMatch:
		where += m.fill(userFilterText)
	case textFull:
		columns += ", u.group_id, " + userColumns
		where += m.fill(userFilterText)
	case textWhole:
		columns += ", u.group_id, " + userColumns
	default: // keys do not look at the rows
	}
	order := ""
	if kind.descending {
		order = " DESC"
	}
	by := strings.Join(sorted, order+", ") + order
	text := "SELECT " + columns + " FROM " + from + " WHERE " + where + " ORDER BY " + by + " LIMIT 0 + " + m.next()
	if kind.what == textKeys {
		text += " OFFSET 0 + " + m.next()
	}
	return text
}

// countText writes what counts the entries whose keys lie between two, as far as a bound. Its parameters are
// those of segment.countArgs and the bound. It asks for nothing but what the index is sorted by: to compare
// several columns with several, as the other texts do, takes SQLite three times as long.
func (ix *userIndex) countText(also string) string {
	m := &marks{1}
	from, _, _ := strings.Cut(ix.table, " JOIN ")
	where := ix.key[:2] + "company_id = $1"
	if ix.where != "" {
		where += " AND " + m.fill(ix.where)
	}
	if ix.lead != "" {
		where += " AND " + m.fill(ix.lead+" = ?")
	}
	where += m.fill(" AND "+ix.key+" >= ? AND "+ix.key+" < ?") + also
	return "SELECT count(*) FROM (SELECT 1 FROM " + from + " WHERE " + where + " LIMIT 0 + " + m.next() + ") AS entries"
}

// userFilterText is what a UserFilter asks of a user's row, as far as SQL can tell: see UserFilter.args.
// The unary plus keeps the engines from taking another index than the one they are told.
const userFilterText = ` AND (CAST(? AS BIGINT) >> u.status) & 1 = 1 AND (u.flags & ?) = ?
	AND (CAST(? AS INTEGER) <> 1 OR u.group_id = ?) AND (CAST(? AS INTEGER) <> 2 OR u.group_id IS NULL)
	AND (CAST(? AS INTEGER) <> 3 OR u.group_id IS NOT NULL)
	AND +u.created_at >= ? AND +u.created_at < ? AND +u.updated_at >= ? AND +u.updated_at < ?
	AND +u.last_login >= ? AND +u.last_login < ?
	AND u.profile LIKE ? ESCAPE '\' AND u.metadata LIKE ? ESCAPE '\'
	AND (CAST(? AS TEXT) = '' OR EXISTS (SELECT 1 FROM accounts a WHERE a.company_id = u.company_id
		AND a.reference IN (SELECT b.reference FROM accounts b WHERE b.company_id = u.company_id AND b.user_id = u.id AND NOT b.is_primary)
		AND replace(CAST(? AS TEXT), '/' || a.definition || '/', '') <> CAST(? AS TEXT)))`

// UserPosition is a place in a list of users: that of one entry of an index.
type UserPosition struct {
	Segment int
	Number  int64  // the key, of a time
	Text    string // the key, of a word
	ID      kith.UserID
}

// segment is what a list takes of an index: the entries between two positions, neither included.
type segment struct {
	index   *userIndex
	asked   any // in place of the index's ?; nil if it has none
	lo, hi  UserPosition
	pattern string // of words; "" for any
}

// everyTime is all of an index of times.
func everyTime(ix *userIndex, asked any) segment { return timeSegment(ix, asked, Span{}) }

func timeSegment(ix *userIndex, asked any, span Span) segment {
	from, until := span.bounds()
	return segment{index: ix, asked: asked, lo: UserPosition{Number: from}, hi: UserPosition{Number: until}}
}

// lastRune sorts behind every other in the store's order, which is that of bytes.
const lastRune = string(rune(0x10ffff))

// wordSegment is the words that begin with prefix or, if exact, are it.
func wordSegment(ix *userIndex, asked int, prefix string, exact bool) segment {
	end := prefix + lastRune
	if exact {
		end = prefix + afterWord
	}
	return segment{index: ix, asked: asked, lo: UserPosition{Text: prefix}, hi: UserPosition{Text: end}}
}

// afterWord makes of a word the next one that could be: words have no control characters.
const afterWord = "\x01"

func (s *segment) args(lo, hi UserPosition) []any {
	var args []any
	if s.asked != nil && s.index.lead == "" {
		args = append(args, s.asked)
	}
	key := func(p UserPosition) any {
		if s.index.terms {
			return p.Text
		}
		return p.Number
	}
	switch {
	case s.index.alone:
		args = append(args, lo.Text, hi.Text)
	case s.index.lead != "":
		args = append(args, s.asked, key(lo), lo.ID[:], s.asked, key(hi), hi.ID[:])
	default:
		args = append(args, key(lo), lo.ID[:], key(hi), hi.ID[:])
	}
	if s.index.terms {
		pattern := s.pattern
		if pattern == "" {
			pattern = "%"
		}
		args = append(args, pattern)
	}
	return args
}

// countArgs are the parameters of the index's countText. A pattern is not asked for.
func (s *segment) countArgs() []any {
	var args []any
	if s.asked != nil {
		args = append(args, s.asked)
	}
	if s.index.terms {
		return append(args, s.lo.Text, s.hi.Text)
	}
	return append(args, s.lo.Number, s.hi.Number)
}

// after and until give the bound that leaves everything up to the position out, or in, on the way up.
func (s *segment) after(p UserPosition) UserPosition {
	if s.index.alone {
		p.Text += afterWord
	}
	return p
}

func (s *segment) until(p UserPosition) UserPosition {
	if s.index.alone {
		p.Text += afterWord
		return p
	}
	for i := len(p.ID) - 1; i >= 0; i-- {
		p.ID[i]++
		if p.ID[i] != 0 {
			return p
		}
	}
	p.Number, p.Text = p.Number+1, p.Text+afterWord // the last id there can be
	return p
}

// from gives the lower bound that leaves the position in, on the way down.
func (s *segment) from(p UserPosition) UserPosition {
	if s.index.alone {
		return p
	}
	for i := len(p.ID) - 1; i >= 0; i-- {
		p.ID[i]--
		if p.ID[i] != math.MaxUint8 {
			break
		}
	}
	return p
}
