package platform

import (
	"reflect"
	"strings"

	"kith"
	"kith/internal/web"
)

// profileInput is what people may say about themselves. null and "" clear.
type profileInput struct {
	FirstName     web.Opt[string] `json:"first_name" maxLength:"50"`
	MiddleName    web.Opt[string] `json:"middle_name" maxLength:"50"`
	LastName      web.Opt[string] `json:"last_name" maxLength:"50"`
	IDNumber      web.Opt[string] `json:"id_number" maxLength:"50"`
	BirthDate     web.Opt[string] `json:"birth_date" maxLength:"10" doc:"YYYY-MM-DD"`
	Language      web.Opt[string] `json:"language" maxLength:"35" doc:"BCP 47, such as en."`
	Nationality   web.Opt[string] `json:"nationality" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
	Residency     web.Opt[string] `json:"residency" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
	Gender        web.Opt[string] `json:"gender" maxLength:"13" doc:"male, female, other or not_specified."`
	Title         web.Opt[string] `json:"title" maxLength:"3" doc:"mr, mrs, ms or mx."`
	MaritalStatus web.Opt[string] `json:"marital_status" maxLength:"8" doc:"single, married, divorced or widowed."`
	Timezone      web.Opt[string] `json:"timezone" maxLength:"64" doc:"tz database name, such as Asia/Dhaka."`
	AliasName     web.Opt[string] `json:"alias_name" maxLength:"150"`
	LegalName     web.Opt[string] `json:"legal_name" maxLength:"150"`
	BirthPlace    web.Opt[string] `json:"birth_place" maxLength:"150"`
	BirthCountry  web.Opt[string] `json:"birth_country" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
	TaxNumber     web.Opt[string] `json:"tax_number" maxLength:"50"`
	TaxResidency  web.Opt[string] `json:"tax_residency" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
}

// laterProfileInput is what may be said once registered, and not before.
type laterProfileInput struct {
	FathersName       web.Opt[string] `json:"fathers_name" maxLength:"150"`
	MothersName       web.Opt[string] `json:"mothers_name" maxLength:"150"`
	GrandfathersName  web.Opt[string] `json:"grandfathers_name" maxLength:"150"`
	GrandmothersName  web.Opt[string] `json:"grandmothers_name" maxLength:"150"`
	CentralBankNumber web.Opt[string] `json:"central_bank_number" maxLength:"50"`
	Website           web.Opt[string] `json:"website" maxLength:"200" doc:"An http or https URL."`
	BusinessName      web.Opt[string] `json:"business_name" maxLength:"150"`
}

// attributes gathers the attributes that an input names, under their words.
func attributes(inputs ...any) kith.ProfileChange {
	change := make(kith.ProfileChange)
	for _, in := range inputs {
		v := reflect.ValueOf(in)
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if a, known := kith.AttributeNamed(name); known {
				if value := v.Field(i).Interface().(web.Opt[string]); value.Set {
					change[a] = value.Value
				}
			}
		}
	}
	return change
}
