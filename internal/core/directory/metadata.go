package directory

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"kith"
	"kith/internal/core/gate"
)

// Visible gives the member as they are shown in a section: without the attributes of their company's own
// that nobody there may read. Every face shows users through it.
func Visible(m kith.Member, section kith.Section) kith.Member {
	if m.User == nil || len(m.User.Metadata) == 0 || len(m.Company.Attributes.Attributes) == 0 {
		return m
	}
	shown := *m.User
	shown.Metadata = visible(&m.Company.Attributes, section, m.User.Metadata)
	m.User = &shown
	return m
}

// VisibleMetadata gives what of a user's metadata, of now or of earlier, may be read in a section; nil if
// nothing.
func VisibleMetadata(c *kith.Company, section kith.Section, metadata map[string]any) map[string]any {
	return visible(&c.Attributes, section, metadata)
}

// visible gives what of metadata may be read in a section; nil if nothing. It is the argument itself
// where that is all, and never changes it.
func visible(s *kith.AttributeSchema, section kith.Section, metadata map[string]any) map[string]any {
	hidden := func(key string, _ any) bool { return !s.Attribute(key).Read.Has(section) }
	for key, value := range metadata {
		if hidden(key, value) {
			left := maps.Clone(metadata)
			maps.DeleteFunc(left, hidden)
			if len(left) == 0 {
				return nil
			}
			return left
		}
	}
	return metadata
}

// changeMetadata is the step that merges a patch into the metadata of a user whose row is locked, for
// somebody who writes in a section, and notes it.
//
// What the company has declared is read here and not taken from the request, which may be older. It is
// read after the user's row was locked; the worker locks that row too, so that no search term is missed
// when an attribute becomes indexed meanwhile.
func changeMetadata(ctx context.Context, tx *gate.Tx, u *kith.User, c *changes, section kith.Section, patch map[string]any) error {
	if len(patch) == 0 {
		return nil
	}
	company, err := tx.Companies.Get(ctx)
	if err != nil {
		return err
	}
	after, err := checkMetadata(company, section, u.Metadata, patch)
	if err == nil && !reflect.DeepEqual(after, u.Metadata) {
		c.note("metadata", u.Metadata)
		u.Metadata = after
	}
	return err
}

// newMetadata is the step that gives the metadata of a user who is about to be inserted. There is no row
// of theirs to lock yet, so the company's is, which a new schema waits for: see changeMetadata.
func newMetadata(ctx context.Context, tx *gate.Tx, section kith.Section, patch map[string]any) (map[string]any, error) {
	if len(patch) == 0 {
		return nil, nil
	}
	company, err := tx.Companies.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return checkMetadata(company, section, nil, patch)
}

// checkMetadata gives a user's metadata with a patch applied (RFC 7386), for somebody who writes in a
// section. It refuses keys that may not be written there, unless they stay as they are shown there, and
// what the company's schema does not allow. The errors name the field, as metadata.shoe_size.
//
// What a change neither touches nor breaks is not held against it: schemas change, and users keep what
// they had. Only of staff is it asked, whenever they change metadata, that nothing required is missing.
func checkMetadata(c *kith.Company, section kith.Section, before, patch map[string]any) (after map[string]any, err error) {
	if len(patch) == 0 {
		return before, nil
	}
	allowed, refused := writable(&c.Attributes, section, before, patch)
	after = MergePatch(before, allowed)
	touched := differing(before, after)
	if len(touched) == 0 {
		return before, refused
	}
	if err := CheckMetadata(after); err != nil {
		return nil, errors.Join(refused, err)
	}
	broken, err := faultsOf(c, section, before, after, touched)
	if err := errors.Join(err, refused, broken); err != nil {
		return nil, err
	}
	return after, nil
}

// faultsOf tells what the company's schema does not allow in metadata whose touched keys are new; err is
// a fault of ours.
func faultsOf(c *kith.Company, section kith.Section, before, after map[string]any, touched []string) (broken, err error) {
	s, err := shapeOf(c)
	if err != nil || s == nil {
		return nil, err
	}
	if !s.affordable(after) {
		return errCostly, nil
	}
	var earlier map[fault]bool
	var bad []error
	for _, f := range s.faults(after) {
		if earlier == nil {
			earlier = s.broken(before)
		}
		switch known := earlier[f] && (section == kith.SectionUser || !f.whole); {
		case slices.Contains(touched, f.key()):
			bad = append(bad, f.refusal())
		case known:
		case section == kith.SectionUser && (f.key() == "" || !c.Attributes.Attribute(f.key()).Read.Has(section)):
			bad = append(bad, errTogether)
		default:
			bad = append(bad, f.refusal())
		}
	}
	return errors.Join(bad...), nil
}

var (
	errCostly     = kith.BadField("metadata", kith.CodeTooLong, "This is too much to be checked against the company's schema: keep lists and texts shorter.")
	errTogether   = kith.BadField("metadata", kith.CodeNotAllowed, "This does not fit together with what the company keeps of you.")
	errUnwritable = kith.BadField("", kith.CodeReadOnly, "This cannot be changed here.")
)

// writable gives what of a patch changes what its section may write. Every key that is not for the section
// is refused unless the patch leaves it as it is shown there: whether an attribute that is not shown
// exists, or what it says, cannot be learned by trying.
func writable(s *kith.AttributeSchema, section kith.Section, before, patch map[string]any) (map[string]any, error) {
	allowed := make(map[string]any, len(patch))
	shown := visible(s, section, before)
	var bad []error
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		if s.Attribute(key).Write.Has(section) {
			allowed[key] = patch[key]
			continue
		}
		is := make(map[string]any, 1)
		if value, there := shown[key]; there {
			is[key] = value
		}
		if !reflect.DeepEqual(merge(is, map[string]any{key: patch[key]}), is) && len(bad) < maxFaults {
			bad = append(bad, errUnwritable.In(fieldOf(key)))
		}
	}
	return allowed, errors.Join(bad...)
}

// fieldOf names a metadata key in errors. What no key may be called is the caller's own text, and is not
// repeated.
func fieldOf(key string) string {
	if !isMetadataKey(key) {
		return "metadata"
	}
	return "metadata." + key
}

// differing lists the keys whose values are not the same in both.
func differing(before, after map[string]any) []string {
	var keys []string
	for key, value := range after {
		if was, there := before[key]; !there || !reflect.DeepEqual(was, value) {
			keys = append(keys, key)
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			keys = append(keys, key)
		}
	}
	return keys
}
