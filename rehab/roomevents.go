package rehab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room"
)

// RoomStarted notes the process, so that a later rehab finds it (room.Owner).
func (n *session) RoomStarted(p room.Process) {
	n.mu.Lock()
	again := n.process.PID != 0
	n.process = p
	n.mu.Unlock()
	n.svc.metrics.RoomStarted(n.spec.Port, again)
	n.save()
}

// RoomLost ends a session whose room cannot be kept alive (room.Owner).
func (n *session) RoomLost(err error) {
	n.svc.metrics.RoomLost()
	n.svc.background(func(ctx context.Context) { n.svc.lose(ctx, n, err) })
}

// RoomEvent keeps the members' statuses (room.Owner). Only verified peers count: others may claim to be anybody.
func (n *session) RoomEvent(e control.Event) {
	n.observe(e)
	n.mu.Lock()
	if n.ending {
		n.mu.Unlock()
		return
	}
	before, had := n.members.statuses(), maps.Clone(n.peers)
	texts := n.takeLocked(e)
	n.lost = append(n.lost, n.missingLocked(e, had)...)
	var lost []missing
	if e.Ready || e.Type != control.EventState { // an invitation into a room that is not ready leads nowhere
		lost, n.lost = n.lost, nil
	}
	moved := !slices.Equal(before, n.members.statuses())
	running := n.phase == phaseRunning
	id := n.id
	n.mu.Unlock()
	if !running {
		return // its start is not finished; what it reports until then is kept
	}
	for _, text := range texts {
		n.svc.record(id, backend.GeneralInfo, text)
	}
	if e.Type == control.EventRequest {
		n.svc.background(func(ctx context.Context) { n.svc.requested(ctx, n, e) })
		return
	}
	for _, m := range lost {
		n.svc.background(func(ctx context.Context) { n.inviteMissing(ctx, m) })
	}
	n.watchCreator()
	if moved || e.Type == control.EventState {
		n.changed()
	}
}

// takeLocked returns what the session's log should say of the event.
func (n *session) takeLocked(e control.Event) (texts []string) {
	now := time.Now()
	switch e.Type {
	case control.EventState:
		return n.stateLocked(e.Peers, now)
	case control.EventPage:
		if m := n.members.find(control.Who{Kind: e.Kind, UUID: e.UUID}); m != nil && m.Active && m.Status != control.InRoom {
			m.set(control.Opening, now)
		}
	case control.EventJoined:
		if e.Peer == nil {
			return nil
		}
		n.peers[e.Peer.ID] = *e.Peer
		return n.peerLocked(*e.Peer, now)
	case control.EventLeft:
		if e.Peer == nil {
			return nil
		}
		delete(n.peers, e.Peer.ID)
		return n.peerLocked(*e.Peer, now)
	}
	return nil
}

// stateLocked is what a room says of itself at first: an empty one has taken the place of a dead one.
func (n *session) stateLocked(peers []control.Peer, now time.Time) (texts []string) {
	n.peers = map[string]control.Peer{}
	for _, p := range peers {
		n.peers[p.ID] = p
	}
	for _, p := range peers {
		texts = append(texts, n.peerLocked(p, now)...)
	}
	for _, m := range n.members {
		if !n.hereLocked(m.Who, false) && m.Status == control.InRoom {
			m.set(control.Reconnecting, now)
		}
	}
	return texts
}

// peerLocked brings the status of a peer's member up to date.
func (n *session) peerLocked(p control.Peer, now time.Time) (texts []string) {
	who := control.Who{Kind: p.Kind, UUID: p.UUID}
	m := n.members.find(who)
	if m == nil || !p.Verified {
		return nil
	}
	was := m.Status
	switch {
	case !m.Active:
		return nil
	case n.hereLocked(who, true):
		if m.set(control.InRoom, now) && was != control.Reconnecting {
			texts = append(texts, nameOf(m)+" is in the room")
		}
	case n.hereLocked(who, false):
		m.set(control.Reconnecting, now)
	case was == control.InRoom || was == control.Reconnecting:
		m.set(control.Left, now)
		texts = append(texts, nameOf(m)+" has left the room")
	}
	return texts
}

// hereLocked reports whether a member has a verified peer, and a connected one if that is asked for.
func (n *session) hereLocked(who control.Who, connected bool) bool {
	for _, p := range n.peers {
		if p.Verified && p.Kind == who.Kind && p.UUID == who.UUID && (p.Connected || !connected) {
			return true
		}
	}
	return false
}

// title is a kind in the text of a session event.
var title = map[string]string{control.User: "User", control.Participant: "Participant", control.Device: "Device"}

func nameOf(m *member) string {
	if m.Name == "" {
		return fmt.Sprintf("%s: %s", title[m.Kind], m.UUID)
	}
	return fmt.Sprintf("%s: %s (%s)", title[m.Kind], m.Name, m.UUID)
}

// requested carries out what a user asked for in the session page, like the call of that name. The room has verified
// who asks; whether that one may is decided here.
func (s *Service) requested(ctx context.Context, n *session, e control.Event) {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	n.mu.Lock()
	allowed := e.By != nil && e.By.Kind == control.User && n.belongsLocked(*e.By)
	id := n.id
	n.mu.Unlock()
	if !allowed {
		n.log.Warn("request of somebody who is no user of the session", "action", e.Action)
		return
	}
	var err error
	switch e.Action {
	case control.ActionStop:
		_, err = s.stop(ctx, request{action: "stop", id: id})
	case control.ActionRemove:
		if e.Target == nil {
			return
		}
		_, err = s.remove(ctx, request{action: "remove", id: id, lists: map[string][]string{e.Target.Kind: {e.Target.UUID}}})
	}
	if err != nil {
		n.log.Warn("request of the session page failed", "action", e.Action, "err", err)
	}
}
