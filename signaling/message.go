package signaling

import (
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// message passes a small message on. One to a peer that has just left is dropped.
func (c *conn) message(m signal.ClientText) error {
	out := signal.ServerText{From: string(c.peer.id), Topic: m.Topic, Data: m.Data}
	for _, p := range c.room.addressees(c.peer, m.To) {
		p.send(textTo(m.To, out))
	}
	return nil
}

// textTo is m as it is told: robots take of what goes to everybody only what bears their topic.
func textTo(to string, m signal.ServerText) signal.ServerMessage {
	if to == "" {
		return m
	}
	return addressed{m}
}

// addressees is the peer with id to, or everybody but from when to is empty.
func (r *room) addressees(from *peer, to string) []*peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from.gone {
		return nil
	}
	if to != "" {
		if p := r.peers[sfu.PeerID(to)]; p != nil {
			return []*peer{p}
		}
		return nil
	}
	others := make([]*peer, 0, len(r.peers))
	for _, p := range r.peers {
		if p != from {
			others = append(others, p)
		}
	}
	return others
}
