package directory

import (
	"context"

	"kith"
	"kith/internal/core/gate"
)

// Config tells a company's configuration as the table API has it.
func (d *Directory) Config(ctx context.Context, by *kith.Actor) (map[string]string, error) {
	return gate.Read(ctx, d.gate, by, OpViewCompany, func(context.Context, *gate.Tx) (map[string]string, error) {
		return map[string]string{}, nil
	})
}

// SetConfig changes one value of it; nil resets it.
func (d *Directory) SetConfig(context.Context, *kith.Actor, string, *string) error {
	return kith.ErrNotFound
}
