package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/opentera"
)

// ask calls the user manager.
func ask[T any](t *testing.T, s *servertest.Server, method string, args ...any) T {
	t.Helper()
	raw, err := s.Bus.Call(t.Context(), bus.ModuleRPC(bus.UserManager), method, args...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: got %s", method, raw)
	}
	return v
}

func TestUserManager(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user, participant := servertest.Row[store.User](t, s, 1), servertest.Row[store.Participant](t, s, 1)
		device := servertest.Row[store.Device](t, s, 1)
		admin := s.Connect(t, "user", servertest.Basic("admin", "admin"))
		s.Connect(t, "device", s.Device(t, 1))
		if got := ask[[]string](t, s, "online_users"); len(got) != 1 || got[0] != user.UUID {
			t.Errorf("online_users: got %v", got)
		}
		if got := ask[[]string](t, s, "online_participants"); got == nil || len(got) != 0 {
			t.Errorf("online_participants: got %v, want an empty list", got)
		}

		tell(t, s, &opentera.JoinSessionEvent{
			SessionUuid: "first", SessionUsers: []string{user.UUID, "unknown"}, SessionParticipants: []string{participant.UUID},
		})
		admin.Await(t, "joined", servertest.Is("UserEvent", map[string]any{"type": "USER_JOINED_SESSION", "userFullname": "Super Admin"}))
		admin.Await(t, "joined", servertest.Is("ParticipantEvent", map[string]any{"type": "PARTICIPANT_JOINED_SESSION", "participantName": participant.Name}))
		tell(t, s, &opentera.JoinSessionEvent{SessionUuid: "second", SessionUsers: []string{user.UUID}})
		admin.Await(t, "joined", servertest.Is("UserEvent", map[string]any{"type": "USER_JOINED_SESSION"}))
		if got := ask[map[string]string](t, s, "busy_users"); len(got) != 1 || got[user.UUID] != "first" {
			t.Errorf("busy_users: got %v, want the first session", got)
		}
		if got := ask[map[string]map[string]bool](t, s, "status_participants"); !got[participant.UUID]["busy"] || got[participant.UUID]["online"] {
			t.Errorf("status_participants: got %v", got)
		}
		if list := s.Get(t, "/api/user/users/online", s.User(t, "admin")).List(); len(list) != 1 || list[0]["user_busy"] != true {
			t.Errorf("users/online: got %v", list)
		}

		tell(t, s, &opentera.LeaveSessionEvent{SessionUuid: "other", LeavingUsers: []string{user.UUID}})
		tell(t, s, &opentera.StopSessionEvent{SessionUuid: "first"})
		admin.Await(t, "left", servertest.Is("ParticipantEvent", map[string]any{"type": "PARTICIPANT_LEFT_SESSION"}))
		servertest.Eventually(t, "the second session keeps the user busy", func() bool { return ask[map[string]string](t, s, "busy_users")[user.UUID] == "second" })
		tell(t, s, &opentera.JoinSessionReplyEvent{
			SessionUuid: "second", UserUuid: user.UUID, JoinReply: opentera.JoinSessionReplyEvent_REPLY_DENIED,
		})
		admin.Await(t, "left", servertest.Is("UserEvent", map[string]any{"type": "USER_LEFT_SESSION"}))
		servertest.Eventually(t, "free", func() bool { return len(ask[map[string]string](t, s, "busy_users")) == 0 })

		status := ask[map[string]any](t, s, "update_device_status", device.UUID, `{"battery": 5}`, 12)
		if status["uuid"] != device.UUID || status["status"] != `{"battery": 5}` || status["timestamp"] != 12.0 {
			t.Errorf("update_device_status: got %v", status)
		}
		admin.Await(t, "status", servertest.Is("DeviceEvent", map[string]any{
			"type": "DEVICE_STATUS_CHANGED", "deviceName": device.Name, "deviceStatus": `{"status":"{\"battery\": 5}","timestamp":12}`,
		}))
		if got := ask[map[string]any](t, s, "update_device_status", "offline", `{}`, 1); got != nil {
			t.Errorf("status of an offline device: got %v, want null", got)
		}
		list := s.Get(t, "/api/user/devices?id_device=1&with_status=1", s.User(t, "admin")).List()
		if len(list) != 1 || list[0]["device_online"] != true || list[0]["device_status"] == nil {
			t.Errorf("devices with_status: got %v", list)
		}
	})
}

func TestDeviceStatus(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	body := map[string]any{"status": map[string]any{"battery": 10}, "timestamp": 1.5}
	if a := s.Post(t, "/api/device/status", body, s.Device(t, 1)); a.Status != http.StatusForbidden {
		t.Errorf("offline: got %d, want 403", a.Status)
	}
	s.Connect(t, "device", s.Device(t, 1))
	a := s.Post(t, "/api/device/status", body, s.Device(t, 1))
	if a.Status != 200 || a.Object()["status"] != `{"battery":10}` || a.Object()["timestamp"] != 1.5 {
		t.Errorf("online: got %d %s", a.Status, a.Text)
	}
	for name, body := range map[string]any{
		"no status": map[string]any{"timestamp": 1},
		"no number": map[string]any{"status": map[string]any{}, "timestamp": "x"}, "no timestamp": map[string]any{"status": map[string]any{}},
	} {
		if a := s.Post(t, "/api/device/status", body, s.Device(t, 1)); a.Status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", name, a.Status)
		}
	}
}

// A Redis that was away, and is back empty, finds everything again: keys, services, presence, events.
func TestRedisRestart(t *testing.T) {
	redis := bustest.StartRedis(t)
	s := servertest.StartOn(t, storetest.SQLite(t), redis)
	user := servertest.Row[store.User](t, s, 1)
	participant := servertest.Row[store.Participant](t, s, 1)
	admin := s.Connect(t, "user", servertest.Basic("admin", "admin"))
	tok := s.UserToken(t, "admin")
	out := s.UserToken(t, "admin")
	s.Get(t, "/api/user/logout", servertest.Token(s.UserToken(t, "user"))) // something to remember
	if a := s.Get(t, "/api/user/refresh_token", servertest.Token(out)); a.Status != 200 {
		t.Fatalf("refresh: got %d", a.Status)
	}
	tell(t, s, &opentera.JoinSessionEvent{SessionUuid: "session", SessionUsers: []string{user.UUID}})
	admin.Await(t, "joined", servertest.Is("UserEvent", map[string]any{"type": "USER_JOINED_SESSION"}))
	key, err := s.Bus.Get(t.Context(), "UserTokenAPIKey")
	if err != nil {
		t.Fatal(err)
	}
	redis.Stop()
	if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 200 {
		t.Errorf("a token while Redis is away: got %d, want 200", a.Status)
	}
	redis.Start(t)
	servertest.Eventually(t, "keys are back", func() bool {
		back, err := s.Bus.Get(t.Context(), "UserTokenAPIKey")
		return err == nil && back == key
	})
	servertest.Eventually(t, "services are back", func() bool {
		raw, err := s.Bus.Get(t.Context(), "service.VideoRehabService")
		return err == nil && raw != ""
	})
	servertest.Eventually(t, "disabled tokens are back", func() bool {
		in, err := s.Bus.InSet(t.Context(), "user_disabled_tokens", out)
		return err == nil && in
	})
	if got := ask[map[string]map[string]bool](t, s, "status_users"); !got[user.UUID]["online"] || !got[user.UUID]["busy"] {
		t.Errorf("status_users: got %v, want online and busy", got)
	}
	s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
	admin.Await(t, "an event over the new Redis", servertest.Is("ParticipantEvent", map[string]any{
		"participantUuid": participant.UUID, "type": "PARTICIPANT_CONNECTED",
	}))
}

// Who came while Redis was away is told when it is back.
func TestPresenceDuringRedisOutage(t *testing.T) {
	redis := bustest.StartRedis(t)
	s := servertest.StartOn(t, storetest.SQLite(t), redis)
	participant := servertest.Row[store.Participant](t, s, 1)
	admin := s.Connect(t, "user", servertest.Basic("admin", "admin"))
	c := s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
	admin.Await(t, "online", servertest.Is("ParticipantEvent", map[string]any{"type": "PARTICIPANT_CONNECTED"}))
	redis.Stop()
	c.Close()
	redis.Start(t)
	admin.Await(t, "offline", servertest.Is("ParticipantEvent", map[string]any{
		"participantUuid": participant.UUID, "type": "PARTICIPANT_DISCONNECTED",
	}))
}

// presenceEvents are the types of the events about participants, and onlineSet is what Redis holds when each comes.
func presenceEvents(t *testing.T, s *servertest.Server) <-chan presenceEvent {
	t.Helper()
	events := make(chan presenceEvent, 256)
	sub, err := s.Bus.Subscribe(t.Context(), func(ctx context.Context, m bus.Message) {
		var e opentera.TeraEvent
		var p opentera.ParticipantEvent
		if proto.Unmarshal(m.Payload, &e) == nil && len(e.Events) == 1 && e.Events[0].UnmarshalTo(&p) == nil {
			noted, _ := s.Bus.SetMembers(ctx, onlineSet)
			events <- presenceEvent{p.Type, p.ParticipantUuid, noted}
		}
	}, bus.ModuleEvents(bus.UserManager))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sub.Close() })
	return events
}

type presenceEvent struct {
	what  opentera.ParticipantEvent_EventType
	uuid  string
	noted []string // in onlineSet
}

const onlineSet = "UserManagerOnline"

// awaitPresence takes events until one is of this type.
func awaitPresence(t *testing.T, events <-chan presenceEvent, what opentera.ParticipantEvent_EventType) presenceEvent {
	t.Helper()
	limit := time.After(servertest.Wait)
	for {
		select {
		case e := <-events:
			if e.what == what {
				return e
			}
		case <-limit:
			t.Fatalf("nobody was told %v", what)
		}
	}
}

// Who is told to be online has been noted for the next core, whenever this one ends, and also when Redis forgets everything.
func TestPresenceIsNotedBeforeItIsTold(t *testing.T) {
	redis := bustest.StartRedis(t)
	s := servertest.StartOn(t, storetest.SQLite(t), redis)
	events := presenceEvents(t, s)
	participant := servertest.Row[store.Participant](t, s, 1)
	for range 10 {
		c := s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
		if e := awaitPresence(t, events, opentera.ParticipantEvent_PARTICIPANT_CONNECTED); !slices.Contains(e.noted, "participant:"+e.uuid) {
			t.Errorf("told to be online, and noted are %q", e.noted)
		}
		c.Close()
		awaitPresence(t, events, opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED)
	}
	s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
	awaitPresence(t, events, opentera.ParticipantEvent_PARTICIPANT_CONNECTED)
	if err := s.Bus.RemoveFromSet(t.Context(), onlineSet, "participant:"+participant.UUID); err != nil {
		t.Fatal(err)
	}
	redis.Stop()
	redis.Start(t)
	for end := time.Now().Add(servertest.Wait); ; time.Sleep(20 * time.Millisecond) {
		noted, err := s.Bus.SetMembers(t.Context(), onlineSet)
		if err == nil && slices.Contains(noted, "participant:"+participant.UUID) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("noted after Redis came back: %q, %v", noted, err)
		}
	}
}

// The core can be restarted while services run: the keys stay, and so do tokens and registrations.
func TestCoreRestart(t *testing.T) {
	s := servertest.StartOn(t, storetest.SQLite(t), bustest.StartRedis(t))
	tok := s.UserToken(t, "admin")
	service := s.Service(t, "VideoRehabService")
	events := presenceEvents(t, s)
	before := s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
	awaitPresence(t, events, opentera.ParticipantEvent_PARTICIPANT_CONNECTED)
	s.Stop()
	if code, _ := before.CloseCode(t); code != 1001 {
		t.Errorf("websocket of the stopped core: closed with %d, want 1001", code)
	}
	if _, err := s.Bus.Get(t.Context(), "service.VideoRehabService"); err != nil {
		t.Errorf("service variable after the stop: %v", err)
	}
	s.Run(t)
	if e := awaitPresence(t, events, opentera.ParticipantEvent_PARTICIPANT_DISCONNECTED); e.uuid != servertest.Row[store.Participant](t, s, 1).UUID {
		t.Errorf("told to be offline: got %s", e.uuid)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 200 {
		t.Errorf("user token from before: got %d", a.Status)
	}
	if a := s.Get(t, "/api/service/sites", service); a.Status != 200 {
		t.Errorf("service token from before: got %d", a.Status)
	}
	s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
}

func TestServiceVariables(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	raw, err := s.Bus.Get(t.Context(), "service.VideoRehabService")
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id_service", "service_uuid", "service_key", "service_hostname", "service_port", "service_clientendpoint", "service_roles", "service_projects"} {
		if _, ok := o[key]; !ok {
			t.Errorf("service.VideoRehabService lacks %s", key)
		}
	}
	if _, err := s.Bus.Get(t.Context(), "service.OpenTeraServer"); err == nil {
		t.Error("service.OpenTeraServer is there")
	}
}
