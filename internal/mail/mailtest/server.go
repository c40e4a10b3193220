// Package mailtest is a mail server for tests, in the process: it keeps what it is sent and fails on command.
// It speaks real SMTP, with TLS by an authority of its own, and never hands anything on.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security is how the server is spoken to.
type Security int

// The ways.
const (
	StartTLS Security = iota // offered
	TLS                      // from the start
	Plain                    // no TLS at all
)

// The user and password that the server takes.
const (
	User     = "kith@example.com"
	Password = "not:in/a@url"
)

// Mail is one that the server was given to the end.
type Mail struct {
	From, To string
	Raw      string
	Header   mail.Header
}

// MessageID is the mail's, without its brackets.
func (m Mail) MessageID() string { return strings.Trim(m.Header.Get("Message-ID"), "<>") }

// Fault is what goes wrong, and how often.
type Fault struct {
	At    string // "mail", "rcpt" or "data"
	Times int    // that it goes wrong; below 0 for good
	Code  int    // the answer, if any
	Cut   bool   // hang up instead of answering, having read everything
	Stall bool   // do not answer until the server is closed, or Release is called
}

// Server is one mail server.
type Server struct {
	Address string // HOST:PORT
	CA      []byte // PEM: what its certificate is believed by

	mu       sync.Mutex
	mails    []Mail
	fault    Fault
	wire     strings.Builder // what was said to it before TLS
	stalled  int
	release  chan struct{}
	Accepted func(Mail) // is told of each mail, instead of keeping it; set before the first
}

// Start starts a server that is closed when the test ends.
func Start(t testing.TB, security Security) *Server {
	t.Helper()
	s := &Server{release: make(chan struct{})}
	var config *tls.Config
	config, s.CA = authority(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{s: s, conn: c}, nil }))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "mail.test", security == Plain, log.New(io.Discard, "", 0)
	listener = &tap{listener, s}
	switch security {
	case StartTLS:
		server.TLSConfig = config
	case TLS:
		listener = tls.NewListener(listener, config)
	case Plain:
	}
	go func() { _ = server.Serve(listener) }() // ends when it is closed
	t.Cleanup(func() {
		s.Release()
		_ = server.Close() // a connection may be in the middle of something
	})
	return s
}

// Mails gives those that were accepted so far, in their order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Fail lets something go wrong from now on.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Heard is all that was said to the server, as it came over the wire.
func (s *Server) Heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wire.String()
}

// Stalled tells how many mails wait for an answer that does not come.
func (s *Server) Stalled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stalled
}

// Release lets those go that are stalled, and ends the fault.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = Fault{}
	close(s.release)
	s.release = make(chan struct{})
}

// fails reports the fault if it is to happen here and now.
func (s *Server) fails(at string) (Fault, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault.At != at || s.fault.Times == 0 {
		return Fault{}, nil
	}
	s.fault.Times--
	return s.fault, s.release
}

// tap listens to what comes over the wire.
type tap struct {
	net.Listener
	s *Server
}

// Accept taps a connection.
func (l *tap) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &tapped{c, l.s}, err
}

type tapped struct {
	net.Conn
	s *Server
}

// Read notes what is read.
func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	const enough = 64 << 10
	c.s.mu.Lock()
	if c.s.wire.Len() < enough {
		c.s.wire.Write(p[:n])
	}
	c.s.mu.Unlock()
	return n, err
}

type session struct {
	s        *Server
	conn     *smtp.Conn
	from, to string
}

// AuthMechanisms are the ways to sign in.
func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth checks a user and password.
func (*session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

// Mail begins a mail.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return c.meet("mail")
}

// Rcpt says whom it is to.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return c.meet("rcpt")
}

// Data takes the mail.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.meet("data"); err != nil {
		return err
	}
	read, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	m := Mail{From: c.from, To: c.to, Raw: string(raw), Header: read.Header}
	if c.s.Accepted != nil {
		c.s.Accepted(m)
		return nil
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.mails = append(c.s.mails, m)
	return nil
}

// Reset forgets what was begun.
func (*session) Reset() {}

// Logout ends the session.
func (*session) Logout() error { return nil }

var errCut = errors.New("cut")

// meet lets the fault happen that is to happen here.
func (c *session) meet(at string) error {
	f, release := c.s.fails(at)
	switch {
	case f.Cut:
		_ = c.conn.Conn().Close() // that is the fault
		return errCut
	case f.Stall:
		c.s.mu.Lock()
		c.s.stalled++
		c.s.mu.Unlock()
		<-release
		c.s.mu.Lock()
		c.s.stalled--
		c.s.mu.Unlock()
		return &smtp.SMTPError{Code: 451, Message: "too late"}
	case f.Code != 0:
		return &smtp.SMTPError{Code: f.Code, EnhancedCode: smtp.NoEnhancedCode, Message: "no, <" + c.to + ">, says the test"}
	}
	return nil
}

// authority makes a certificate for this machine and what it is believed by.
func authority(t testing.TB) (*tls.Config, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
