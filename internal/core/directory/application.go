package directory

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/wording"
)

// The operations on applications.
var (
	OpViewApplications  = gate.Op{Name: "application.view", Noun: kith.NounApplication, Verb: kith.View, Section: kith.SectionAdmin}
	OpAddApplication    = gate.Op{Name: "application.add", Noun: kith.NounApplication, Verb: kith.Add, Section: kith.SectionAdmin}
	OpChangeApplication = gate.Op{Name: "application.change", Noun: kith.NounApplication, Verb: kith.Change, Section: kith.SectionAdmin}
	OpDeleteApplication = gate.Op{Name: "application.delete", Noun: kith.NounApplication, Verb: kith.Delete, Section: kith.SectionAdmin}
)

// Applications gives the actor's company's applications, oldest first.
func (d *Directory) Applications(ctx context.Context, by *kith.Actor) ([]*kith.Application, error) {
	return gate.Read(ctx, d.gate, by, OpViewApplications, func(ctx context.Context, tx *gate.Tx) ([]*kith.Application, error) {
		return tx.Applications.List(ctx)
	})
}

// ApplicationPage gives one page of the actor's company's applications, oldest first.
func (d *Directory) ApplicationPage(ctx context.Context, by *kith.Actor, page kith.Page) (kith.List[*kith.Application], error) {
	all, err := d.Applications(ctx, by)
	return Cut(all, page), err
}

// Application gives one of the actor's company's applications.
func (d *Directory) Application(ctx context.Context, by *kith.Actor, id kith.Serial) (*kith.Application, error) {
	all, err := d.Applications(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, app := range all {
		if app.ID == id {
			return app, nil
		}
	}
	return nil, kith.ErrNotFound
}

// ApplicationChange sets what is not nil. It is what an application is made from, too.
type ApplicationChange struct {
	Name, Audience     *string
	Origins, Redirects *[]string
	TokenLife          *time.Duration                // zero: as the company has it
	Check              func(*kith.Application) error // what the face finds wrong with it, before the change
}

// Validate reports every bad field.
func (in ApplicationChange) Validate() error {
	var errs []error
	if in.Name != nil && strings.TrimSpace(*in.Name) == "" {
		errs = append(errs, kith.BadField("name", kith.CodeRequired, "Give the application a name."))
	}
	text(&errs, "name", in.Name, 100)
	text(&errs, "audience", in.Audience, 200)
	if life := in.TokenLife; life != nil && *life != 0 && (*life < kith.MinSessionDuration || *life > kith.MaxSessionDuration) {
		errs = append(errs, kith.BadField("token_life", kith.CodeOutOfRange, "Give a number of seconds from 1 to 2678400 (31 days)."))
	}
	for _, urls := range []struct {
		field string
		list  *[]string
		good  func(string) bool
		how   string
	}{
		{"origins", in.Origins, isOrigin, "An origin is a scheme, a host and perhaps a port, as browsers send it, such as https://app.example.com; this is not: "},
		{"redirects", in.Redirects, isRedirect, "Give https URLs, http ones on this very machine, or ones of an app's own scheme, all without a fragment; this is not: "},
	} {
		if urls.list == nil {
			continue
		}
		for _, one := range *urls.list {
			if !urls.good(one) {
				errs = append(errs, kith.BadField(urls.field, kith.CodeBadFormat, urls.how+one))
				break
			}
		}
	}
	return errors.Join(errs...)
}

func (in ApplicationChange) apply(to *kith.Application) *changes {
	c := newChanges()
	set(c, "name", &to.Name, in.Name)
	set(c, "audience", &to.Audience, in.Audience)
	setList(c, "origins", &to.Origins, in.Origins)
	setList(c, "redirects", &to.Redirects, in.Redirects)
	set(c, "token_life", &to.TokenLife, in.TokenLife)
	return c
}

// mostApplications is how many a company may have.
const mostApplications = 100

// AddApplication gives the actor's company another application.
func (d *Directory) AddApplication(ctx context.Context, by *kith.Actor, in ApplicationChange) (*kith.Application, error) {
	return gate.Change(ctx, d.gate, by, OpAddApplication, in, func(ctx context.Context, tx *gate.Tx, in ApplicationChange) (*kith.Application, error) {
		all, err := tx.Applications.List(ctx)
		if err == nil && len(all) >= mostApplications {
			err = errMany("applications")
		}
		if err != nil {
			return nil, err
		}
		app := &kith.Application{ID: tx.NewSerial(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		for slices.ContainsFunc(all, func(a *kith.Application) bool { return a.ID == app.ID }) {
			app.ID = tx.NewSerial()
		}
		in.apply(app)
		if app.Name == "" {
			return nil, kith.BadField("name", kith.CodeRequired, "Give the application a name.")
		}
		tx.Record(kith.Event{Noun: kith.NounApplication, Verb: kith.Add, Row: applicationRow(app.ID)})
		return app, tx.Applications.Insert(ctx, app)
	})
}

// applicationRow names an application in events.
func applicationRow(id kith.Serial) string { return strconv.FormatInt(int64(id), 10) }

// ChangeApplication changes an application. The oldest one is meant, which the company was born with, if
// id is zero.
func (d *Directory) ChangeApplication(ctx context.Context, by *kith.Actor, id kith.Serial, in ApplicationChange) (*kith.Application, error) {
	return gate.Change(ctx, d.gate, by, OpChangeApplication, in, func(ctx context.Context, tx *gate.Tx, in ApplicationChange) (*kith.Application, error) {
		if id == 0 {
			born, err := tx.Applications.First(ctx)
			if err != nil {
				return nil, err
			}
			id = born.ID
		}
		app, err := tx.Applications.Lock(ctx, id)
		if err == nil {
			err = ask(in.Check, app)
		}
		if err != nil {
			return nil, err
		}
		differs := in.apply(app)
		if len(differs.fields) == 0 {
			tx.Unchanged()
			return app, nil
		}
		app.UpdatedAt = tx.Now
		tx.Record(kith.Event{Noun: kith.NounApplication, Verb: kith.Change, Row: applicationRow(app.ID), Fields: differs.fields, Old: differs.old})
		return app, tx.Applications.Put(ctx, app)
	})
}

// SetOrigins replaces the web origins whose pages may call for an application. The oldest application
// is meant, the one that the company was born with, if id is zero.
func (d *Directory) SetOrigins(ctx context.Context, by *kith.Actor, id kith.Serial, origins []string) (*kith.Application, error) {
	return d.ChangeApplication(ctx, by, id, ApplicationChange{Origins: &origins})
}

// atOnce is how many sessions one transaction ends: some milliseconds' worth.
const atOnce = 500

// DeleteApplication removes an application and ends its sessions. The one that the company was born with
// stays. Most sessions end before the application is gone, a few to a transaction, so that nobody waits
// long; what is interrupted there can be asked for again.
func (d *Directory) DeleteApplication(ctx context.Context, by *kith.Actor, id kith.Serial) error {
	for {
		ended, err := gate.Change(ctx, d.gate, by, OpDeleteApplication, id, endSome)
		if err != nil {
			return err
		}
		if ended < atOnce {
			break
		}
	}
	_, err := gate.Change(ctx, d.gate, by, OpDeleteApplication, id, func(ctx context.Context, tx *gate.Tx, id kith.Serial) (any, error) {
		app, err := deletable(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if err := tx.Applications.Delete(ctx, id); err != nil {
			return nil, err
		}
		for { // those begun meanwhile
			if n, err := tx.Sessions.DeleteOf(ctx, id, atOnce); err != nil || n < atOnce {
				tx.Record(kith.Event{Noun: kith.NounApplication, Verb: kith.Delete, Row: applicationRow(id), Old: map[string]any{
					"name": app.Name, "origins": app.Origins, "redirects": app.Redirects, "audience": app.Audience}})
				return nil, err
			}
		}
	})
	return err
}

// endSome is the step that ends some of an application's sessions.
func endSome(ctx context.Context, tx *gate.Tx, id kith.Serial) (int, error) {
	if _, err := deletable(ctx, tx, id); err != nil {
		return 0, err
	}
	n, err := tx.Sessions.DeleteOf(ctx, id, atOnce)
	if n == 0 {
		tx.Unchanged()
	} else {
		tx.Record(kith.Event{Noun: kith.NounApplication, Verb: kith.Change, Row: applicationRow(id), Fields: []string{"sessions"}})
	}
	return n, err
}

func deletable(ctx context.Context, tx *gate.Tx, id kith.Serial) (*kith.Application, error) {
	app, err := tx.Applications.Lock(ctx, id)
	if err != nil {
		return nil, err
	}
	born, err := tx.Applications.First(ctx)
	if err == nil && born.ID == id {
		err = &kith.Error{Kind: kith.Invalid, Code: kith.CodeNotAllowed,
			Message: "This application came with the company: it cannot be deleted."}
	}
	return app, err
}

// isRedirect reports whether sign-ins may lead back to s: RFC 6749 §3.1.2 and, for apps on a device,
// RFC 8252 §7.
func isRedirect(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2000 || u.Scheme == "" || u.Fragment != "" || strings.Contains(s, "#") || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "https":
		return wording.IsURL(s)
	case "http":
		return wording.IsURL(s) && isLoopback(s)
	default:
		return strings.Contains(u.Scheme, ".") // reversed domain names, which javascript: and data: are not
	}
}

// isOrigin reports whether s is a web origin just as browsers write it (RFC 6454 §6.2).
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && s == strings.ToLower(u.Scheme+"://"+u.Host)
}

// OriginAllowed reports whether pages of a web origin may call: those of an application of the
// company, or of any while none is known, as when a browser asks beforehand. Pages on this very
// machine may always call a loopback listener.
func (d *Directory) OriginAllowed(ctx context.Context, by *kith.Actor, origin string) (bool, error) {
	if by.Remote.Loopback && isOrigin(origin) && isLoopback(origin) {
		return true, nil
	}
	return d.OriginOwned(ctx, by, origin)
}

// OriginOwned reports whether a web origin is one of an application of the company, or of any while none is
// known: whether its pages may act with a user's cookies.
func (d *Directory) OriginOwned(ctx context.Context, by *kith.Actor, origin string) (bool, error) {
	if !isOrigin(origin) {
		return false, nil
	}
	return d.gate.System().OriginAllowed(ctx, origin, by.CompanyID())
}

func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	host := u.Hostname()
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
