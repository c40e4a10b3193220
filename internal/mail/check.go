package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"kith"
)

// Step is one thing that happened while a mail was on its way to the server.
type Step struct {
	Name   string // resolve, connect, tls, greeting, starttls, auth, from, to, data, answer
	OK     bool
	Detail string
	Advice string // what to do about it; "" if all is well
}

// Check sends one mail by itself, over a connection of its own, and tells each step as it is done. It fails
// with the error of the step that failed, which is the last.
func (c *Carrier) Check(ctx context.Context, m *kith.Message, tell func(Step)) error {
	said := func(step, detail string) { tell(Step{Name: step, OK: true, Detail: detail}) }
	err := c.check(ctx, m, said)
	if failed, ok := errors.AsType[*stepError](err); ok {
		tell(Step{Name: failed.step, Detail: reason(failed.err), Advice: c.config.advice(failed)})
	} else if err != nil {
		tell(Step{Name: "to", Detail: err.Error(), Advice: "Give an address such as ada@example.com."})
	}
	return err
}

func (c *Carrier) check(ctx context.Context, m *kith.Message, said func(step, detail string)) error {
	if net.ParseIP(c.config.Host) == nil {
		found, err := net.DefaultResolver.LookupHost(ctx, c.config.Host)
		if err != nil {
			return &stepError{"resolve", err}
		}
		said("resolve", strings.Join(found, ", "))
	}
	s, err := c.config.open(ctx, said)
	if err != nil {
		return err
	}
	defer s.close()
	_, err = s.send(ctx, m)
	return err
}

// advice says what an operator can do about a step that failed.
func (c Config) advice(failed *stepError) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](failed.err); ok {
		if _, ok := errors.AsType[x509.HostnameError](failed.err); ok {
			return "The certificate is for another name: put the one that it is for into KITH_SMTP."
		}
		return "Nobody that this machine trusts vouches for the certificate: if you do, put its CA into a file and name that in KITH_SMTP_CA."
	}
	switch failed.step {
	case "resolve":
		return "Look at the host in KITH_SMTP, and at this machine's name server."
	case "connect":
		return "Is the server up, is " + c.address() + " where it listens, and does a firewall let it through? Many networks close port 25; providers listen on 587."
	case "tls":
		return "If the server begins without TLS, which is the custom on ports 25 and 587, give smtp:// and it is asked for."
	case "greeting":
		return "Something else may listen there. If the server begins with TLS, which is the custom on port 465, give smtps://."
	case "starttls":
		return "kith sends nothing in the clear. Use a server, or a port of it, with STARTTLS (often 587) or with TLS from the start: smtps:// (often 465)."
	case "auth":
		return "Look at the user and password in KITH_SMTP; special characters are written as %XX. Some providers want a password made for programs."
	case "from":
		return "The server does not let this user send from " + c.From + ": look at KITH_MAIL_FROM, and at the senders that the provider has verified."
	case "to":
		return "The server does not take mail for that address: try another, and if it takes none, its relaying is not open to you; sign in with a user and password."
	}
	return "The server refused the mail itself: its answer says why."
}
