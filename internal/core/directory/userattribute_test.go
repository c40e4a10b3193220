package directory_test

import (
	"testing"

	"kith"
	"kith/internal/core/directory"
)

// TestNobodyIsFoundByWhatIsHidden: a list cannot be asked for what its reader may not read, or the value
// could be found by trying (T67).
func TestNobodyIsFoundByWhatIsHidden(t *testing.T) {
	h := newHouse(t, true)
	owner := h.company("acme")
	schema, err := h.SetAttributes(t.Context(), owner, map[string]any{"properties": map[string]any{
		"diary": map[string]any{"type": "string", "x-read": []any{"user"}, "x-write": []any{"user", "admin"}, "x-index": true},
		"size":  map[string]any{"type": "integer"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	owner.Company.Attributes = schema
	h.mustMake(owner, directory.NewUserByStaff{Email: "ada@x.example", Metadata: map[string]any{"diary": "mine", "size": 43.0}})
	find := func(key string, op kith.Op, value string) (int, error) {
		list, err := h.Users(t.Context(), owner, kith.UserQuery{Page: kith.Page{Number: 1, Size: 10}, Where: []kith.Condition{
			{Name: "metadata__" + key, Field: kith.FieldMetadata, Key: key, Op: op, Values: []string{value}}}}, nil)
		return len(list.Rows), err
	}
	if n, err := find("size", kith.Equals, "43"); n != 1 || err != nil {
		t.Errorf("by what is shown: %d, %v", n, err)
	}
	for _, tt := range []struct {
		op    kith.Op
		value string
	}{{kith.Equals, "mine"}, {kith.Equals, "yours"}, {kith.StartsWith, "m"}, {kith.IsNull, "false"}} {
		n, err := find("diary", tt.op, tt.value)
		if n != 0 || err != nil { // as of a key that nobody has
			t.Errorf("diary %s %s: %d, %v", tt.op, tt.value, n, err)
		}
	}
}
