package signin

import (
	"slices"

	"kith"
	"kith/internal/core/message"
)

// messages does what was put off, delivers what waits, and gives the messages to one address, newest first.
func (h *house) messages(to string) []*kith.Message {
	h.t.Helper()
	if err := h.SendAsked(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	outbox := message.NewOutbox(h.gate)
	for {
		n, err := outbox.DeliverToInbox(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	list, err := outbox.Inbox(h.t.Context(), to, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortStableFunc(list, func(a, b *kith.Message) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list
}

// count is how many messages of a kind went to an address.
func (h *house) count(to string, kind message.Kind) int {
	h.t.Helper()
	n := 0
	for _, m := range h.messages(to) {
		if m.Kind == string(kind) {
			n++
		}
	}
	return n
}

// links are those of a kind that were sent to an address or number, newest first.
func (h *house) links(to string, kind message.Kind) []string {
	h.t.Helper()
	var links []string
	for _, m := range h.messages(to) {
		if m.Kind == string(kind) {
			links = append(links, m.Links...)
		}
	}
	return links
}

// linkTo is the newest of them; "" if there is none.
func (h *house) linkTo(to string, kind message.Kind) string {
	h.t.Helper()
	if links := h.links(to, kind); len(links) > 0 {
		return links[0]
	}
	return ""
}
