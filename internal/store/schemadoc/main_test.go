package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFresh: docs/schema.md tells of the schema as it is.
func TestFresh(t *testing.T) {
	want, err := write(t.Context(), os.DirFS("../migrations"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/schema.md")
	if err != nil || string(got) != string(want) {
		t.Errorf("docs/schema.md is stale (%v): go run ./internal/store/schemadoc -o docs/schema.md", err)
	}
	for _, line := range []string{
		"# Schema", "## Directory tables\n", "\n### company_slugs\n", "\n## Tables of companies\n",
		"| group_id | id or NULL | role group |", "Key: company_id, id. Unique sessions_token: company_id, token_hash.",
	} {
		if !strings.Contains(string(want), line) {
			t.Errorf("the page lacks %q", line)
		}
	}
}

// TestComments: what later migrations add is told as well, and what is told must be true.
func TestComments(t *testing.T) {
	said, err := readComments(fstest.MapFS{
		"1.sql": {Data: []byte("-- +goose Up\n-- About\n-- all.\n\n-- Some things.\nCREATE TABLE things (\n\tid {{bigint}} NOT NULL, -- a number\n\tname TEXT NOT NULL,\n\tPRIMARY KEY (id)\n);\n")},
		"2.sql": {Data: []byte("ALTER TABLE things ADD COLUMN colour {{id}} NOT NULL; -- as seen\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"things": "Some things.", "things.id": "a number", "things.name": "", "things.colour": "as seen"} {
		if got := said.meaning[name]; got != want {
			t.Errorf("%s means %q, want %q", name, got, want)
		}
	}
	if said.intro != "About all." || said.word["things.colour"] != "id" || said.word["things.id"] != "bigint" {
		t.Errorf("read %+v", said)
	}
	if _, err := typeOf("things.id", "TEXT", "bigint"); err == nil {
		t.Error("a database that differs from the migrations went through")
	}
	if _, err := readComments(fstest.MapFS{}); err == nil {
		t.Error("no migrations at all went through")
	}
}
