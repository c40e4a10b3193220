package kith_test

import (
	"math"
	"testing"

	"kith"
)

func TestParseColor(t *testing.T) {
	for text, want := range map[string]kith.Color{
		"#1d4ed8": "#1d4ed8", "#FFaa00": "#ffaa00", "#000000": "#000000",
		"": "", "1d4ed8": "", "#fff": "", "#1d4ed80": "", "#+1d4ed": "", "#-d4ed8": "", "#1d4e_8": "", "#gggggg": "", "red": "", `#"><b>`: "", "#ｆｆ": "",
	} {
		if got, ok := kith.ParseColor(text); got != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %v; want %q", text, got, ok, want)
		}
	}
}

// TestContrast: the ratios that other tools give for these pairs.
func TestContrast(t *testing.T) {
	for _, tt := range []struct {
		a, b kith.Color
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#767676", 4.54}, {"#1d4ed8", "#ffffff", 6.70}, {"#ffff00", "#ffffff", 1.07}, {"#123456", "#123456", 1}} {
		if got := tt.a.Contrast(tt.b); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%s on %s has %.2f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestInk: there is no colour on which neither black nor white can be read.
func TestInk(t *testing.T) {
	const hex = "0123456789abcdef"
	for i := range 1 << 12 { // every colour of four bits a part
		c := kith.Color([]byte{'#', hex[i>>8], hex[i>>8], hex[i>>4&15], hex[i>>4&15], hex[i&15], hex[i&15]})
		if got := c.Ink().Contrast(c); got < kith.MinContrast {
			t.Errorf("%s on %s has %.2f", c.Ink(), c, got)
		}
	}
	if kith.Color("#ffffff").Ink() != kith.Black || kith.Color("#000000").Ink() != kith.White {
		t.Error("black on black or white on white")
	}
}

func TestReadable(t *testing.T) {
	for _, tt := range []struct {
		colors kith.CompanyColors
		want   bool
	}{{kith.CompanyColors{}, true}, {kith.CompanyColors{Primary: "#ffff00"}, false}, {kith.CompanyColors{Primary: "#ffff00", Text: "#000000"}, true},
		{kith.CompanyColors{Text: "#1d4ed8"}, false}, {kith.CompanyColors{Background: "#ffffff"}, true}} {
		if got := tt.colors.Readable(); got != tt.want {
			t.Errorf("%v: %v", tt.colors, got)
		}
	}
}
