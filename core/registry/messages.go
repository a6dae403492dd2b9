package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// Run listens on the user manager's topics until ctx ends. ready is called once calls and messages are taken.
func (r *Registry) Run(ctx context.Context, ready func()) error {
	sub, err := r.bus.Subscribe(ctx, r.receive, bus.ModuleMessages(bus.UserManager))
	if err != nil {
		return fmt.Errorf("user manager messages: %w", err)
	}
	defer sub.Close()
	srv, err := r.bus.Serve(ctx, r.methods(), bus.ModuleRPC(bus.UserManager))
	if err != nil {
		return fmt.Errorf("user manager calls: %w", err)
	}
	defer srv.Close()
	r.bus.OnReconnect(r.out.regained)
	ready()
	r.out.run(ctx)
	return ctx.Err()
}

// Connected records a live websocket of p and tells everybody. Each call is undone by one of Disconnected.
func (r *Registry) Connected(p Person) { r.connected(p, false) }

// Disconnected forgets a websocket of p. Everybody is told when it was the last one.
func (r *Registry) Disconnected(p Person) { r.disconnected(p, false) }

func (r *Registry) connected(p Person, said bool) {
	r.mu.Lock()
	r.kinds[p.Kind].connected(p.UUID, said)
	r.mu.Unlock()
	r.log.Info("online", "kind", p.Kind, "uuid", p.UUID)
	r.out.say(p, connected)
}

func (r *Registry) disconnected(p Person, said bool) {
	r.mu.Lock()
	gone := r.kinds[p.Kind].disconnected(p.UUID, said)
	r.mu.Unlock()
	if gone {
		r.log.Info("offline", "kind", p.Kind, "uuid", p.UUID)
		r.out.say(p, disconnected)
	}
}

// receive handles what others say on the message topic (core.md 7.2).
func (r *Registry) receive(ctx context.Context, m bus.Message) {
	var msg opentera.TeraModuleMessage
	if err := proto.Unmarshal(m.Payload, &msg); err != nil {
		r.log.Warn("malformed message", "topic", m.Topic)
		return
	}
	for _, a := range msg.GetData() {
		event, err := a.UnmarshalNew()
		if err != nil {
			continue // a type that we do not know is not for us
		}
		r.handle(ctx, event)
	}
}

func (r *Registry) handle(ctx context.Context, event proto.Message) {
	switch e := event.(type) {
	case *opentera.UserEvent:
		r.presence(Person{Kind: core.KindUser, UUID: e.UserUuid, Name: e.UserFullname},
			e.Type == opentera.UserEvent_USER_CONNECTED, e.Type == opentera.UserEvent_USER_DISCONNECTED)
	case *opentera.ParticipantEvent:
		r.presence(Person{
			Kind: core.KindParticipant, UUID: e.ParticipantUuid, Name: e.ParticipantName,
			Project: e.ParticipantProjectName, Site: e.ParticipantSiteName,
		}, e.Type == opentera.ParticipantEvent_PARTICIPANT_CONNECTED, e.Type == opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED)
	case *opentera.DeviceEvent:
		r.presence(Person{Kind: core.KindDevice, UUID: e.DeviceUuid, Name: e.DeviceName},
			e.Type == opentera.DeviceEvent_DEVICE_CONNECTED, e.Type == opentera.DeviceEvent_DEVICE_DISCONNECTED)
	case *opentera.JoinSessionEvent:
		r.join(ctx, e)
	case *opentera.StopSessionEvent:
		r.stop(ctx, e.SessionUuid)
	case *opentera.LeaveSessionEvent:
		r.leave(ctx, e.SessionUuid, core.KindUser, e.LeavingUsers)
		r.leave(ctx, e.SessionUuid, core.KindParticipant, e.LeavingParticipants)
		r.leave(ctx, e.SessionUuid, core.KindDevice, e.LeavingDevices)
	case *opentera.JoinSessionReplyEvent:
		if e.JoinReply != opentera.JoinSessionReplyEvent_REPLY_ACCEPTED {
			r.leave(ctx, e.SessionUuid, core.KindUser, nonEmpty(e.UserUuid))
			r.leave(ctx, e.SessionUuid, core.KindParticipant, nonEmpty(e.ParticipantUuid))
			r.leave(ctx, e.SessionUuid, core.KindDevice, nonEmpty(e.DeviceUuid))
		}
	}
}

func nonEmpty(uuid string) []string {
	if uuid == "" {
		return nil
	}
	return []string{uuid}
}

func (r *Registry) presence(p Person, on, off bool) {
	switch {
	case p.UUID == "":
	case on:
		r.connected(p, true)
	case off:
		r.disconnected(p, true)
	}
}

func (r *Registry) join(ctx context.Context, e *opentera.JoinSessionEvent) {
	for _, members := range []struct {
		kind  core.Kind
		uuids []string
	}{
		{core.KindUser, e.SessionUsers}, {core.KindParticipant, e.SessionParticipants}, {core.KindDevice, e.SessionDevices},
	} {
		for _, uuid := range members.uuids {
			p, ok := r.person(ctx, members.kind, uuid)
			if !ok {
				continue
			}
			r.mu.Lock()
			r.kinds[members.kind].join(uuid, e.SessionUuid)
			r.mu.Unlock()
			r.out.say(p, joined)
		}
	}
}

func (r *Registry) stop(ctx context.Context, session string) {
	for _, kind := range kinds {
		r.mu.Lock()
		uuids := r.kinds[kind].in(session)
		r.mu.Unlock()
		r.leave(ctx, session, kind, uuids)
	}
}

func (r *Registry) leave(ctx context.Context, session string, kind core.Kind, uuids []string) {
	for _, uuid := range uuids {
		r.mu.Lock()
		gone := r.kinds[kind].leave(uuid, session)
		r.mu.Unlock()
		if p, ok := r.person(ctx, kind, uuid); ok && gone {
			r.out.say(p, left)
		}
	}
}

// person looks up a name. When the database does not answer, the event goes out without one.
func (r *Registry) person(ctx context.Context, kind core.Kind, uuid string) (Person, bool) {
	p, err := r.find(ctx, kind, uuid)
	switch {
	case errors.Is(err, ErrUnknown):
		r.log.Warn("unknown account in a session event", "kind", kind)
		return Person{}, false
	case err != nil:
		r.log.Warn("account not looked up", "kind", kind, "error", err)
		return Person{Kind: kind, UUID: uuid}, true
	}
	return p, true
}

// maxReport bounds what a device says of itself, in bytes of JSON.
const maxReport = 64 << 10

var (
	// ErrOffline: the device has no live websocket.
	ErrOffline = errors.New("device is offline")
	// ErrTooLong: the status is longer than 64 KiB.
	ErrTooLong = errors.New("device status is too long")
)

// UpdateDevice stores what an online device says of itself and tells everybody. status is JSON text, timestamp a JSON
// number.
func (r *Registry) UpdateDevice(ctx context.Context, uuid, status string, timestamp json.RawMessage) error {
	if len(status) > maxReport {
		return ErrTooLong
	}
	p, err := r.find(ctx, core.KindDevice, uuid)
	if errors.Is(err, ErrUnknown) {
		return ErrOffline
	}
	if err != nil {
		return err
	}
	report := Report{Status: status, Timestamp: timestamp}
	r.mu.Lock()
	online := r.kinds[core.KindDevice].online(uuid)
	if online {
		r.kinds[core.KindDevice].status[uuid] = report
	}
	r.mu.Unlock()
	if !online {
		return ErrOffline
	}
	r.out.reported(p, report)
	return nil
}
