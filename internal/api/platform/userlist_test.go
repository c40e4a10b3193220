package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// follow goes from link to link and gives the e-mails on the way; each link begins as the client's own did.
func (w *world) follow(path, token, direction string) (emails []string, last string) {
	w.t.Helper()
	const host = "http://kith.example"
	for range 50 {
		a := w.do(ask("GET", path, token, "")).want(http.StatusOK)
		rows, _ := a.at("data.results").([]any)
		for i := range rows {
			emails = append(emails, a.text(fmt.Sprintf("data.results.%d.email", i)))
		}
		last = path
		next, ok := a.at("data." + direction).(string)
		if !ok {
			return emails, last
		}
		if !strings.HasPrefix(next, host+"/3/admin/users/?") {
			w.t.Fatalf("a link that the client did not ask for: %s", next)
		}
		path = strings.TrimPrefix(next, host)
	}
	w.t.Fatal("the list has no end")
	return nil, ""
}

// TestFollowingLinks: whoever follows next meets everyone once, in order, by page or by cursor, and whoever
// follows previous from there meets them again.
func TestFollowingLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	want := []string{"owner@acme.example"}
	for i := range 7 {
		email := fmt.Sprintf("user%d@x.example", i)
		w.clock.move(time.Second) // users of one moment have no order
		w.user("acme", email)
		want = append(want, email)
	}
	for _, query := range []string{"orderby=created", "orderby=created&archived=false", "orderby=created&pagination=cursor",
		"orderby=created&temporary=false&language=en", "orderby=created&status=pending"} {
		path := "/3/admin/users/?page_size=3&" + query
		onwards, last := w.follow(path, token, "next")
		if fmt.Sprint(onwards) != fmt.Sprint(want) {
			t.Errorf("%s: onwards %v, want %v", query, onwards, want)
		}
		back, _ := w.follow(last, token, "previous")
		if len(back) != len(want) {
			t.Errorf("%s: back %v, want all of %v", query, back, want)
		}
	}
}

// TestForgedCursors: a cursor that is another company's, another list's or changed in one place is refused
// as bad input, whatever was changed (T67).
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token, other := w.company("acme").text("data.token"), w.company("beta").text("data.token")
	w.user("acme", "a@x.example")
	w.user("beta", "b@x.example")
	cursorOf := func(token string) string {
		next, err := url.Parse(w.do(ask("GET", "/3/admin/users/?page_size=1", token, "")).text("data.next"))
		if err != nil {
			t.Fatal(err)
		}
		return next.Query().Get("cursor")
	}
	mine := cursorOf(token)
	get := func(query string) int {
		return w.arrange(ask("GET", "/3/admin/users/?page_size=1&"+query, token, "")).status
	}
	if got := get("cursor=" + mine); got != http.StatusOK {
		t.Fatalf("the list's own cursor: %d", got)
	}
	for name, query := range map[string]string{
		"another company's": "cursor=" + cursorOf(other),
		"another list's":    "status=pending&cursor=" + mine,
		"another order's":   "orderby=updated&cursor=" + mine,
		"cut":               "cursor=" + mine[:len(mine)-1],
		"longer":            "cursor=" + mine + "A",
		"no base64":         "cursor=%00%27%3B--",
	} {
		if got := get(query); got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
	for i := range mine {
		changed := []byte(mine)
		if changed[i]++; changed[i] == mine[i] || strings.IndexByte("+/:[`{", changed[i]) >= 0 {
			changed[i] = 'A'
		}
		if string(changed) == mine {
			continue
		}
		if got := get("cursor=" + string(changed)); got != http.StatusBadRequest {
			t.Errorf("with character %d changed: %d", i, got)
		}
	}
}

// TestNoOracle: who may not read users learns nothing from filters, orders and counts either; and names of
// parameters and fields are never part of a statement (T67, T68).
func TestNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	person := w.user("acme", "a@x.example").text("data.token")
	for _, query := range []string{"", "email=a@x.example", "email__startswith=a", "orderby=-updated", "page=2", "cursor=x", "search=a"} {
		a := w.do(ask("GET", "/3/admin/users/?"+query, person, "")).want(http.StatusForbidden)
		if b := w.do(ask("GET", "/3/admin/users/", person, "")); a.body != b.body {
			t.Errorf("%s is told otherwise: %s", query, a.body)
		}
	}
	for _, query := range []string{"orderby=created;--", "orderby=password", "orderby=created'", "metadata__a'b=1", "metadata__%22=1",
		"status__in=pending,'", "id__in='"} {
		w.do(ask("GET", "/3/admin/users/?"+query, token, "")).want(http.StatusBadRequest)
	}
	for _, query := range []string{"search='%3B--", "first_name__contains=%25", "email__contains=_", "metadata__a=%27+OR+1=1", "group='", "user=%27"} {
		if got := w.do(ask("GET", "/3/admin/users/?"+query, token, "")).want(http.StatusOK).at("data.count"); fmt.Sprint(got) != "0" {
			t.Errorf("%s finds %v", query, got)
		}
	}
}
