package rehab

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
)

// presence knows whose websocket to the core is open, and reacts when that changes (rehab.md 4.6). Other than upstream,
// a session does not end with its creator's websocket: it goes on for the grace time, and for as long as the creator is
// in the room.
type presence struct {
	svc *Service

	mu    sync.Mutex // guards the fields below
	there map[control.Who]bool
	since map[control.Who]bool // what changed while refresh asks; nil when it does not
}

func newPresence(s *Service) *presence { return &presence{svc: s, there: map[control.Who]bool{}} }

func (p *presence) online(who control.Who) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.there[who]
}

// handle takes an event of the user manager.
func (p *presence) handle(_ context.Context, m bus.Message) {
	var event opentera.TeraEvent
	if err := proto.Unmarshal(m.Payload, &event); err != nil {
		p.svc.log.Warn("malformed event", "topic", m.Topic)
		return
	}
	for _, a := range event.GetEvents() {
		msg, err := a.UnmarshalNew()
		if err != nil {
			continue
		}
		switch e := msg.(type) {
		case *opentera.UserEvent:
			p.change(control.Who{Kind: control.User, UUID: e.GetUserUuid()},
				e.GetType() == opentera.UserEvent_USER_CONNECTED, e.GetType() == opentera.UserEvent_USER_DISCONNECTED)
		case *opentera.ParticipantEvent:
			p.change(control.Who{Kind: control.Participant, UUID: e.GetParticipantUuid()},
				e.GetType() == opentera.ParticipantEvent_PARTICIPANT_CONNECTED, e.GetType() == opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED)
		case *opentera.DeviceEvent:
			p.change(control.Who{Kind: control.Device, UUID: e.GetDeviceUuid()},
				e.GetType() == opentera.DeviceEvent_DEVICE_CONNECTED, e.GetType() == opentera.DeviceEvent_DEVICE_DISCONNECTED)
		}
	}
}

func (p *presence) change(who control.Who, connected, disconnected bool) {
	if !connected && !disconnected {
		return
	}
	p.mu.Lock()
	p.there[who] = connected
	if p.since != nil {
		p.since[who] = connected
	}
	p.mu.Unlock()
	for _, n := range p.svc.all() {
		n.presenceChanged(who, connected)
	}
}

// presenceChanged invites a member who is back, and watches over the creator.
func (n *session) presenceChanged(who control.Who, connected bool) {
	n.mu.Lock()
	mine := n.belongsLocked(who) && !n.ending
	if m := n.members.find(who); mine && connected && m != nil && m.Status == control.NoAnswer {
		m.set(control.Invited, time.Now())
	}
	n.mu.Unlock()
	if who == n.creatorWho() {
		n.watchCreator()
	}
	if !mine {
		return
	}
	if connected {
		n.invite([]control.Who{who})
	}
	n.changed()
}

func (n *session) creatorWho() control.Who {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.creator
}

// watchCreator starts or ends the grace time. A creator who was never seen, such as a service or somebody who only used
// the REST interface, is not missed.
func (n *session) watchCreator() {
	n.mu.Lock()
	here := n.svc.presence.online(n.creator)
	member := n.members.find(n.creator) != nil // then its own URL verifies it; the shared one says only what a page claims
	for _, p := range n.peers {
		here = here || p.Kind == n.creator.Kind && p.UUID == n.creator.UUID && (p.Verified || !member)
	}
	seen := n.seenCreator
	switch {
	case here:
		n.seenCreator, n.creatorGone = true, time.Time{}
	case n.seenCreator && n.creatorGone.IsZero() && n.creator.Kind != "service":
		n.creatorGone = time.Now()
	}
	save := seen != n.seenCreator && n.phase == phaseRunning
	n.mu.Unlock()
	if save {
		n.save()
	}
	n.arm()
}

// refresh asks the user manager who is online: after a start, and after an interruption of Redis or of the core, which
// may take a moment longer than this to come back.
func (p *presence) refresh(ctx context.Context) {
	for range 3 {
		there, err := p.ask(ctx)
		if err == nil {
			p.replace(there)
			return
		}
		p.svc.log.Warn("who is online is not known yet", "err", err)
		if !pause(ctx, time.Second) {
			return
		}
	}
}

func (p *presence) ask(ctx context.Context) (map[control.Who]bool, error) {
	p.mu.Lock()
	p.since = map[control.Who]bool{}
	p.mu.Unlock()
	there := map[control.Who]bool{}
	for _, kind := range kinds {
		raw, err := p.svc.bus.Call(ctx, bus.ModuleRPC(bus.UserManager), "online_"+kind+"s")
		if err != nil {
			return nil, err
		}
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
		for _, uuid := range list {
			there[control.Who{Kind: kind, UUID: uuid}] = true
		}
	}
	return there, nil
}

func (p *presence) replace(there map[control.Who]bool) {
	p.mu.Lock()
	maps.Copy(there, p.since)
	maps.DeleteFunc(there, func(_ control.Who, online bool) bool { return !online })
	p.there, p.since = there, nil
	p.mu.Unlock()
	for _, n := range p.svc.all() {
		n.watchCreator()
		n.changed()
	}
}
