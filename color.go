package kith

import (
	"math"
	"strconv"
	"strings"
)

// Color is a colour as #rrggbb, in lower case. "" stands for kith's own.
type Color string

// ParseColor reads #rrggbb in either case.
func ParseColor(text string) (Color, bool) {
	if len(text) != len("#rrggbb") || text[0] != '#' {
		return "", false
	}
	if _, err := strconv.ParseUint(text[1:], 16, 24); err != nil {
		return "", false
	}
	return Color(strings.ToLower(text)), true
}

// MinContrast is how much text must stand out from what it is written on (WCAG 2.2, 1.4.3).
const MinContrast = 4.5

// Contrast is how much two colours differ in brightness, from 1 to 21 (WCAG 2.2, contrast ratio). Neither
// may be "".
func (c Color) Contrast(other Color) float64 {
	dark, light := c.luminance(), other.luminance()
	if dark > light {
		dark, light = light, dark
	}
	return (light + 0.05) / (dark + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func (c Color) luminance() float64 {
	rgb, _ := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 24) // ParseColor has seen to it
	linear := func(shift int) float64 {
		part := float64(rgb>>shift&0xff) / 0xff
		if part <= 0.04045 {
			return part / 12.92
		}
		return math.Pow((part+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}

// Black and white.
const (
	Black Color = "#000000"
	White Color = "#ffffff"
)

// Ink is what can be read on the colour: black or white, whichever stands out more. Either has at least
// MinContrast from any colour that it is chosen for.
func (c Color) Ink() Color {
	if c.Contrast(White) >= c.Contrast(Black) {
		return White
	}
	return Black
}

// CompanyColors is how mails and pages of a company look.
type CompanyColors struct {
	Primary    Color // of buttons and of the line above
	Text       Color // of what is written on Primary
	Background Color // around the text, which itself is always dark on white, or light on dark where people like it so
}

// DefaultColors is how they look where the company has chosen nothing.
var DefaultColors = CompanyColors{Primary: "#1d4ed8", Text: White, Background: "#f1f3f7"}

// Full gives the colours with kith's own in the places of "".
func (c CompanyColors) Full() CompanyColors {
	for _, one := range []struct{ is, own *Color }{{&c.Primary, &DefaultColors.Primary}, {&c.Text, &DefaultColors.Text},
		{&c.Background, &DefaultColors.Background}} {
		if *one.is == "" {
			*one.is = *one.own
		}
	}
	return c
}

// Readable reports whether text on the primary colour has MinContrast.
func (c CompanyColors) Readable() bool {
	c = c.Full()
	return c.Text.Contrast(c.Primary) >= MinContrast
}
