package resource

import (
	"slices"
	"time"

	"kith"
)

// Table is one kind of row, as the table faces show it.
type Table struct {
	Name      string    // on the wire: "user_account"
	Noun      kith.Noun // of its access rule and its events
	Doc       string
	Fields    []Field    // besides those that every row has: see Standard
	Relations []Relation // besides those to owner and groups, which follow from Owned and Grouped
	Owned     bool       // rows have an owner: the relation user_account_id
	Grouped   bool       // rows can be linked to groups: the relation usergroup_id
	Verbs     kith.Verbs // which of add, change and delete there are at all
	Join      bool       // rows are links between two others, and named by those
}

// Field is one attribute of a table's rows.
type Field struct {
	Name      string
	Type      Type
	MaxLength int  // code points of a text; 0: 1000
	Required  bool // must be given, and not empty, when a row is added
	Unique    bool // in the company
	Write     When // when it may be written
	Secret    bool // taken, and never shown, filtered or sorted by: shown as ""
	Unshown   bool // and not even that
	Doc       string
}

// Type is what a field holds. Rows have string for all but flags (bool), numbers (int64) and times
// (time.Time), and nil for what is not there.
type Type uint8

// The types, and what the foreign API calls them.
const (
	Text     Type = iota // "label"
	Email                // "email"
	Mobile               // "mobile": E.164
	Password             // "password"
	Flag                 // "truefalse"
	Number               // "measurement": a permission
	Time                 // "datetime"
	ID                   // "alias": a row's id
	Count                // "measurement": a whole number
)

var typeNames = [...]string{"label", "email", "mobile", "password", "truefalse", "measurement", "datetime", "alias", "measurement"}

// String gives the type's word.
func (t Type) String() string { return typeNames[t] }

// When says in which operations a field may be written.
type When uint8

// The times of writing. What may not be written is refused, unless it is what the row has.
const (
	Never    When = 0
	OnAdd    When = 1
	OnChange When = 2
	Always   When = OnAdd | OnChange
)

// Relation is a way from a row to others.
type Relation struct {
	Name  string // "usergroup_id"
	Table string // of the other end
	Many  bool
	Write bool // it can be changed through /relationships/
}

// AllRelations lists the table's relations: its own, to the row's owner, and to its groups.
func (t *Table) AllRelations() []Relation {
	all := slices.Clone(t.Relations)
	if t.Owned && !slices.ContainsFunc(all, func(r Relation) bool { return r.Name == OwnerRelation }) {
		all = append(all, Relation{Name: OwnerRelation, Table: "user_account"})
	}
	if t.Grouped {
		all = append(all, Relation{Name: GroupRelation, Table: "usergroup", Many: true, Write: true})
	}
	return all
}

// Relation finds one of AllRelations.
func (t *Table) Relation(name string) (Relation, bool) {
	for _, r := range t.AllRelations() {
		if r.Name == name {
			return r, true
		}
	}
	return Relation{}, false
}

// The relations that follow from Table.Owned and Table.Grouped.
const (
	OwnerRelation = "user_account_id"
	GroupRelation = "usergroup_id"
)

// Standard are the fields that every row has, each read-only but the permission.
var Standard = []Field{
	{Name: "reference_id", Type: ID, Doc: "The row's id."},
	{Name: "permission", Type: Number, Write: Always, Doc: "What guests (bits 0 to 6), the owner (7 to 13) and groups (14 to 20) may do with the row: peek, view, add, change, delete, execute, refer."},
	{Name: "created_at", Type: Time},
	{Name: "updated_at", Type: Time},
}

// Row is a row of a table, as its reader may see it.
type Row struct {
	Table      *Table
	ID         string
	Owner      kith.UserID // zero: nobody
	Permission kith.Mode
	Values     map[string]any // by the name of a field: of all that are not standard
	CreatedAt  time.Time
	UpdatedAt  time.Time

	// Related names the rows at the other end of the relations that were asked for; Query.Include.
	Related map[string][]Ref
}

// Ref names a row.
type Ref struct{ Table, ID string }

// Input is what a row is made from, or changed to.
type Input struct {
	Values    map[string]any   // by the name of a field: as JSON has them (string, bool, float64, nil, …), not checked yet
	Relations map[string][]Ref // by the name of a relation: what a new row is linked to; see Change for one that is
}

// Query asks for a part of a list.
type Query struct {
	Page    kith.Page // Size 1 to 500
	After   string    // cursor; or, with Before, the id of a row of the list
	Before  string
	Sort    []Sort   // the first counts; those that are equal follow by id; none: newest first
	Where   []Clause // all of these hold; in each, those of a Group are alternatives
	Search  string   // text that one of the row's names contains, whatever the case; "" for any
	Include []string // relations whose rows come with the page
}

// Sort is a key of an order.
type Sort struct {
	Field      string
	Descending bool
}

// Clause is one condition of a Query.
type Clause struct {
	Field    string // of the table, a standard one, or a relation to one row
	Operator string // see Operators
	Value    any    // as JSON has it: text, number, bool, a list of these
	Group    string // those of one group, "" apart, are alternatives
}

// Page is a part of a list.
type Page struct {
	Rows       []*Row
	Included   []*Row // each once
	Total      int
	Capped     bool   // there are more than Total
	Incomplete bool   // looking ended before the page was full: Next goes on
	Next       string // cursor; "" where nothing is
	Previous   string
}
