package directory

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/gate"
)

// PlanProfile checks what the actor wants to change of their own profile, and gives the step that changes it: the one
// behind ChangeSelf.
func (d *Directory) PlanProfile(by *kith.Actor, change kith.ProfileChange) (func(context.Context, *gate.Tx) error, error) {
	profile, err := d.CheckProfile(change)
	if err = errors.Join(err, CheckPlaces(by.Company, profile)); err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *gate.Tx) error {
		_, err := changeSelf(ctx, tx, by, profile, checkedSelf{})
		return err
	}, nil
}

// SetMode is the step that writes the permission of a user's row. Whether the actor may is asked already.
func SetMode(ctx context.Context, tx *gate.Tx, id kith.UserID, mode kith.Mode) error {
	m, err := LockUser(ctx, tx, id)
	if err != nil {
		return err
	}
	after, c := *m.User, newChanges()
	if after.Mode != mode {
		c.note("permission", int64(after.Mode))
		after.Mode = mode
	}
	_, err = writeUser(ctx, tx, m, &after, c)
	return err
}
