// Package inbox shows the development inbox: the messages that no provider was there to carry. It is a
// face of its own, at /inbox, for the person who runs kith on this machine; it never sends or changes
// anything.
package inbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"kith"
)

// Source gives the newest messages, newest first: at most limit of those looked at, to one address
// unless it is "".
type Source func(ctx context.Context, to string, limit int) ([]*kith.Message, error)

// shown is how many messages are looked at.
const shown = 200

//go:embed page.html
var pageText string

var page = template.Must(template.New("inbox").Parse(pageText))

// Handler serves the page and its JSON. With anyHost false it answers only to the names of this very
// machine, and not through a proxy, so that a page of some other site cannot read it by pointing its own name here.
func Handler(source Source, log *slog.Logger, anyHost bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inbox", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, source, log, func(list []*kith.Message) error {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
			return page.Execute(w, views(list))
		})
	})
	mux.HandleFunc("GET /inbox/messages.json", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, source, log, func(list []*kith.Message) error {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			return json.NewEncoder(w).Encode(views(list))
		})
	})
	if anyHost {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !thisMachine(r.Host) || r.Header["X-Forwarded-For"] != nil || r.Header["Forwarded"] != nil {
			http.Error(w, "The development inbox is open on this machine only, under its own names and not through a proxy.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func serve(w http.ResponseWriter, r *http.Request, source Source, log *slog.Logger, write func([]*kith.Message) error) {
	list, err := source(r.Context(), r.URL.Query().Get("to"), shown)
	if err == nil {
		err = write(list)
	}
	if err != nil {
		log.ErrorContext(r.Context(), "inbox", slog.Any("err", err))
		http.Error(w, "The inbox cannot be read; the log says why.", http.StatusInternalServerError)
	}
}

// thisMachine reports whether a Host header is a name or address of the loopback interface.
func thisMachine(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// view is one message as the JSON shows it.
type view struct {
	ID      string   `json:"id"`
	Company string   `json:"company"`
	Kind    string   `json:"kind"`
	To      string   `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	HTML    string   `json:"html"`
	Codes   []string `json:"codes"`
	Links   []string `json:"links"`
	Created int64    `json:"created"`
}

// When is the time of the message for people.
func (v view) When() string { return time.UnixMilli(v.Created).UTC().Format(time.RFC1123) }

func views(list []*kith.Message) []view {
	all := make([]view, len(list))
	for i, m := range list {
		all[i] = view{ID: m.ID.String(), Company: m.Slug, Kind: m.Channel.String(), To: m.To, Subject: m.Subject,
			Text: m.Text, HTML: m.HTML, Codes: orEmpty(m.Codes), Links: orEmpty(m.Links), Created: m.CreatedAt.UnixMilli()}
	}
	return all
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
