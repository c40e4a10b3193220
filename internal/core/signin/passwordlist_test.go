package signin

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go/frequency"
)

var update = flag.Bool("update", false, "rewrite passwordlist.txt")

// TestPasswordList holds passwordlist.txt to its source, and with -update makes it.
func TestPasswordList(t *testing.T) {
	ranks := map[string]int{}
	for name, most := range map[string]int{"Passwords": 1 << 16, "English": 10_000, "MaleNames": 1000, "FemaleNames": 2000, "Surnames": 5000} {
		list := frequency.Lists[name].List
		for i, word := range list[:min(most, len(list))] {
			word = foldPassword(word)
			if n := utf8.RuneCountInString(word); n < shortestListed || n > longestListed || strings.ContainsAny(word, " \n") {
				continue
			}
			if rank, seen := ranks[word]; !seen || i+1 < rank {
				ranks[word] = i + 1
			}
		}
	}
	lines := make([]string, 0, len(ranks))
	for word, rank := range ranks {
		lines = append(lines, fmt.Sprintf("%s %d\n", word, bits.Len(uint(rank))))
	}
	slices.Sort(lines)
	want := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile("passwordlist.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if passwordList != want {
		t.Error("passwordlist.txt is not what its source gives: run the test with -update")
	}
	if common := len(frequency.Lists["Passwords"].List); common < 3000 {
		t.Errorf("only %d common passwords; ASVS 6.2.4 asks for 3,000", common)
	}
	for word, rank := range ranks {
		if got := listedBits()[word]; got != float64(bits.Len(uint(rank))) {
			t.Fatalf("%q counts %v bits; its rank is %d", word, got, rank)
		}
	}
}
