package platform

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"kith"
	"kith/internal/web"
)

// unchanged refuses members that the view shows but nobody may write here, unless they say what is
// shown: clients send back whole objects, and must not think that they changed what they did not.
func unchanged(extra web.Extra, view any) error {
	v := reflect.ValueOf(view)
	shown := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		shown[name] = v.Field(i).Interface()
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if current, is := shown[name]; is && !extra.Unchanged(name, current) {
			errs = append(errs, kith.BadField(name, kith.CodeReadOnly, "This cannot be changed here."))
		}
	}
	return errors.Join(errs...)
}
