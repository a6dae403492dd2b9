package signaling

import (
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// resumableLocked returns the peer that token belongs to, if who is the same account.
func (r *room) resumableLocked(who identity, token string) *peer {
	id, _, _ := cutToken(token)
	p := r.peers[id]
	if p == nil || !p.opens(token) || p.who.kind != who.kind || p.who.verified != who.verified ||
		p.who.verified && p.who.uuid != who.uuid {
		return nil
	}
	return p
}

// knows reports whether there is a peer of this id, which may be resumed.
func (r *room) knows(id sfu.PeerID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peers[id] != nil
}

// resume gives p the new websocket c: its media goes on, or is made anew under the same id when m asks for that or there
// is none any more. It is called with room.mu held and frees it.
func (r *room) resume(p *peer, c *conn, m signal.Join) (*peer, error) {
	fresh := m.Fresh || p.media == nil
	if fresh && !p.fresh.Allow() {
		r.mu.Unlock()
		return nil, endHasty
	}
	before := p.media
	if fresh {
		p.media = newMedia(p)
	}
	own := p.media
	r.resumeLocked(p, c, m, fresh)
	r.mu.Unlock()
	c.media = own
	if !fresh {
		<-own.made
		return p, nil // without media it is told so at once, or was already
	}
	before.close()
	return p, r.connect(own, own, sfu.Options{Lite: m.Has(signal.FeatureLite)})
}

// resumeLocked tells p on c what it may have missed.
func (r *room) resumeLocked(p *peer, c *conn, m signal.Join, fresh bool) {
	if p.lost != nil {
		p.lost.Stop()
		p.lost = nil
	}
	if p.conn != nil {
		p.conn.end(endReplaced) // the page has given it up, or is a copy of the page
	}
	p.conn = c
	if m.State != nil {
		p.state = m.State
		p.tellMutedLocked()
	}
	r.welcomeLocked(p, true, fresh)
	p.media.repeatLocked()
	r.changedLocked(p)
	r.noticeLocked(p)
	r.log.Info("peer resumed", "peer", p.id, "fresh", fresh)
}

// close ends a media connection that is not its peer's any more; m may be nil. It waits while that is still being made,
// because its id is wanted again.
func (m *media) close() {
	if m == nil {
		return
	}
	<-m.made
	if m.conn != nil { // not set any more once made is closed
		m.conn.Close()
	}
}
