package message_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/seal"
	"kith/internal/store"
)

// office is an outbox on an empty store, with a clock that tests move.
type office struct {
	*message.Outbox
	t    *testing.T
	gate *gate.Gate
	mu   sync.Mutex
	now  time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: noon}
	db, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.gate = gate.New(db, seal.NewKey())
	o.Outbox = message.NewOutbox(o.gate)
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) move(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// found makes a company whose owner is told these messages.
func (o *office) found(slug string, messages ...kith.Message) {
	o.t.Helper()
	founder := &kith.Actor{Company: &kith.Company{ID: kith.NewCompanyID(rand.Reader)}}
	op := gate.Op{Name: "company.found", Noun: kith.NounCompany, Verb: kith.Add, Open: true}
	_, err := gate.Change(o.t.Context(), o.gate, founder, op, slug, func(ctx context.Context, tx *gate.Tx, slug string) (any, error) {
		id := tx.NewUserID()
		_, err1 := directory.AddCompany(ctx, tx, directory.NewCompany{Slug: slug}, id, kith.Test)
		_, err2 := directory.AddUser(ctx, tx, directory.NewUser{ID: id})
		for _, m := range messages {
			m.User = id
			tx.Tell(m)
		}
		return nil, errors.Join(err1, err2)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// take takes messages, and gives their texts too.
func (o *office) take(limit int) ([]*message.Taken, string) {
	o.t.Helper()
	taken, err := o.Take(o.t.Context(), kith.ChannelEmail, limit)
	if err != nil {
		o.t.Fatal(err)
	}
	var texts []string
	for _, m := range taken {
		texts = append(texts, m.Message.Text)
	}
	return taken, strings.Join(texts, " ")
}

// settle says that an attempt ended so, and gives what that means.
func (o *office) settle(t *message.Taken, end error) message.Result {
	o.t.Helper()
	out := &message.Outcome{Taken: t, Provider: "smtp x", Err: end}
	if err := o.Settle(o.t.Context(), []*message.Outcome{out}); err != nil {
		o.t.Fatal(err)
	}
	return out.Result
}

func notice(text string) kith.Message {
	return kith.Message{Channel: kith.ChannelEmail, Kind: "welcome", To: "ada@x.example", Text: text}
}

func soon(m kith.Message, d time.Duration) kith.Message {
	m.ExpiresAt = noon.Add(d)
	return m
}

var (
	errBusy    = &kith.DeliveryError{Fault: kith.FaultMessage, Err: errors.New("450 try later")}
	errRefused = &kith.DeliveryError{Fault: kith.FaultRefused, Err: errors.New("550 <ada@x.example> is unknown; see https://x.example/?u=ada and 123456")}
)

// TestTurns: whatever one company has in the outbox, the next company's message, and its own code, need not
// wait for it.
func TestTurns(t *testing.T) {
	o := newOffice(t)
	bulk := make([]kith.Message, 3000)
	for i := range bulk {
		bulk[i] = notice("bulk")
	}
	o.found("acme", append(bulk, soon(notice("acme-code"), 10*time.Minute))...)
	o.found("bolt", notice("bolt-notice"))
	o.found("coil", soon(notice("coil-code"), 10*time.Minute))
	_, first := o.take(100)
	for _, want := range []string{"acme-code", "bolt-notice", "coil-code"} {
		if !strings.Contains(first, want) {
			t.Errorf("%s is not among the first hundred", want)
		}
	}
	// With room for one at a time, the companies come one after the other.
	o.found("dune", notice("dune-notice"), notice("dune-notice"))
	var turns []string
	for range 4 {
		_, one := o.take(1)
		turns = append(turns, one)
	}
	if got := strings.Join(turns, " "); strings.Count(got, "dune-notice") != 2 || strings.Count(got, "bulk") != 2 {
		t.Errorf("taken one by one: %s", got)
	}
}

// TestManyNodes: however many take at once, each message goes to one of them.
func TestManyNodes(t *testing.T) {
	o := newOffice(t)
	var all []kith.Message
	for i := range 300 {
		all = append(all, notice(fmt.Sprint(i)))
	}
	o.found("acme", all[:200]...)
	o.found("bolt", all[200:]...)
	var nodes sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[kith.MessageID]int)
	for range 4 {
		node := message.NewOutbox(o.gate)
		nodes.Go(func() {
			for idle := 0; idle < 3; {
				taken, err := node.Take(t.Context(), kith.ChannelEmail, 20)
				if err != nil {
					t.Error(err)
					return
				}
				if len(taken) == 0 {
					idle++
				}
				mu.Lock()
				for _, m := range taken {
					seen[m.Message.ID]++
				}
				mu.Unlock()
			}
		})
	}
	nodes.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	if len(seen) != len(all) {
		t.Errorf("%d messages of %d were taken", len(seen), len(all))
	}
}

// TestCrash: a message whose taker is not heard of again is taken again, the same, and not before time.
func TestCrash(t *testing.T) {
	o := newOffice(t)
	o.found("acme", notice("hello"))
	first, _ := o.take(10)
	o.move(2 * time.Minute)
	if again, _ := o.take(10); len(first) != 1 || len(again) != 0 {
		t.Fatalf("taken %d, and again %d", len(first), len(again))
	}
	if err := o.Ready(first[0]); err != nil {
		t.Errorf("two minutes into its claim it is not ready: %v", err)
	}
	o.move(2 * time.Minute)
	if err := o.Ready(first[0]); !errors.Is(err, message.ErrReleased) {
		t.Errorf("what somebody else may have taken is ready: %v", err)
	}
	again, _ := o.take(10)
	if len(again) != 1 || again[0].Message.ID != first[0].Message.ID {
		t.Fatalf("after a crash %d messages were taken", len(again))
	}
	// The first was only slow: what it says of failures does not count any more, that it has sent the message does.
	o.settle(first[0], errRefused)
	if lost, err := o.Lost(t.Context(), kith.MessageID{}, 10); err != nil || len(lost) != 0 {
		t.Errorf("buried by whose claim is over: %v, %v", lost, err)
	}
	o.settle(first[0], nil)
	o.settle(again[0], errBusy)
	o.move(time.Hour)
	if more, _ := o.take(10); len(more) != 0 {
		t.Error("what was sent is taken once more")
	}
}

// TestBackoff: attempts come further and further apart, for a day; then the message is dead, and can be
// delivered again if somebody says so.
func TestBackoff(t *testing.T) {
	o := newOffice(t)
	o.found("acme", notice("hello"))
	attempts, last := 0, time.Duration(0)
	for result := message.Retried; result == message.Retried; {
		waited, step := time.Duration(0), time.Second
		if attempts > 6 {
			step = time.Minute
		}
		var taken []*message.Taken
		for ; len(taken) == 0; waited += step {
			if taken, _ = o.take(10); len(taken) == 0 {
				o.move(step)
			}
		}
		if attempts++; attempts == 2 && (waited < 3*time.Second || waited > 9*time.Second) {
			t.Errorf("the second attempt came %v after the first", waited)
		}
		if waited > 78*time.Minute || attempts > 2 && attempts < 8 && waited < last {
			t.Errorf("attempt %d came after %v, the one before after %v", attempts, waited, last)
		}
		last = waited
		result = o.settle(taken[0], errBusy)
	}
	if age := o.clock().Sub(noon); age < 24*time.Hour || age > 27*time.Hour || attempts < 25 || attempts > 60 {
		t.Errorf("given up after %v and %d attempts", age, attempts)
	}
	lost, err := o.Lost(t.Context(), kith.MessageID{}, 10)
	if err != nil || len(lost) != 1 || lost[0].Fault != "450 try later" || lost[0].Slug != "acme" || lost[0].Expired || lost[0].Attempts != attempts {
		t.Fatalf("%+v, %v", lost, err)
	}
	if n, err := o.Redeliver(t.Context(), kith.NewID[kith.Message](noon, rand.Reader)); n != 0 || err != nil {
		t.Errorf("redelivered %d of what is not there, %v", n, err)
	}
	if n, err := o.Redeliver(t.Context(), lost[0].ID); n != 1 || err != nil {
		t.Errorf("redelivered %d, %v", n, err)
	}
	taken, got := o.take(10)
	if got != "hello" {
		t.Fatalf("redelivered: %q", got)
	}
	if result := o.settle(taken[0], errBusy); result != message.Retried {
		t.Errorf("a failure after that: %s", result)
	}
}

// TestExpiry: a message is delivered until a second before it expires, and never after; and then nobody can
// read it any more.
func TestExpiry(t *testing.T) {
	for after, want := range map[time.Duration]error{-time.Second: nil, 0: message.ErrExpired, time.Second: message.ErrExpired} {
		o := newOffice(t)
		o.found("acme", soon(notice("code"), time.Minute))
		taken, _ := o.take(10)
		o.move(time.Minute + after)
		err := o.Ready(taken[0])
		if !errors.Is(err, want) {
			t.Errorf("%v after it expired: %v", after, err)
		}
		if err == nil {
			continue
		}
		if result := o.settle(taken[0], err); result != message.Expired {
			t.Errorf("what expired is %s", result)
		}
		if n, err := o.Redeliver(t.Context(), kith.MessageID{}); n != 0 || err != nil {
			t.Errorf("%d expired messages are delivered again, %v", n, err)
		}
	}
}

// TestOverdue: what is too late is buried even if nobody tries to deliver it; what only waits for a provider is not.
func TestOverdue(t *testing.T) {
	o := newOffice(t)
	o.found("acme", soon(notice("code"), time.Minute), notice("notice"))
	overdue := func(carried bool) (ends []message.Result) {
		t.Helper()
		list, err := o.Overdue(t.Context(), kith.ChannelEmail, carried)
		if err != nil {
			t.Fatal(err)
		}
		for _, out := range list {
			ends = append(ends, out.Result)
		}
		return ends
	}
	o.move(time.Minute - time.Second)
	if ends := overdue(true); ends != nil {
		t.Errorf("before it expires: %v", ends)
	}
	o.move(time.Second)
	if ends := overdue(false); len(ends) != 1 || ends[0] != message.Expired {
		t.Errorf("once it expired: %v", ends)
	}
	o.move(25 * time.Hour)
	if ends := overdue(false); ends != nil {
		t.Errorf("without a provider a notice waits, and is %v", ends)
	}
	if ends := overdue(true); len(ends) != 1 || ends[0] != message.Dead {
		t.Errorf("with a provider that has not worked for a day: %v", ends)
	}
	if waiting, dead, err := o.Counts(t.Context()); waiting != 0 || dead != 1 || err != nil {
		t.Errorf("%d wait, %d are dead, %v", waiting, dead, err)
	}
}

// TestRefused: what a provider refuses is dead at once, and what it says of whom is not kept.
func TestRefused(t *testing.T) {
	o := newOffice(t)
	o.found("acme", notice("hello"))
	taken, _ := o.take(10)
	if result := o.settle(taken[0], errRefused); result != message.Dead {
		t.Errorf("a refusal means %s", result)
	}
	lost, err := o.Lost(t.Context(), kith.MessageID{}, 10)
	if err != nil || len(lost) != 1 || lost[0].Fault != "550 <…> is unknown; see … and …" {
		t.Fatalf("%+v, %v", lost, err)
	}
	if got := message.Public(nil, errors.New(strings.Repeat("ä\x00\n", 1000))); len([]rune(got)) > 301 || strings.ContainsAny(got, "\x00\n") {
		t.Errorf("a long error is kept as %q", got)
	}
}

// TestSweep: what ended is forgotten after a month.
func TestSweep(t *testing.T) {
	o := newOffice(t)
	o.found("acme", notice("sent"), notice("refused"), notice("waits"))
	taken, _ := o.take(2)
	o.settle(taken[0], nil)
	o.settle(taken[1], errRefused)
	for _, want := range []int{0, 2} {
		if n, err := o.Sweep(t.Context()); n != want || err != nil {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
		o.move(30*24*time.Hour + time.Second)
	}
	if lost, err := o.Lost(t.Context(), kith.MessageID{}, 10); len(lost) != 0 || err != nil {
		t.Errorf("%d are dead after a month, %v", len(lost), err)
	}
	if taken, _ := o.take(10); len(taken) != 1 {
		t.Error("what waits was swept")
	}
}
