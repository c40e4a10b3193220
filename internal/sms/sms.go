package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"kith"
)

// Carrier sends text messages through one gateway. It is a kith.Carrier.
type Carrier struct {
	name   string
	client *http.Client
	write  func(*kith.Message) (*http.Request, error)
}

var _ kith.Carrier = (*Carrier)(nil)

// answerTime is what the gateway has for an answer.
const answerTime = 30 * time.Second

// New makes a carrier to the gateway of a URL:
//
//	twilio://SID:TOKEN@api.twilio.com?from=+15551234567   as Twilio's Messages resource; from may be a service, MG...
//	https://:TOKEN@sms.example.com/send                   POST of {"to","text","id"} with the token as bearer
//
// twilio+insecure:// and http:// lead to this machine only. Nothing secret is in its errors.
func New(gateway string) (*Carrier, error) {
	u, err := url.Parse(gateway)
	if err != nil {
		return nil, errors.New("no URL; write special characters of the password as %XX")
	}
	secret, _ := u.User.Password()
	c := &Carrier{name: "sms " + u.Host, client: &http.Client{
		Timeout:       answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true},
	}}
	open := u.Scheme == "http" || u.Scheme == "twilio+insecure"
	switch {
	case u.Host == "":
		return nil, errors.New("no host: give https://:TOKEN@HOST/PATH or twilio://SID:TOKEN@api.twilio.com?from=+15551234567")
	case open && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%s:// leads to this machine only, and %s is another: use TLS", u.Scheme, u.Hostname())
	case u.Scheme == "https", u.Scheme == "http":
		target := *u
		target.User = nil
		c.write = func(m *kith.Message) (*http.Request, error) { return document(m, target.String(), secret) }
	case u.Scheme == "twilio", u.Scheme == "twilio+insecure":
		from := strings.Replace(u.Query().Get("from"), " ", "+", 1) // a + in a query is a space
		if from == "" || u.User.Username() == "" || secret == "" {
			return nil, errors.New("give twilio://SID:TOKEN@api.twilio.com?from=+15551234567")
		}
		target := &url.URL{Scheme: "https", Host: u.Host}
		if open {
			target.Scheme = "http"
		}
		target = target.JoinPath("2010-04-01", "Accounts", u.User.Username(), "Messages.json")
		c.write = func(m *kith.Message) (*http.Request, error) {
			return form(m, target.String(), from, u.User.Username(), secret)
		}
	default:
		return nil, fmt.Errorf("the scheme is %q: give https:// or twilio://", u.Scheme)
	}
	return c, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// document is the request to any gateway. The id is the same for each copy of a message, so that the gateway
// can tell.
func document(m *kith.Message, target, token string) (*http.Request, error) {
	body, err := json.Marshal(struct {
		To   string `json:"to"`
		Text string `json:"text"`
		ID   string `json:"id"`
	}{m.To, m.Text, m.ID.String()})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, target, bytes.NewReader(body)) //nolint:noctx // Carry gives it one
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", m.ID.String())
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// form is the request as Twilio wants it.
func form(m *kith.Message, target, from, user, password string) (*http.Request, error) {
	values := url.Values{"To": {m.To}, "Body": {m.Text}}
	if strings.HasPrefix(from, "MG") {
		values.Set("MessagingServiceSid", from)
	} else {
		values.Set("From", from)
	}
	r, err := http.NewRequest(http.MethodPost, target, strings.NewReader(values.Encode())) //nolint:noctx // Carry gives it one
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(user, password)
	return r, nil
}

// Name is the gateway's host.
func (c *Carrier) Name() string { return c.name }

// Carry sends one text message and waits for the gateway's word that it has it.
func (c *Carrier) Carry(ctx context.Context, m *kith.Message) error {
	r, err := c.write(m)
	if err != nil {
		return err
	}
	answer, err := c.client.Do(r.WithContext(ctx))
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL, which names the account
		}
		return fmt.Errorf("gateway: %w", err)
	}
	defer answer.Body.Close()
	const enough = 4 << 10
	said, _ := io.ReadAll(io.LimitReader(answer.Body, enough)) // the status is what counts
	return judge(answer.StatusCode, words(said))
}

// judge says what a status means. The gateway's own trouble is nobody's message's fault, and neither is that
// it does not know us or has had enough of us for now.
func judge(status int, said string) error {
	err := fmt.Errorf("the gateway answered %d %s", status, said)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 500, status < 400, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound,
		status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return err
	}
	return &kith.DeliveryError{Fault: kith.FaultRefused, Err: err}
}

// words is what a gateway says of a refusal: the message of a JSON document, or the beginning of its text.
func words(body []byte) string {
	var document struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &document) == nil && document.Message != "" {
		return document.Message
	}
	const enough = 200
	return strings.ToValidUTF8(string(body[:min(len(body), enough)]), "")
}
