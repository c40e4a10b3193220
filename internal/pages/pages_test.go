package pages_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"kith/internal/pages"
)

// TestPages: the page is there with all that it loads, nothing of it comes from elsewhere or is kept, and
// neither scripts nor styles stand in the page itself, where the policy would stop them.
func TestPages(t *testing.T) {
	mux := http.NewServeMux()
	pages.Mount(mux)
	get := func(path string) (*http.Response, string) {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		r := w.Result()
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, r.StatusCode)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		return r, w.Body.String()
	}
	_, page := get(pages.SetPassword)
	if regexp.MustCompile(`<script>|<style|style="| on[a-z]+="|https?:`).MatchString(page) {
		t.Errorf("the page has what its policy stops, or something from elsewhere:\n%s", page)
	}
	loaded := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(loaded) != 2 {
		t.Errorf("the page loads %v", loaded)
	}
	for _, file := range loaded {
		if r, body := get(pages.SetPassword + file[1]); body == "" || strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s is %d bytes of %s", file[1], len(body), r.Header.Get("Content-Type"))
		}
	}
}
