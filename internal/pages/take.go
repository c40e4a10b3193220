package pages

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kith"
)

// maxForm is the longest body that is taken: a password and a link are far shorter.
const maxForm = 16 << 10

// take answers to a form that was sent.
func (s *server) take(w http.ResponseWriter, r *http.Request, p *page) {
	v := s.view(r, p)
	if !ownForm(r) {
		v.close(v.Words.Owner.Title, []string{v.Words.Foreign})
		v.Failed = true
		s.draw(w, r, http.StatusForbidden, v)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		v.wrong("", v.Words.Failed)
		s.draw(w, r, status, v)
		return
	}
	in := read(p, r.PostForm)
	if in.values == nil {
		v.Form.Pasted = in.pasted
		v.wrong(fieldLink, v.Words.LinkPart)
		s.draw(w, r, http.StatusBadRequest, v)
		return
	}
	next, err := p.act(r.Context(), &s.core, in)
	if err != nil {
		s.refuse(w, r, v, in, err)
		return
	}
	if next != nil {
		v = s.view(r, next)
		in.pasted = "" // it was another link
		v.Form.keep(in)
	} else {
		done := p.text(v.Words)
		v.close(done.Done, done.After)
		if v.Company != nil && goesOn(p) {
			v.GoOn = v.Company.Details.Website
		}
	}
	s.draw(w, r, http.StatusOK, v)
}

// goesOn reports whether somebody who is done with the page has a reason to go to the company's own.
func goesOn(p *page) bool { return p.path != "/deactivate/" && p.path != "/delete/" }

// ownForm reports whether a form comes from a page of this server, as far as the browser says. It only
// spares people surprises: there is no cookie, and whoever does not have the secret of a link can do nothing.
func ownForm(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	// Browsers that do not send the first send "null" here, because the pages ask for no referrer; programs
	// send neither.
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && from.Host == r.Host
}

// read takes the form apart. There are no values if the secrets of the link are not all there.
func read(p *page, sent url.Values) *input {
	in := &input{values: sent, password: sent.Get(fieldPassword), no: sent.Get(fieldAnswer) == answerNo}
	if !whole(p, sent) {
		in.pasted = sent.Get(fieldLink)
		in.values = fragment(in.pasted)
	}
	if !whole(p, in.values) {
		in.values = nil
	}
	return in
}

func whole(p *page, values url.Values) bool {
	for _, name := range p.needs {
		if values.Get(name) == "" {
			return false
		}
	}
	return true
}

// fragment reads the secrets of a link: what follows the mark of the fragment, and there, for a page that
// finds its way by the fragment itself, what follows the question mark. Mail programs break long lines.
func fragment(link string) url.Values {
	_, after, _ := strings.Cut(strings.Join(strings.Fields(link), ""), "#")
	if at := strings.LastIndexByte(after, '?'); at >= 0 {
		after = after[at+1:]
	}
	values, err := url.ParseQuery(after)
	if err != nil {
		return nil
	}
	return values
}

// refuse shows why the core would not.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, v *view, in *input, err error) {
	e := kith.AsError(err)
	status := statusOf(e.Kind)
	if status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "page", slog.Any("err", err))
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	says := v.Words
	switch {
	case e.Code == kith.CodeBadLink && in.pasted != "":
		v.Form.keep(in) // it may be that of the wrong mail: let them paste another
		v.wrong(fieldLink, says.BadLink.Title+". "+strings.Join(says.BadLink.Lead, " "))
	case e.Code == kith.CodeBadLink:
		v.close(says.BadLink.Title, says.BadLink.Lead)
		v.Failed = true
	case e.Code == kith.CodeNotAllowed && in.no:
		v.close(says.NotTheirs.Title, says.NotTheirs.Lead)
	case e.Code == kith.CodeForbidden:
		v.close(says.Owner.Title, says.Owner.Lead)
		v.Failed = true
	default:
		v.Form.keep(in)
		if problem := passwordProblem(says, e.Code); problem != "" && v.Form.Password {
			v.wrong(fieldPassword, problem)
		} else {
			v.wrong("", otherProblem(says, e))
		}
	}
	s.draw(w, r, status, v)
}

// passwordProblem says what is wrong with a password; "" if it is something else that is.
func passwordProblem(says *words, code string) string {
	switch code {
	case kith.CodeRequired:
		return says.Required
	case kith.CodeTooShort:
		return says.TooShort
	case kith.CodeTooLong:
		return says.TooLong
	case kith.CodePasswordWeak:
		return says.Weak
	case kith.CodeBadFormat:
		return says.BadFormat
	default:
		return ""
	}
}

func otherProblem(says *words, e *kith.Error) string {
	switch {
	case e.Code == kith.CodeTaken:
		return says.Taken
	case e.Kind == kith.Limited, e.Kind == kith.Unavailable:
		return says.Later
	default:
		return says.Failed
	}
}

// statusOf is the pages' table from a kind of refusal to its status.
func statusOf(kind kith.Kind) int {
	switch kind {
	case kith.Internal:
		return http.StatusInternalServerError
	case kith.Unavailable:
		return http.StatusServiceUnavailable
	case kith.Limited, kith.Locked:
		return http.StatusTooManyRequests
	case kith.Forbidden:
		return http.StatusForbidden
	default:
		return http.StatusBadRequest
	}
}

// wrong marks the form: at a field, or as a whole.
func (v *view) wrong(field, why string) {
	v.Failed, v.Form.Wrong, v.Form.Error, v.Form.Problem = true, field, why, field == ""
}
