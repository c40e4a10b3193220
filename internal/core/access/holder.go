package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The operations on permissions, whoever holds them.
var (
	OpViewPermissions  = gate.Op{Name: "permission.view", Noun: kith.NounPermission, Verb: kith.View, Section: kith.SectionAdmin}
	OpGrant            = gate.Op{Name: "permission.add", Noun: kith.NounPermission, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangePermission = gate.Op{Name: "permission.change", Noun: kith.NounPermission, Verb: kith.Change, Section: kith.SectionAdmin}
	OpRevoke           = gate.Op{Name: "permission.delete", Noun: kith.NounPermission, Verb: kith.Delete, Section: kith.SectionAdmin}
)

// Grant asks that a permission be held.
type Grant struct {
	Section    *kith.Section // nil: the section of the group, or of the user's group
	Noun       kith.Noun
	Level      kith.Level
	Properties kith.Properties // nil: as they are, or none
}

// Grants are to be held, all of them or none.
type Grants struct {
	List []Grant
	Also error // what the face found wrong, told with the rest
}

// Validate reports every bad field.
func (in Grants) Validate() error {
	bad := []error{in.Also}
	if len(in.List) == 0 && in.Also == nil {
		bad = append(bad, kith.BadField("permissions", kith.CodeRequired, "Name at least one permission."))
	}
	for i, g := range in.List {
		if len(g.Properties) > 0 && !g.Noun.TakesProperties() {
			bad = append(bad, errNarrows.In(fmt.Sprintf("permissions.%d.properties", i)))
		}
	}
	return errors.Join(bad...)
}

// Narrowing says to what a permission is narrowed.
type Narrowing struct {
	Number     int                      // of the permission
	Properties *kith.Properties         // nil: as they are; nothing in it makes the permission whole
	Check      func(kith.Holding) error // what the face finds wrong with the change of this permission
	Also       error                    // what the face found wrong, told with the rest
}

// Validate reports every bad field.
func (in Narrowing) Validate() error {
	p, known := kith.PermissionNumbered(in.Number)
	if known && in.Properties != nil && len(*in.Properties) > 0 && !p.Noun.TakesProperties() {
		return errors.Join(in.Also, errNarrows)
	}
	return in.Also
}

var errNarrows = kith.BadField("properties", kith.CodeNotAllowed, "Only permissions about transactions take properties.")

// Holder is a group or a user whose permissions are being read or edited. What it holds is changed here
// and written by the caller.
type Holder struct {
	ID      kith.GroupID // of a user: their home group
	Row     string       // as people see it
	Subject kith.UserID  // zero for a group
	Section kith.Section // of grants that name none
	Bound   bool         // of the user section, it takes permissions of that one alone
	Held    kith.Permissions
}

// Holdings lists what the holder holds.
func (h *Holder) Holdings(ctx context.Context, tx *gate.Tx) ([]kith.Holding, error) {
	properties, err := tx.Properties.Of(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	held := h.Held.List()
	list := make([]kith.Holding, len(held))
	for i, p := range held {
		list[i] = kith.Holding{Permission: p, Properties: properties[p]}
	}
	return list, nil
}

// Holding gives one permission by its number. It fails with NotFound if it is not held.
func (h *Holder) Holding(ctx context.Context, tx *gate.Tx, number int) (kith.Holding, error) {
	p, known := kith.PermissionNumbered(number)
	if !known || !h.Held.Has(p) {
		return kith.Holding{}, store.ErrNotFound
	}
	properties, err := tx.Properties.Of(ctx, h.ID)
	return kith.Holding{Permission: p, Properties: properties[p]}, err
}

// Give has the holder hold what is asked, and reports what of it was new or changed. Nobody gives what
// they do not hold.
func (h *Holder) Give(ctx context.Context, tx *gate.Tx, grants []Grant) (given []kith.Holding, changed bool, err error) {
	asked, err := h.asked(grants)
	if err != nil {
		return nil, false, err
	}
	for _, a := range asked {
		if err := CheckGrants(tx.By, kith.Permissions{}.With(a.Permission)); err != nil {
			return nil, false, err
		}
	}
	properties, err := tx.Properties.Of(ctx, h.ID)
	if err != nil {
		return nil, false, err
	}
	var fields []string
	old := make(map[string]any)
	for i, a := range asked {
		held := h.Held.Has(a.Permission)
		narrows := a.Properties != nil && !maps.Equal(a.Properties, properties[a.Permission])
		if held && narrows {
			old[a.Permission.String()] = properties[a.Permission]
		}
		if a.Properties == nil {
			asked[i].Properties = properties[a.Permission]
		}
		if narrows {
			if err := h.narrow(ctx, tx, a); err != nil {
				return nil, false, err
			}
			properties[a.Permission] = a.Properties
		}
		if !held || narrows {
			fields = append(fields, a.Permission.String())
		}
		h.Held = h.Held.With(a.Permission)
	}
	if len(fields) == 0 {
		tx.Unchanged()
		return asked, false, nil
	}
	h.record(tx, kith.Add, fields, old)
	return asked, true, nil
}

// asked turns grants into the permissions that they mean.
func (h *Holder) asked(grants []Grant) ([]kith.Holding, error) {
	asked := make([]kith.Holding, len(grants))
	for i, g := range grants {
		section := h.Section
		if g.Section != nil {
			section = *g.Section
		}
		if h.Bound && section != kith.SectionUser && h.Section == kith.SectionUser {
			return nil, kith.BadField(fmt.Sprintf("permissions.%d.section", i), kith.CodeNotAllowed,
				"A group of the user section takes no admin permissions.")
		}
		asked[i] = kith.Holding{Permission: kith.Permission{Section: section, Noun: g.Noun, Level: g.Level}, Properties: g.Properties}
	}
	return asked, nil
}

// Narrow changes to what a permission is narrowed, and reports whether it differs by it.
func (h *Holder) Narrow(ctx context.Context, tx *gate.Tx, in Narrowing) (kith.Holding, bool, error) {
	was, err := h.Holding(ctx, tx, in.Number)
	if err != nil {
		return was, false, err
	}
	if err := CheckGrants(tx.By, kith.Permissions{}.With(was.Permission)); err != nil {
		return was, false, err
	}
	if err := in.Check(was); err != nil {
		return was, false, err
	}
	if in.Properties == nil || maps.Equal(was.Properties, *in.Properties) {
		tx.Unchanged()
		return was, false, nil
	}
	is := kith.Holding{Permission: was.Permission, Properties: *in.Properties}
	h.record(tx, kith.Change, []string{is.Permission.String()}, map[string]any{is.Permission.String(): was.Properties})
	return is, true, h.narrow(ctx, tx, is)
}

func (h *Holder) narrow(ctx context.Context, tx *gate.Tx, to kith.Holding) error {
	if len(to.Properties) == 0 {
		return tx.Properties.Delete(ctx, h.ID, to.Permission)
	}
	return tx.Properties.Put(ctx, h.ID, to.Permission, to.Properties)
}

// Take takes a permission, by its number, from the holder. Nobody takes what they do not hold.
func (h *Holder) Take(ctx context.Context, tx *gate.Tx, number int) error {
	was, err := h.Holding(ctx, tx, number)
	if err != nil {
		return err
	}
	p := was.Permission
	if err := CheckGrants(tx.By, kith.Permissions{}.With(p)); err != nil {
		return err
	}
	h.Held = h.Held.Without(p)
	h.record(tx, kith.Delete, []string{p.String()}, map[string]any{p.String(): was.Properties})
	return tx.Properties.Delete(ctx, h.ID, p)
}

// record tells of a change: the fields of its event are the permissions.
func (h *Holder) record(tx *gate.Tx, verb kith.Verb, permissions []string, old map[string]any) {
	slices.Sort(permissions)
	tx.Record(kith.Event{Noun: kith.NounPermission, Verb: verb, Row: h.Row, Subject: h.Subject,
		Fields: slices.Compact(permissions), Old: old})
}
