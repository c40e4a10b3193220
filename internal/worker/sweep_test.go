package worker_test

import (
	"log/slog"
	"testing"
	"time"

	"kith"
	"kith/internal/worker"
)

// TestSweepForgetsMessages: what ended a month ago is removed without anybody asking for it.
func TestSweepForgetsMessages(t *testing.T) {
	k := newKernel(t)
	late := letter("ada@x.example")
	late.ExpiresAt = k.now().Add(time.Minute)
	k.tell(late)
	k.move(2 * time.Minute)
	if list, err := k.Outbox.Overdue(t.Context(), kith.ChannelEmail, true); err != nil || len(list) != 1 {
		t.Fatalf("%d messages are too late, %v", len(list), err)
	}
	w := worker.New(k.Core, slog.New(slog.DiscardHandler), worker.Options{})
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {31 * 24 * time.Hour, 0}} {
		k.move(step.after)
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list, err := k.Outbox.Lost(t.Context(), kith.MessageID{}, 10); err != nil || len(list) != step.want {
			t.Errorf("%s later %d dead messages are remembered, %v; want %d", step.after, len(list), err, step.want)
		}
	}
}
