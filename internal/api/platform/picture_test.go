package platform_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"kith/internal/store/dbtest"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// drawing is an image of one colour.
func drawing(t *testing.T, w, h int, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var red, seeThrough = color.RGBA{255, 0, 0, 255}, color.RGBA{}

// upload is a form with a file as its part profile; disposition may be written by hand.
func upload(t *testing.T, method, path, token string, content []byte, header textproto.MIMEHeader, fields map[string]string) request {
	t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	if header == nil {
		header = named("me.png")
	}
	part, err := parts.CreatePart(header)
	if err == nil {
		_, err = part.Write(content)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err == nil {
			err = parts.WriteField(name, fields[name])
		}
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return request{method, path, http.Header{"Content-Type": {parts.FormDataContentType()}, "Authorization": {"Token " + token}}, body.String()}
}

// named is the header of a part profile whose file has that name.
func named(name string) textproto.MIMEHeader {
	return textproto.MIMEHeader{"Content-Disposition": {`form-data; name="profile"; filename="` + name + `"`}, "Content-Type": {"image/png"}}
}

// fetch gets what lies at an address that an answer gave.
func (w *world) fetch(method, address string, header http.Header) answer {
	w.t.Helper()
	target := strings.TrimPrefix(address, "http://kith.example")
	if target == address {
		w.t.Fatalf("%q is not of the public URL", address)
	}
	if header == nil {
		header = http.Header{}
	}
	return w.arrange(request{method: method, path: target, header: header})
}

// TestPicture: a picture is kept, shown wherever its user is, replaced and taken away, and the events tell.
func TestPicture(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	first := w.do(upload(t, "PATCH", "/3/user/", token, drawing(t, 30, 20, red), nil, map[string]string{"first_name": "Ada"})).want(http.StatusOK)
	address := first.text("data.profile")
	a := w.fetch("GET", address, nil).want(http.StatusOK)
	shown, err := jpeg.Decode(strings.NewReader(a.body))
	if err != nil || shown.Bounds().Size() != image.Pt(30, 20) || first.at("data.first_name") != "Ada" {
		t.Errorf("shown is %v, %v", shown, err)
	}
	id := first.text("data.id")
	for path, at := range map[string]string{"/3/user/": "data.profile", "/3/auth/": "data.profile", "/3/admin/users/": "data.results.0.profile",
		"/3/admin/users/" + id + "/": "data.profile", "/3/admin/company/": "data.owner.profile", "/3/admin/users/tokens/": "data.results.0.user.profile",
		"/3/admin/company/owner/": "data.owner.profile", "/3/admin/accounts/?user=" + id: "data.results.0.user.profile"} {
		if got := w.do(ask("GET", path, token, "")).want(http.StatusOK).at(at); got != address {
			t.Errorf("%s shows %v, want %s", path, got, address)
		}
	}
	if got := w.do(ask("POST", "/3/auth/login/", "", fmt.Sprintf(`{"company": "acme", "user": "owner@acme.example", "password": %q}`, goodPassword))).want(200).at("data.user.profile"); got != address {
		t.Errorf("login shows %v", got)
	}

	// Sent back as it was shown, whenever that was, it stays; another text is none.
	w.clock.move(30 * time.Minute)
	for _, path := range []string{"/3/user/", "/3/admin/users/" + id + "/"} {
		before := w.dump()
		w.do(ask("PATCH", path, token, fmt.Sprintf(`{"profile": %q}`, address))).want(http.StatusOK)
		if got := dbtest.Changed(before, w.dump()); len(got) > 0 {
			t.Errorf("the address sent back wrote %v", got)
		}
		for _, text := range []string{"x", "http://evil.example/me.png", strings.Replace(address, "/acme/", "/other/", 1)} {
			if a := w.do(ask("PATCH", path, token, fmt.Sprintf(`{"profile": %q}`, text))).want(http.StatusBadRequest); a.at("data.profile") == nil {
				t.Errorf("%s: %s", text, a.body)
			}
		}
	}

	second := w.do(upload(t, "PUT", "/3/user/", token, drawing(t, 5, 5, seeThrough), nil, nil)).want(http.StatusOK).text("data.profile")
	w.fetch("GET", address, nil).want(http.StatusNotFound)
	if got := w.fetch("GET", second, nil).want(http.StatusOK).header.Get("Content-Type"); got != "image/png" {
		t.Errorf("what one sees through is served as %s", got)
	}
	w.sweeps(t, 1)
	for i, take := range []request{ask("PATCH", "/3/user/", token, `{"profile": null}`), multipartRequest(t, "PATCH", "/3/user/", url.Values{"profile": {""}})} {
		if i > 0 {
			take.header.Set("Authorization", "Token "+token)
			second = w.do(upload(t, "PATCH", "/3/user/", token, drawing(t, 5, 5, red), nil, nil)).want(http.StatusOK).text("data.profile")
		}
		if got := w.do(take).want(http.StatusOK).at("data.profile"); got != nil {
			t.Errorf("taken away it shows %v", got)
		}
		w.fetch("GET", second, nil).want(http.StatusNotFound)
	}
	w.sweeps(t, 0)
	w.do(ask("PATCH", "/3/user/", token, `{"profile": null}`)).want(http.StatusOK)
	told := w.do(ask("GET", "/3/admin/audit/?noun=user", token, "")).want(http.StatusOK)
	if got := strings.Count(told.body, `"profile"`); got < 5 || strings.Contains(told.body, "IHDR") {
		t.Errorf("the events tell of %d changes: %s", got, told.body)
	}
}

// sweeps lets the worker remove what nothing keeps, and counts what is left.
func (w *world) sweeps(t *testing.T, want int) {
	t.Helper()
	w.clock.move(2 * time.Minute)
	if _, err := w.core.Directory.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := w.db.QueryRowContext(t.Context(), "SELECT count(*) FROM files").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if got := w.blobs.Len(); got != want || rows != want {
		t.Errorf("%d files and %d rows are left, want %d", got, rows, want)
	}
}

// TestStaffPictures: staff give users pictures, new ones too, see those of the archived and change them no more.
func TestStaffPictures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	owner := w.company("acme").text("data.token")
	made := w.do(upload(t, "POST", "/3/admin/users/", owner, drawing(t, 5, 5, red), nil, map[string]string{"email": "ada@x.example"})).want(http.StatusCreated)
	path := "/3/admin/users/" + made.text("data.id") + "/"
	w.fetch("GET", made.text("data.profile"), nil).want(http.StatusOK)
	next := w.do(upload(t, "PATCH", path, owner, drawing(t, 6, 6, red), nil, nil)).want(http.StatusOK).text("data.profile")
	w.fetch("GET", made.text("data.profile"), nil).want(http.StatusNotFound)
	w.do(ask("DELETE", path, owner, "")).want(http.StatusOK)
	w.clock.move(2 * time.Hour)
	w.fetch("GET", next, nil).want(http.StatusNotFound)
	w.fetch("GET", w.do(ask("GET", path, owner, "")).want(http.StatusOK).text("data.profile"), nil).want(http.StatusOK)
	if a := w.do(upload(t, "PATCH", path, owner, drawing(t, 6, 6, red), nil, nil)).want(http.StatusBadRequest); a.at("data.archived") == nil {
		t.Errorf("an archived user's: %s", a.body)
	}
	// Whatever is refused leaves nothing behind for long, and what is said of it says all.
	a := w.do(upload(t, "POST", "/3/admin/users/", owner, []byte("<svg/>"), nil, map[string]string{"email": "no", "birth_date": "2026-02-30"})).want(http.StatusBadRequest)
	for _, field := range []string{"data.profile", "data.email"} {
		if a.at(field) == nil {
			t.Errorf("%s is not named: %s", field, a.body)
		}
	}
	w.do(upload(t, "POST", "/3/admin/users/", owner, drawing(t, 5, 5, red), nil, map[string]string{"email": "ada@x.example"})).want(http.StatusBadRequest)
	w.clock.move(time.Hour)
	w.sweeps(t, 1)
	// Who may not change users does not have images read either.
	token := w.user("acme", "eva@x.example").text("data.token")
	before := w.dump()
	w.do(upload(t, "PATCH", path, token, drawing(t, 6, 6, red), nil, nil)).want(http.StatusForbidden)
	if got := dbtest.Changed(before, w.dump()); len(got) > 0 || w.blobs.Len() != 1 {
		t.Errorf("a refused image wrote %v and %d files", got, w.blobs.Len())
	}
}

// TestFileAddress: an address is good for its own file, company and hour, to the millisecond, and all that are
// not get one answer (T82).
func TestFileAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token, other := w.company("acme").text("data.token"), w.company("other").text("data.token")
	address := w.do(upload(t, "PATCH", "/3/user/", token, drawing(t, 5, 5, red), nil, nil)).want(http.StatusOK).text("data.profile")
	theirs := w.do(upload(t, "PATCH", "/3/user/", other, drawing(t, 5, 5, red), nil, nil)).want(http.StatusOK).text("data.profile")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	expires, err := strconv.ParseInt(u.Query().Get("expires"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	left := time.UnixMilli(expires).Sub(w.clock.read())
	if left <= 54*time.Minute || left > time.Hour {
		t.Errorf("the address is good for %v", left)
	}
	a := w.fetch("GET", address, nil).want(http.StatusOK)
	for name, want := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control": fmt.Sprintf("private, max-age=%d", int(left.Seconds())), "Accept-Ranges": "bytes"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := a.header.Get("Content-Disposition"); !strings.HasPrefix(got, `inline; filename="`) || !strings.HasSuffix(got, `.jpg"`) {
		t.Errorf("Content-Disposition: %s", got)
	}
	w.fetch("GET", address, http.Header{"If-None-Match": {a.header.Get("Etag")}}).want(http.StatusNotModified)
	if part := w.fetch("GET", address, http.Header{"Range": {"bytes=0-1"}}).want(http.StatusPartialContent); part.body != "\xff\xd8" {
		t.Errorf("the first two bytes are %q", part.body)
	}
	if head := w.fetch("HEAD", address, nil).want(http.StatusOK); head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(a.body)) {
		t.Errorf("HEAD: %d bytes, %v", len(head.body), head.header)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		w.fetch(method, address, nil).want(http.StatusMethodNotAllowed)
	}

	nobody := w.fetch("GET", "http://kith.example/files/nobody/00000000-0000-7000-8000-000000000000?expires=1&signature=x", nil).want(http.StatusNotFound)
	refused := func(what, address string) {
		t.Helper()
		got := w.fetch("GET", address, nil)
		if got.status != nobody.status || got.body != nobody.body || got.header.Get("Cache-Control") != "no-store" || len(got.header) != len(nobody.header) {
			t.Errorf("%s: %d %q %v", what, got.status, got.body, got.header)
		}
	}
	id := strings.Split(u.Path, "/")[3]
	signature := u.Query().Get("signature")
	changedTo := func(name, value string) string {
		query := u.Query()
		query.Set(name, value)
		return "http://kith.example" + u.Path + "?" + query.Encode()
	}
	refused("of another company", strings.Replace(address, "/acme/", "/other/", 1))
	refused("another's file", strings.Replace(address, id, strings.Split(theirs, "/")[5][:36], 1))
	refused("a file that is not there", strings.Replace(address, id, "00000000-0000-7000-8000-000000000000", 1))
	refused("a name that is none", strings.Replace(address, id, "master.key", 1))
	refused("longer", changedTo("expires", strconv.FormatInt(expires+1, 10)))
	refused("without end", changedTo("expires", "9223372036854775807"))
	refused("no number", changedTo("expires", "soon"))
	refused("no query", "http://kith.example"+u.Path)
	for i := range signature {
		other := byte('A')
		if signature[i] == 'A' {
			other = 'E'
		}
		refused(fmt.Sprintf("signature differs at %d", i), changedTo("signature", signature[:i]+string(other)+signature[i+1:]))
	}
	refused("signature cut", changedTo("signature", signature[:len(signature)-1]))
	refused("signature padded", changedTo("signature", signature+"="))
	w.setStatus("suspend", "acme")
	refused("of a suspended company", address)
	w.setStatus("resume", "acme")

	w.clock.move(left - time.Second)
	w.fetch("GET", address, nil).want(http.StatusOK)
	w.clock.move(time.Second - time.Millisecond)
	w.fetch("GET", address, nil).want(http.StatusOK)
	w.clock.move(time.Millisecond)
	refused("when it expires", address)
	w.clock.move(time.Second)
	refused("a second later", address)
	w.clock.move(-time.Hour)
	w.fetch("GET", address, nil).want(http.StatusOK) // a clock that was wrong brings nothing back that had another end
}

// TestHostileUploads: whatever a file is called and whatever stands in it, it is a picture of kith's making or
// refused with a word about it (T100, T101, T106).
func TestHostileUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	good := drawing(t, 5, 5, red)
	for _, name := range []string{"../../x", "/etc/passwd", `..\\..\\x`, strings.Repeat("x", 4096) + ".png", "CON", "\u202egnp.exe",
		"x.html", "x.svg", "x.php;.png", ".", "~", "master.key"} {
		r := upload(t, "PATCH", "/3/user/", token, good, named(name), nil)
		a := w.do(r).want(http.StatusOK)
		served := w.fetch("GET", a.text("data.profile"), nil).want(http.StatusOK)
		if got := served.header.Get("Content-Disposition"); len(got) > 70 || strings.ContainsAny(got, "\\/\x00") {
			t.Errorf("%q is served as %s", name, got)
		}
	}
	for what, header := range map[string]textproto.MIMEHeader{
		"declared as a page":  {"Content-Disposition": named("me.png")["Content-Disposition"], "Content-Type": {"text/html"}},
		"declared as no type": {"Content-Disposition": named("me.png")["Content-Disposition"], "Content-Type": {"x"}},
		"undeclared":          {"Content-Disposition": named("me.png")["Content-Disposition"]},
	} {
		a := w.do(upload(t, "PATCH", "/3/user/", token, good, header, nil)).want(http.StatusOK)
		if got := w.fetch("GET", a.text("data.profile"), nil).header.Get("Content-Type"); got != "image/jpeg" {
			t.Errorf("%s: served as %s", what, got)
		}
	}
	before := w.dump()
	for what, content := range map[string][]byte{
		"a page":           []byte("<!doctype html><script>alert(1)</script>"),
		"a drawing":        []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"a document":       []byte("%PDF-1.7\n<script>alert(1)</script>"),
		"nothing":          {},
		"5 MiB":            append(slices.Clone(good), make([]byte, 5<<20-len(good))...),
		"half":             good[:len(good)/2],
		"a PNG of 50,000²": []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x06\x00\x00\x00\x7a\xc7\xbb\x3c"),
	} {
		if a := w.do(upload(t, "PATCH", "/3/user/", token, content, nil, nil)).want(http.StatusBadRequest); a.at("data.profile") == nil {
			t.Errorf("%s: %s", what, a.body)
		}
	}
	w.do(upload(t, "PATCH", "/3/user/", token, good, named("a\x00.png"), nil)).want(http.StatusBadRequest)
	two := upload(t, "PATCH", "/3/user/", token, good, nil, nil)
	at := strings.Index(two.body[2:], "--"+two.body[2:20]) + 2
	two.body = two.body[:at] + two.body
	if a := w.do(two).want(http.StatusBadRequest); a.at("data.profile") == nil {
		t.Errorf("two pictures: %s", a.body)
	}
	if a := w.do(upload(t, "PATCH", "/3/user/", token, good, nil, map[string]string{"profile": "x"})).want(http.StatusBadRequest); a.at("data.profile") == nil {
		t.Errorf("a picture and a text: %s", a.body)
	}
	w.do(upload(t, "PATCH", "/3/user/", token, make([]byte, 7<<20), nil, nil)).want(http.StatusRequestEntityTooLarge)
	if got := dbtest.Changed(before, w.dump()); len(got) > 0 {
		t.Errorf("what was refused wrote %v", got)
	}
	// Other routes take no more than before.
	w.do(upload(t, "PATCH", "/3/admin/company/", token, make([]byte, 2<<20), nil, nil)).want(http.StatusRequestEntityTooLarge)
}

// TestPicturesSideBySide: of many changes at once one is the last; its picture is kept, and no other.
func TestPicturesSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.company("acme").text("data.token")
	content := drawing(t, 5, 5, red)
	var all sync.WaitGroup
	for range 20 {
		r := upload(t, "PATCH", "/3/user/", token, content, nil, nil)
		all.Go(func() {
			if a := w.arrange(r); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	w.fetch("GET", w.do(ask("GET", "/3/user/", token, "")).text("data.profile"), nil).want(http.StatusOK)
	w.sweeps(t, 1)
}
