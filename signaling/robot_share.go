package signaling

import (
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/sfu"
)

// callsPerPeer is how many connections all robots of a room may have at once, for each peer that the room takes.
const callsPerPeer = 2

// calls counts the robots' connections, those that are being closed too. It is guarded by room.mu.
type calls struct {
	most  int // at once
	total int
	of    map[control.Who]int // by the holder of the key: a robot has several websockets
	seq   uint64
}

// caller is under whom the calls of b count. Those with the session's key count as one: they are whoever they say they are.
func (b *robotConn) caller() control.Who {
	if !b.who.verified {
		return control.Who{}
	}
	return b.who.who()
}

func (r *room) beganLocked(b *robotConn) uint64 {
	r.calls.total++
	r.calls.seq++
	r.calls.of[b.caller()]++
	return r.calls.seq
}

func (r *room) endedLocked(b *robotConn) {
	r.calls.total--
	who := b.caller()
	if r.calls.of[who]--; r.calls.of[who] <= 0 {
		delete(r.calls.of, who)
	}
}

// yieldCallLocked makes room for another call of b. One robot may have all of them, for as long as nobody else wants any: then
// each that calls has an equal share, and the newest call of the one with the most gives way. It returns what to close, and
// false if b has had its share.
func (r *room) yieldCallLocked(b *robotConn) (closing []*sfu.Peer, ok bool) {
	if r.calls.total < r.calls.most {
		return nil, true
	}
	own, holders := r.calls.of[b.caller()], len(r.calls.of)
	if own == 0 {
		holders++
	}
	if own >= r.calls.most/holders {
		return nil, false
	}
	var most control.Who
	for who, n := range r.calls.of {
		if n > r.calls.of[most] {
			most = who
		}
	}
	c := r.newestCallLocked(most)
	if c == nil { // all of its calls are being closed
		return nil, false
	}
	rem := c.remote
	closing = c.endLocked()
	c.lostLocked()
	if rem != nil {
		c.robot.renewLocked(rem, time.Now().Add(firstCall))
	}
	return closing, true
}

func (r *room) newestCallLocked(who control.Who) (newest *call) {
	for _, p := range r.peers {
		b := robotOf(p)
		if b == nil || b.caller() != who {
			continue
		}
		for _, rem := range b.remotes {
			if c := rem.call; c != nil && !c.over && (newest == nil || c.seq > newest.seq) {
				newest = c
			}
		}
	}
	return newest
}
