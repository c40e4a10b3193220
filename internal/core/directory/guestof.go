package directory

import (
	"context"
	"errors"
	"net"
	"strings"

	"kith"
	"kith/internal/store"
)

// errWhichCompany tells guests how to say which company they mean.
var errWhichCompany = kith.BadField("X-Company", kith.CodeRequired,
	"Say which company this is for: send its id as header X-Company, or sign in and send the token as header Authorization.")

// GuestOf gives a guest of the company that they mean: the one whose slug they send or, if they send none, the one that
// has the host name they came by, else the only one of the installation. It reads twice: which company, and the company.
// It fails with Invalid, for the field X-Company, if there is none, or none that is served there.
func (d *Directory) GuestOf(ctx context.Context, from kith.Remote, slug, host string) (*kith.Actor, error) {
	if slug != "" {
		guest, err := d.Guest(ctx, &kith.Actor{Remote: from}, slug)
		if errors.Is(err, errNoCompany) {
			err = kith.BadField("X-Company", kith.CodeNotFound, "There is no such company.")
		}
		return guest, err
	}
	name, _ := FoldHost(hostOf(host)) // what is no name is nobody's
	id, err := d.gate.System().CompanyOfGuest(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errWhichCompany
	} else if err != nil {
		return nil, err
	}
	guest, err := d.guestIn(ctx, from, id)
	if errors.Is(err, errNoCompany) {
		err = errWhichCompany
	}
	return guest, err
}

// hostOf is the name in a Host header (RFC 9110 §7.2): without the port, nor the dot of the root.
func hostOf(header string) string {
	if name, _, err := net.SplitHostPort(header); err == nil {
		header = name
	}
	return strings.TrimSuffix(header, ".")
}

// FoldHost brings a host name into the form that is compared: lower case, its ASCII form (RFC 5891 A-labels). It
// reports false for what is no name of at least two labels: addresses, ports and wildcards are none.
func FoldHost(name string) (string, bool) {
	folded, ok := foldDomain(strings.ToLower(name))
	if !ok {
		return "", false
	}
	return folded, true
}
