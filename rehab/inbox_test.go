package rehab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
)

// inbox collects what is published for websockets and for the user manager.
type inbox struct {
	t  *testing.T
	mu sync.Mutex // guards got
	// got in the order of Redis
	got []delivered
}

type delivered struct {
	topic   string
	source  string // of a module message
	message proto.Message
}

func newInbox(t *testing.T, b *bus.Bus) *inbox {
	t.Helper()
	in := &inbox{t: t}
	sub, err := b.Subscribe(t.Context(), in.take, "websocket.*", bus.ModuleMessages(bus.UserManager), "RedisRPCClient.*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sub.Close() })
	return in
}

func (in *inbox) take(_ context.Context, m bus.Message) {
	d := delivered{topic: m.Topic}
	switch {
	case strings.HasPrefix(m.Topic, "RedisRPCClient."):
	case strings.HasPrefix(m.Topic, "websocket."):
		var e opentera.TeraEvent
		if proto.Unmarshal(m.Payload, &e) != nil || len(e.Events) != 1 {
			in.t.Errorf("%s: not one event", m.Topic)
			return
		}
		d.message, _ = e.Events[0].UnmarshalNew()
	default:
		var e opentera.TeraModuleMessage
		if proto.Unmarshal(m.Payload, &e) != nil || len(e.Data) != 1 || e.Head.Dest != m.Topic {
			in.t.Errorf("%s: not one message", m.Topic)
			return
		}
		d.source = e.Head.Source
		d.message, _ = e.Data[0].UnmarshalNew()
	}
	in.mu.Lock()
	in.got = append(in.got, d)
	in.mu.Unlock()
}

func (in *inbox) all() []delivered { in.mu.Lock(); defer in.mu.Unlock(); return slices.Clone(in.got) }
func (in *inbox) clear()           { in.mu.Lock(); defer in.mu.Unlock(); in.got = nil }

// of collects the messages of one type on one topic.
func of[M proto.Message](in *inbox, topic string) []M {
	var list []M
	for _, d := range in.all() {
		if m, ok := d.message.(M); ok && d.topic == topic {
			list = append(list, m)
		}
	}
	return list
}

// await waits for n messages of a type on a topic.
func await[M proto.Message](in *inbox, topic string, n int) []M {
	in.t.Helper()
	var list []M
	waitFor(in.t, fmt.Sprintf("%d of %T on %s", n, *new(M), topic), func() bool {
		list = of[M](in, topic)
		return len(list) >= n
	})
	return list
}

func topicOf(who control.Who) string { return bus.WebsocketEvents(who.Kind, who.UUID) }

func user(uuid string) control.Who        { return control.Who{Kind: control.User, UUID: uuid} }
func participant(uuid string) control.Who { return control.Who{Kind: control.Participant, UUID: uuid} }
func device(uuid string) control.Who      { return control.Who{Kind: control.Device, UUID: uuid} }

var managerTopic = bus.ModuleMessages(bus.UserManager)

// says has the core's user manager report that somebody came online or went.
func (s *system) says(who control.Who, connected bool) {
	s.t.Helper()
	var m proto.Message
	switch who.Kind {
	case control.User:
		typ := opentera.UserEvent_USER_DISCONNECTED
		if connected {
			typ = opentera.UserEvent_USER_CONNECTED
		}
		m = &opentera.UserEvent{UserUuid: who.UUID, Type: typ}
	case control.Participant:
		typ := opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED
		if connected {
			typ = opentera.ParticipantEvent_PARTICIPANT_CONNECTED
		}
		m = &opentera.ParticipantEvent{ParticipantUuid: who.UUID, Type: typ}
	case control.Device:
		typ := opentera.DeviceEvent_DEVICE_DISCONNECTED
		if connected {
			typ = opentera.DeviceEvent_DEVICE_CONNECTED
		}
		m = &opentera.DeviceEvent{DeviceUuid: who.UUID, Type: typ}
	}
	if err := s.bus.PublishEvent(s.t.Context(), bus.ModuleEvents(bus.UserManager), m); err != nil {
		s.t.Fatal(err)
	}
}
