package signaling

import (
	"errors"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// add puts a new peer into the room, or resumes the one that m has the token of. It sends joined.
func (r *room) add(c *conn, m signal.Join) (*peer, error) {
	r.mu.Lock()
	if r.closed != nil {
		r.mu.Unlock()
		return nil, *r.closed
	}
	if invitee, ok := r.invitees[c.who.who()]; c.who.verified && !ok {
		r.mu.Unlock()
		return nil, endRemoved
	} else if c.who.verified {
		c.who.name = invitee.Name
	}
	if p := r.resumableLocked(c, m.Resume); p != nil {
		r.resumeLocked(p, c, m)
		r.mu.Unlock()
		<-p.made
		if p.mediaPeer() == nil {
			return nil, endMedia
		}
		return p, nil
	}
	var replaced []*peer
	if c.who.verified {
		for _, p := range r.peers {
			if p.who.verified && p.who.who() == c.who.who() {
				replaced = append(replaced, p)
			}
		}
	}
	if len(r.peers)-len(replaced) >= r.maxPeers {
		r.mu.Unlock()
		return nil, endFull
	}
	closing := r.removeLocked(endReplaced, replaced...)
	p := newPeer(r, c, m)
	defer close(p.made)
	r.joins++
	p.seq = r.joins
	r.peers[p.id] = p
	r.welcomeLocked(p, false)
	r.changedLocked(p)
	r.mu.Unlock()
	closeMedia(closing)

	media, err := r.media.Join(p.id, p)
	if err != nil {
		end := endMedia
		if errors.Is(err, sfu.ErrRoomFull) {
			end = endFull
		}
		r.remove(end, p)
		return nil, end
	}
	r.mu.Lock()
	p.media = media
	p.tellMutedLocked()
	gone := p.gone
	r.mu.Unlock()
	if gone { // removed in between
		media.Close()
	}
	r.log.Info("peer joined", "peer", p.id, "kind", p.who.kind, "verified", p.who.verified)
	return p, nil
}

// resumableLocked returns the peer that token belongs to, if c comes from the same account.
func (r *room) resumableLocked(c *conn, token string) *peer {
	id, _, _ := cutToken(token)
	p := r.peers[id]
	if p == nil || !p.opens(token) || p.who.kind != c.who.kind || p.who.verified != c.who.verified ||
		p.who.verified && p.who.uuid != c.who.uuid {
		return nil
	}
	return p
}

// resumeLocked gives p the new websocket c and tells it what it may have missed.
func (r *room) resumeLocked(p *peer, c *conn, m signal.Join) {
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
	r.welcomeLocked(p, true)
	if len(p.reduced.Tracks) > 0 {
		p.sendLocked(p.reduced)
	}
	if len(p.stalled.Tracks) > 0 {
		p.sendLocked(p.stalled)
	}
	if len(p.layers.Tracks) > 0 {
		p.sendLocked(p.layers)
	}
	if p.offer != nil {
		p.sendLocked(*p.offer)
	}
	for _, candidate := range p.candidates {
		p.sendLocked(candidate)
	}
	if len(p.speakers.Speakers) > 0 { // the page begins with nobody
		p.sendLocked(p.speakers)
	}
	r.changedLocked(p)
	r.log.Info("peer resumed", "peer", p.id)
}

// welcomeLocked sends joined to p.
func (r *room) welcomeLocked(p *peer, resumed bool) {
	others := []signal.Peer{}
	for _, o := range r.sortedLocked() {
		if o != p {
			others = append(others, o.viewLocked())
		}
	}
	m := signal.Joined{
		Peer: string(p.id), Resume: p.token, Resumed: resumed,
		Self:       signal.Self{Kind: p.who.kind, UUID: p.who.uuid, Name: p.who.name, Verified: p.who.verified},
		Session:    signal.Session{UUID: r.session.UUID, Name: r.session.Name},
		Peers:      others,
		Invitees:   []signal.Invitee{},
		ICEServers: r.iceServers(string(p.id)),
		CanManage:  p.manages(),
	}
	if !r.session.StartedAt.IsZero() {
		m.Session.StartedAt = r.session.StartedAt.Format(time.RFC3339)
	}
	if p.who.kind == control.User {
		m.Invitees = r.inviteesLocked()
	}
	p.sendLocked(m)
}
