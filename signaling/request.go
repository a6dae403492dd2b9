package signaling

import (
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// request passes a wish on to rehab, which carries it out.
func (c *conn) request(m signal.Request) error {
	r, p := c.room, c.peer
	r.mu.Lock()
	defer r.mu.Unlock()
	if !p.manages() {
		return bad("request: for users with a key of their own only")
	}
	by := p.who.who()
	ev := control.Event{Type: control.EventRequest, Action: m.Action, By: &by}
	if m.Action == signal.ActionRemove {
		ev.Target = &control.Who{Kind: m.Kind, UUID: m.UUID}
	}
	r.events.publish(ev)
	return nil
}
