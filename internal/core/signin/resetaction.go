package signin

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// RequestReset is AskReset by a guest of the company, for an e-mail and no other name. It fails with Invalid for what
// is no address at all.
func (s *Signin) RequestReset(ctx context.Context, by *kith.Actor, email string) error {
	if _, _, err := directory.Identify(kith.Email, email); err != nil {
		return err
	}
	return s.AskReset(ctx, by, Ask{Company: by.Company.Slug, User: email})
}

// ConfirmReset is SetPassword by a guest of the company who says whose it is by an e-mail of theirs: otp is the token of
// the link that was mailed. It fails with Invalid for the field otp, whatever is wrong with either, and for the field
// new_password.
func (s *Signin) ConfirmReset(ctx context.Context, by *kith.Actor, email, otp, newPassword string) error {
	holds, err := holder(by.Remote, otp)
	if err != nil || holds.Company.ID != by.CompanyID() {
		return errLink.In("otp")
	}
	_, folded, err := directory.Identify(kith.Email, email)
	if err != nil {
		return err
	}
	user, err := gate.Read(ctx, s.gate, by, OpSetPassword, func(ctx context.Context, tx *gate.Tx) (kith.UserID, error) {
		return tx.Identifiers.Owner(ctx, kith.Email, folded)
	})
	if errors.Is(err, store.ErrNotFound) {
		return errLink.In("otp")
	} else if err != nil {
		return err
	}
	err = s.setPasswordBy(ctx, holds, OpSetPassword, PasswordSetting{User: user.String(), Secret: otp, Password: newPassword})
	if errors.Is(err, errLink) {
		err = errLink.In("otp")
	}
	return err
}
