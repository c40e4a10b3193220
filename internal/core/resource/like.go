package resource

import "strings"

// anyOne is the character of a pattern that stands for any one.
const anyOne = '_'

// like reports whether text is as a pattern of SQL says: % stands for any text, _ for any one character.
// There is no way to quote these two. What lies between two % is looked for from left to right, the first
// find being as good as any, so no part of the text is looked at twice.
func like(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	have := []rune(text)
	first := []rune(parts[0])
	if len(parts) == 1 {
		return len(have) == len(first) && begins(have, first)
	}
	last := []rune(parts[len(parts)-1])
	if len(have) < len(first)+len(last) || !begins(have, first) || !begins(have[len(have)-len(last):], last) {
		return false
	}
	have = have[len(first) : len(have)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		end := find(have, []rune(part))
		if end < 0 {
			return false
		}
		have = have[end:]
	}
	return true
}

// begins reports whether text begins as part says.
func begins(text, part []rune) bool {
	if len(text) < len(part) {
		return false
	}
	for i, r := range part {
		if r != anyOne && r != text[i] {
			return false
		}
	}
	return true
}

// find gives where the first place ends at which text is as part says; -1 if it is so nowhere. Each character
// of the text costs the same: one bit for each place that part may have been reached to (shift-and).
func find(text, part []rune) int {
	if len(part) == 0 {
		return 0
	}
	words := (len(part) + 63) / 64
	fits := map[rune][]uint64{anyOne: make([]uint64, words)} // where in part each character fits
	for i, r := range part {
		if fits[r] == nil {
			fits[r] = make([]uint64, words)
		}
		fits[r][i/64] |= 1 << (i % 64)
	}
	for r, bits := range fits {
		for i := range bits {
			if r != anyOne {
				bits[i] |= fits[anyOne][i]
			}
		}
	}
	reached := make([]uint64, words)
	goal := uint64(1) << ((len(part) - 1) % 64)
	for at, r := range text {
		bits, known := fits[r]
		if !known {
			bits = fits[anyOne]
		}
		carry := uint64(1) // a find may begin here
		for i := range reached {
			next := reached[i] >> 63
			reached[i] = (reached[i]<<1 | carry) & bits[i]
			carry = next
		}
		if reached[words-1]&goal != 0 {
			return at + 1
		}
	}
	return -1
}
