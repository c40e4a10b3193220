package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestOperationsAreAllNamed: every operation that a package of the core offers to route tables can be
// explained, so it stands in Operations.
func TestOperationsAreAllNamed(t *testing.T) {
	named := make(map[string]bool)
	ast.Inspect(parse(t, "operation.go"), func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := s.X.(*ast.Ident); ok && len(s.Sel.Name) > len("Op") && strings.HasPrefix(s.Sel.Name, "Op") {
				named[pkg.Name+"."+s.Sel.Name] = true
			}
		}
		return true
	})
	offered := 0
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file := parse(t, path)
		for _, d := range file.Decls {
			vars, ok := d.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			for _, s := range vars.Specs {
				for i, value := range s.(*ast.ValueSpec).Values {
					name := s.(*ast.ValueSpec).Names[i]
					if !isOp(value) || !name.IsExported() {
						continue
					}
					offered++
					if !named[file.Name.Name+"."+name.Name] {
						t.Errorf("Operations lacks %s.%s", file.Name.Name, name.Name)
					}
				}
			}
		}
		return nil
	})
	if err != nil || offered < 10 || offered < len(named) {
		t.Errorf("%d operations found, %d named, %v", offered, len(named), err)
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// isOp reports whether an expression is a gate.Op{…}.
func isOp(e ast.Expr) bool {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	s, ok := literal.Type.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Op"
}
