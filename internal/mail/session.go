package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"kith"
)

// session is one connection to the server, signed in. It is for one goroutine.
type session struct {
	config  *Config
	conn    net.Conn
	smtp    *smtp.Client
	said    func(step, detail string) // may be nil
	sent    int
	offered bool // the mail under way was given to the server
}

// stepError is an error and what was being done.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + reason(e.err) }
func (e *stepError) Unwrap() error { return e.err }

// reason puts an error into words that say what happened.
func reason(err error) string {
	switch timeout, isNet := errors.AsType[net.Error](err); {
	case isNet && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server cut the connection"
	}
	return err.Error()
}

// open connects, demands encryption, and signs in.
func (c *Config) open(ctx context.Context, said func(step, detail string)) (_ *session, err error) {
	s := &session{config: c, said: said}
	step := "connect"
	defer func() {
		if err != nil {
			err = &stepError{step, err}
			s.close()
		}
	}()
	dialer := net.Dialer{Timeout: c.stepTime()}
	if s.conn, err = dialer.DialContext(ctx, "tcp", c.address()); err != nil {
		return s, err
	}
	s.tell(step, s.conn.RemoteAddr().String())
	stop := s.heed(ctx)
	defer stop()
	carried := s.conn
	if c.security == tlsAtOnce {
		step = "tls"
		secured := tls.Client(s.conn, c.tls())
		if err := secured.HandshakeContext(ctx); err != nil {
			return s, err
		}
		carried = secured
		s.tellTLS(step, secured.ConnectionState())
	}
	step = "greeting"
	s.arm(ctx)
	if s.smtp, err = smtp.NewClient(carried, c.Host); err != nil {
		return s, err
	}
	s.arm(ctx)
	if err := s.smtp.Hello(c.greeting()); err != nil {
		return s, err
	}
	s.tell(step, s.smtp.HelloResponse())
	if c.security == startTLS {
		step = "starttls"
		if err := s.startTLS(ctx); err != nil {
			return s, err
		}
	}
	if c.User == "" {
		return s, nil
	}
	step = "auth"
	s.arm(ctx)
	mechanism, auth := c.auth(s.smtp)
	if auth == nil {
		return s, errors.New("the server takes no user and password here, or none in a way that kith knows")
	}
	if err := s.smtp.Auth(auth); err != nil {
		return s, err
	}
	s.tell(step, "signed in by "+mechanism)
	return s, nil
}

func (s *session) startTLS(ctx context.Context) error {
	if offered, _ := s.smtp.Extension("STARTTLS"); !offered {
		return errors.New("the server offers no STARTTLS, so nothing was sent; if its port begins with TLS, give smtps://")
	}
	s.arm(ctx)
	if err := s.smtp.StartTLS(s.config.tls()); err != nil {
		return err
	}
	if state, ok := s.smtp.TLSConnectionState(); ok {
		s.tellTLS("starttls", state)
	}
	return nil
}

func (c *Config) tls() *tls.Config {
	return &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
}

// auth chooses how to sign in, of what the server takes.
func (c *Config) auth(client *smtp.Client) (string, smtp.Auth) {
	_, offered := client.Extension("AUTH")
	for _, mechanism := range strings.Fields(strings.ToUpper(offered)) {
		switch mechanism { // in the server's order
		case "SCRAM-SHA-256":
			return mechanism, smtp.ScramSHA256Auth(c.User, c.Password)
		case "SCRAM-SHA-1":
			return mechanism, smtp.ScramSHA1Auth(c.User, c.Password)
		case "CRAM-MD5":
			return mechanism, smtp.CRAMMD5Auth(c.User, c.Password)
		case "PLAIN":
			return mechanism, smtp.PlainAuth("", c.User, c.Password, c.Host, c.security == plain)
		case "LOGIN":
			return mechanism, smtp.LoginAuth(c.User, c.Password, c.Host, c.security == plain)
		}
	}
	return "", nil
}

// send hands one mail over. clean reports whether the connection is good for another.
func (s *session) send(ctx context.Context, m *kith.Message) (clean bool, err error) {
	stop := s.heed(ctx)
	defer stop()
	to, foreign, err := envelope(m.To)
	if err != nil {
		return true, &kith.DeliveryError{Fault: kith.FaultRefused, Err: err}
	}
	from := "MAIL FROM:<" + s.config.From + ">"
	if foreign {
		if takes, _ := s.smtp.Extension("SMTPUTF8"); !takes {
			return true, &kith.DeliveryError{Fault: kith.FaultRefused, Err: errors.New("the server takes no address of that alphabet (SMTPUTF8)")}
		}
		from += " SMTPUTF8"
	}
	s.sent, s.offered = s.sent+1, false
	if clean, err := s.offer(ctx, from, "RCPT TO:<"+to+">"); err != nil {
		return clean, err
	}
	s.offered = true
	s.arm(ctx)
	body := s.smtp.Text.DotWriter()
	_, err = s.config.compose(m, to).WriteTo(body)
	if closed := body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return false, &stepError{"data", err}
	}
	s.tell("data", "written")
	s.arm(ctx)
	_, answer, err := s.smtp.Text.ReadResponse(250)
	if err != nil {
		return s.judge("answer", err)
	}
	s.tell("answer", answer)
	return true, nil
}

// offer says who sends to whom, and that the mail follows: in one go if the server takes that (RFC 2920).
func (s *session) offer(ctx context.Context, from, to string) (clean bool, err error) {
	steps := []struct {
		name, command string
		want          int
	}{{"from", from, 250}, {"to", to, 25}, {"data", "DATA", 354}}
	text := s.smtp.Text
	s.arm(ctx)
	together, _ := s.smtp.Extension("PIPELINING")
	if together {
		if err := text.PrintfLine("%s\r\n%s\r\nDATA", from, to); err != nil {
			return false, &stepError{"from", err}
		}
	}
	for i, step := range steps {
		if !together {
			s.arm(ctx)
			if err := text.PrintfLine("%s", step.command); err != nil {
				return false, &stepError{step.name, err}
			}
		}
		_, answer, err := text.ReadResponse(step.want)
		if err != nil {
			clean, err = s.judge(step.name, err)
			if together {
				clean = clean && s.refused(len(steps)-1-i)
			}
			return clean, err
		}
		if step.name != "data" {
			s.tell(step.name, answer)
		}
	}
	return true, nil
}

// refused reads the answers to what was said after a refusal, and reports whether those are refusals too: a
// go-ahead would wait for a mail.
func (s *session) refused(answers int) bool {
	for range answers {
		code, _, err := s.smtp.Text.ReadResponse(0)
		if err != nil || code == 354 {
			return false
		}
	}
	return true
}

// judge says whom a refusal is about. What is refused at the sender is the operator's to mend, and not a
// mail's; nor is a 421, with which a server hangs up, or a demand to sign in.
func (s *session) judge(step string, err error) (clean bool, _ error) {
	told, ok := errors.AsType[*textproto.Error](err)
	failed := &stepError{step, err}
	switch {
	case !ok, told.Code == 421:
		return false, failed
	case step == "from", told.Code == 530, told.Code == 535:
		return true, failed
	case told.Code >= 500:
		return true, &kith.DeliveryError{Fault: kith.FaultRefused, Err: failed}
	case told.Code >= 400:
		return true, &kith.DeliveryError{Fault: kith.FaultMessage, Err: failed}
	}
	return false, failed // an answer to something that was not asked
}

// reset makes the server forget what was begun.
func (s *session) reset(ctx context.Context) error {
	s.arm(ctx)
	return s.smtp.Reset()
}

// close ends the connection, without waiting for a farewell.
func (s *session) close() {
	if s.conn == nil {
		return
	}
	_ = s.conn.SetDeadline(time.Now().Add(quitTime)) // it is closed, whatever becomes of the farewell
	if s.smtp != nil {
		_ = s.smtp.Text.PrintfLine("QUIT")
	}
	_ = s.conn.Close()
}

// quitTime is how long a farewell may take to leave.
const quitTime = 100 * time.Millisecond

// arm gives the server its time for the next answer.
func (s *session) arm(ctx context.Context) {
	_ = s.conn.SetDeadline(time.Now().Add(s.config.stepTime()))
	if ctx.Err() != nil { // which heed may have seen before
		_ = s.conn.SetDeadline(time.Unix(1, 0))
	}
}

// heed cuts waiting short when ctx ends, until it is stopped.
func (s *session) heed(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
}

func (s *session) tell(step, detail string) {
	if s.said != nil {
		s.said(step, detail)
	}
}

func (s *session) tellTLS(step string, state tls.ConnectionState) {
	detail := tls.VersionName(state.Version)
	if len(state.PeerCertificates) > 0 {
		cert := state.PeerCertificates[0]
		detail += fmt.Sprintf(", certificate of %s by %s until %s", strings.Join(cert.DNSNames, ", "), cert.Issuer, cert.NotAfter.UTC().Format(time.DateOnly))
	}
	s.tell(step, detail)
}

func (c *Config) stepTime() time.Duration {
	if c.StepTime > 0 {
		return c.StepTime
	}
	return 30 * time.Second
}

// greeting is how we call ourselves (RFC 5321 §4.1.3: an address in brackets).
func (c *Config) greeting() string {
	switch address, err := netip.ParseAddr(c.Domain); {
	case c.Domain == "":
		return "localhost"
	case err == nil && address.Is6():
		return "[IPv6:" + c.Domain + "]"
	case err == nil:
		return "[" + c.Domain + "]"
	}
	return c.Domain
}
