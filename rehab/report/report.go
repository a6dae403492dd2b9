// Package report adds up what a session's room says of its peers' connections and makes the quality report of it: one
// text that is stored as a session event. It knows people by kind and uuid only. Start at Report; text.go writes it.
package report

import (
	"maps"
	"slices"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// maxPeople bounds a report; further ones are not added up.
const maxPeople = 256

// Report is what a session was like so far. It is kept as JSON while the session runs. The zero value is ready.
type Report struct {
	People []*Person       `json:"people"`
	Peers  map[string]seen `json:"peers"` // those in the room, by peer id
}

// seen is the last that is known of a peer.
type seen struct {
	Connected bool                `json:"connected"`
	Totals    control.PeerQuality `json:"totals"`
	At        time.Time           `json:"at"` // of the totals; zero: none yet
}

// Take takes an event of the room.
func (r *Report) Take(e control.Event) {
	if r.Peers == nil {
		r.Peers = map[string]seen{}
	}
	switch {
	case e.Type == control.EventState: // a room that was started again has other peers
		here := map[string]bool{}
		for _, p := range e.Peers {
			here[p.ID] = true
			r.joined(p)
		}
		maps.DeleteFunc(r.Peers, func(id string, _ seen) bool { return !here[id] })
	case e.Type == control.EventJoined && e.Peer != nil:
		r.joined(*e.Peer)
	case e.Type == control.EventLeft && e.Peer != nil:
		delete(r.Peers, e.Peer.ID)
	case e.Type == control.EventQuality && e.Quality != nil:
		r.Add(*e.Quality)
	}
}

// Add takes a picture of the room, or the last totals of a peer that leaves.
func (r *Report) Add(q control.Quality) {
	if r.Peers == nil {
		r.Peers = map[string]seen{}
	}
	for _, now := range q.Peers {
		p := r.person(now.Peer)
		if p == nil {
			continue
		}
		was := r.Peers[now.ID]
		from := was.At
		if from.IsZero() {
			from = now.Since
		}
		if seconds := q.At.Sub(from).Seconds(); seconds > 0 {
			p.add(was.Totals, now, from, seconds)
		}
		was.Totals, was.At = now, q.At
		r.Peers[now.ID] = was
	}
}

// joined counts a peer that came, or came back.
func (r *Report) joined(peer control.Peer) {
	was := r.Peers[peer.ID]
	if p := r.person(peer); p != nil && peer.Connected && !was.Connected {
		p.Joins++
	}
	was.Connected = peer.Connected
	r.Peers[peer.ID] = was
}

// Empty reports whether nobody was there.
func (r *Report) Empty() bool {
	return !slices.ContainsFunc(r.People, func(p *Person) bool { return p.Seconds > 0 })
}

// person finds or adds the one behind a peer. Those who came with the session's shared key are guests of their kind: who
// they are is their own claim.
func (r *Report) person(peer control.Peer) *Person {
	uuid := peer.UUID
	if !peer.Verified {
		uuid = ""
	}
	i := slices.IndexFunc(r.People, func(p *Person) bool { return p.Kind == peer.Kind && p.UUID == uuid })
	if i >= 0 {
		return r.People[i]
	}
	if len(r.People) >= maxPeople {
		return nil
	}
	p := &Person{Kind: peer.Kind, UUID: uuid}
	r.People = append(r.People, p)
	return p
}
