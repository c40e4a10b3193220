package store

import "testing"

// TestRememberedIsBounded: neither many values nor large ones are kept without end, and what is asked for
// again and again stays.
func TestRememberedIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name       string
		size, most int
	}{
		{"small", 300, 2 * generation},
		{"large", generationSize / 10, 20},
		{"larger than all", 2 * generationSize, 2},
	} {
		var r remembered[int, string]
		for i := range 3 * generation {
			r.put(i, versioned[string]{1, "value", tt.size})
			r.get(0, 1)
		}
		if kept := len(r.young) + len(r.old); kept > tt.most {
			t.Errorf("%s: %d are kept, want %d at most", tt.name, kept, tt.most)
		}
		if _, known := r.get(0, 1); !known && tt.most > 2 {
			t.Errorf("%s: what is asked for each time is gone", tt.name)
		}
		if _, known := r.get(3*generation-1, 1); !known {
			t.Errorf("%s: the newest is gone", tt.name)
		}
		if _, known := r.get(3*generation-1, 2); known {
			t.Errorf("%s: an older version is taken for a newer", tt.name)
		}
	}
}
