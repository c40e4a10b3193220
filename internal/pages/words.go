package pages

import (
	"net/http"
	"reflect"
	"strings"

	"golang.org/x/text/language"

	"kith"
)

// words is all that the pages say, in one language. {company} is the company's name, {at} the same with
// "at" before it, {length} a number of characters.
type words struct {
	Somebody, At, AtSomebody string // a company nobody knows the name of; "at" one; "at" that one

	Error      string // before the title of a page that has one
	Link       string // label of the field for the link
	LinkHint   string
	LinkPart   string // what was pasted is no whole link
	Password   string
	LengthHint string
	Show       string // the password
	Help       string // before an address to ask at
	GoOn       string // to the company's own pages

	Verify, Fresh, Reset, Set, Deactivate, Delete text

	// Instead of a form: the link has failed; the account that somebody said is not theirs stays somebody's;
	// it is the owner's.
	BadLink, NotTheirs, Owner text

	Required, TooShort, TooLong, Weak, BadFormat string // a password
	Taken, Later, Foreign, Failed                string
}

// text is what one page says.
type text struct {
	Title string
	Lead  []string
	Yes   string // the button
	No    string // the other button; "" on all pages but one
	Done  string // the title afterwards
	After []string
}

// speaks lists the languages in the order of words; the first is for those who read none of them.
var speaks = language.NewMatcher([]language.Tag{language.English, language.German, language.Spanish, language.French, language.Portuguese})

var spoken = []struct {
	tag   string
	words *words
}{{"en", &english}, {"de", &german}, {"es", &spanish}, {"fr", &french}, {"pt", &portuguese}}

// wordsFor picks the language that the browser likes best of those the pages speak, for the company.
func wordsFor(r *http.Request, c *kith.Company) (tag string, said words) {
	// What cannot be read is no wish; whoever sends kilobytes wishes for nothing (RFC 9110 §12.5.4).
	const long = 1 << 10
	var wishes []language.Tag
	if header := r.Header.Get("Accept-Language"); len(header) < long {
		wishes, _, _ = language.ParseAcceptLanguage(header)
	}
	_, at, _ := speaks.Match(wishes...)
	said = *spoken[at].words
	name, where := said.Somebody, said.AtSomebody
	if c != nil {
		name = companyName(c)
		where = strings.ReplaceAll(said.At, "{company}", name)
	}
	fill(reflect.ValueOf(&said).Elem(), strings.NewReplacer("{company}", name, "{at}", where))
	return spoken[at].tag, said
}

// fill replaces in every string of v, with slices of its own: the words are everybody's.
func fill(v reflect.Value, with *strings.Replacer) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(with.Replace(v.String()))
	case reflect.Slice:
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for i := range v.Len() {
			fill(v.Index(i), with)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), with)
		}
	default:
		panic("pages: words have texts only")
	}
}

func companyName(c *kith.Company) string {
	if c.Details.Name != "" {
		return c.Details.Name
	}
	return c.Slug
}
