package kith_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"kith"
)

func TestAsError(t *testing.T) {
	cause := errors.New("disk on fire")
	known := kith.BadField("email", kith.CodeTaken, "Taken.").Because(cause)
	if got := kith.AsError(fmt.Errorf("register: %w", known)); got != known {
		t.Errorf("wrapped, it becomes %v", got)
	}
	got := kith.AsError(fmt.Errorf("read: %w", cause))
	if got.Kind != kith.Internal || got.Code != kith.CodeInternal || strings.Contains(got.Message, "fire") {
		t.Errorf("a stranger's error is shown as %+v", got)
	}
	if !errors.Is(got, cause) {
		t.Error("the log cannot see the cause")
	}
	if (&kith.Error{}).Kind != kith.Internal {
		t.Error("an error that nobody classified is not internal")
	}
}

func TestErrorCopies(t *testing.T) {
	original := &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Message: "Taken."}
	copied := original.In("mobile").Because(errors.New("unique index"))
	if original.Field != "" || original.Err != nil {
		t.Errorf("the original became %+v", original)
	}
	if copied.Field != "mobile" || copied.Error() != "mobile: Taken.: unique index" {
		t.Errorf("the copy says %q", copied.Error())
	}
	if !errors.Is(copied, original) || errors.Is(copied, kith.ErrNotFound) || errors.Is(&kith.Error{}, &kith.Error{}) {
		t.Error("errors are not compared by their code")
	}
}

func TestErrorsListsAll(t *testing.T) {
	a, b, c := kith.BadField("a", "x", "A."), kith.BadField("b", "x", "B."), kith.BadField("c", "x", "C.")
	list := kith.Errors(errors.Join(a, errors.Join(b, c)))
	if !slices.Equal(list, []*kith.Error{a, b, c}) {
		t.Errorf("listed as %v", list)
	}
	if one := kith.Errors(errors.New("stranger")); len(one) != 1 || one[0].Kind != kith.Internal {
		t.Errorf("a stranger's error is listed as %v", one)
	}
}

// TestCodesAreDistinct: programs tell errors apart by them.
func TestCodesAreDistinct(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		word := spec.Values[0].(*ast.BasicLit).Value
		if was := seen[word]; was != "" {
			t.Errorf("%s and %s are both %s", was, spec.Names[0], word)
		}
		seen[word] = spec.Names[0].Name
		return true
	})
	if len(seen) < 20 {
		t.Errorf("only %d codes were read", len(seen))
	}
}
