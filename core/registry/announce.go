package registry

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// change is what happened to a person.
type change int

const (
	connected change = iota
	disconnected
	joined
	left
)

// Event types per kind, in the order of change (core.md 8.4).
var (
	userTypes = [...]opentera.UserEvent_EventType{
		opentera.UserEvent_USER_CONNECTED, opentera.UserEvent_USER_DISCONNECTED,
		opentera.UserEvent_USER_JOINED_SESSION, opentera.UserEvent_USER_LEFT_SESSION,
	}
	participantTypes = [...]opentera.ParticipantEvent_EventType{
		opentera.ParticipantEvent_PARTICIPANT_CONNECTED, opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED,
		opentera.ParticipantEvent_PARTICIPANT_JOINED_SESSION, opentera.ParticipantEvent_PARTICIPANT_LEFT_SESSION,
	}
	deviceTypes = [...]opentera.DeviceEvent_EventType{
		opentera.DeviceEvent_DEVICE_CONNECTED, opentera.DeviceEvent_DEVICE_DISCONNECTED,
		opentera.DeviceEvent_DEVICE_JOINED_SESSION, opentera.DeviceEvent_DEVICE_LEFT_SESSION,
	}
)

func newEvent(p Person, c change) proto.Message {
	switch p.Kind {
	case core.KindUser:
		return &opentera.UserEvent{UserUuid: p.UUID, Type: userTypes[c], UserFullname: p.Name}
	case core.KindParticipant:
		return &opentera.ParticipantEvent{
			ParticipantUuid: p.UUID, Type: participantTypes[c],
			ParticipantName: p.Name, ParticipantProjectName: p.Project, ParticipantSiteName: p.Site,
		}
	}
	return &opentera.DeviceEvent{DeviceUuid: p.UUID, Type: deviceTypes[c], DeviceName: p.Name}
}

const (
	queueSize      = 4096             // events waiting for Redis; the newest are lost beyond, but for missed
	publishTimeout = 15 * time.Second // one event
)

type key struct {
	kind core.Kind
	uuid string
}

// announcer publishes events in order, from one goroutine, so that nobody waits for Redis. While Redis restarts an event
// may reach nobody, published or not: subscribers come back at their own pace. So connections and disconnections of that
// time are told again from the present state, when Redis is back and once more a little later.
type announcer struct {
	r     *Registry
	queue chan outgoing
	back  chan struct{} // capacity 1: Redis is back

	// Used by run alone.
	missed map[key]bool      // not published
	recent map[key]time.Time // published, when
}

const (
	recently   = 30 * time.Second // how long a loss of Redis may go unnoticed
	againAfter = 2 * time.Second  // by then the subscribers are back
)

type outgoing struct {
	key
	event    proto.Message
	presence bool // connected or disconnected
	online   bool // connected
}

func newAnnouncer(r *Registry) *announcer {
	return &announcer{
		r: r, queue: make(chan outgoing, queueSize), back: make(chan struct{}, 1),
		missed: map[key]bool{}, recent: map[key]time.Time{},
	}
}

func (a *announcer) say(p Person, c change) {
	a.push(outgoing{key{p.Kind, p.UUID}, newEvent(p, c), c == connected || c == disconnected, c == connected})
}

func (a *announcer) push(o outgoing) {
	select {
	case a.queue <- o:
	default:
		a.r.log.Warn("event dropped, redis does not take them", "kind", o.kind)
	}
}

// run publishes until ctx ends.
func (a *announcer) run(ctx context.Context) {
	a.forgetFormer(ctx)
	tidy := time.NewTicker(recently)
	defer tidy.Stop()
	var again <-chan time.Time
	for {
		select {
		case o := <-a.queue:
			a.tell(ctx, o)
		case <-a.back:
			a.rememberAll(ctx)
			a.repeatAll(ctx)
			again = time.After(againAfter)
		case <-again:
			a.repeatAll(ctx)
			again = nil
		case now := <-tidy.C:
			for k, at := range a.recent {
				if now.Sub(at) > recently {
					delete(a.recent, k)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *announcer) tell(ctx context.Context, o outgoing) {
	if o.online {
		a.remember(ctx, o.key, true) // before anybody knows: this core may end at any moment
	}
	err := a.publish(ctx, o.event)
	switch {
	case err != nil && ctx.Err() == nil:
		a.r.log.Warn("event not published", "kind", o.kind, "error", err)
		if o.presence {
			a.missed[o.key] = true
		}
	case o.presence:
		delete(a.missed, o.key) // what is told last holds
		a.recent[o.key] = time.Now()
		if !o.online {
			a.remember(ctx, o.key, a.r.IsOnline(o.kind, o.uuid))
		}
	}
}

func (a *announcer) repeatAll(ctx context.Context) {
	for k := range a.recent {
		a.repeat(ctx, k)
	}
	for k := range a.missed {
		if a.repeat(ctx, k) {
			delete(a.missed, k)
			a.recent[k] = time.Now()
		}
	}
}

func (a *announcer) publish(ctx context.Context, m proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	return a.r.bus.PublishEvent(ctx, bus.ModuleEvents(bus.UserManager), m)
}

// repeat tells whether k is online now.
func (a *announcer) repeat(ctx context.Context, k key) bool {
	p, err := a.r.find(ctx, k.kind, k.uuid)
	if errors.Is(err, ErrUnknown) {
		a.remember(ctx, k, false)
		return true
	}
	if err != nil {
		return false
	}
	c := disconnected
	if a.r.IsOnline(k.kind, k.uuid) {
		c = connected
		a.remember(ctx, k, true)
	}
	if a.publish(ctx, newEvent(p, c)) != nil {
		return false
	}
	if c == disconnected {
		a.remember(ctx, k, a.r.IsOnline(k.kind, k.uuid))
	}
	return true
}

// regained is called when a lost Redis is back.
func (a *announcer) regained(context.Context) {
	select {
	case a.back <- struct{}{}:
	default:
	}
}

// reported tells everybody what a device says of itself; device_status is JSON text whose status is JSON text again
// (core.md 7.3).
func (a *announcer) reported(p Person, r Report) {
	raw, err := json.Marshal(r)
	if err != nil { // Timestamp was checked to be JSON
		return
	}
	a.push(outgoing{key{p.Kind, p.UUID}, &opentera.DeviceEvent{
		DeviceUuid: p.UUID, DeviceName: p.Name, DeviceStatus: string(raw),
		Type: opentera.DeviceEvent_DEVICE_STATUS_CHANGED,
	}, false, false})
}
