package directory

import (
	"context"
	"errors"
	"slices"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// mostHosts is how many host names a company may have.
const mostHosts = 20

var errHostTaken = &kith.Error{Kind: kith.Conflict, Code: kith.CodeTaken, Field: "hosts",
	Message: "One of these host names is already in use here."}

// SetHosts replaces the host names by which guests come who name no company, for the operator: see
// docs/decisions/0009-hosts.md. It fails with Conflict if one is another company's.
func (d *Directory) SetHosts(ctx context.Context, by *kith.Actor, hosts []string) (*kith.Company, error) {
	if err := CheckOperator(by); err != nil {
		return nil, err
	}
	folded, err := foldHosts(hosts)
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, d.gate, by, OpChangeCompany, folded, func(ctx context.Context, tx *gate.Tx, hosts []string) (*kith.Company, error) {
		c, err := tx.Companies.Lock(ctx)
		if err != nil {
			return nil, err
		}
		if slices.Equal(c.Settings.Hosts, hosts) {
			tx.Unchanged()
			return c, nil
		}
		tx.Record(kith.Event{Noun: kith.NounCompany, Verb: kith.Change, Row: c.Slug, Fields: []string{"hosts"},
			Old: map[string]any{"hosts": c.Settings.Hosts}})
		c.UpdatedAt = tx.Now
		if err = tx.Companies.PutHosts(ctx, c, hosts); errors.Is(err, store.ErrExists) {
			err = errHostTaken
		}
		return c, err
	})
}

// foldHosts brings host names into the form that is compared, each once.
func foldHosts(hosts []string) ([]string, error) {
	if len(hosts) > mostHosts {
		return nil, kith.BadField("hosts", kith.CodeTooLong, "Give at most 20 host names.")
	}
	var list []string
	for _, host := range hosts {
		folded, ok := FoldHost(host)
		if !ok {
			return nil, kith.BadField("hosts", kith.CodeBadFormat,
				"Give names such as id.example.com, without a scheme, a port or a wildcard; this is none: "+host)
		}
		if !slices.Contains(list, folded) {
			list = append(list, folded)
		}
	}
	return list, nil
}
