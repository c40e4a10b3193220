package signin

import (
	_ "embed"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// enoughBits is the work that a password must ask of a guesser who knows this page: 2^32 guesses
// are more than a year at a hundred a second, far beyond what the limits on sign-in allow.
const enoughBits = 32

// passwordList holds common passwords, English words and names, one a line with the bits that it
// takes to name it among those at least as common. TestPasswordList makes it from the lists of
// zxcvbn-go (MIT licence) and fails when it is stale.
//
//go:embed passwordlist.txt
var passwordList string

// Lengths of listed words, in code points. Shorter ones are in any text by chance.
const (
	shortestListed = 3
	longestListed  = 24
)

// listedBits is passwordList by word, made when first asked for.
var listedBits = sync.OnceValue(func() map[string]float64 {
	listed := make(map[string]float64, strings.Count(passwordList, "\n"))
	for line := range strings.Lines(passwordList) {
		word, digits, _ := strings.Cut(line, " ")
		bits, err := strconv.Atoi(strings.TrimSpace(digits))
		if err != nil {
			panic("signin: passwordlist.txt: " + err.Error()) // TestPasswordList wrote it otherwise
		}
		listed[word] = float64(bits)
	}
	return listed
})

// foldPassword takes away what a guesser tries anyhow: letter case and width.
func foldPassword(s string) string { return norm.NFKC.String(cases.Fold().String(s)) }

// unleet undoes the usual stand-ins for letters, each one rune for one.
var unleet = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t")

// walks are sequences that fingers and minds follow, forth and back.
var walks = func() []string {
	forth := []string{
		"abcdefghijklmnopqrstuvwxyz", "012345678901234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
		"azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
		"1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "a1b2c3d4e5f6g7h8i9j0", "1a2b3c4d5e6f7g8h9i0j", "!@#$%^&*()_+",
	}
	both := slices.Clone(forth)
	for _, walk := range forth {
		back := []byte(walk)
		slices.Reverse(back)
		both = append(both, string(back))
	}
	return both
}()

const (
	shortestWalk = 3
	walkBits     = 6 // which walk, where it starts
	copyBits     = 3 // and the distance: "the same again"
	ownWordBits  = 1
	leetBits     = 1
	longestMeter = 192 // folding may lengthen a password; what follows is only more
)

// guessBits estimates how hard the password is to guess, as the cheapest way to put it together
// from listed words, the user's own words, walks, repetitions of what came before, and single
// characters (the idea of zxcvbn, Wheeler 2016).
func guessBits(password string, words []string) float64 {
	plain := []rune(foldPassword(password))
	plain = plain[:min(len(plain), longestMeter)]
	letters := []rune(unleet.Replace(string(plain)))
	own := ownParts(words)
	cheapest := make([]float64, len(plain)+1)
	for i := range plain {
		cheapest[i+1] = math.Inf(1)
	}
	for i, r := range plain {
		reach := func(length int, bits float64) {
			cheapest[i+length] = min(cheapest[i+length], cheapest[i]+bits)
		}
		reach(1, runeBits(r))
		for length := shortestListed; length <= longestListed && i+length <= len(plain); length++ {
			reach(length, wordBits(string(plain[i:i+length]), own))
			reach(length, leetBits+wordBits(string(letters[i:i+length]), own))
		}
		for length := range walkFrom(plain[i:]) + 1 {
			if length >= shortestWalk {
				reach(length, walkBits)
			}
		}
		for distance := 1; distance <= i; distance++ {
			if length := copied(plain, i, distance); length > 0 {
				reach(length, copyBits+math.Log2(float64(distance)))
			}
		}
	}
	return cheapest[len(plain)]
}

// ownParts are the single words in words, folded.
func ownParts(words []string) map[string]bool {
	parts := map[string]bool{}
	for _, word := range words {
		for _, part := range strings.FieldsFunc(foldPassword(word), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			parts[part] = true
		}
	}
	return parts
}

func wordBits(word string, own map[string]bool) float64 {
	if own[word] {
		return ownWordBits
	}
	if bits, listed := listedBits()[word]; listed {
		return bits
	}
	return math.Inf(1)
}

// walkFrom is how many runes from the start follow one walk.
func walkFrom(s []rune) int {
	longest := 0
	for length := shortestWalk; length <= len(s); length++ {
		part := string(s[:length])
		if !slices.ContainsFunc(walks, func(walk string) bool { return strings.Contains(walk, part) }) {
			break
		}
		longest = length
	}
	return longest
}

// copied is how many runes from i on repeat those that stand distance before them.
func copied(s []rune, i, distance int) int {
	length := 0
	for i+length < len(s) && s[i+length] == s[i+length-distance] {
		length++
	}
	return length
}

// runeBits is the choice that one character is, when nothing better explains it.
func runeBits(r rune) float64 {
	switch {
	case '0' <= r && r <= '9':
		return math.Log2(10)
	case 'a' <= r && r <= 'z':
		return math.Log2(26)
	case r <= unicode.MaxASCII:
		return math.Log2(33)
	default:
		return 8
	}
}
