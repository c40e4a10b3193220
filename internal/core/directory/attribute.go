package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that timezones do not depend on the machine

	"golang.org/x/text/language"

	"kith"
	"kith/internal/core/wording"
)

// normaliseProfile brings a change into the form that is stored. "" clears an attribute. The error
// joins one *kith.Error for each bad attribute, its field the attribute's word, in their order.
func normaliseProfile(change kith.ProfileChange, now time.Time) (kith.ProfileChange, error) {
	normal := make(kith.ProfileChange, len(change))
	var bad []error
	for a := range kith.AttributeCount {
		value, given := change[a]
		if !given {
			continue
		}
		stored, refusal := normaliseAttribute(a, value, now)
		if refusal != nil {
			bad = append(bad, refusal.In(a.String()))
			continue
		}
		normal[a] = stored
	}
	if bad != nil {
		return nil, errors.Join(bad...)
	}
	return normal, nil
}

var (
	errDate     = kith.BadField("", kith.CodeBadFormat, "Enter a calendar day as YYYY-MM-DD.")
	errDateEra  = kith.BadField("", kith.CodeOutOfRange, "Enter a day from 1900-01-01 to today.")
	errCountry  = kith.BadField("", kith.CodeNotAllowed, "Enter a country's two-letter code (ISO 3166-1), for example ZA.")
	errLanguage = kith.BadField("", kith.CodeNotAllowed, "Enter a language code (BCP 47), for example en or pt-BR.")
	errTimezone = kith.BadField("", kith.CodeNotAllowed, "Enter a timezone of the tz database, for example Africa/Johannesburg.")
)

// normaliseAttribute gives the stored form of one value. Its errors name no field.
func normaliseAttribute(a kith.Attribute, value string, now time.Time) (string, *kith.Error) {
	text, refusal := wording.Normalise(value, a.Max())
	if refusal != nil || text == "" {
		return "", refusal
	}
	switch a.Form() {
	case kith.FormDate:
		return normaliseDate(text, now)
	case kith.FormCountry:
		return strings.ToUpper(text), unless(CheckCountry(text), errCountry)
	case kith.FormLanguage:
		return normaliseLanguage(text)
	case kith.FormTimezone:
		return text, unless(isTimezone(text), errTimezone)
	case kith.FormURL:
		return text, unless(wording.IsURL(text), wording.ErrURL)
	case kith.FormGender:
		return oneOf(kith.Genders, text)
	case kith.FormTitle:
		return oneOf(kith.Titles, text)
	case kith.FormMarital:
		return oneOf(kith.MaritalStatuses, text)
	case kith.FormText:
	}
	return text, nil
}

// unless gives the refusal if ok is false.
func unless(ok bool, refusal *kith.Error) *kith.Error {
	if ok {
		return nil
	}
	return refusal
}

// oldest is before the birth of anybody alive.
const oldest = "1900-01-01"

func normaliseDate(text string, now time.Time) (string, *kith.Error) {
	day, err := time.Parse(kith.DateLayout, text)
	if err != nil {
		return "", errDate
	}
	// Days written alike compare as text.
	text = day.Format(kith.DateLayout)
	return text, unless(oldest <= text && text <= now.UTC().Format(kith.DateLayout), errDateEra)
}

// normaliseLanguage gives the canonical form of a tag: en, pt-BR, zh-Hant. "und" is no language.
func normaliseLanguage(text string) (string, *kith.Error) {
	tag, err := language.Parse(text)
	if base, _, _ := tag.Raw(); err != nil || base.String() == "und" {
		return "", errLanguage
	}
	return tag.String(), nil
}

// isTimezone asks only for names whose words are letters, digits and signs: the machine's own
// folder of timezones has other files too.
func isTimezone(name string) bool {
	if name == "Local" || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/") ||
		name[0] < 'A' || name[0] > 'Z' ||
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") != "" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

func oneOf(list []string, value string) (string, *kith.Error) {
	if slices.Contains(list, value) {
		return value, nil
	}
	return "", kith.BadField("", kith.CodeNotAllowed, "Use one of: "+strings.Join(list, ", ")+".")
}

// countries are the officially assigned codes of ISO 3166-1 alpha-2.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS " +
	"BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET " +
	"FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO " +
	"IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH " +
	"MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM " +
	"PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG " +
	"TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// CheckCountry reports whether code is a country's, in upper or lower case (ISO 3166-1 alpha-2).
func CheckCountry(code string) bool {
	return len(code) == 2 && !strings.Contains(code, " ") &&
		(strings.Contains(countries, code) || strings.Contains(strings.ToLower(countries), code))
}

// maxSlug is the length of the longest slug, which is that of a DNS label.
const maxSlug = 63

// reservedSlugs would pass for kith's own addresses.
var reservedSlugs = []string{"admin", "api", "console", "kith", "oidc", "public", "support", "system", "www"}

// CheckSlug folds a company's slug to lower case, [a-z0-9][a-z0-9-]{0,62}. The *kith.Error names no
// field.
func CheckSlug(s string) (slug string, err error) {
	switch {
	case s == "":
		return "", kith.BadField("", kith.CodeRequired, "This field may not be empty.")
	case len(s) > maxSlug:
		return "", wording.TooLong(maxSlug)
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' && i > 0 {
			continue
		}
		return "", kith.BadField("", kith.CodeBadFormat, "Use the letters a to z, digits and dashes, and start with a letter or digit.")
	}
	slug = strings.ToLower(s)
	if slices.Contains(reservedSlugs, slug) {
		return "", kith.BadField("", kith.CodeNotAllowed, "This name is kept for kith itself; choose another.")
	}
	return slug, nil
}

// Bounds of metadata.
const (
	maxMetadata      = 104857 // bytes of JSON
	maxMetadataDepth = 10     // objects and arrays inside each other
)

var (
	errMetadataKey   = kith.BadField("metadata", kith.CodeBadFormat, "Use letters, digits and single underscores in the keys of metadata.")
	errMetadataNull  = kith.BadField("metadata", kith.CodeNotAllowed, "Metadata keeps no null: leave it out.")
	errMetadataDeep  = kith.BadField("metadata", kith.CodeOutOfRange, fmt.Sprintf("Nest metadata at most %d deep.", maxMetadataDepth))
	errMetadataLarge = kith.BadField("metadata", kith.CodeTooLong, fmt.Sprintf("Keep metadata under %d bytes of JSON.", maxMetadata+1))
	errMetadataValue = kith.BadField("metadata", kith.CodeWrongType, "Metadata takes JSON values only.")
)

// CheckMetadata refuses metadata that may not be stored: ask it about the outcome of MergePatch.
// Keys are letters, digits and single underscores, at every depth, since two underscores separate
// the steps of a filter. The error is a *kith.Error of the field metadata.
func CheckMetadata(m map[string]any) error {
	if m == nil {
		return nil
	}
	if err := checkValue(m, 1); err != nil {
		return err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a < counts as one byte, as the caller counts it
	if err := encoder.Encode(m); err != nil {
		return errMetadataValue.Because(err)
	}
	if text.Len()-len("\n") > maxMetadata {
		return errMetadataLarge
	}
	return nil
}

// checkValue looks at one value and at those inside it; depth counts the one it is.
func checkValue(value any, depth int) error {
	var inside []any
	switch v := value.(type) {
	case nil:
		return errMetadataNull
	case map[string]any:
		for key := range v {
			if !isMetadataKey(key) {
				return errMetadataKey
			}
		}
		inside = slices.Collect(maps.Values(v))
	case []any:
		inside = v
	default:
		return nil
	}
	if depth > maxMetadataDepth {
		return errMetadataDeep
	}
	for _, one := range inside {
		if err := checkValue(one, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func isMetadataKey(key string) bool {
	return key != "" && !strings.Contains(key, "__") &&
		strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// MergePatch gives old with the patch applied (RFC 7386): an object merges, null removes, anything
// else replaces. Neither argument is changed. What is left empty is nil.
func MergePatch(old, patch map[string]any) map[string]any {
	merged := merge(old, patch)
	if len(merged) == 0 {
		return nil
	}
	return merged
}

func merge(old, patch map[string]any) map[string]any {
	merged := make(map[string]any, len(old)+len(patch))
	maps.Copy(merged, old)
	for key, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(merged, key)
		case map[string]any:
			within, _ := merged[key].(map[string]any) // what is no object counts as an empty one
			merged[key] = merge(within, v)
		default:
			merged[key] = v
		}
	}
	return merged
}
