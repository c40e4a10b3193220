package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"time"
)

// security is how a connection is kept from being read.
type security int

const (
	startTLS  security = iota // asked for, and demanded, before anything else is said
	tlsAtOnce                 // TLS is what the connection begins with
	plain                     // to this machine only
)

// Config is where mails go and whom they are from.
type Config struct {
	Host, Port     string
	User, Password string         // "" for none
	From           string         // address of the envelope and of the header
	Domain         string         // right part of message ids, and how we greet: the host of the public URL
	Roots          *x509.CertPool // beside whom certificates are believed; nil: the system's
	StepTime       time.Duration  // the server's time for one answer; 0: 30 s

	security security
}

// schemes are the ways to name a server, with the port that each has by custom (RFC 8314, RFC 6409).
var schemes = map[string]struct {
	security security
	port     string
}{
	"smtp": {startTLS, "587"}, "smtps": {tlsAtOnce, "465"}, "smtp+insecure": {plain, "25"},
}

// Parse reads a server's URL: smtp://USER:PASSWORD@HOST:PORT for STARTTLS, smtps:// for TLS from the start,
// smtp+insecure:// for a plain connection to this machine. The password is in no error.
func Parse(server, from string) (Config, error) {
	u, err := url.Parse(server)
	if err != nil {
		return Config{}, errors.New("no URL; write special characters of the password as %XX")
	}
	scheme, ok := schemes[u.Scheme]
	switch {
	case !ok:
		return Config{}, fmt.Errorf("the scheme is %q: give smtp://, smtps:// or, to this machine, smtp+insecure://", u.Scheme)
	case u.Hostname() == "":
		return Config{}, errors.New("no host: give smtp://USER:PASSWORD@HOST:PORT")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return Config{}, errors.New("something follows the port: give smtp://USER:PASSWORD@HOST:PORT, special characters of the password as %XX")
	case scheme.security == plain && !loopback(u.Hostname()):
		return Config{}, fmt.Errorf("smtp+insecure:// leads to this machine only, and %s is another: give smtp:// or smtps://", u.Hostname())
	}
	address, err := mail.ParseAddress(from)
	if err != nil || address.Address != from {
		return Config{}, fmt.Errorf("the sender is %q: give KITH_MAIL_FROM an address, such as no-reply@example.com", from)
	}
	c := Config{Host: u.Hostname(), Port: u.Port(), From: from, security: scheme.security}
	if c.Port == "" {
		c.Port = scheme.port
	}
	if u.User != nil {
		c.User = u.User.Username()
		c.Password, _ = u.User.Password()
	}
	return c, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// address is where the server listens.
func (c Config) address() string { return net.JoinHostPort(c.Host, c.Port) }
