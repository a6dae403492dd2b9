package signaling

import "github.com/gotera/gotera/proto/signal"

// renew passes on that the peer shows nothing of a track whose packets it gets (sfu.Peer.Renew).
func (c *conn) renew(m signal.Renew) error {
	c.media.conn.Renew(m.Track)
	return nil
}
