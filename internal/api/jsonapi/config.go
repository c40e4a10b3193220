package jsonapi

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"kith"
	"kith/internal/web"
)

// configEnd is the part of the original whose configuration there is.
const configEnd = "backend"

// maxConfig is how long a value may be, in bytes.
const maxConfig = 8 << 10

// config adds the routes of a company's configuration.
func (a *api) config(f *web.Face) {
	value := text(maxConfig)
	const all, one = "/_config", "/_config/" + configEnd + "/{key}"
	view, change := "company."+kith.View.String(), "company."+kith.Change.String()
	serve(f, web.Route{Method: "GET", Path: all, Permission: view, MediaType: "application/json; charset=utf-8", Summary: "The company's configuration"},
		web.Spec{Answer: map[string]any{"type": "object", "additionalProperties": value}}, a.listConfig)
	serve(f, web.Route{Method: "GET", Path: one, Permission: view, MediaType: plainText, Summary: "One value of it"}, web.Spec{Answer: value}, a.getConfig)
	for _, method := range []string{"POST", "PUT", "PATCH"} {
		serve(f, web.Route{Method: method, Path: one, Permission: change, MediaType: plainText, MaxBody: maxConfig, Summary: "Set a value: the body, as it is"},
			web.Spec{Body: value, BodyType: "text/plain", Answer: text(0)}, a.setConfig)
	}
	serve(f, web.Route{Method: "DELETE", Path: one, Permission: change, MediaType: plainText, Summary: "Go back to what is usual"},
		web.Spec{Answer: text(0)}, a.resetConfig)
}

func (a *api) listConfig(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.noQuery(r); err != nil {
		return err
	}
	values, err := a.Directory.Config(r.Context(), web.Actor(r.Context()))
	if err != nil {
		return err
	}
	return web.Write(w, http.StatusOK, "", values)
}

func (a *api) getConfig(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.noQuery(r); err != nil {
		return err
	}
	values, err := a.Directory.Config(r.Context(), web.Actor(r.Context()))
	if err != nil {
		return err
	}
	value, ok := values[r.PathValue("key")]
	if !ok {
		return kith.ErrNotFound
	}
	writeText(w, value)
	return nil
}

var errConfigText = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadFormat, Message: "The body must be text in UTF-8, without the character NUL."}

func (a *api) setConfig(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.noQuery(r); err != nil {
		return err
	}
	body, err := web.ReadBody(r)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) || strings.ContainsRune(string(body), 0) {
		return errConfigText
	}
	value := string(body)
	return a.keep(w, r, &value)
}

func (a *api) resetConfig(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.noQuery(r); err != nil {
		return err
	}
	return a.keep(w, r, nil)
}

// keep sets a value, or resets it.
func (a *api) keep(w http.ResponseWriter, r *http.Request, value *string) error {
	if err := a.Directory.SetConfig(r.Context(), web.Actor(r.Context()), r.PathValue("key"), value); err != nil {
		return err
	}
	writeText(w, "")
	return nil
}
