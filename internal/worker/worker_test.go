package worker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kith"
	"kith/internal/core"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/signin"
	"kith/internal/mail"
	"kith/internal/mail/mailtest"
	"kith/internal/seal"
	"kith/internal/sms"
	"kith/internal/store"
	"kith/internal/worker"
)

// kernel is a core on an empty store, with a clock that tests move, and one company.
type kernel struct {
	*core.Core
	t        *testing.T
	offset   atomic.Int64
	owner    *signin.SignedIn
	registry *prometheus.Registry
	log      *output
}

// output collects a log.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) has(words string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Contains(o.text.String(), words)
}

var local = &kith.Actor{Remote: kith.Remote{Address: "127.0.0.1", Loopback: true}}

func newKernel(t *testing.T) *kernel {
	t.Helper()
	k := &kernel{t: t, registry: prometheus.NewRegistry(), log: new(output)}
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: k.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.Core, err = core.New(t.Context(), db, core.Config{Master: seal.NewKey(), Clock: k.now,
		Hasher: signin.NewHasher(signin.HashCost{Memory: 64, Passes: 1, Threads: 1}, rand.Reader), Pool: signin.NewPool(1, 100),
		Signin: signin.Config{Registration: signin.OpenRegistration, Issuer: "https://kith.example"}})
	if err != nil {
		t.Fatal(err)
	}
	k.owner, err = k.Signin.RegisterCompany(t.Context(), local, signin.CompanyRegistration{
		Person: signin.Person{Email: "owner@acme.example", Password: "several unrelated words"}, Company: directory.NewCompany{Slug: "acme"}})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n > 0; { // what registering said is not what these tests are about
		if n, err = k.Outbox.DeliverToInbox(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *kernel) now() time.Time       { return kith.SystemClock().Add(time.Duration(k.offset.Load())) }
func (k *kernel) move(d time.Duration) { k.offset.Add(int64(d)) }

// tell puts a message to the owner into the outbox.
func (k *kernel) tell(m kith.Message) {
	k.t.Helper()
	by := &kith.Actor{System: true, Company: k.owner.Company}
	op := gate.Op{Name: "user.change", Noun: kith.NounUser, Verb: kith.Change, Open: true}
	_, err := gate.Change(k.t.Context(), k.Gate, by, op, m, func(_ context.Context, tx *gate.Tx, m kith.Message) (any, error) {
		m.User = k.owner.User.ID
		tx.Unchanged()
		tx.Tell(m)
		return nil, nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func letter(to string) kith.Message {
	return kith.Message{Channel: kith.ChannelEmail, Kind: "welcome", To: to, Subject: "Hello", Text: "Hello"}
}

func code(to string) kith.Message {
	return kith.Message{Channel: kith.ChannelSMS, Kind: "verify_mobile", To: to, Text: "123456", Codes: []string{"123456"}}
}

// work runs a worker until the test ends, or stop is called.
func (k *kernel) work(o worker.Options) (stop func()) {
	k.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(k.t.Context()))
	var running sync.WaitGroup
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	w := worker.New(k.Core, slog.New(slog.NewTextHandler(k.log, nil)), o)
	running.Go(func() { w.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	k.t.Cleanup(stop)
	return stop
}

// by is a way to a mail server, which has a moment for each answer.
func by(t *testing.T, s *mailtest.Server) map[kith.Channel]kith.Carrier {
	t.Helper()
	c, err := mail.Parse("smtp://"+url.UserPassword(mailtest.User, mailtest.Password).String()+"@"+s.Address, "no-reply@kith.example")
	if err != nil {
		t.Fatal(err)
	}
	c.Domain, c.Roots, c.StepTime = "id.kith.example", x509.NewCertPool(), 300*time.Millisecond
	c.Roots.AppendCertsFromPEM(s.CA)
	carrier := mail.New(c)
	t.Cleanup(carrier.Close)
	return map[kith.Channel]kith.Carrier{kith.ChannelEmail: carrier}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to pass that %s", what)
		}
	}
}

// metric reads a metric's value, by its name and all its labels.
func (k *kernel) metric(name string, labels ...string) float64 {
	k.t.Helper()
	families, err := k.registry.Gather()
	if err != nil {
		k.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if f.GetName() == name && strings.Join(values, " ") == strings.Join(labels, " ") {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

// TestFaults: whatever goes wrong once, the mail arrives in the end, under the one id; and who was given it
// twice can tell.
func TestFaults(t *testing.T) {
	for name, f := range map[string]mailtest.Fault{
		"421": {At: "data", Code: 421}, "450": {At: "rcpt", Code: 450}, "cut before 250": {At: "data", Cut: true}, "stall after DATA": {At: "data", Stall: true},
	} {
		t.Run(name, func(t *testing.T) {
			k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
			f.Times = 1
			s.Fail(f)
			k.tell(letter("ada@x.example"))
			k.work(worker.Options{Carriers: by(t, s), Registry: k.registry})
			eventually(t, "the failure is counted", func() bool { return k.metric("kith_messages_total", "email", "retried") == 1 })
			if len(s.Mails()) != 0 {
				t.Fatal("it arrived at once: nothing was tested")
			}
			k.move(10 * time.Second)
			eventually(t, "the mail arrives", func() bool { return k.metric("kith_messages_total", "email", "sent") == 1 })
			if mails := s.Mails(); len(mails) != 1 || mails[0].To != "ada@x.example" || !strings.HasSuffix(mails[0].MessageID(), "@id.kith.example") {
				t.Errorf("%+v", mails)
			}
			if k.log.has("ada@") {
				t.Error("the log names the address")
			}
		})
	}
}

// TestCrash: between sending and marking, a crash sends the mail again, under the same id.
func TestCrash(t *testing.T) {
	k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
	k.tell(letter("ada@x.example"))
	ctx, carrier := t.Context(), by(t, s)[kith.ChannelEmail]
	taken, err := k.Outbox.Take(ctx, kith.ChannelEmail, 10)
	if err != nil || len(taken) != 1 {
		t.Fatalf("%d messages, %v", len(taken), err)
	}
	if err := carrier.Carry(ctx, taken[0].Message); err != nil {
		t.Fatal(err)
	}
	// Here the node dies; another one works.
	k.work(worker.Options{Carriers: by(t, s), Registry: k.registry})
	k.move(5 * time.Minute)
	eventually(t, "the mail is sent again", func() bool { return k.metric("kith_messages_total", "email", "sent") == 1 })
	if mails := s.Mails(); len(mails) != 2 || mails[0].Raw != mails[1].Raw || mails[0].MessageID() == "" {
		t.Errorf("the copies are not the same: %+v", mails)
	}
}

// TestStop: a worker that is stopped in the middle writes down what it has sent and gives the rest back.
func TestStop(t *testing.T) {
	k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
	const all = 50
	for range all {
		k.tell(letter("ada@x.example"))
	}
	stopping := make(chan struct{})
	var once sync.Once
	carriers := by(t, s)
	carriers[kith.ChannelEmail] = &slowly{carriers[kith.ChannelEmail], func() { once.Do(func() { close(stopping) }) }}
	stop := k.work(worker.Options{Carriers: carriers})
	<-stopping
	stop()
	before := len(s.Mails())
	if before == 0 || before == all {
		t.Fatalf("%d mails were sent before it was stopped: nothing was tested", before)
	}
	k.work(worker.Options{Carriers: by(t, s)})
	eventually(t, "the others are sent", func() bool { return len(s.Mails()) >= all })
	seen := make(map[string]bool)
	for _, m := range s.Mails() {
		if seen[m.MessageID()] {
			t.Error("a mail was sent twice")
		}
		seen[m.MessageID()] = true
	}
}

// slowly is a carrier that tells of each mail it has begun, and takes its time.
type slowly struct {
	kith.Carrier
	begun func()
}

// Carry carries, a little later.
func (c *slowly) Carry(ctx context.Context, m *kith.Message) error {
	c.begun()
	time.Sleep(20 * time.Millisecond)
	return c.Carrier.Carry(ctx, m)
}

// TestRefused: a mail that is refused for good is dead at once and sets off the alarm; the others arrive; and
// once it is let, it is tried again.
func TestRefused(t *testing.T) {
	k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
	s.Fail(mailtest.Fault{At: "rcpt", Times: 1, Code: 550})
	k.tell(letter("ada@x.example"))
	stop := k.work(worker.Options{Carriers: by(t, s), Registry: k.registry})
	eventually(t, "the refusal is counted", func() bool { return k.metric("kith_messages_total", "email", "dead") == 1 })
	k.tell(letter("eva@x.example"))
	eventually(t, "the next is sent", func() bool { return k.metric("kith_messages_total", "email", "sent") == 1 })
	if !k.log.has("level=ERROR") || !k.log.has("550") || k.log.has("ada@") {
		t.Error("the log does not say so, or says too much")
	}
	stop()
	k.registry = prometheus.NewRegistry()
	k.work(worker.Options{Carriers: by(t, s), Registry: k.registry})
	eventually(t, "the alarm is raised", func() bool { return k.metric("kith_messages_dead") == 1 })
	if n, err := k.Outbox.Redeliver(t.Context(), kith.MessageID{}); n != 1 || err != nil {
		t.Fatalf("redelivered %d, %v", n, err)
	}
	eventually(t, "it is sent", func() bool { return len(s.Mails()) == 2 })
}

// TestExpired: a code that is too late is not delivered, however long the server was away.
func TestExpired(t *testing.T) {
	k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
	late := letter("ada@x.example")
	late.ExpiresAt = k.now().Add(time.Minute)
	k.tell(late)
	k.move(time.Minute)
	k.tell(letter("eva@x.example"))
	k.work(worker.Options{Carriers: by(t, s), Registry: k.registry})
	eventually(t, "both are through", func() bool {
		return k.metric("kith_messages_total", "email", "expired") == 1 && k.metric("kith_messages_total", "email", "sent") == 1
	})
	if mails := s.Mails(); len(mails) != 1 || mails[0].To != "eva@x.example" {
		t.Errorf("%+v", mails)
	}
}

// TestRegisterDoesNotWait: somebody who registers has their answer while the mail server still thinks about
// their mail.
func TestRegisterDoesNotWait(t *testing.T) {
	k, s := newKernel(t), mailtest.Start(t, mailtest.StartTLS)
	s.Fail(mailtest.Fault{At: "data", Times: -1, Stall: true})
	c := by(t, s)
	patient, err := mail.Parse("smtp://"+s.Address, "no-reply@kith.example")
	if err != nil {
		t.Fatal(err)
	}
	patient.Roots = x509.NewCertPool()
	patient.Roots.AppendCertsFromPEM(s.CA)
	c[kith.ChannelEmail] = mail.New(patient)
	k.work(worker.Options{Carriers: c})
	k.tell(letter("eva@x.example"))
	eventually(t, "the server holds a mail", func() bool { return s.Stalled() > 0 })
	_, err = k.Signin.Register(t.Context(), local, signin.UserRegistration{Company: "acme",
		Person: signin.Person{Email: "ada@x.example", Password: "several unrelated words"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Stalled() == 0 || len(s.Mails()) != 0 {
		t.Error("the server holds no mail any more: nothing was tested")
	}
	s.Release()
}

// TestSMSWithoutMail: while the mail server is down it is left alone, and codes by SMS go on.
func TestSMSWithoutMail(t *testing.T) {
	k := newKernel(t)
	var mu sync.Mutex
	status, taken := http.StatusServiceUnavailable, 0
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		if taken++; status != http.StatusOK {
			taken--
		}
		w.WriteHeader(status)
	}))
	defer gateway.Close()
	text, err := sms.New(strings.Replace(gateway.URL, "http://", "http://:token@", 1))
	if err != nil {
		t.Fatal(err)
	}
	down := &dead{}
	for range 40 {
		k.tell(letter("ada@x.example"))
	}
	k.tell(code("+27831234567"))
	k.work(worker.Options{Carriers: map[kith.Channel]kith.Carrier{kith.ChannelEmail: down, kith.ChannelSMS: text}, Registry: k.registry})
	eventually(t, "the gateway fails once", func() bool { return k.metric("kith_messages_total", "sms", "retried") == 1 })
	eventually(t, "the mail server is left alone", func() bool { return k.log.has("left alone") })
	mu.Lock()
	status = http.StatusOK
	mu.Unlock()
	k.move(10 * time.Second)
	eventually(t, "the code is sent", func() bool { mu.Lock(); defer mu.Unlock(); return taken == 1 })
	if n := down.asked.Load(); n < 5 || n > 12 {
		t.Errorf("the mail server that is down was asked %d times", n)
	}
}

// dead is a provider that is down.
type dead struct{ asked atomic.Int64 }

// Name is what it would be.
func (*dead) Name() string { return "smtp down" }

// Carry never does.
func (d *dead) Carry(context.Context, *kith.Message) error {
	d.asked.Add(1)
	return errors.New("connect: connection refused")
}

// TestNoProvider: without one, messages wait where only the public could look, and go to the development inbox
// where it is open.
func TestNoProvider(t *testing.T) {
	k := newKernel(t)
	k.tell(letter("ada@x.example"))
	stop := k.work(worker.Options{Registry: k.registry})
	eventually(t, "it is seen to wait", func() bool { return k.metric("kith_messages_waiting") == 1 })
	stop()
	if list, err := k.Outbox.Inbox(t.Context(), "ada@x.example", 100); err != nil || len(list) != 0 {
		t.Fatalf("%d messages are in the inbox, %v", len(list), err)
	}
	stop = k.work(worker.Options{Inbox: true})
	eventually(t, "it is in the inbox", func() bool {
		list, err := k.Outbox.Inbox(t.Context(), "ada@x.example", 100)
		return err == nil && len(list) == 1
	})
	stop()
	s := mailtest.Start(t, mailtest.StartTLS)
	k.tell(letter("eva@x.example"))
	k.work(worker.Options{Carriers: by(t, s), Inbox: true, Keep: true})
	eventually(t, "it is sent, and in the inbox too", func() bool {
		list, err := k.Outbox.Inbox(t.Context(), "eva@x.example", 100)
		return err == nil && len(list) == 1 && len(s.Mails()) == 1
	})
}
