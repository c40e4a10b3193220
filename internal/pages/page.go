package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kith"
)

// page is one kind of page: a form for the secret of a link, and what happens when it is sent.
type page struct {
	path     string // above the slug
	needs    []string
	password bool // it asks for a new one
	text     func(*words) *text
	act      func(ctx context.Context, core *Core, in *input) (next *page, err error)
}

// input is what the form of a page brings.
type input struct {
	values   url.Values // the secrets of the link, by name
	pasted   string     // the link, if they came so
	password string
	no       bool // the second button
}

// The names of the fields.
const (
	fieldLink     = "link"
	fieldPassword = "password"
	fieldAnswer   = "answer"
	answerNo      = "no"
)

var (
	byKey  = []string{"key"}
	byUser = []string{"uid", "token"}
)

// pages lists them all.
var pages = []*page{
	{path: "/verify-email/", needs: byKey, text: func(w *words) *text { return &w.Verify }, act: verify},
	{path: "/reset-password/", needs: byUser, password: true, text: func(w *words) *text { return &w.Reset }, act: setPassword},
	{path: "/set-password/", needs: byUser, password: true, text: func(w *words) *text { return &w.Set }, act: setPassword},
	{path: "/deactivate/", needs: byKey, text: func(w *words) *text { return &w.Deactivate },
		act: func(ctx context.Context, core *Core, in *input) (*page, error) {
			return nil, core.Deactivate(ctx, in.values.Get("key"))
		}},
	{path: "/delete/", needs: byKey, text: func(w *words) *text { return &w.Delete },
		act: func(ctx context.Context, core *Core, in *input) (*page, error) {
			return nil, core.RequestDeletion(ctx, in.values.Get("key"))
		}},
}

// fresh is what the page to verify an address goes on to for those whose address somebody else used. It
// sends its form to the page that sets passwords.
var fresh = &page{path: "/set-password/", needs: byUser, password: true, text: func(w *words) *text { return &w.Fresh }, act: setPassword}

func verify(ctx context.Context, core *Core, in *input) (*page, error) {
	key := in.values.Get("key")
	if !in.no {
		return nil, core.VerifyEmail(ctx, key)
	}
	user, secret, err := core.Disown(ctx, key)
	in.values = url.Values{"uid": {user}, "token": {secret}}
	return fresh, err
}

func setPassword(ctx context.Context, core *Core, in *input) (*page, error) {
	return nil, core.SetPassword(ctx, in.values.Get("uid"), in.values.Get("token"), in.password)
}

// view is what the layout shows.
type view struct {
	Language string
	Words    *words
	Title    string
	Lead     []string
	Company  *kith.Company // nil if nobody's
	Name     string        // of the company; "" if nobody's
	Colors   string        // where its colours are; "" if nobody's
	Failed   bool          // the title says so
	Form     *form         // nil if there is nothing to send
	GoOn     string        // the company's own pages, once all is done; "" for none
}

// form is the part of a page that is sent.
type form struct {
	Action   string
	Needs    string // names of the secrets, for the script
	Secrets  []secret
	Paste    bool // the secrets are not here yet
	Pasted   string
	Password bool
	Hint     string // "" if any password will do
	Yes, No  string
	Wrong    string // the field with the error; "" if it is none's
	Error    string // "" if there is none
	Problem  bool   // there is an error, and it is no field's
}

// secret is a hidden field.
type secret struct{ Name, Value string }

// view makes what a page shows before anything is sent.
func (s *server) view(r *http.Request, p *page) *view {
	c := s.company(r)
	language, said := wordsFor(r, c)
	text := p.text(&said)
	v := &view{Language: language, Words: &said, Title: text.Title, Lead: text.Lead, Company: c}
	v.Form = &form{Action: p.path, Needs: strings.Join(p.needs, " "), Paste: true, Password: p.password, Yes: text.Yes, No: text.No}
	for _, name := range p.needs {
		v.Form.Secrets = append(v.Form.Secrets, secret{Name: name})
	}
	if c == nil {
		return v
	}
	v.Name, v.Colors = companyName(c), files+c.Slug+"/colors.css"
	v.Form.Action += c.Slug
	if shortest := s.core.Shortest(c.Mode); shortest > 1 {
		v.Form.Hint = strings.ReplaceAll(said.LengthHint, "{length}", strconv.Itoa(shortest))
	}
	return v
}

// keep puts secrets that were sent into the form that is shown again.
func (f *form) keep(in *input) {
	f.Pasted = in.pasted
	if f.Paste = in.pasted != ""; f.Paste {
		return
	}
	for i := range f.Secrets {
		f.Secrets[i].Value = in.values.Get(f.Secrets[i].Name)
	}
}

// close leaves a page with nothing but words.
func (v *view) close(title string, lead []string) {
	v.Title, v.Lead, v.Form = title, lead, nil
}
