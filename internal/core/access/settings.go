package access

import (
	"context"
	"errors"

	"kith"
	"kith/internal/core/wording"
)

// GroupSettingsChange sets what is not nil. "" lets the company's own URL stand.
type GroupSettingsChange struct {
	AllowTransactions, AllowDebitTransactions, AllowCreditTransactions *bool

	PasswordResetURL, PasswordSetURL, EmailVerificationURL, DeactivateURL, DeleteURL *string

	Check func(*kith.Group) error // what the face finds wrong with the change of this group
}

// maxURL is the length of the longest URL that settings take.
const maxURL = 200

// Validate reports every bad field.
func (in GroupSettingsChange) Validate() error {
	var bad []error
	for _, url := range []struct {
		field string
		value *string
	}{{"password_reset_url", in.PasswordResetURL}, {"password_set_url", in.PasswordSetURL},
		{"email_verification_url", in.EmailVerificationURL}, {"deactivate_verification_url", in.DeactivateURL},
		{"request_delete_verification_url", in.DeleteURL}} {
		if url.value == nil {
			continue
		}
		if err := wording.CheckURL(*url.value, maxURL); err != nil {
			bad = append(bad, kith.AsError(err).In(url.field))
		}
	}
	return errors.Join(bad...)
}

// ChangeGroupSettings changes what the company decides about the members of one group.
func (a *Access) ChangeGroupSettings(ctx context.Context, by *kith.Actor, name string, in GroupSettingsChange) (*kith.Group, error) {
	return editGroup(ctx, a.gate, by, name, in, in.Check, func(g *kith.Group) {
		s := &g.Settings
		set(&s.AllowTransactions, in.AllowTransactions)
		set(&s.AllowDebitTransactions, in.AllowDebitTransactions)
		set(&s.AllowCreditTransactions, in.AllowCreditTransactions)
		set(&s.PasswordResetURL, in.PasswordResetURL)
		set(&s.PasswordSetURL, in.PasswordSetURL)
		set(&s.EmailVerificationURL, in.EmailVerificationURL)
		set(&s.DeactivateURL, in.DeactivateURL)
		set(&s.DeleteURL, in.DeleteURL)
	})
}
