package directory

import (
	"context"
	"net/netip"
	"net/url"
	"strings"

	"kith"
	"kith/internal/core/gate"
)

// The operations on applications.
var (
	OpViewApplications  = gate.Op{Name: "application.view", Noun: kith.NounApplication, Verb: kith.View, Section: kith.SectionAdmin}
	OpChangeApplication = gate.Op{Name: "application.change", Noun: kith.NounApplication, Verb: kith.Change, Section: kith.SectionAdmin}
)

// Applications gives the actor's company's applications.
func (d *Directory) Applications(ctx context.Context, by *kith.Actor) ([]*kith.Application, error) {
	return gate.Read(ctx, d.gate, by, OpViewApplications, func(ctx context.Context, tx *gate.Tx) ([]*kith.Application, error) {
		return tx.Applications.List(ctx)
	})
}

// SetOrigins replaces the web origins whose pages may call for an application. The oldest application
// is meant, the one that the company was born with, if id is zero.
func (d *Directory) SetOrigins(ctx context.Context, by *kith.Actor, id kith.Serial, origins []string) (*kith.Application, error) {
	in := originsChange{id, origins}
	return gate.Change(ctx, d.gate, by, OpChangeApplication, in, func(ctx context.Context, tx *gate.Tx, in originsChange) (*kith.Application, error) {
		list, err := tx.Applications.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, app := range list {
			if in.id != 0 && app.ID != in.id {
				continue
			}
			tx.Record(kith.Event{Noun: kith.NounApplication, Verb: kith.Change, Row: app.Name, Fields: []string{"origins"},
				Old: map[string]any{"origins": app.Origins}})
			app.Origins = in.origins
			return app, tx.Applications.Put(ctx, app)
		}
		return nil, kith.ErrNotFound
	})
}

type originsChange struct {
	id      kith.Serial
	origins []string
}

// Validate reports the first origin that is none.
func (in originsChange) Validate() error {
	for _, o := range in.origins {
		if !isOrigin(o) {
			return kith.BadField("origins", kith.CodeBadFormat,
				"An origin is a scheme, a host and perhaps a port, as browsers send it, such as https://app.example.com; this is not: "+o)
		}
	}
	return nil
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
	if !isOrigin(origin) {
		return false, nil
	}
	if by.Remote.Loopback && isLoopback(origin) {
		return true, nil
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
