package rehab

import (
	"context"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// reinviteAfter is when a device that lost the room is invited again, each counted from the one before. Those who come back by
// themselves need about a second for it; an invitation, which may have them begin anew, would only disturb them.
var reinviteAfter = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}

// waitingAfter is the same for a device that waits for its invitation (control.Peer.Waits), as robots of opentera-webrtc do.
// Their nodes end with their websocket and are started again: whoever is not there yet for the first of the early invitations
// finds the next one.
var waitingAfter = []time.Duration{
	200 * time.Millisecond, 700 * time.Millisecond, 900 * time.Millisecond, 1200 * time.Millisecond, // the early ones: until 3 s
	10 * time.Second, 30 * time.Second, time.Minute,
}

const earlyInvitations = 4 // of waitingAfter

// missing is a device that has lost the room. waiting is how many peers that wait for an invitation it lost at once; 0: it
// comes back by itself, as far as is known.
type missing struct {
	control.Who
	waiting int
}

// missingLocked lists the devices that lost the room because of e, with all their peers: a robot's network or the room
// failed. had is who was there before e.
func (n *session) missingLocked(e control.Event, had map[string]control.Peer) (list []missing) {
	lost := e.Type == control.EventLeft && e.Reason == signal.ReasonLost && e.Peer != nil && e.Peer.Verified
	for _, m := range n.members {
		if m.Kind != control.Device || !m.Active || n.hereLocked(m.Who, false) {
			continue
		}
		if e.Type == control.EventState && m.Status == control.Reconnecting || lost && e.Peer.Kind == m.Kind && e.Peer.UUID == m.UUID {
			list = append(list, missing{m.Who, waitingOf(m.Who, had)})
		}
	}
	return list
}

// waitingOf counts the peers of who that wait for an invitation when they have lost the room.
func waitingOf(who control.Who, peers map[string]control.Peer) (n int) {
	for _, p := range peers {
		if p.Waits && p.Verified && p.Kind == who.Kind && p.UUID == who.UUID {
			n++
		}
	}
	return n
}

// inviteMissing invites a device again and again until it is back, is removed, or has not come for too long. If it loses the
// room once more meanwhile, that begins anew.
func (n *session) inviteMissing(ctx context.Context, m missing) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n.mu.Lock()
	if older := n.reinviting[m.Who]; older != nil {
		older()
	}
	n.reinviting[m.Who] = cancel
	n.mu.Unlock()
	after := reinviteAfter
	if m.waiting > 0 {
		after = waitingAfter
	}
	for i, wait := range after {
		if !pause(ctx, wait) {
			return // replaced, or rehab ends
		}
		n.mu.Lock()
		over := ctx.Err() != nil || n.ending || n.backLocked(m, i < earlyInvitations)
		n.mu.Unlock()
		if over {
			break
		}
		n.log.Info("device is invited again: it has lost the room")
		n.invite([]control.Who{m.Who})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if ctx.Err() == nil { // nobody has replaced it
		delete(n.reinviting, m.Who)
	}
}

// backLocked reports whether a device needs no invitation any more. While it is early all its nodes have to be back: one that
// missed an invitation is not asked for later, since that would disturb the others.
func (n *session) backLocked(m missing, early bool) bool {
	member := n.members.find(m.Who)
	switch {
	case member == nil || !member.Active:
		return true
	case early && m.waiting > 1:
		return waitingOf(m.Who, n.peers) >= m.waiting
	}
	return n.hereLocked(m.Who, false)
}
