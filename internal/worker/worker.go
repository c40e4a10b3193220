// Package worker does what nobody waits for: it looks into what guests asked for, hands on messages, writes
// down when sessions were used, removes what is over, adds up how many users there are, brings search terms up
// to date and takes over new signing keys. It decides nothing; the core does. Any number of nodes may run one.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kith"
	"kith/internal/core"
)

// How often each task runs.
const (
	askedEvery   = 100 * time.Millisecond
	deliverEvery = 250 * time.Millisecond
	touchEvery   = 5 * time.Second
	sweepEvery   = time.Minute
	lateEvery    = 15 * time.Second
	indexEvery   = 2 * time.Second
	countEvery   = 5 * time.Second
	keysEvery    = 2 * time.Second
)

// Options say how messages travel.
type Options struct {
	Carriers map[kith.Channel]kith.Carrier // nil for a channel without a provider
	Inbox    bool                          // what has no provider goes to the development inbox; else it waits
	Keep     bool                          // what was sent stays readable in the development inbox
	Registry prometheus.Registerer         // of the metrics; nil for none
}

// channels are those that messages travel by.
var channels = []kith.Channel{kith.ChannelEmail, kith.ChannelSMS}

// Worker runs the periodic tasks.
type Worker struct {
	core    *core.Core
	log     *slog.Logger
	options Options
	metrics *metrics
	lanes   []*lane
	inbox   []kith.Channel // whose messages go to the development inbox
	signs   string         // the key that signed when that was last looked at
}

// New makes a worker over the core.
func New(c *core.Core, log *slog.Logger, o Options) *Worker {
	w := &Worker{core: c, log: log, options: o, metrics: newMetrics(o.Registry)}
	for _, channel := range channels {
		switch carrier := o.Carriers[channel]; {
		case carrier != nil:
			w.lanes = append(w.lanes, &lane{outbox: c.Outbox, channel: channel, carrier: carrier, keep: o.Keep,
				breaker: breaker{now: time.Now}, log: log, metrics: w.metrics, hungry: make(chan struct{}, 1)})
		case o.Inbox:
			w.inbox = append(w.inbox, channel)
		}
	}
	return w
}

// Run works until the context ends, and then does once more what it remembers. A task that
// fails is logged and tried again at its next turn.
func (w *Worker) Run(ctx context.Context) {
	w.signs = w.core.Signin.Signs()
	var tasks sync.WaitGroup
	for name, task := range map[string]struct {
		every time.Duration
		run   func(context.Context) error
	}{
		"send what was asked": {askedEvery, w.core.Signin.SendAsked},
		"deliver messages":    {deliverEvery, w.deliver},
		"late messages":       {lateEvery, w.late},
		"write last use":      {touchEvery, w.core.Signin.WriteLastUsed},
		"sweep":               {sweepEvery, w.sweep},
		"index attributes":    {indexEvery, w.index},
		"add up users":        {countEvery, w.core.Directory.FoldCounts},
		"read keys":           {keysEvery, w.readKeys},
	} {
		tasks.Go(func() { w.repeat(ctx, name, task.every, task.run) })
	}
	tasks.Go(func() { w.once(ctx, "late messages", w.late) }) // metrics are read before the first turn
	for _, l := range w.lanes {
		tasks.Go(func() { l.run(ctx) })
	}
	tasks.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	w.once(last, "send what was asked", w.core.Signin.SendAsked)
	w.once(last, "write last use", w.core.Signin.WriteLastUsed)
}

func (w *Worker) repeat(ctx context.Context, name string, every time.Duration, run func(context.Context) error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.once(ctx, name, run)
		}
	}
}

// once runs a task and survives whatever it does.
func (w *Worker) once(ctx context.Context, name string, run func(context.Context) error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.ErrorContext(ctx, "background task panicked", slog.String("task", name), slog.Any("panic", p))
		}
	}()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		w.log.WarnContext(ctx, "background task failed; it is tried again", slog.String("task", name), slog.Any("err", err))
	}
}

// deliver hands what has no provider to the development inbox.
func (w *Worker) deliver(ctx context.Context) error {
	if len(w.inbox) == 0 {
		return nil
	}
	return drain(ctx, func(ctx context.Context) (int, error) { return w.core.Outbox.DeliverToInbox(ctx, w.inbox...) })
}

// late buries what is too late for any attempt, whether or not the provider works, and tells how much waits
// and how much is dead.
func (w *Worker) late(ctx context.Context) error {
	for _, channel := range channels {
		err := drain(ctx, func(ctx context.Context) (int, error) {
			list, err := w.core.Outbox.Overdue(ctx, channel, w.options.Carriers[channel] != nil)
			if err == nil {
				tell(ctx, w.log, w.metrics, list)
			}
			return len(list), err
		})
		if err != nil {
			return err
		}
	}
	for _, l := range w.lanes {
		w.metrics.down(l.channel, l.breaker.open())
	}
	waiting, dead, err := w.core.Outbox.Counts(ctx)
	w.metrics.waiting.Set(float64(waiting))
	w.metrics.dead.Set(float64(dead))
	return err
}

func (w *Worker) sweep(ctx context.Context) error {
	return errors.Join(drain(ctx, w.core.Signin.SweepEnded), drain(ctx, w.core.Signin.SweepExpired),
		drain(ctx, w.core.Signin.SweepTallies), drain(ctx, w.core.Outbox.Sweep), drain(ctx, w.core.Directory.SweepFiles),
		drain(ctx, w.core.Signin.SweepKeys))
}

// readKeys takes over the signing keys that others have made.
func (w *Worker) readKeys(ctx context.Context) error {
	err := w.core.Signin.ReadKeys(ctx)
	if now := w.core.Signin.Signs(); now != w.signs {
		w.log.InfoContext(ctx, "tokens are signed by a new key", slog.String("kid", now))
		w.signs = now
	}
	return err
}

func (w *Worker) index(ctx context.Context) error {
	return drain(ctx, w.core.Directory.IndexAttributes)
}

// drain calls a task that works in slices until there is nothing left.
func drain(ctx context.Context, slice func(context.Context) (int, error)) error {
	for ctx.Err() == nil {
		n, err := slice(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}
