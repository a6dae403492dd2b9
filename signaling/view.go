package signaling

import "github.com/gotera/gotera/proto/signal"

// view keeps the sizes at which the peer shows what it receives; the choice of layers is made from them.
func (c *conn) view(m signal.View) error {
	c.room.mu.Lock()
	defer c.room.mu.Unlock()
	c.peer.views = m.Tracks
	return nil
}
