package kith_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath, Doc string
	Imports         []string
	GoFiles         []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// under reports whether an import path is the pattern or, where that ends in /..., lies below it.
func under(path, pattern string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}

// drivers may be imported by the store alone.
var drivers = []string{"modernc.org/sqlite/...", "github.com/jackc/pgx/...", "github.com/pressly/goose/..."}

// never lists what the packages of a storey must not import.
var never = map[string][]string{
	"kith":                  {"kith/..."},
	"kith/internal/store":   {"kith/internal/core/...", "kith/internal/web/...", "kith/internal/api/...", "net/http"},
	"kith/internal/seal":    {"kith/..."},
	"kith/internal/web/...": {"kith/internal/core/...", "kith/internal/store/...", "kith/internal/api/...", "database/sql"},
	"kith/internal/core/...": {"net/http", "database/sql", "kith/internal/web/...", "kith/internal/api/...", "kith/internal/worker",
		"kith/internal/files", "kith/internal/inbox", "kith/internal/mail/...", "kith/internal/oidc", "kith/internal/pages", "kith/internal/sms"},
	"kith/internal/api/...":      {"kith/internal/store/...", "database/sql", "kith/cmd/..."},
	"kith/internal/api/jsonapi":  {"kith/internal/api/platform", "kith/internal/core/gate", "kith/internal/core/directory", "kith/internal/core/signin", "kith/internal/core/access"},
	"kith/internal/api/platform": {"kith/internal/api/jsonapi"},
	"kith/internal/docs":         {"kith/..."},
	"kith/internal/inbox":        {"kith/internal/..."},
	"kith/internal/blob":         {"kith/internal/...", "net/http"},
	"kith/internal/picture":      {"kith/internal/...", "net/http"},
	"kith/internal/files":        {"kith/internal/store/...", "kith/internal/api/...", "database/sql"},
	"kith/internal/oidc":         {"kith/internal/store/...", "kith/internal/api/...", "database/sql"},
	"kith/internal/mail":         {"kith/internal/...", "database/sql", "net/http"},
	"kith/internal/pages":        {"kith/internal/..."},
	"kith/internal/sms":          {"kith/internal/...", "database/sql"},
	"kith/internal/seed":         {"net/http", "database/sql", "kith/internal/web/...", "kith/internal/api/..."},
	"kith/internal/worker":       {"kith/internal/store/...", "database/sql", "net/http"},
	// Inside the core the arrows point down as well: see the drawing in CONTRIBUTING.md.
	"kith/internal/core/gate":      {"kith/internal/core", "kith/internal/core/audit", "kith/internal/core/access", "kith/internal/core/directory", "kith/internal/core/signin", "kith/internal/core/message"},
	"kith/internal/core/audit":     {"kith/internal/core", "kith/internal/core/signin", "kith/internal/core/message"},
	"kith/internal/core/access":    {"kith/internal/core", "kith/internal/core/audit", "kith/internal/core/directory", "kith/internal/core/signin", "kith/internal/core/message"},
	"kith/internal/core/message":   {"kith/internal/core", "kith/internal/core/audit", "kith/internal/core/directory", "kith/internal/core/signin"},
	"kith/internal/core/directory": {"kith/internal/core", "kith/internal/core/audit", "kith/internal/core/signin"},
	"kith/internal/core/signin":    {"kith/internal/core", "kith/internal/core/audit"},
	"kith/internal/core/resource":  {"kith/internal/core", "kith/internal/core/audit"},
	"kith/internal/core/wording":   {"kith/internal/core/...", "kith/internal/store"},
}

// TestImports holds the house to its plan: imports only point down.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		for pattern, banned := range never {
			if under(p.ImportPath, pattern) {
				report(t, p, banned)
			}
		}
		if !under(p.ImportPath, "kith/internal/store/...") && !under(p.ImportPath, "kith/bench/...") {
			report(t, p, drivers)
		}
	}
}

func report(t *testing.T, p pkg, banned []string) {
	t.Helper()
	for _, imported := range p.Imports {
		for _, pattern := range banned {
			if imported != p.ImportPath && under(imported, pattern) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// TestWordsStandAlone: package kith imports the standard library only.
func TestWordsStandAlone(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "kith" {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("kith imports %s", imported)
			}
		}
	}
}

// TestPackageDocs: every package says what it owns.
func TestPackageDocs(t *testing.T) {
	const enough = 30 // of its first sentence
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && len(p.Doc) < enough {
			t.Errorf("%s: its doc is %q", p.ImportPath, p.Doc)
		}
	}
}
