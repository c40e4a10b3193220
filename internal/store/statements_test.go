package store_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// statement is one SQL text of the store and the method that runs it, as "users.Get".
type statement struct {
	method string
	text   string // blanks folded
	system bool   // run without a company
}

// source is the store's own code.
type source struct {
	files  map[string]*ast.File
	consts map[string]ast.Expr
}

// engineFiles run the statements that others bring; all other files may bring them only through
// helpers that this test knows.
var engineFiles = []string{"bulk.go", "dialect.go", "migrate.go", "postgres.go", "sqlite.go", "store.go", "tx.go", "writer.go"}

func readSource(t *testing.T) source {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := source{make(map[string]*ast.File), make(map[string]ast.Expr)}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files[name] = file
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.ValueSpec); ok && len(c.Names) == len(c.Values) {
				for i, name := range c.Names {
					s.consts[name.Name] = c.Values[i]
				}
			}
			return true
		})
	}
	return s
}

// text writes out a string expression: literals, constants and sums of them. Locking differs between
// the engines, and counts as nothing.
func (s source) text(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.Unquote(e.Value)
	case *ast.Ident:
		if value, ok := s.consts[e.Name]; ok {
			return s.text(value)
		}
		return "", fmt.Errorf("%s is no constant", e.Name)
	case *ast.BinaryExpr:
		left, err := s.text(e.X)
		if err != nil {
			return "", err
		}
		right, err := s.text(e.Y)
		return left + right, err
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "lockRow" {
			return "", nil
		}
	}
	return "", fmt.Errorf("a text put together in a way that this test does not read (%T)", e)
}

// The helpers that run a statement, by the position of its text, and those of them that pass on the
// text they are given.
var (
	companyHelpers = map[string]int{"exec": 1, "row": 1, "one": 1, "ids": 1, "serials": 1, "keys": 1}
	nounHelpers    = map[string]int{"pairs": 1}
	systemHelpers  = map[string]int{"sysExec": 1, "sysRow": 1, "sysEach": 1, "sealed": 1, "messageKeys": 1}
	forwarders     = []string{"Tx.one", "Tx.ids", "Tx.serials", "Tx.keys", "links.pairs", "System.sealed", "System.messageKeys",
		"users.inside", "userWalk.read"} // the last two: see UserListTexts
)

// textOf finds the text in a call that runs a statement.
func textOf(call *ast.CallExpr) (text ast.Expr, system bool) {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if f.Name == "each" {
			return call.Args[2], false
		}
	case *ast.SelectorExpr:
		if at, ok := systemHelpers[f.Sel.Name]; ok {
			return call.Args[at], true
		}
		on, _ := f.X.(*ast.Ident)
		field, _ := f.X.(*ast.SelectorExpr)
		onTx := on != nil && on.Name == "tx" || field != nil && field.Sel.Name == "tx"
		if at, ok := companyHelpers[f.Sel.Name]; ok && onTx {
			return call.Args[at], false
		}
		if at, ok := nounHelpers[f.Sel.Name]; ok && on != nil {
			return call.Args[at], false
		}
	}
	return nil, false
}

// textsOf finds the texts in a call that runs a statement: two where a KeySpan chooses by its direction.
func textsOf(call *ast.CallExpr) (texts []ast.Expr, system bool) {
	text, system := textOf(call)
	if text == nil {
		return nil, false
	}
	if choice, ok := text.(*ast.CallExpr); ok {
		if f, ok := choice.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "text" {
			return choice.Args, system
		}
	}
	return []ast.Expr{text}, system
}

// methodName is "users.Get" for a method, its own name for a function.
func methodName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	on := f.Recv.List[0].Type
	if star, ok := on.(*ast.StarExpr); ok {
		on = star.X
	}
	switch generic := on.(type) {
	case *ast.IndexExpr:
		on = generic.X
	case *ast.IndexListExpr:
		on = generic.X
	}
	return on.(*ast.Ident).Name + "." + f.Name.Name
}

// statements lists every SQL text that the nouns and System run.
func statements(t *testing.T) []statement {
	t.Helper()
	s := readSource(t)
	var list []statement
	for name, file := range s.files {
		if slices.Contains(engineFiles, name) {
			continue
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || slices.Contains(forwarders, methodName(f)) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				exprs, system := textsOf(call)
				for _, expr := range exprs {
					text, err := s.text(expr)
					if err != nil {
						t.Errorf("%s: %v", methodName(f), err)
					}
					list = append(list, statement{methodName(f), strings.Join(strings.Fields(text), " "), system})
				}
				return true
			})
		}
	}
	if len(list) < 50 {
		t.Fatalf("only %d statements found: the test no longer reads the source", len(list))
	}
	slices.SortStableFunc(list, func(a, b statement) int { return strings.Compare(a.method, b.method) })
	return list
}

var (
	insertOwn = regexp.MustCompile(`^INSERT INTO \w+ \(company_id, [^)]*\) VALUES \(\$1, `)
	reference = regexp.MustCompile(`(?:FROM|JOIN|UPDATE) (\w+)(?: ([a-z]))?\b`)
	brackets  = regexp.MustCompile(`\([^()]*\)`)
)

// forgets says how a statement of a company could reach another's rows; "" if it cannot.
func forgets(text string) string {
	if strings.HasPrefix(text, "INSERT") {
		if !insertOwn.MatchString(text) {
			return "does not insert $1 as its company_id"
		}
		return ""
	}
	if !strings.Contains(text, "company_id = $1") {
		return "does not ask for company_id = $1"
	}
	for _, table := range reference.FindAllStringSubmatch(text, -1) {
		column := "company_id = "
		if table[2] != "" {
			column = table[2] + "." + column
		}
		if !strings.Contains(text, column) {
			return "does not narrow " + table[1] + " to the company"
		}
	}
	_, where, _ := strings.Cut(text, " WHERE ")
	for brackets.MatchString(where) {
		where = brackets.ReplaceAllString(where, "")
	}
	if strings.Contains(where, " OR ") {
		return "has an OR that the company does not bind"
	}
	return ""
}

// TestStatementsNameTheCompany: no query can forget it.
func TestStatementsNameTheCompany(t *testing.T) {
	for _, s := range statements(t) {
		if s.system {
			continue
		}
		if how := forgets(s.text); how != "" {
			t.Errorf("%s %s: %s", s.method, how, s.text)
		}
	}
	for _, bad := range []string{
		`SELECT id FROM users WHERE id = $2`,
		`SELECT id FROM users u WHERE u.company_id = $2`,
		`SELECT id FROM users WHERE company_id = $1 AND id = $2 OR id = $3`,
		`SELECT u.id FROM identifiers i JOIN users u ON u.id = i.user_id WHERE i.company_id = $1`,
		`UPDATE users SET flags = $2 WHERE id = $3`,
		`DELETE FROM sessions WHERE user_id = $2`,
		`INSERT INTO users (id, company_id) VALUES ($1, $2)`,
		`INSERT INTO users (company_id, id) VALUES ($2, $1)`,
		`INSERT INTO users (company_id, id) SELECT company_id, $2 FROM sessions`,
	} {
		if forgets(bad) == "" {
			t.Errorf("the check would let pass: %s", bad)
		}
	}
}

// TestWritesMoveTheVersion: what Views remember of a user, group or company is known by its version,
// so every write to one moves it. The password is not among what is remembered.
func TestWritesMoveTheVersion(t *testing.T) {
	versioned := regexp.MustCompile(`^UPDATE (users|groups|companies) `)
	seen := 0
	for _, st := range statements(t) {
		if !versioned.MatchString(st.text) || st.method == "credentials.SetPassword" {
			continue
		}
		seen++
		if !strings.Contains(st.text, "version = version + 1") {
			t.Errorf("%s leaves the version as it was: %s", st.method, st.text)
		}
	}
	if seen == 0 {
		t.Error("no write to a versioned table was found")
	}
}

// TestLimitsAreSums: SQLite looks at a parameter that stands alone behind LIMIT or OFFSET when it plans, and
// so plans anew at every run. It does not look into a sum.
func TestLimitsAreSums(t *testing.T) {
	alone := regexp.MustCompile(`(?:LIMIT|OFFSET) \$`)
	for _, s := range statements(t) {
		if alone.MatchString(s.text) {
			t.Errorf("%s is planned at every run, since its LIMIT is a parameter: write LIMIT 0 + $n: %s", s.method, s.text)
		}
	}
}

// TestNounsUseTheHelpers: outside the engine no file reaches past the helpers that add the company.
func TestNounsUseTheHelpers(t *testing.T) {
	for name, file := range readSource(t).files {
		if slices.Contains(engineFiles, name) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"q", "db", "engine"}, s.Sel.Name) {
				t.Errorf("%s reaches into .%s: statements go through exec, row, each and one", name, s.Sel.Name)
			}
			return true
		})
	}
}

// TestSystemStatements: what crosses companies is written down, so that more of it is a decision.
func TestSystemStatements(t *testing.T) {
	const golden = "testdata/system.golden"
	var got strings.Builder
	for _, s := range statements(t) {
		if s.system {
			fmt.Fprintf(&got, "%s\n\t%s\n", s.method, s.text)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil { //nolint:gosec // as git has it
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("System's statements changed. If companies may be crossed so, run this test with -update.\n got\n%s\nwant\n%s", got.String(), want)
	}
}
