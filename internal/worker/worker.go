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

	"kith/internal/core"
)

// How often each task runs.
const (
	askedEvery   = 100 * time.Millisecond
	deliverEvery = 250 * time.Millisecond
	touchEvery   = 5 * time.Second
	sweepEvery   = time.Minute
	indexEvery   = 2 * time.Second
	countEvery   = 5 * time.Second
	keysEvery    = 2 * time.Second
)

// Worker runs the periodic tasks.
type Worker struct {
	core  *core.Core
	log   *slog.Logger
	signs string // the key that signed when that was last looked at
}

// New makes a worker over the core.
func New(c *core.Core, log *slog.Logger) *Worker { return &Worker{core: c, log: log} }

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
		"write last use":      {touchEvery, w.core.Signin.WriteLastUsed},
		"sweep":               {sweepEvery, w.sweep},
		"index attributes":    {indexEvery, w.index},
		"add up users":        {countEvery, w.core.Directory.FoldCounts},
		"read keys":           {keysEvery, w.readKeys},
	} {
		tasks.Go(func() { w.repeat(ctx, name, task.every, task.run) })
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

func (w *Worker) deliver(ctx context.Context) error { return drain(ctx, w.core.Outbox.DeliverToInbox) }

func (w *Worker) sweep(ctx context.Context) error {
	return errors.Join(drain(ctx, w.core.Signin.SweepEnded), drain(ctx, w.core.Signin.SweepExpired),
		drain(ctx, w.core.Signin.SweepTallies), drain(ctx, w.core.Directory.SweepFiles), drain(ctx, w.core.Signin.SweepKeys))
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
