package signaling

import (
	"maps"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// setSession replaces what the room knows of its session. Peers of invitees that were taken off the list are ended: those
// with the invitee's own key, and those with the shared key who said that they are that invitee. It returns the
// websockets that are closing because of it.
func (r *room) setSession(s control.Session) []teller {
	listed := make(map[control.Who]control.Invitee, len(s.Invitees))
	for _, i := range s.Invitees {
		listed[control.Who{Kind: i.Kind, UUID: i.UUID}] = i
	}
	r.mu.Lock()
	var removed []*peer
	for _, p := range r.sortedLocked() {
		_, was := r.invitees[p.who.who()]
		_, is := listed[p.who.who()]
		if !is && (p.who.verified || was) {
			removed = append(removed, p)
		}
	}
	r.session, r.invitees = s, listed
	maps.DeleteFunc(r.pages, func(who control.Who, _ time.Time) bool { _, is := listed[who]; return !is })
	var conns []teller
	for _, p := range removed {
		if p.conn != nil {
			conns = append(conns, p.conn)
		}
	}
	for c := range r.conns {
		who := c.holder()
		if _, is := listed[who.who()]; who.verified && !is { // it may not have joined yet
			c.end(endRemoved)
		}
	}
	closing := r.removeLocked(endRemoved, removed...)
	r.renameLocked()
	list := signal.Invitees{Invitees: r.inviteesLocked()}
	for _, p := range r.peers {
		if p.who.kind == control.User {
			p.sendLocked(list)
		}
	}
	select {
	case <-r.told:
	default:
		close(r.told)
	}
	r.mu.Unlock()
	closeMedia(closing)
	return conns
}

// renameLocked gives verified peers the names of the invitee list.
func (r *room) renameLocked() {
	for _, p := range r.sortedLocked() {
		if name := r.invitees[p.who.who()].Name; p.who.verified && p.who.name != name {
			p.who.name = name
			r.changedLocked(p)
		}
	}
}
