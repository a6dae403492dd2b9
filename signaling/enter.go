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
	who, err := r.admittedLocked(c.who)
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	c.who = who
	if p := r.resumableLocked(c, m.Resume); p != nil {
		r.resumeLocked(p, c, m)
		r.mu.Unlock()
		<-p.made
		if p.mediaPeer() == nil {
			return nil, endMedia
		}
		return p, nil
	}
	if !who.verified {
		who.uuid, who.name = m.UUID, m.Name
	}
	p := newPeer(r, who, c)
	if !who.verified {
		p.seat = string(p.id) // many may have the same name
	}
	if m.State != nil {
		p.state = m.State
	}
	closing, err := r.enterLocked(p)
	r.mu.Unlock()
	closeMedia(closing)
	if err != nil {
		return nil, err
	}
	if err := r.connect(p, p, sfu.Options{}); err != nil {
		return nil, err
	}
	return p, nil
}

// admittedLocked is who, with the name that the invitee list has now, if the room takes them: they may have been removed
// since their key was checked.
func (r *room) admittedLocked(who identity) (identity, error) {
	if r.closed != nil {
		return who, *r.closed
	}
	if invitee, ok := r.invitees[who.who()]; who.verified && !ok {
		return who, endRemoved
	} else if who.verified {
		who.name = invitee.Name
	}
	return who, nil
}

// enterLocked puts p into the room, in the place of whoever has its seat, and tells everybody. The caller closes the
// media that it returns, without the lock, and then calls connect.
func (r *room) enterLocked(p *peer) ([]*sfu.Peer, error) {
	var replaced []*peer
	for _, o := range r.peers {
		if o.seat == p.seat && o.who.same(p.who) {
			replaced = append(replaced, o)
		}
	}
	if len(r.peers)-len(replaced) >= r.maxPeers {
		return nil, endFull
	}
	closing := r.removeLocked(endReplaced, replaced...)
	r.joins++
	p.seq = r.joins
	r.peers[p.id] = p
	r.welcomeLocked(p, false)
	r.changedLocked(p)
	return closing, nil
}

// connect makes the media of p, which has entered; h is told of it. When that fails p is removed.
func (r *room) connect(p *peer, h sfu.Handler, o sfu.Options) error {
	defer close(p.made)
	media, err := r.media.JoinWith(p.id, h, o)
	if err != nil {
		end := endMedia
		if errors.Is(err, sfu.ErrRoomFull) {
			end = endFull
		}
		r.remove(end, p)
		return end
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
	return nil
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
