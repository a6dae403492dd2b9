package signaling

import (
	"errors"
	"slices"
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
	if p := r.resumableLocked(who, m.Resume); p != nil {
		return r.resume(p, c, m)
	}
	if m.Resume != "" && r.takenLocked(who) {
		r.mu.Unlock()
		return nil, endReplaced
	}
	if !who.verified {
		who.uuid, who.name = m.UUID, m.Name
	}
	p := newPeer(r, who, c)
	own := p.media
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
	c.media = own
	if err := r.connect(own, own, sfu.Options{Lite: m.Has(signal.FeatureLite)}); err != nil {
		return nil, err
	}
	return p, nil
}

// takenLocked reports whether a page that was opened later has the place of an invitee, and is in use. One that comes back after
// a sleep, with the token of a peer that is gone, does not take it away: nobody has asked it to. A peer that never had media may
// be a join of that same page whose answer was lost.
func (r *room) takenLocked(who identity) bool {
	for _, o := range r.peers {
		if who.verified && o.seat == "" && o.who.same(who) && o.flowed && (o.connected || o.conn != nil) {
			return true
		}
	}
	return false
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
	var closing []*sfu.Peer
	if len(r.peers)-len(replaced) >= r.maxPeers {
		absent := r.absentLocked(replaced)
		if absent == nil {
			return nil, endFull
		}
		closing = r.removeLocked(endLost, absent)
	}
	closing = append(closing, r.removeLocked(endReplaced, replaced...)...)
	r.joins++
	p.seq = r.joins
	r.peers[p.id] = p
	r.welcomeLocked(p, false, true)
	r.changedLocked(p)
	return closing, nil
}

// absentLocked is who gives up their place in a full room: of those who have neither a websocket nor media now, and are not
// among others, the one who has been away for longest. nil: everybody is there.
func (r *room) absentLocked(others []*peer) (absent *peer) {
	for _, p := range r.peers {
		if p.conn == nil && !p.connected && !slices.Contains(others, p) && (absent == nil || p.lostAt.Before(absent.lostAt)) {
			absent = p
		}
	}
	return absent
}

// connect makes the media connection m; h, as a rule m itself, is told of it. When that fails its peer is removed.
func (r *room) connect(m *media, h sfu.Handler, o sfu.Options) error {
	defer close(m.made)
	conn, err := r.media.JoinWith(m.peer.id, h, o)
	if err != nil {
		end := endMedia
		if errors.Is(err, sfu.ErrRoomFull) {
			end = endFull
		}
		r.mediaFailed(end, m)
		return end
	}
	r.mu.Lock()
	m.conn = conn
	over := !m.currentLocked()
	if !over {
		m.peer.tellMutedLocked()
	}
	who := m.peer.who
	r.mu.Unlock()
	if over { // removed in between, or replaced by a fresh one
		conn.Close()
	}
	r.log.Info("media made", "peer", m.peer.id, "kind", who.kind, "verified", who.verified)
	return nil
}

// welcomeLocked sends joined to p.
func (r *room) welcomeLocked(p *peer, resumed, fresh bool) {
	others := []signal.Peer{}
	for _, o := range r.sortedLocked() {
		if o != p {
			others = append(others, o.viewLocked())
		}
	}
	m := signal.Joined{
		Peer: string(p.id), Resume: p.token, Resumed: resumed, Fresh: fresh,
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
