package store

import (
	"encoding/json"
	"math"
	"strings"

	"kith"
)

// UserFilter is what is asked of the users in a list. The zero value asks nothing.
type UserFilter struct {
	IDs         []kith.UserID // one of these; nil: anybody
	Words       []WordMatch   // all of these
	Archived    *bool
	Deactivated *bool
	Temporary   *bool
	Retention   *kith.Retention
	Statuses    []kith.Status // one of these; nil: any
	Group       GroupMatch
	Created     Span
	Updated     Span
	LastLogin   Span
	Attribute   *AttributeMatch // one of those that Check asks about, to look at fewer
	Metadata    string          // JSON that a user's metadata holds somewhere, to the same end; "" for any
	Definitions []string        // has an account, besides the primary one, of one of these kinds; nil: need not

	// Check looks at what is left of a user; nil: at nothing. It may be called on another goroutine.
	Check func(*kith.User) bool
}

// AttributeMatch is an attribute and the value it has.
type AttributeMatch struct {
	Attribute kith.Attribute
	Value     string
}

// GroupMatch asks for a user's role group.
type GroupMatch struct {
	How GroupHow
	ID  kith.GroupID // of InGroup
}

// GroupHow is what a GroupMatch asks.
type GroupHow uint8

// The ways. The numbers stand in userFilterText.
const (
	AnyGroup GroupHow = iota
	InGroup
	InNoGroup
	InSomeGroup
)

// Span is the times from From up to Until, without it, in Unix milliseconds; 0 leaves an end open. Since 0
// is no time as well, Never asks for that.
type Span struct {
	From, Until int64
	Never       bool
}

// farFuture is later than any time that kith keeps.
const farFuture = math.MaxInt64 - 1

func (s Span) bounds() (from, until int64) {
	switch {
	case s.Never:
		return 0, 1
	case s == Span{}:
		return math.MinInt64, farFuture
	case s.Until == 0:
		return max(s.From, 1), farFuture
	default:
		return max(s.From, 1), s.Until
	}
}

// WordMatch asks that one of some of a user's words is like a given one.
type WordMatch struct {
	How        WordHow
	Folded     string                // by package fold
	Lower      string                // in lower case, for identifiers
	Dialled    string                // instead of Lower, for mobile numbers; "" if it is the same
	Fields     []int                 // terms, in the order in which they are looked through
	Identifier []kith.IdentifierKind // likewise
	Checked    bool                  // Check asks the same: it is not asked of a whole user once more
}

// WordHow is how a WordMatch compares.
type WordHow uint8

// The ways, by how few users they find.
const (
	WordEquals WordHow = iota
	WordBegins
	WordContains
)

// likeText makes LIKE look for text as it is.
var likeText = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func containing(text string) string {
	if text == "" {
		return "%"
	}
	return "%" + likeText.Replace(text) + "%"
}

// segments are where the match's users are found.
func (w *WordMatch) segments() []segment {
	var list []segment
	add := func(ix *userIndex, asked int, word string) {
		if w.How == WordContains {
			s := wordSegment(ix, asked, "", false)
			s.pattern = containing(word)
			list = append(list, s)
			return
		}
		list = append(list, wordSegment(ix, asked, word, w.How == WordEquals))
	}
	for _, field := range w.Fields {
		add(byTerm, field, w.Folded)
	}
	for _, kind := range w.Identifier {
		add(byTerm, unclaimedTerms+int(kind), w.spelled(kind))
	}
	for _, kind := range w.Identifier {
		add(byIdentifier, int(kind), w.spelled(kind))
	}
	return list
}

// spelled is what identifiers of a kind are compared with.
func (w *WordMatch) spelled(kind kith.IdentifierKind) string {
	if kind == kith.Mobile && w.Dialled != "" {
		return w.Dialled
	}
	return w.Lower
}

// is compares a word as the match asks.
func (w *WordMatch) is(word, wanted string) bool {
	switch w.How {
	case WordEquals:
		return word == wanted
	case WordBegins:
		return strings.HasPrefix(word, wanted)
	default:
		return strings.Contains(word, wanted)
	}
}

// flags gives the flags that are asked for, and which of them must be set.
func (f *UserFilter) flags() (mask, want int) {
	for _, asked := range []struct {
		value *bool
		flag  int
	}{{f.Archived, flagArchived}, {f.Deactivated, flagDeactivated}, {f.Temporary, flagTemporary}} {
		if asked.value != nil {
			mask |= asked.flag
			want |= bit(*asked.value, asked.flag)
		}
	}
	if f.Retention != nil {
		mask |= flagDeleteRequested | flagDeleted
		want |= userFlags(&kith.User{Retention: *f.Retention})
	}
	return mask, want
}

// args are the parameters of userFilterText.
func (f *UserFilter) args() []any {
	statuses := int64(math.MaxInt64)
	if f.Statuses != nil {
		statuses = 0
		for _, s := range f.Statuses {
			statuses |= 1 << s
		}
	}
	mask, want := f.flags()
	how := int(f.Group.How)
	args := []any{statuses, mask, want, how, f.Group.ID[:], how, how}
	for _, span := range []Span{f.Created, f.Updated, f.LastLogin} {
		from, until := span.bounds()
		args = append(args, from, until)
	}
	profile := ""
	if a := f.Attribute; a != nil {
		one := kith.Profile{}
		one[a.Attribute] = a.Value
		profile = writeProfile(one)
	}
	definitions := ""
	if len(f.Definitions) > 0 {
		definitions = "/" + strings.Join(f.Definitions, "/") + "/"
	}
	return append(args, containing(profile), containing(f.Metadata), definitions, definitions, definitions)
}

// asksRow reports whether the filter asks something of a user's row.
func (f *UserFilter) asksRow() bool {
	mask, _ := f.flags()
	return mask != 0 || f.Statuses != nil || f.Group.How != AnyGroup || f.Created != (Span{}) || f.Updated != (Span{}) ||
		f.LastLogin != (Span{}) || f.Attribute != nil || f.Metadata != "" || len(f.Definitions) > 0 || f.asksUser()
}

// asksUser reports whether the filter asks what only the whole user can tell.
func (f *UserFilter) asksUser() bool { return f.Check != nil || len(f.Words) > 0 }

// MetadataPair gives the text that metadata holds where a key has a value.
func MetadataPair(key string, value any) (string, error) {
	text, err := json.Marshal(map[string]any{key: value})
	return strings.TrimSuffix(strings.TrimPrefix(string(text), "{"), "}"), err
}
