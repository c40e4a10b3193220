package signin

import (
	"strings"
	"testing"

	"github.com/ccojocar/zxcvbn-go/frequency"

	"kith"
)

var passwordCases = []struct {
	name, password string
	mode           kith.CompanyMode
	code           string // "" if taken
}{
	{"test takes any", "1", kith.Test, ""},
	{"test takes common ones", "password", kith.Test, ""},
	{"test takes the company's name", "acme", kith.Test, ""},
	{"test takes 128", strings.Repeat("x", 128), kith.Test, ""},
	{"test, empty", "", kith.Test, kith.CodeRequired},
	{"test, too long", strings.Repeat("x", 129), kith.Test, kith.CodeTooLong},
	{"test, NUL", "abc\x00", kith.Test, kith.CodeBadFormat},
	{"test, not UTF-8", "abc\xff", kith.Test, kith.CodeBadFormat},

	{"empty", "", kith.Production, kith.CodeRequired},
	{"14 characters", "kelp&bravo#tin", kith.Production, kith.CodeTooShort},
	{"15 characters", "kelp&bravo#tin7", kith.Production, ""},
	{"15 code points of two bytes", "жёлтый-кот-спит", kith.Production, ""},
	{"14 when composed", "e\u0301kelp&bravo#ti", kith.Production, kith.CodeTooShort},
	{"128 code points", strings.Repeat("kelp&bravo#tin7 ", 7) + "violet-otter-52!", kith.Production, ""},
	{"129 code points", strings.Repeat("kelp&bravo#tin7 ", 7) + "violet-otter-52!!", kith.Production, kith.CodeTooLong},
	{"128 of four bytes", strings.Repeat("🦦🐝🌵⛵🎷🧀🪁🍋", 16), kith.Production, ""},
	{"endless", strings.Repeat("kelp", 1_000_000), kith.Production, kith.CodeTooLong},
	{"NUL inside", "kelp&bravo#tin7\x00x", kith.Production, kith.CodeBadFormat},
	{"not UTF-8", "kelp&bravo#tin7\xff", kith.Production, kith.CodeBadFormat},
	{"a passphrase of common words", "correct horse battery staple", kith.Production, ""},
	{"letters only", "quiltmarblevoxtundra", kith.Production, ""},
	{"digits only", "847261958372615", kith.Production, ""},
	{"64 characters", "the-small-otter-sleeps-under-a-violet-bridge-beside-nine-lanterns", kith.Production, ""},
	{"emoji and spaces", "🦦 sleeps under 🌵 gladly", kith.Production, ""},

	{"common, twice", "passwordpassword", kith.Production, kith.CodePasswordWeak},
	{"common and digits", "password12345678", kith.Production, kith.CodePasswordWeak},
	{"common and a date", "password19870512", kith.Production, kith.CodePasswordWeak},
	{"common in disguise", "P@ssw0rdP@ssw0rd!", kith.Production, kith.CodePasswordWeak},
	{"common in fullwidth", "ｐａｓｓｗｏｒｄ12345678", kith.Production, kith.CodePasswordWeak},
	{"two common ones", "footballbaseball", kith.Production, kith.CodePasswordWeak},
	{"three common ones", "monkeydragonshadow", kith.Production, kith.CodePasswordWeak},
	{"a common phrase", "thisismypassword", kith.Production, kith.CodePasswordWeak},
	{"one key", "aaaaaaaaaaaaaaaaaaaa", kith.Production, kith.CodePasswordWeak},
	{"two keys", "abababababababababab", kith.Production, kith.CodePasswordWeak},
	{"growing repetition", "122333444455555", kith.Production, kith.CodePasswordWeak},
	{"keyboard row", "qwertyuiopasdfghjkl", kith.Production, kith.CodePasswordWeak},
	{"keyboard columns", "1qaz2wsx3edc4rfv", kith.Production, kith.CodePasswordWeak},
	{"zigzag", "1q2w3e4r5t6y7u8i", kith.Production, kith.CodePasswordWeak},
	{"counting", "123456789012345", kith.Production, kith.CodePasswordWeak},
	{"there and back", "12345678987654321", kith.Production, kith.CodePasswordWeak},
	{"alphabet", "abcdefghijklmnop", kith.Production, kith.CodePasswordWeak},

	{"company's slug inside", "kelp&ACME#bravo#tin", kith.Production, kith.CodePasswordWeak},
	{"company's name without spaces", "kelp-acmebankltd-tin", kith.Production, kith.CodePasswordWeak},
	{"family name in disguise", "k3lp L0v3l@ce br4vo", kith.Production, kith.CodePasswordWeak},
	{"local part with other dots", "kelp adalove-lace tin", kith.Production, kith.CodePasswordWeak},
	{"a short name inside is no fault", "kelp&ada#bravo#tin", kith.Production, ""},
	{"a short name repeated is", "AdaAda!AdaAda!2026", kith.Production, kith.CodePasswordWeak},
}

func TestCheckPassword(t *testing.T) {
	company := []string{"acme", "Acme Bank Ltd", "ada.lovelace", "Ada", "Lovelace", ""}
	for _, tt := range passwordCases {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckPassword(tt.mode, tt.password, company...)
			if tt.code == "" {
				if err != nil {
					t.Errorf("refused: %v (%.1f bits)", err, guessBits(tt.password, company))
				}
				return
			}
			e := kith.AsError(err)
			if err == nil || e.Kind != kith.Invalid || e.Code != tt.code || e.Field != "" || e.Message == "" {
				t.Errorf("got %#v; want Invalid, code %s, no field", err, tt.code)
			}
		})
	}
}

// TestCommonPasswordsRefused is threat T29: no common password gets in, whatever the shortest length
// will be, nor when it is brought to today's in the usual ways.
func TestCommonPasswordsRefused(t *testing.T) {
	refuse := func(password string, shortest int) {
		refusal := checkPassword(kith.Production, shortest, password, nil)
		if refusal == nil || refusal.Code != kith.CodePasswordWeak {
			t.Errorf("%q: %v (%.1f bits); want it refused as weak", password, refusal, guessBits(password, nil))
		}
	}
	for i, common := range frequency.Lists["Passwords"].List {
		refuse(common, 1)
		if i < 400 {
			refuse(common+common+common+common, shortestPassword)
			refuse(common+"12345678901", shortestPassword)
			refuse(strings.ToUpper(common[:1])+common[1:]+"!!!!!!!!!!!", shortestPassword)
		}
	}
}

// TestRandomPasswordsTaken is the other side: the meter must not refuse what a manager draws.
func TestRandomPasswordsTaken(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	seed := uint64(42)
	for range 500 {
		var drawn strings.Builder
		for range shortestPassword {
			seed = seed*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator: the same run each time
			drawn.WriteByte(letters[(seed>>33)%uint64(len(letters))])
		}
		if err := CheckPassword(kith.Production, drawn.String()); err != nil {
			t.Errorf("%q is refused: %v", drawn.String(), err)
		}
	}
}

func TestShorterBesideASecondFactor(t *testing.T) {
	if refusal := checkPassword(kith.Production, shortestPasswordOfPair, "kq&7#zvB", nil); refusal != nil {
		t.Errorf("8 characters are refused: %v", refusal)
	}
	if refusal := checkPassword(kith.Production, shortestPasswordOfPair, "kq&7#zv", nil); refusal == nil || refusal.Code != kith.CodeTooShort {
		t.Errorf("7 characters: %v", refusal)
	}
}

// FuzzCheckPassword holds that what is taken can be hashed without losing anything.
func FuzzCheckPassword(f *testing.F) {
	for _, s := range []string{"", "correct horse battery staple", "a\x00b", "\xff", "ﷺﷺﷺ", "e\u0301", strings.Repeat("\u0344", 300)} {
		f.Add(s, "acme")
	}
	f.Fuzz(func(t *testing.T, password, word string) {
		for _, mode := range []kith.CompanyMode{kith.Test, kith.Production} {
			if CheckPassword(mode, password, word) == nil && !hashable(password) {
				t.Errorf("%s takes %q, which would not be compared whole", mode, password)
			}
		}
	})
}

func BenchmarkCheckPassword(b *testing.B) {
	longest := strings.Repeat("kelp&bravo#tin7 ", 7) + "violet-otter-52!"
	for _, tt := range []struct{ name, password string }{{"usual", "correct horse battery staple"}, {"longest", longest}} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				if err := CheckPassword(kith.Production, tt.password, "acme"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
