package signaling

import "github.com/gotera/gotera/proto/signal"

// state keeps the peer's own object and shows it to the others.
func (c *conn) state(m signal.State) error {
	r, p := c.room, c.peer
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.gone {
		return nil
	}
	p.state = m.State
	r.othersLocked(p, signal.PeerUpdate{Peer: p.viewLocked()})
	return nil
}
