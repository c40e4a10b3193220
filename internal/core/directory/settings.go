package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"kith"
)

// SettingsChange sets what is not nil.
type SettingsChange struct {
	AllowRegistrations        *bool
	Disclosure                *kith.Disclosure
	AllowSessionDurations     *bool
	DefaultSessionDuration    *time.Duration
	RequireTermsAndConditions *bool
	RequirePrivacyPolicy      *bool
	TermsAndConditionsURL     *string
	PrivacyPolicyURL          *string
	Nationalities             *[]string
	Residencies               *[]string
	Also                      error // what the face found wrong, told with the rest
}

// Validate reports every bad field.
func (in SettingsChange) Validate() error {
	errs := []error{in.Also}
	if life := in.DefaultSessionDuration; life != nil && (*life < kith.MinSessionDuration || *life > kith.MaxSessionDuration) {
		errs = append(errs, kith.BadField("default_session_duration", kith.CodeOutOfRange,
			"Give a number of seconds from 1 to 2678400 (31 days)."))
	}
	for field, url := range map[string]*string{"terms_and_conditions_url": in.TermsAndConditionsURL,
		"privacy_policy_url": in.PrivacyPolicyURL} {
		if url != nil && *url != "" {
			if err := CheckURL(*url, 200); err != nil {
				errs = append(errs, kith.AsError(err).In(field))
			}
		}
	}
	for field, codes := range map[string]*[]string{"nationalities": in.Nationalities, "residencies": in.Residencies} {
		if codes == nil {
			continue
		}
		for _, code := range *codes {
			if !CheckCountry(code) {
				errs = append(errs, kith.BadField(field, kith.CodeNotAllowed, code+" is no ISO 3166-1 country code of two letters."))
			}
		}
	}
	return errors.Join(errs...)
}

// ChangeSettings changes what the actor's company decides about its users.
func (d *Directory) ChangeSettings(ctx context.Context, by *kith.Actor, in SettingsChange) (*kith.Company, error) {
	return changeCompany(ctx, d.gate, by, in, func(c *kith.Company) (*changes, error) {
		return in.apply(&c.Settings), nil
	})
}

// apply sets what is not nil and tells what differs by it.
func (in SettingsChange) apply(s *kith.CompanySettings) *changes {
	c := newChanges()
	set(c, "allow_registrations", &s.AllowRegistrations, in.AllowRegistrations)
	set(c, "registration_disclosure", &s.Disclosure, in.Disclosure)
	set(c, "allow_session_durations", &s.AllowSessionDurations, in.AllowSessionDurations)
	set(c, "default_session_duration", &s.DefaultSessionDuration, in.DefaultSessionDuration)
	set(c, "require_terms_and_conditions", &s.RequireTermsAndConditions, in.RequireTermsAndConditions)
	set(c, "require_privacy_policy", &s.RequirePrivacyPolicy, in.RequirePrivacyPolicy)
	set(c, "terms_and_conditions_url", &s.TermsAndConditionsURL, in.TermsAndConditionsURL)
	set(c, "privacy_policy_url", &s.PrivacyPolicyURL, in.PrivacyPolicyURL)
	setList(c, "nationalities", &s.Nationalities, upperAll(in.Nationalities))
	setList(c, "residencies", &s.Residencies, upperAll(in.Residencies))
	return c
}

// upperAll brings country codes into their normal form.
func upperAll(codes *[]string) *[]string {
	if codes == nil {
		return nil
	}
	normal := make([]string, len(*codes))
	for i, code := range *codes {
		normal[i] = strings.ToUpper(code)
	}
	return &normal
}
