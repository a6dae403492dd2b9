package signaling

import "github.com/gotera/gotera/proto/signal"

// leave ends the peer at once, without the wait for a resume.
func (c *conn) leave(signal.Leave) error {
	c.room.drop(endLeft, c.peer, c)
	return endLeft
}
