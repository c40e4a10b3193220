package directory

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"kith"
)

// longestLocal is as long as a local part may be.
var longestLocal = strings.Repeat("a", 64)

var identifyCases = []struct {
	name, input   string
	kind          kith.IdentifierKind
	shown, folded string // "" when refused
	code          string
}{
	{"e-mail", "ada@example.org", kith.Email, "ada@example.org", "ada@example.org", ""},
	{"e-mail, other case", "Ada.Lovelace@Example.ORG", kith.Email, "Ada.Lovelace@Example.ORG", "ada.lovelace@example.org", ""},
	{"dots and plus count", "a.d.a+kith@example.org", kith.Email, "a.d.a+kith@example.org", "a.d.a+kith@example.org", ""},
	{"international domain", "ada@Bücher.example", kith.Email, "ada@Bücher.example", "ada@xn--bcher-kva.example", ""},
	{"its ASCII form", "ada@xn--bcher-kva.example", kith.Email, "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", ""},
	{"international local part", "Çelik@example.org", kith.Email, "Çelik@example.org", "çelik@example.org", ""},
	{"longest local part", longestLocal + "@example.org", kith.Email, longestLocal + "@example.org", longestLocal + "@example.org", ""},
	{"local part too long", longestLocal + "a@example.org", kith.Email, "", "", kith.CodeTooLong},
	{"address too long", "a@" + strings.Repeat(longestLocal[:60]+".", 5) + "org", kith.Email, "", "", kith.CodeTooLong},
	{"empty", "", kith.Email, "", "", kith.CodeRequired},
	{"no at sign", "ada", kith.Email, "", "", kith.CodeBadFormat},
	{"two at signs", "ada@home@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"space around", " ada@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"no-break space", "ada\u00a0@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"display name", "Ada<ada@example.org>", kith.Email, "", "", kith.CodeBadFormat},
	{"quoted", `"a da"@example.org`, kith.Email, "", "", kith.CodeBadFormat},
	{"comment", "ada(x)@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"two recipients", "ada@example.org,eve@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"header injection", "ada@example.org\r\nBcc:eve@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"NUL", "ada\x00@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"not UTF-8", "ad\xff@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"leading dot", ".ada@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"double dot", "a..da@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"no local part", "@example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"no domain", "ada@", kith.Email, "", "", kith.CodeBadFormat},
	{"one label", "ada@localhost", kith.Email, "", "", kith.CodeBadFormat},
	{"root dot", "ada@example.org.", kith.Email, "", "", kith.CodeBadFormat},
	{"leading dot in domain", "ada@.example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"underscore in domain", "ada@ex_ample.org", kith.Email, "", "", kith.CodeBadFormat},
	{"hyphen first", "ada@-example.org", kith.Email, "", "", kith.CodeBadFormat},
	{"address literal", "ada@[127.0.0.1]", kith.Email, "", "", kith.CodeBadFormat},
	{"bare IP address", "ada@127.0.0.1", kith.Email, "", "", kith.CodeBadFormat},
	{"A-label of plain ASCII", "ada@xn--example-.org", kith.Email, "", "", kith.CodeBadFormat},
	{"A-label of nothing", "ada@xn--.org", kith.Email, "", "", kith.CodeBadFormat},
	{"label too long", "ada@" + longestLocal + ".org", kith.Email, "", "", kith.CodeBadFormat},
	{"fullwidth", "ａda@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"fullwidth at sign", "ada＠example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"Kelvin sign", "\u212aith@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"Kelvin sign in the domain", "ada@\u212aith.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"long s", "e\u017fe@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"dotless i", "\u0131da@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"dotted capital I", "\u0130da@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"ligature", "o\ufb03ce@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"sharp s", "ada@straße.example", kith.Email, "", "", kith.CodeNotAllowed},
	{"zero-width space", "ad\u200ba@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"zero-width joiner", "ad\u200da@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"soft hyphen", "ad\u00ada@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"variation selector", "ad\ufe0fa@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"grapheme joiner", "ad\u034fa@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"Hangul filler", "ad\u3164a@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"writing direction", "\u202eada@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"decomposed", "C\u0327elik@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"marks in another order", "a\u0301\u0323@example.org", kith.Email, "", "", kith.CodeNotAllowed},
	{"ideographic stop", "ada@example。org", kith.Email, "", "", kith.CodeBadFormat},
	{"emoji", "😀@example.org", kith.Email, "", "", kith.CodeBadFormat},

	{"mobile", "+27831234567", kith.Mobile, "+27831234567", "+27831234567", ""},
	{"mobile with punctuation", "+27 (83) 123-45.67", kith.Mobile, "+27831234567", "+27831234567", ""},
	{"mobile of the seeds", "+27840000000", kith.Mobile, "+27840000000", "+27840000000", ""},
	{"national zero in parentheses", "+44 (0) 7912 345678", kith.Mobile, "+447912345678", "+447912345678", ""},
	{"mobile without plus", "27831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"national number", "083 123 4567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"double zero", "0027831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"fullwidth digits", "+２７831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"Arabic digits", "+٢٧831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"fullwidth plus", "＋27831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"two plus signs", "++27831234567", kith.Mobile, "", "", kith.CodeBadFormat},
	{"letters", "+1800FLOWERS", kith.Mobile, "", "", kith.CodeBadFormat},
	{"extension", "+27831234567;ext=1", kith.Mobile, "", "", kith.CodeBadFormat},
	{"too short", "+2783", kith.Mobile, "", "", kith.CodeNotAllowed},
	{"no such country", "+9991234567", kith.Mobile, "", "", kith.CodeNotAllowed},
	{"too long", "+2783123456789", kith.Mobile, "", "", kith.CodeNotAllowed},
	{"only plus", "+", kith.Mobile, "", "", kith.CodeNotAllowed},
	{"endless", "+" + strings.Repeat("1", 1_000_000), kith.Mobile, "", "", kith.CodeBadFormat},

	{"username", "ada", kith.Username, "ada", "ada", ""},
	{"username, other case", "ADA_l", kith.Username, "ada_l", "ada_l", ""},
	{"every sign", "a@.+-_1", kith.Username, "a@.+-_1", "a@.+-_1", ""},
	{"longest", strings.Repeat("a", 150), kith.Username, strings.Repeat("a", 150), strings.Repeat("a", 150), ""},
	{"username too long", strings.Repeat("a", 151), kith.Username, "", "", kith.CodeTooLong},
	{"username with space", "ada l", kith.Username, "", "", kith.CodeBadFormat},
	{"username beyond ASCII", "adä", kith.Username, "", "", kith.CodeBadFormat},
	{"username with Kelvin sign", "\u212aith", kith.Username, "", "", kith.CodeBadFormat},
	{"username with dotted capital I", "\u0130da", kith.Username, "", "", kith.CodeBadFormat},
	{"username not UTF-8", "ad\xff", kith.Username, "", "", kith.CodeBadFormat},
	{"e-mail as username", "ada@example.org", kith.Username, "", "", kith.CodeNotAllowed},
	{"digits as username", "27831234567", kith.Username, "", "", kith.CodeNotAllowed},
	{"mobile as username", "+27-83.1234567", kith.Username, "", "", kith.CodeNotAllowed},
	{"id as username", "0197A0B0-0000-7000-8000-000000000000", kith.Username, "", "", kith.CodeNotAllowed},
	{"no such kind", "ada", 0, "", "", kith.CodeNotAllowed},
}

func TestIdentify(t *testing.T) {
	for _, tt := range identifyCases {
		t.Run(tt.name, func(t *testing.T) {
			shown, folded, err := Identify(tt.kind, tt.input)
			if shown != tt.shown || folded != tt.folded {
				t.Errorf("Identify(%q) = %q, %q; want %q, %q (error %v)", tt.input, shown, folded, tt.shown, tt.folded, err)
			}
			if tt.code == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			e, ok := errors.AsType[*kith.Error](err)
			if !ok || e.Kind != kith.Invalid || e.Code != tt.code || e.Field != tt.kind.String() || e.Message == "" {
				t.Errorf("error = %#v; want Invalid, code %s, field %s and a message", err, tt.code, tt.kind)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	id, err := kith.ParseID[kith.User]("0197a0b0-0000-7000-8000-000000000001")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, input string
		want        []Candidate
	}{
		{"id", id.String(), []Candidate{{User: id}}},
		{"id in upper case", strings.ToUpper(id.String()), []Candidate{{User: id}}},
		{"e-mail", "ADA@Example.org", []Candidate{{Kind: kith.Email, Folded: "ada@example.org"}}},
		{"e-mail with spaces around", " ada@example.org ", []Candidate{{Kind: kith.Email, Folded: "ada@example.org"}}},
		{"mobile", "+27 83 123 4567", []Candidate{{Kind: kith.Mobile, Folded: "+27831234567"}}},
		{"username", "Ada", []Candidate{{Kind: kith.Username, Folded: "ada"}}},
		{"username with an at sign", "ada@home", []Candidate{{Kind: kith.Username, Folded: "ada@home"}}},
		{"empty", "", nil},
		{"spaces", "   ", nil},
		{"national number", "0831234567", nil},
		{"fullwidth", "ａda@example.org", nil},
		{"not UTF-8", "\xff\xfe", nil},
		{"NUL", "ada\x00", nil},
		{"SQL", "' OR 1=1 --", nil},
		{"endless", strings.Repeat("a", 1_000_000), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Classify(tt.input); !slices.Equal(got, tt.want) {
				t.Errorf("Classify(%.40q) = %+v; want %+v", tt.input, got, tt.want)
			}
		})
	}
}

// FuzzIdentify holds what uniqueness stands on: a fold is its own fold, what is shown folds to it,
// a name never means two kinds of thing, and no two accepted spellings that Unicode takes for the
// same fold apart.
func FuzzIdentify(f *testing.F) {
	for _, s := range []string{
		"Ada@Example.org", "ada@Bücher.example", "a@xn--bcher-kva.example", "\u212a@x.org", "ß@x.org",
		"+27 (83) 123-4567", "+44 (0) 7912 345678", "+39 06 698 1234", "+1 202 555 0123", "ada", "a@b", "A.-_+1",
		"0197a0b0-0000-7000-8000-000000000001", "ς@x.org", "Σ@x.org", "Ǆ@x.org", "ǅ@x.org", "ᾳ@x.org", "ꭰ@x.org",
		"a@xn--a.org", "a@a.xn--p1ai", "a@XN--P1AI.рф",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input string) {
		kinds := 0
		for _, kind := range []kith.IdentifierKind{kith.Email, kith.Mobile, kith.Username} {
			shown, folded, err := Identify(kind, input)
			if err != nil {
				continue
			}
			kinds++
			for _, same := range []string{shown, folded, strings.ToUpper(input), strings.ToLower(input)} {
				if _, again, err := Identify(kind, same); err != nil || again != folded {
					t.Errorf("%s %q folds to %q, but its spelling %q to %q (%v)", kind, input, folded, same, again, err)
				}
			}
			twin := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(input)))
			if _, other, err := Identify(kind, twin); err == nil && other != folded {
				t.Errorf("%s %q folds to %q, its twin %q to %q", kind, input, folded, twin, other)
			}
		}
		if kinds > 1 {
			t.Errorf("%q is taken as %d kinds of identifier", input, kinds)
		}
		if found := len(Classify(input)); kinds == 1 && found != 1 {
			t.Errorf("%q is an identifier, but sign-in sees %d candidates", input, found)
		}
	})
}
