package kith

import "time"

// Attribute is one thing that a person tells about themself.
type Attribute uint8

// The attributes. The numbers are not stored: the store keeps attributes by name.
const (
	FirstName Attribute = iota
	MiddleName
	LastName
	IDNumber
	BirthDate
	Language
	Nationality
	Residency
	Gender
	Title
	MaritalStatus
	FathersName
	MothersName
	GrandfathersName
	GrandmothersName
	CentralBankNumber
	Timezone
	Website
	BusinessName
	AliasName
	LegalName
	BirthPlace
	BirthCountry
	TaxNumber
	TaxResidency
	AttributeCount // how many there are
)

// DefaultLanguage is that of people who name none.
const DefaultLanguage = "en"

// Form is the shape that an attribute's value must have.
type Form uint8

// The forms of attributes.
const (
	FormText     Form = iota
	FormDate          // a calendar day, YYYY-MM-DD, without zone
	FormCountry       // ISO 3166-1 alpha-2, upper case
	FormLanguage      // BCP 47
	FormTimezone      // tz database name
	FormURL           // http or https
	FormGender        // one of Genders
	FormTitle         // one of Titles
	FormMarital       // one of MaritalStatuses
)

// The closed lists.
var (
	Genders         = []string{"male", "female", "other", "not_specified"}
	Titles          = []string{"mr", "mrs", "ms", "mx"}
	MaritalStatuses = []string{"single", "married", "divorced", "widowed"}
)

var attributes = [AttributeCount]struct {
	name string
	form Form
	max  int
}{
	FirstName:         {"first_name", FormText, 50},
	MiddleName:        {"middle_name", FormText, 50},
	LastName:          {"last_name", FormText, 50},
	IDNumber:          {"id_number", FormText, 50},
	BirthDate:         {"birth_date", FormDate, 10},
	Language:          {"language", FormLanguage, 35},
	Nationality:       {"nationality", FormCountry, 2},
	Residency:         {"residency", FormCountry, 2},
	Gender:            {"gender", FormGender, 13},
	Title:             {"title", FormTitle, 3},
	MaritalStatus:     {"marital_status", FormMarital, 8},
	FathersName:       {"fathers_name", FormText, 150},
	MothersName:       {"mothers_name", FormText, 150},
	GrandfathersName:  {"grandfathers_name", FormText, 150},
	GrandmothersName:  {"grandmothers_name", FormText, 150},
	CentralBankNumber: {"central_bank_number", FormText, 50},
	Timezone:          {"timezone", FormTimezone, 64},
	Website:           {"website", FormURL, 200},
	BusinessName:      {"business_name", FormText, 150},
	AliasName:         {"alias_name", FormText, 150},
	LegalName:         {"legal_name", FormText, 150},
	BirthPlace:        {"birth_place", FormText, 150},
	BirthCountry:      {"birth_country", FormCountry, 2},
	TaxNumber:         {"tax_number", FormText, 50},
	TaxResidency:      {"tax_residency", FormCountry, 2},
}

var attributeByName = func() map[string]Attribute {
	m := make(map[string]Attribute, AttributeCount)
	for a := range AttributeCount {
		m[a.String()] = a
	}
	return m
}()

// String gives the attribute's word, the same in the store, in events and on every face.
func (a Attribute) String() string { return attributes[a].name }

// Form is the shape of the attribute's value.
func (a Attribute) Form() Form { return attributes[a].form }

// Max is the longest value, in Unicode code points.
func (a Attribute) Max() int { return attributes[a].max }

// AttributeNamed finds an attribute by its word.
func AttributeNamed(name string) (Attribute, bool) {
	a, ok := attributeByName[name]
	return a, ok
}

// Profile is what a person told about themself, one value per Attribute. "" means not given.
type Profile [AttributeCount]string

// ProfileChange names the attributes to set; "" clears one, what is absent stays.
type ProfileChange map[Attribute]string

// Apply returns the profile with the change made, and the attributes whose value differs by it.
func (p Profile) Apply(change ProfileChange) (Profile, []Attribute) {
	var differs []Attribute
	for a := range AttributeCount {
		if value, ok := change[a]; ok && value != p[a] {
			p[a] = value
			differs = append(differs, a)
		}
	}
	return p, differs
}

// DateLayout is how calendar days are written: RFC 3339 full-date.
const DateLayout = time.DateOnly
