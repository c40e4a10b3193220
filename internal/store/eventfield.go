package store

import (
	"strings"
)

// fieldCodes are the names of the fields that events tell of most, as they are stored: those of attributes
// as in profiles, and these. No name of an earlier kith has one letter, so its rows read as well.
var fieldCodes, fieldNames = func() (codes, names map[string]string) {
	codes = map[string]string{"email": "e", "mobile": "o", "username": "u", "password": "p", "metadata": "d"}
	for a, code := range attributeCodes {
		codes[a.String()] = code
	}
	names = make(map[string]string)
	for name, code := range codes {
		names[code] = name
	}
	return codes, names
}()

// asIs stands before a name that would read as a code.
const asIs = `\`

// packFields writes the names of an event's fields, comma separated.
func packFields(fields []string) string {
	list := make([]string, len(fields))
	for i, name := range fields {
		switch code, ok := fieldCodes[name]; {
		case ok:
			list[i] = code
		case fieldNames[name] != "":
			list[i] = asIs + name
		default:
			list[i] = name
		}
	}
	return strings.Join(list, ",")
}

// unpackFields reads what packFields wrote.
func unpackFields(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	for i, stored := range list {
		if name, ok := fieldNames[stored]; ok {
			list[i] = name
		} else {
			list[i] = strings.TrimPrefix(stored, asIs)
		}
	}
	return list
}
