package kith

import (
	"crypto/sha256"
	"strconv"
	"time"
)

// Currency is what money is counted in: one of ISO 4217, or one that a company made up.
type Currency struct {
	Code         string // "EUR": two to twelve capital letters and digits
	DisplayCode  string // what people see; "" for Code
	Description  string
	Symbol       string
	Unit         string
	Divisibility int // digits after the point, 0 to 18
}

// CompanyCurrency is a currency that a company counts in.
type CompanyCurrency struct {
	Currency
	Metadata  map[string]any // nil if none
	Archived  bool           // users see it no more, and new accounts do without
	CreatedAt time.Time
	UpdatedAt time.Time
}

// AccountDefinition is a kind of account. Everybody gets the one that a company is born with; of the
// others those get one whose group is named.
type AccountDefinition struct {
	Name      string // [a-z0-9][a-z0-9_-]*
	Label     string
	Currency  string // code: of accounts of users in no group that is named below
	Everybody bool   // every new user gets one; their primary account, unless their group says otherwise
	Recon     bool   // its accounts are for reconciliation
	Archived  bool   // nobody gets one any more
	Groups    []DefinitionGroup
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Of finds what the definition says about the members of a group; nil if nothing, or no more.
func (d *AccountDefinition) Of(group GroupID) *DefinitionGroup {
	for i := range d.Groups {
		if d.Groups[i].Group == group && !d.Groups[i].Archived {
			return &d.Groups[i]
		}
	}
	return nil
}

// DefinitionGroup is what an account definition says about the members of a role group.
type DefinitionGroup struct {
	Group      GroupID
	Default    bool // new members get an account of the kind
	Primary    bool // and that is their primary one
	Archived   bool
	Currencies []DefinitionCurrency // none: the company's own currency
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// DefinitionCurrency is one currency that accounts of a kind count in.
type DefinitionCurrency struct {
	Code      string
	Archived  bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Account is an account of a user or of the company itself. kith keeps that it is there, not what is in
// it.
type Account struct {
	Reference  string
	User       UserID // zero: the company's own
	Primary    bool   // the one that the user object shows
	Definition string // "" for one made by hand
	Name       string
	Label      string
	Recon      bool
	Hidden     bool     // staff see it, its user does not
	Archived   bool     // its user sees it no more
	Currencies []string // codes; none: the company's own currency
	Metadata   map[string]any
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// HeldAccount is an account with whom it belongs to.
type HeldAccount struct {
	Account
	Holder *Member // nil for the company's own; of user and group only what names them
}

// AccountAsset stands for one currency of one account.
type AccountAsset struct{}

// AssetID names a currency of an account: always the same, without being kept anywhere (RFC 9562 §5.8).
func AssetID(company CompanyID, reference, code string) ID[AccountAsset] {
	sum := sha256.Sum256([]byte("account asset/" + strconv.FormatInt(int64(company), 10) + "/" + reference + "/" + code))
	id := ID[AccountAsset](sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}
