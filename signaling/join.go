package signaling

import "github.com/gotera/gotera/proto/signal"

// join makes the peer, or resumes one.
func (c *conn) join(m signal.Join) error {
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
