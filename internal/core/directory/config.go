package directory

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"kith"
	"kith/internal/core/access"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The table face has all that a company decides about its users as one flat list of texts. None of them is a secret.

// Keys of the list that are no settings of the company's own.
const (
	configIssuer = "jwt.token.issuer" // the installation's
	configHosts  = "hostname"         // the operator's
	configGroup  = "default_group"    // a property of that group
)

// configKey is a setting in the list.
type configKey struct {
	name  string
	field string // of SettingsChange's errors
	how   string // to give a value, for people
	show  func(*kith.CompanySettings) string
	set   func(*SettingsChange, string) bool // reports whether the text can be read
}

var configKeys = []configKey{
	configFlag("allow_registrations", func(s *kith.CompanySettings) bool { return s.AllowRegistrations },
		func(c *SettingsChange) **bool { return &c.AllowRegistrations }),
	configFlag("allow_session_durations", func(s *kith.CompanySettings) bool { return s.AllowSessionDurations },
		func(c *SettingsChange) **bool { return &c.AllowSessionDurations }),
	configFlag("require_privacy_policy", func(s *kith.CompanySettings) bool { return s.RequirePrivacyPolicy },
		func(c *SettingsChange) **bool { return &c.RequirePrivacyPolicy }),
	configFlag("require_terms_and_conditions", func(s *kith.CompanySettings) bool { return s.RequireTermsAndConditions },
		func(c *SettingsChange) **bool { return &c.RequireTermsAndConditions }),
	configFlag("require_verification", func(s *kith.CompanySettings) bool { return s.RequireVerification },
		func(c *SettingsChange) **bool { return &c.RequireVerification }),
	configURL("privacy_policy_url", func(s *kith.CompanySettings) string { return s.PrivacyPolicyURL },
		func(c *SettingsChange) **string { return &c.PrivacyPolicyURL }),
	configURL("terms_and_conditions_url", func(s *kith.CompanySettings) string { return s.TermsAndConditionsURL },
		func(c *SettingsChange) **string { return &c.TermsAndConditionsURL }),
	{"jwt.token.life.hours", "jwt_duration", "Give a whole number of hours.",
		func(s *kith.CompanySettings) string {
			return units(cmp.Or(s.JWTDuration, s.DefaultSessionDuration), time.Hour)
		},
		func(c *SettingsChange, text string) bool { return takeUnits(&c.JWTDuration, text, time.Hour) }},
	{"session.default.seconds", "default_session_duration", "Give a whole number of seconds.",
		func(s *kith.CompanySettings) string { return units(s.DefaultSessionDuration, time.Second) },
		func(c *SettingsChange, text string) bool {
			return takeUnits(&c.DefaultSessionDuration, text, time.Second)
		}},
	{"registration_disclosure", "registration_disclosure", "Give visible or hidden.",
		func(s *kith.CompanySettings) string { return s.Disclosure.String() },
		func(c *SettingsChange, text string) bool {
			for _, d := range []kith.Disclosure{kith.Visible, kith.Hidden} {
				if d.String() == text {
					c.Disclosure = &d
					return true
				}
			}
			return false
		}},
}

// configFlag is a setting that is true or false.
func configFlag(name string, is func(*kith.CompanySettings) bool, to func(*SettingsChange) **bool) configKey {
	return configKey{name, name, "Give true or false.", func(s *kith.CompanySettings) string { return strconv.FormatBool(is(s)) },
		func(c *SettingsChange, text string) bool {
			yes := text == "true"
			*to(c) = &yes
			return yes || text == "false"
		}}
}

// configURL is a setting that leads somewhere, or "".
func configURL(name string, is func(*kith.CompanySettings) string, to func(*SettingsChange) **string) configKey {
	return configKey{name, name, "", is, func(c *SettingsChange, text string) bool {
		*to(c) = &text
		return true
	}}
}

// units writes a time in units, with a fraction where it takes one.
func units(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// takeUnits reads a whole number of units, one or more.
func takeUnits(to **time.Duration, text string, unit time.Duration) bool {
	n, err := strconv.ParseInt(text, 10, 32) // so that no multiple overflows
	d := time.Duration(min(n, int64(kith.MaxSessionDuration/unit)+1)) * unit
	*to = &d
	return err == nil && n > 0
}

// Config gives what the actor's company decides about its users, by key.
func (d *Directory) Config(ctx context.Context, by *kith.Actor) (map[string]string, error) {
	return gate.Read(ctx, d.gate, by, OpViewOwnCompany, func(ctx context.Context, tx *gate.Tx) (map[string]string, error) {
		c, err := tx.Companies.Get(ctx)
		if err != nil {
			return nil, err
		}
		list := map[string]string{configIssuer: d.pictures.base, configHosts: strings.Join(c.Settings.Hosts, ","), configGroup: ""}
		for _, key := range configKeys {
			list[key.name] = key.show(&c.Settings)
		}
		group, err := tx.Groups.Default(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list[configGroup] = group.Name
		return list, nil
	})
}

// SetConfig changes one of them; nil brings back what a company is born with. It fails with NotFound for a key that
// there is not, with Forbidden for what is not the company's to set, and with Invalid.
func (d *Directory) SetConfig(ctx context.Context, by *kith.Actor, key string, value *string) error {
	_, err := gate.Read(ctx, d.gate, by, OpChangeCompany, func(context.Context, *gate.Tx) (any, error) { return nil, nil })
	if err != nil { // before anybody learns which keys there are
		return err
	}
	switch key {
	case configIssuer:
		return &kith.Error{Kind: kith.Forbidden, Code: kith.CodeReadOnly, Field: key, Message: "This is the installation's public URL."}
	case configHosts:
		return d.setConfigHosts(ctx, by, value)
	case configGroup:
		return d.setConfigGroup(ctx, by, value)
	}
	for _, k := range configKeys {
		if k.name == key {
			return d.setConfigKey(ctx, by, k, value)
		}
	}
	return kith.ErrNotFound
}

func (d *Directory) setConfigKey(ctx context.Context, by *kith.Actor, k configKey, value *string) error {
	var change SettingsChange
	switch {
	case value != nil:
		if !k.set(&change, strings.TrimSpace(*value)) {
			return kith.BadField(k.name, kith.CodeBadFormat, k.how)
		}
	case k.field == "jwt_duration": // what is shown in its place is the life of sessions, whatever that is
		change.JWTDuration = new(time.Duration)
	default:
		born := kith.DefaultCompanySettings()
		k.set(&change, k.show(&born))
	}
	_, err := d.ChangeSettings(ctx, by, change)
	if e, is := errors.AsType[*kith.Error](err); is && e.Field == k.field {
		return e.In(k.name)
	}
	return err
}

func (d *Directory) setConfigHosts(ctx context.Context, by *kith.Actor, value *string) error {
	var hosts []string
	if value != nil && strings.TrimSpace(*value) != "" {
		for host := range strings.SplitSeq(*value, ",") {
			hosts = append(hosts, strings.TrimSpace(host))
		}
	}
	_, err := d.SetHosts(ctx, by, hosts)
	if e, is := errors.AsType[*kith.Error](err); is {
		return e.In(configHosts)
	}
	return err
}

func (d *Directory) setConfigGroup(ctx context.Context, by *kith.Actor, value *string) error {
	name, yes := kith.GroupUser, true
	if value != nil {
		name = strings.TrimSpace(*value)
	}
	_, err := access.New(d.gate).ChangeGroup(ctx, by, name, access.GroupChange{Default: &yes})
	if errors.Is(err, kith.ErrNotFound) {
		return kith.BadField(configGroup, kith.CodeNotFound, "There is no group of that name.")
	}
	if e, is := errors.AsType[*kith.Error](err); is && e.Kind == kith.Invalid {
		return e.In(configGroup)
	}
	return err
}
