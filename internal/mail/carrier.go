package mail

import (
	"context"
	"sync"
	"time"

	"kith"
)

// How connections are kept: at most so many, so long without use, for so many mails.
const (
	maxSessions = 4
	idleTime    = 20 * time.Second
	maxSent     = 500
)

// Carrier sends mails to one server, over connections that it keeps for a while. It is a kith.Carrier.
type Carrier struct {
	config Config
	slots  chan struct{}

	mu     sync.Mutex
	idle   []*session // newest last
	closer *time.Timer
	closed bool
}

var _ kith.Carrier = (*Carrier)(nil)

// New makes a carrier. It connects when there is something to send.
func New(c Config) *Carrier { return &Carrier{config: c, slots: make(chan struct{}, maxSessions)} }

// Name is the server's address.
func (c *Carrier) Name() string { return "smtp " + c.config.address() }

// Carry sends one mail and waits for the server's word that it has it.
func (c *Carrier) Carry(ctx context.Context, m *kith.Message) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		s := c.kept()
		fresh := s == nil
		if fresh {
			var err error
			if s, err = c.config.open(ctx, nil); err != nil {
				return err
			}
		}
		good, err := s.send(ctx, m)
		c.release(s, good && (err == nil || s.reset(ctx) == nil))
		// That the server has closed a kept connection meanwhile says nothing about the mail. Once it was given
		// the mail, though, who knows what it made of it?
		if err != nil && !good && !fresh && !s.offered && ctx.Err() == nil {
			continue
		}
		return err
	}
}

// kept gives a connection that lies idle; nil if there is none.
func (c *Carrier) kept() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == 0 {
		return nil
	}
	s := c.idle[len(c.idle)-1]
	c.idle = c.idle[:len(c.idle)-1]
	return s
}

// release keeps a connection that is good for more, and closes any other.
func (c *Carrier) release(s *session, clean bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !clean || s.sent >= maxSent || c.closed {
		s.close()
		return
	}
	c.idle = append(c.idle, s)
	if c.closer == nil {
		c.closer = time.AfterFunc(idleTime, c.closeIdle)
	} else {
		c.closer.Reset(idleTime)
	}
}

// closeIdle closes what nobody has used for a while.
func (c *Carrier) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.idle {
		s.close()
	}
	c.idle = nil
}

// Close closes the connections that lie idle, and from now on each after its mail.
func (c *Carrier) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.closeIdle()
}
