package rehab

import (
	"context"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// reinviteAfter is when a device that lost the room is invited again, each counted from the one before.
var reinviteAfter = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}

// missingLocked lists the devices that lost the room because of e, with all their peers: a robot's network or the room
// failed. Robots of opentera-webrtc do not come back by themselves; they wait for their next invitation.
func (n *session) missingLocked(e control.Event) (list []control.Who) {
	lost := e.Type == control.EventLeft && e.Reason == signal.ReasonLost && e.Peer != nil && e.Peer.Verified
	for _, m := range n.members {
		if m.Kind != control.Device || !m.Active || n.hereLocked(m.Who, false) {
			continue
		}
		if e.Type == control.EventState && m.Status == control.Reconnecting || lost && e.Peer.Kind == m.Kind && e.Peer.UUID == m.UUID {
			list = append(list, m.Who)
		}
	}
	return list
}

// inviteMissing invites a device again and again until it is back, is removed, or has not come for too long.
func (n *session) inviteMissing(ctx context.Context, who control.Who) {
	n.mu.Lock()
	busy := n.reinviting[who]
	n.reinviting[who] = true
	n.mu.Unlock()
	if busy {
		return
	}
	defer func() {
		n.mu.Lock()
		delete(n.reinviting, who)
		n.mu.Unlock()
	}()
	for _, wait := range reinviteAfter {
		if !pause(ctx, wait) {
			return
		}
		n.mu.Lock()
		m := n.members.find(who)
		back := n.ending || m == nil || !m.Active || n.hereLocked(who, false)
		n.mu.Unlock()
		if back {
			return
		}
		n.log.Info("device is invited again: it has lost the room")
		n.invite([]control.Who{who})
	}
}
