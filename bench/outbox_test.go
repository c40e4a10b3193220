package bench

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"kith"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/core/signin"
	"kith/internal/mail"
	"kith/internal/mail/mailtest"
	"kith/internal/worker"
)

// opTell is what the benchmarks of the outbox do.
var opTell = gate.Op{Name: "user.create", Noun: kith.NounUser, Verb: kith.Add, Open: true}

// BenchmarkOutboxDrain: a hundred thousand mails that have piled up leave by SMTP, each handed over by itself and
// each claimed and marked in the database, and memory stays what it is. The server that takes them is in the
// same process.
func BenchmarkOutboxDrain(b *testing.B) {
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) { drainOutbox(b, on) })
	}
}

func drainOutbox(b *testing.B, on engine) {
	const mails, apart = 100_000, 500
	h := newHouse(b, on.fresh(b), 0)
	ctx := context.Background()
	for range mails / apart {
		_, err := gate.Change(ctx, h.core.Gate, h.company, opTell, apart, func(_ context.Context, tx *gate.Tx, n int) (any, error) {
			tx.Unchanged()
			for range n {
				message.Mail(tx, h.owner.Member, message.Note{Kind: message.Welcome})
			}
			return nil, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	sink := mailtest.Start(b, mailtest.Plain)
	var taken atomic.Int64
	sink.Accepted = func(mailtest.Mail) { taken.Add(1) }
	config, err := mail.Parse("smtp+insecure://"+sink.Address, "no-reply@kith.example")
	if err != nil {
		b.Fatal(err)
	}
	carrier := mail.New(config)
	defer carrier.Close()
	w := worker.New(h.core, slog.New(slog.DiscardHandler), worker.Options{Carriers: map[kith.Channel]kith.Carrier{kith.ChannelEmail: carrier}})
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	start, cpu := time.Now(), ownCPU(b)
	go func() { w.Run(running); close(ended) }()
	until := func(n int64) time.Duration {
		for taken.Load() < n {
			if time.Since(start) > 10*time.Minute {
				b.Fatalf("%d mails after ten minutes", taken.Load())
			}
			time.Sleep(10 * time.Millisecond)
		}
		return time.Since(start)
	}
	until(mails / 10)
	before := heap()
	until(mails * 9 / 10)
	after := heap()
	took, used := until(mails), ownCPU(b)-cpu
	stop()
	<-ended
	if waiting, dead, err := h.core.Outbox.Counts(ctx); waiting != 0 || dead != 0 || err != nil {
		b.Fatalf("%d still wait, %d are dead, %v", waiting, dead, err)
	}
	promise(b, figure{name: on.name + ", 100,000 waiting mails leave by SMTP: mails/s", got: mails / took.Seconds(), least: 1000,
		detail: fmt.Sprintf("%d mails in %.1f s, at %.0f µs CPU each with the server, which is in the same process", taken.Load(), took.Seconds(), micros(used)/mails)})
	promise(b, figure{name: on.name + ", memory in use after nine tenths of them, more than after one tenth", got: max(after-before, 0), most: 8, unit: "MB",
		detail: fmt.Sprintf("%.1f and %.1f MB", before, after)})
	quiet(b)
}

// heap is the memory in use, in MB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// BenchmarkOutboxChange: a registration that puts a mail into the outbox, beside one that does not, since it is
// by username; passwords cost what they cost in production.
func BenchmarkOutboxChange(b *testing.B) {
	const rounds, people = 7, 20
	for _, on := range []engine{onSQLite, onPostgres} {
		b.Run(on.name, func(b *testing.B) {
			h := newHouseAt(b, on.fresh(b), 0, signin.DefaultHashCost)
			n := 0
			register := func(mailed bool) float64 {
				cpu := ownCPU(b)
				for range people {
					n++
					p := signin.Person{Username: fmt.Sprintf("user%d", n), Password: password}
					if mailed {
						p.Username, p.Email = "", fmt.Sprintf("user%d@example.com", n)
					}
					if _, err := h.core.Signin.Register(context.Background(), h.company, signin.UserRegistration{Company: slug, Person: p}); err != nil {
						b.Fatal(err)
					}
				}
				return micros(ownCPU(b)-cpu) / people
			}
			_, _ = register(true), register(false)
			var ratios, with, without []float64
			for range rounds {
				silent, telling := register(false), register(true)
				ratios, with, without = append(ratios, telling/silent), append(with, telling), append(without, silent)
			}
			promise(b, figure{name: on.name + ", registering with a mail: CPU, times registering without", got: median(ratios), most: 1.1,
				detail: fmt.Sprintf("%.0f and %.0f µs each; half of the rounds between %.2f and %.2f", median(with), median(without),
					quantile(ratios, 0.25), quantile(ratios, 0.75))})
			quiet(b)
		})
	}
}
