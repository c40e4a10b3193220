package platform

import (
	"encoding/json"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

// companyInput is a company to be made: an object, or as older clients send it just its id.
type companyInput struct{ fields companyFieldsInput }

type companyFieldsInput struct {
	ID string `json:"id" required:"true" maxLength:"63"`
	companyDetailsInput
	Mode web.Opt[string] `json:"mode" enum:"test,production" doc:"Fixed for life. Not given: test on a loopback listener, production elsewhere."`
}

// companyDetailsInput is what a company says about itself.
type companyDetailsInput struct {
	Name                 web.Opt[string] `json:"name" maxLength:"100"`
	LegalName            web.Opt[string] `json:"legal_name" maxLength:"100"`
	Description          web.Opt[string] `json:"description"`
	Website              web.Opt[string] `json:"website" maxLength:"200"`
	SupportWebsite       web.Opt[string] `json:"support_website" maxLength:"200"`
	DocumentationWebsite web.Opt[string] `json:"documentation_website" maxLength:"200"`
	SupportEmail         web.Opt[string] `json:"support_email" maxLength:"254"`
	ContactEmail         web.Opt[string] `json:"contact_email" maxLength:"254"`
	SystemEmail          web.Opt[string] `json:"system_email" maxLength:"254"`
	Country              web.Opt[string] `json:"country" maxLength:"2"`
	Public               web.Opt[bool]   `json:"public"`
	Metadata             *map[string]any `json:"metadata" doc:"Merged into what is there; null removes a key."`
}

// OpenAPI describes both forms.
func (companyInput) OpenAPI() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "string", "minLength": 1, "maxLength": 63},
		web.SchemaOf[companyFieldsInput](),
	}}
}

// UnmarshalJSON reads either form.
func (c *companyInput) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &c.fields.ID)
	}
	return web.Unmarshal(text, &c.fields)
}

// core is the input in the core's words.
func (c companyInput) core() directory.NewCompany {
	in := c.fields
	company := directory.NewCompany{Slug: in.ID, Public: in.Public.Value, SystemEmail: in.SystemEmail.Value,
		Details: kith.CompanyDetails{Name: in.Name.Value, LegalName: in.LegalName.Value, Description: in.Description.Value,
			Website: in.Website.Value, SupportWebsite: in.SupportWebsite.Value,
			DocumentationWebsite: in.DocumentationWebsite.Value, SupportEmail: in.SupportEmail.Value,
			ContactEmail: in.ContactEmail.Value, Country: in.Country.Value}}
	if in.Metadata != nil {
		company.Metadata = *in.Metadata
	}
	if word, given := in.Mode.Get(); given {
		mode := kith.Production
		if word == kith.Test.String() {
			mode = kith.Test
		}
		company.Mode = &mode
	}
	return company
}

// change is the input as a change of the company that there is.
func (in companyDetailsInput) change() directory.CompanyChange {
	c := directory.CompanyChange{
		Name: given(in.Name), LegalName: given(in.LegalName), Description: given(in.Description),
		Website: given(in.Website), SupportWebsite: given(in.SupportWebsite),
		DocumentationWebsite: given(in.DocumentationWebsite), SupportEmail: given(in.SupportEmail),
		ContactEmail: given(in.ContactEmail), SystemEmail: given(in.SystemEmail), Country: given(in.Country),
		Public: given(in.Public),
	}
	if in.Metadata != nil {
		c.Metadata = *in.Metadata
	}
	return c
}

// given is the value that a request names, null being the zero one; nil if it names none.
func given[T any](o web.Opt[T]) *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}
