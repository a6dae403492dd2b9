package signaling

import (
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// mute asks another peer to mute itself.
func (c *conn) mute(m signal.ClientMute) error {
	if c.who.kind != control.User {
		return bad("mute: for users only")
	}
	for _, p := range c.room.addressees(c.peer, m.Peer) {
		p.send(signal.ServerMute{From: string(c.peer.id), Kind: m.Kind})
	}
	return nil
}
