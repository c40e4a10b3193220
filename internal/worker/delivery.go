package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"kith"
	"kith/internal/core/message"
)

// Sizes of a lane: how many messages are taken at once, how many travel at once, and how many ends are
// written down together.
const (
	takeSize   = 200
	senders    = 4
	settleSize = 200
	// endTime is what deliveries under way have when the worker stops, and settleTime what it takes to write
	// down how they went.
	endTime    = 3 * time.Second
	settleTime = 3 * time.Second
)

// lane delivers the messages of one channel by one carrier: one goroutine takes them from the outbox, a few
// hand them over, one writes down what came of it. A message that takes long holds up nobody else's.
type lane struct {
	outbox  *message.Outbox
	channel kith.Channel
	carrier kith.Carrier
	keep    bool // what was sent stays in the development inbox
	breaker breaker
	log     *slog.Logger
	metrics *metrics
	hungry  chan struct{} // the queue is half empty
}

// run delivers until ctx ends; then what is under way has a little longer, and what was taken and not yet
// begun goes back.
func (l *lane) run(ctx context.Context) {
	queue, ends := make(chan *message.Taken, takeSize), make(chan *message.Outcome, settleSize)
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endTime, stopSending) })()
	var sender, settler sync.WaitGroup
	for range senders {
		sender.Go(func() {
			for t := range queue {
				if len(queue) < takeSize/2 {
					select {
					case l.hungry <- struct{}{}:
					default: // somebody has said so
					}
				}
				ends <- l.send(ctx, sending, t)
			}
		})
	}
	settler.Go(func() { l.settle(context.WithoutCancel(ctx), ends) })
	l.take(ctx, queue)
	close(queue)
	sender.Wait()
	close(ends)
	settler.Wait()
}

// take keeps the queue full: as soon as it is half empty while there is more, and every now and then.
func (l *lane) take(ctx context.Context, queue chan<- *message.Taken) {
	ticker := time.NewTicker(deliverEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		taken, err := l.next(ctx, takeSize-len(queue))
		if err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "messages not taken from the outbox; it is tried again", slog.Any("err", err))
		}
		for _, t := range taken {
			queue <- t // there is room
		}
		hungry := l.hungry
		if len(taken) == 0 {
			hungry = nil // there is nothing to be had
		}
		select {
		case <-hungry:
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// next takes as many messages as there is room and the provider is good for.
func (l *lane) next(ctx context.Context, room int) (taken []*message.Taken, err error) {
	defer func() {
		if p := recover(); p != nil {
			l.log.ErrorContext(ctx, "background task panicked", slog.String("task", "take messages"), slog.Any("panic", p))
		}
	}()
	if room = l.breaker.allowed(room); room == 0 {
		return nil, nil
	}
	return l.outbox.Take(ctx, l.channel, room)
}

// send hands one message over, or says why not.
func (l *lane) send(ctx, sending context.Context, t *message.Taken) (out *message.Outcome) {
	out = &message.Outcome{Taken: t, Provider: l.carrier.Name(), Keep: l.keep}
	defer func() {
		if p := recover(); p != nil { // whatever is in it, it must not keep others from being sent
			l.log.ErrorContext(ctx, "a delivery panicked", slog.Any("panic", p))
			out.Err = &kith.DeliveryError{Fault: kith.FaultMessage, Err: errPanicked}
		}
	}()
	if out.Err = l.outbox.Ready(t); out.Err != nil {
		return out
	}
	if ctx.Err() != nil || l.breaker.open() {
		out.Err = message.ErrReleased
		return out
	}
	limited, cancel := context.WithTimeout(sending, message.SendTime)
	defer cancel()
	begun := time.Now()
	out.Err = l.carrier.Carry(limited, t.Message)
	l.metrics.took(l.channel, time.Since(begun))
	worked := out.Err == nil || kith.FaultOf(out.Err) != kith.FaultProvider
	if !worked && ctx.Err() != nil { // cut off by ourselves
		return out
	}
	if changed := l.breaker.told(worked); changed && worked {
		l.log.InfoContext(ctx, "the provider works again", slog.String("provider", l.carrier.Name()))
	} else if changed {
		l.log.ErrorContext(ctx, "the provider does not work and is left alone for a while; messages wait",
			slog.String("provider", l.carrier.Name()), slog.String("err", message.Public(t.Message, out.Err)))
	}
	return out
}

var errPanicked = errors.New("kith panicked over it; the log says where")

// settle writes down how deliveries went, as many at once as have ended.
func (l *lane) settle(ctx context.Context, ends <-chan *message.Outcome) {
	for first := range ends {
		list := []*message.Outcome{first}
		for more := true; more && len(list) < settleSize; {
			select {
			case out, ok := <-ends:
				if more = ok; ok {
					list = append(list, out)
				}
			default:
				more = false
			}
		}
		l.write(ctx, list)
	}
}

// write writes outcomes down, and insists: what is not written down is sent again.
func (l *lane) write(ctx context.Context, list []*message.Outcome) {
	limited, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for pause := 10 * time.Millisecond; ; pause *= 2 {
		err := l.outbox.Settle(limited, list)
		if err == nil {
			break
		}
		select {
		case <-time.After(pause):
			continue
		case <-limited.Done():
		}
		l.log.ErrorContext(ctx, "deliveries not written down: those messages are sent again", slog.Int("messages", len(list)), slog.Any("err", err))
		return
	}
	tell(ctx, l.log, l.metrics, list)
}

// tell counts outcomes, and logs what somebody should look at.
func tell(ctx context.Context, log *slog.Logger, m *metrics, list []*message.Outcome) {
	for _, out := range list {
		m.ended(out.Channel(), out.Result)
		about := []any{slog.String("message", out.ID().String()), slog.String("channel", out.Channel().String()),
			slog.String("provider", out.Provider), slog.String("err", out.Fault)}
		switch out.Result {
		case message.Dead:
			log.ErrorContext(ctx, "a message is dead; kith mail dead lists those", about...)
		case message.Expired:
			log.ErrorContext(ctx, "a message expired before it could be delivered", about...)
		case message.Retried:
			log.WarnContext(ctx, "a delivery failed and is tried again", about...)
		case message.Sent, message.Released:
		}
	}
}
