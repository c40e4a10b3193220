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
	"strings"
	"time"

	"kith"
)

// Source gives the newest messages, newest first: at most limit of those looked at, to one address
// unless it is "".
type Source func(ctx context.Context, to string, limit int) ([]*kith.Message, error)

// How many messages are looked at: more where most of them are for other people.
const (
	shown    = 200
	searched = 2000
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("inbox").Parse(pageText))

// policy lets nothing run and nothing be fetched: not on the page, nor in the mails on it, which take it
// over.
const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler serves the page and its JSON. With anyHost false it answers only to the names of this very
// machine, and not through a proxy, so that a page of some other site cannot read it by pointing its own name here.
func Handler(source Source, log *slog.Logger, anyHost bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inbox", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, source, log, "text/html; charset=utf-8", func(to string, list []view) error {
			return page.Execute(w, struct {
				To       string
				Messages []view
			}{to, list})
		})
	})
	mux.HandleFunc("GET /inbox/messages.json", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, source, log, "application/json; charset=utf-8", func(_ string, list []view) error {
			return json.NewEncoder(w).Encode(list)
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

func serve(w http.ResponseWriter, r *http.Request, source Source, log *slog.Logger, media string, write func(to string, list []view) error) {
	to, limit := address(r.URL.Query().Get("to")), shown
	if to != "" {
		limit = searched
	}
	list, err := source(r.Context(), to, limit)
	if err == nil {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Content-Security-Policy", policy)
		err = write(to, views(list[:min(len(list), shown)]))
	}
	if err != nil {
		log.ErrorContext(r.Context(), "inbox", slog.Any("err", err))
		http.Error(w, "The inbox cannot be read; the log says why.", http.StatusInternalServerError)
	}
}

// address is an address as somebody wrote it into a URL. There a plus stands for a space (WHATWG URL, form
// decoding), which few remember who write a telephone number.
func address(to string) string {
	number := strings.TrimPrefix(to, " ")
	to = strings.TrimSpace(to)
	if number == to && number != "" && strings.Trim(number, "0123456789") == "" && len(number) > 6 {
		return "+" + number
	}
	return to
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
func (v view) When() string {
	return time.UnixMilli(v.Created).UTC().Format("2 Jan 2006, 15:04:05 UTC")
}

// Stamp is the time of the message for programs that read the page.
func (v view) Stamp() string { return time.UnixMilli(v.Created).UTC().Format(time.RFC3339) }

// Name is the kind of the message for people.
func (v view) Name() string {
	if v.Kind == kith.ChannelSMS.String() {
		return "SMS"
	}
	return "E-mail"
}

// Document is the mail's page with its links leading out of the frame that it is shown in.
func (v view) Document() string {
	return strings.Replace(v.HTML, "<head>", `<head><base target="_blank">`, 1)
}

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
