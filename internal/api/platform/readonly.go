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
	if len(extra) == 0 {
		return nil
	}
	v := reflect.ValueOf(view)
	shown := make(map[string]any)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			shown[name] = v.FieldByIndex(field.Index).Interface()
		}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if current, is := shown[name]; is && !extra.Unchanged(name, current) {
			errs = append(errs, kith.BadField(name, kith.CodeReadOnly, "This cannot be changed here."))
		}
	}
	return errors.Join(errs...)
}
