package bus_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/opentera"
)

func TestTopics(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{bus.ModuleMessages(bus.UserManager), "module.TeraServer.UserManagerModule.messages"},
		{bus.ModuleEvents(bus.UserManager), "module.TeraServer.UserManagerModule.events"},
		{bus.ModuleRPC(bus.UserManager), "module.TeraServer.UserManagerModule.rpc"},
		{bus.DatabaseEvents("session"), "module.TeraServer.DatabaseModule.events.session"},
		{bus.TwistedEvents("1"), "module.TeraServer.TwistedModule.events.1"},
		{bus.WebsocketEvents("participant", "1"), "websocket.participant.1.events"},
		{bus.ServiceMessages("VideoRehabService"), "service.VideoRehabService.messages"},
		{bus.ServiceRPC("VideoRehabService"), "service.VideoRehabService.rpc"},
		{bus.ServiceEvents("FileTransferService"), "service.FileTransferService.events"},
		{bus.Room("1"), "webrtc.1"},
		{bus.Escape("module.a"), "module.a"},
		{bus.Escape(`a*?[]\`), `a\*\?\[\]\\`},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestPublishedEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		c, _ := collect(t, b, "e", "m")
		stop := &opentera.StopSessionEvent{SessionUuid: "s"}
		before := float64(time.Now().UnixMicro()) / 1e6
		if err := b.PublishEvent(within(t), "e", stop); err != nil {
			t.Fatal(err)
		}
		var ev opentera.TeraEvent
		if err := proto.Unmarshal(next(t, c).Payload, &ev); err != nil {
			t.Fatal(err)
		}
		h := ev.GetHeader()
		if h.GetVersion() != 1 || h.GetTopic() != "e" || h.GetTime() < before || h.GetTime() > before+60 || len(ev.GetEvents()) != 1 {
			t.Errorf("event: got %v", &ev)
		}
		if err := b.PublishModule(within(t), "m", "websocket.user.1", bus.UserManager, stop, stop); err != nil {
			t.Fatal(err)
		}
		var m opentera.TeraModuleMessage
		if err := proto.Unmarshal(next(t, c).Payload, &m); err != nil {
			t.Fatal(err)
		}
		if h := m.GetHead(); h.GetVersion() != 1 || h.GetSource() != "websocket.user.1" || h.GetDest() != bus.UserManager || h.GetTime() < before || len(m.GetData()) != 2 {
			t.Errorf("module message: got %v", &m)
		}
		got, err := m.GetData()[1].UnmarshalNew()
		if err != nil || !proto.Equal(got, stop) {
			t.Errorf("its data: got %v, %v, want %v", got, err, stop)
		}
	})
}

func TestEventThatCannotBePacked(t *testing.T) {
	b := bustest.Embedded(t)
	if err := b.PublishEvent(within(t), "e", &opentera.StopSessionEvent{SessionUuid: "\xff"}); err == nil {
		t.Error("text that is not UTF-8 was published")
	}
}
