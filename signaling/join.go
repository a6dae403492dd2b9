package signaling

import (
	"bytes"

	"github.com/gotera/gotera/proto/signal"
)

// join makes the peer, or resumes one.
func (c *conn) join(m signal.Join) error {
	if c.early { // it has: this is for rooms that do not look at the address
		c.early = false
		return c.rejoin(m)
	}
	if c.peer != nil {
		return bad("join: joined already")
	}
	p, err := c.room.add(c, m)
	if err != nil {
		return err
	}
	c.peer = p
	return nil
}

// rejoin takes what has changed since the address was made.
func (c *conn) rejoin(m signal.Join) error {
	c.room.mu.Lock()
	same := m.State == nil || bytes.Equal(m.State, c.peer.state)
	c.room.mu.Unlock()
	if same {
		return nil
	}
	return c.state(signal.State{State: m.State})
}

// joinEarly makes the peer of a join in the websocket's address, text, if there is one, and waits for the message when that is
// to tell what does not belong into an address: the token of a peer that may be resumed, the name of who has the shared key.
func (c *conn) joinEarly(text string) error {
	if text == "" {
		return nil
	}
	if len(text) > signal.MaxEarly {
		return bad("join in the address: %d bytes, at most %d", len(text), signal.MaxEarly)
	}
	m, err := signal.DecodeClient([]byte(text))
	if err != nil {
		return bad("join in the address: %v", err)
	}
	join, ok := m.(signal.Join)
	if !ok {
		return bad("join in the address: another message")
	}
	id, _, _ := cutToken(join.Resume)
	if join.Resume = string(id); !c.who.verified || c.room.knows(id) {
		return nil
	}
	if err := c.join(join); err != nil {
		return err
	}
	c.early = true
	return nil
}
