package kith

import "slices"

// UserQuery asks for a list of users: who fulfils every condition, in which order, and which part of them.
type UserQuery struct {
	Where  []Condition
	Search string  // words, each of which begins one of a user's identifiers or names
	Order  []Order // the first counts; nil: as found where something is searched, else newest first

	Page    Page   // of it, the number counts only where there is no cursor
	Cursor  string // Next or Previous of an earlier answer; "" starts at Page
	NoTotal bool   // nobody asks how many there are
}

// Condition is one thing that is asked of each user.
type Condition struct {
	Name      string // what the caller calls it, for errors
	Field     UserField
	Attribute Attribute // of FieldAttribute
	Key       string    // of FieldMetadata: a key of the first level
	Op        Op
	Values    []string // as typed; one, but for In and Exclude
}

// UserField is what a condition may ask about.
type UserField uint8

// The fields. FieldUser is any of a user's names: id, e-mail, mobile or username. E-mail, mobile and
// username mean all that a user has, not just the primary ones.
const (
	FieldID UserField = iota
	FieldUser
	FieldUsername
	FieldEmail
	FieldMobile
	FieldGroup // by name
	FieldStatus
	FieldArchived
	FieldDeactivated
	FieldTemporary
	FieldRetention
	FieldCreated // times are Unix milliseconds
	FieldUpdated
	FieldLastLogin // null before the first
	FieldAge       // whole years, today
	FieldAccount   // by reference
	FieldAccountName
	FieldAccountLabel
	FieldBalance
	FieldCurrency // of the primary account
	FieldCurrencyCode
	FieldService
	FieldAttribute
	FieldMetadata
)

var userFieldNames = [...]string{"id", "user", "username", "email", "mobile", "group", "status", "archived", "deactivated",
	"temporary", "retention_state", "created", "updated", "last_login", "age", "account", "account__name", "account__label",
	"balance", "currency", "currency__code", "service", "attribute", "metadata"}

// String gives the field's word.
func (f UserField) String() string { return userFieldNames[f] }

// UserFieldNamed finds a field by its word; of attributes and metadata there are many, and each has its own.
func UserFieldNamed(text string) (UserField, bool) {
	return word[UserField](userFieldNames[:FieldAttribute], text)
}

// Op is how a condition compares.
type Op uint8

// The comparisons. Contains minds case and accents, ContainsFold and StartsWith do not.
const (
	Equals Op = iota
	In
	Exclude
	Greater
	AtLeast
	Less
	AtMost
	Contains
	ContainsFold
	StartsWith
	IsNull
)

var opNames = [...]string{"", "in", "exclude", "gt", "gte", "lt", "lte", "contains", "icontains", "startswith", "isnull"}

// String gives the comparison's word; "" for Equals.
func (o Op) String() string { return opNames[o] }

// OpNamed finds a comparison by its word.
func OpNamed(text string) (Op, bool) {
	i := slices.Index(opNames[:], text)
	return Op(max(i, 0)), i >= 0
}

// Order is one key that a list is sorted by. Users of the same moment follow in the order of their ids,
// which is that of their making, in the same direction.
type Order struct {
	By         OrderKey
	Descending bool
}

// OrderKey is what users may be sorted by.
type OrderKey uint8

// The keys.
const (
	ByCreated OrderKey = iota
	ByUpdated
	ByLastLogin
)

var orderKeyNames = [...]string{"created", "updated", "last_login"}

// String gives the key's word.
func (k OrderKey) String() string { return orderKeyNames[k] }

// OrderKeyNamed finds a key by its word.
func OrderKeyNamed(text string) (OrderKey, bool) { return word[OrderKey](orderKeyNames[:], text) }

// UserList is one part of a list of users.
type UserList struct {
	Rows           []Member
	Total          int    // 0 with NoTotal
	TotalCapped    bool   // there are more than Total
	Incomplete     bool   // the search was ended before it had looked at everybody; Next goes on
	Next, Previous string // cursors; "" where there is nothing
}

// UserOverview counts a company's users.
type UserOverview struct {
	Total    int
	Active   int // may sign in
	Archived int
}
