package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/opentera"
)

// Who is told that somebody comes, goes or joins a session: the first three rows of the filters of core.md 6. Device 1 is
// lent to participants 1 and 2, device 2 to participant 2.
func TestPresenceFilters(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	users := map[string]string{}
	for id, name := range map[int]string{1: "admin", 3: "user", 6: "user4"} {
		users[name] = servertest.Row[store.User](t, s, id).UUID
	}
	participants, devices := map[int]string{}, map[int]string{}
	for id := 1; id <= 2; id++ {
		participants[id] = servertest.Row[store.Participant](t, s, id).UUID
		devices[id] = servertest.Row[store.Device](t, s, id).UUID
	}
	type listener struct {
		socket     *servertest.Socket
		kind, uuid string
	}
	listeners := map[string]listener{
		"admin":         {s.Connect(t, "user", servertest.Basic("admin", "admin")), "user", users["admin"]},
		"user4":         {s.Connect(t, "user", servertest.Basic("user4", "user4")), "user", users["user4"]}, // no access to anybody
		"participant 1": {s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1))), "participant", participants[1]},
		"device 1":      {s.Connect(t, "device", s.Device(t, 1)), "device", devices[1]},
	}
	for _, l := range listeners { // their own arrivals are over
		mark(t, s, l.socket, l.kind, l.uuid)
	}
	for _, tt := range []struct {
		name, about string
		event       proto.Message
		want        []string
	}{
		{"a user", users["user"], &opentera.UserEvent{UserUuid: users["user"], Type: opentera.UserEvent_USER_CONNECTED}, []string{"admin"}},
		{"oneself", users["user4"], &opentera.UserEvent{UserUuid: users["user4"], Type: opentera.UserEvent_USER_JOINED_SESSION}, []string{"admin", "user4"}},
		{"an unknown user", "x", &opentera.UserEvent{UserUuid: "x", Type: opentera.UserEvent_USER_CONNECTED}, nil},
		{"participant 1", participants[1], &opentera.ParticipantEvent{ParticipantUuid: participants[1], Type: opentera.ParticipantEvent_PARTICIPANT_CONNECTED}, []string{"admin", "device 1", "participant 1"}},
		{"participant 2", participants[2], &opentera.ParticipantEvent{ParticipantUuid: participants[2], Type: opentera.ParticipantEvent_PARTICIPANT_LEFT_SESSION}, []string{"admin", "device 1"}},
		{"device 1", devices[1], &opentera.DeviceEvent{DeviceUuid: devices[1], Type: opentera.DeviceEvent_DEVICE_STATUS_CHANGED}, []string{"admin", "device 1", "participant 1"}},
		{"device 2", devices[2], &opentera.DeviceEvent{DeviceUuid: devices[2], Type: opentera.DeviceEvent_DEVICE_DISCONNECTED}, []string{"admin"}},
	} {
		var got []string
		for name, l := range listeners {
			publish(t, s, bus.WebsocketEvents(l.kind, l.uuid), tt.event)
			n := 0
			for _, e := range mark(t, s, l.socket, l.kind, l.uuid) {
				if e.Type == string(tt.event.ProtoReflect().Descriptor().Name()) && strings.Contains(e.Raw, tt.about) {
					n++
				}
			}
			if n > 1 {
				t.Errorf("%s: %s was told %d times", tt.name, name, n)
			}
			if n > 0 {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: told %v, want %v", tt.name, got, tt.want)
		}
	}
	publish(t, s, bus.ModuleEvents(bus.UserManager), &opentera.DeviceEvent{DeviceUuid: devices[2], DeviceStatus: "x"})
	listeners["admin"].socket.Await(t, "event of the user manager", servertest.Is("DeviceEvent", map[string]any{"deviceStatus": "x"}))
	publish(t, s, bus.ServiceEvents("FileTransferService"), &opentera.ArchiveEvent{OwnerUuid: users["admin"], ArchiveUrl: "x"})
	listeners["admin"].socket.Await(t, "archive", servertest.Is("ArchiveEvent", map[string]any{"archiveUrl": "x"}))
}

// An account that is disabled or deleted over REST loses its websocket at once (core.md 7.2).
func TestAccountsThatGoAreDisconnected(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	admin := s.User(t, "admin")
	for _, tt := range []struct {
		name, kind string
		auth       servertest.Auth
		do         func() servertest.Answer
	}{
		{"user disabled", "user", servertest.Basic("user3", "user3"), func() servertest.Answer {
			return s.Post(t, "/api/user/users", map[string]any{"user": map[string]any{"id_user": 5, "user_enabled": false}}, admin)
		}},
		{"user deleted", "user", servertest.Basic("user4", "user4"), func() servertest.Answer {
			return s.Delete(t, "/api/user/users?id=6", admin)
		}},
		{"device disabled", "device", s.Device(t, 1), func() servertest.Answer {
			return s.Post(t, "/api/user/devices", map[string]any{"device": map[string]any{"id_device": 1, "device_enabled": false}}, admin)
		}},
	} {
		c := s.Connect(t, tt.kind, tt.auth)
		if a := tt.do(); a.Status != 200 {
			t.Errorf("%s: got %d %s", tt.name, a.Status, a.Text)
			continue
		}
		if code, reason := c.CloseCode(t); code != 4000 || reason != "CMD_CLIENT_DISCONNECT" {
			t.Errorf("%s: closed with %d %q, want 4000", tt.name, code, reason)
		}
		servertest.Eventually(t, tt.name+": offline", func() bool { return len(s.Online(t, tt.kind)) == 0 })
	}
}

// The id of a websocket URL lives for a minute; a device that is not to be online gets none.
func TestWebsocketTicketLife(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	address, _ := s.Get(t, "/api/device/login", s.Device(t, 1)).Object()["websocket_url"].(string)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, Password: bustest.Password})
	defer c.Close()
	left, err := c.TTL(t.Context(), "websocket_id."+u.Query().Get("id")).Result()
	if err != nil || left <= 50*time.Second || left > time.Minute {
		t.Errorf("the id lives for %s (%v), want a minute", left, err)
	}
	servertest.Change[store.Device](t, s, 1, store.Object{"device_onlineable": false})
	if _, status := s.Dial(t, address); status != 403 {
		t.Errorf("device not to be online any more: got %d, want 403", status)
	}
	if a := s.Get(t, "/api/device/login", s.Device(t, 1)); a.Status != 200 || a.Object()["websocket_url"] != nil {
		t.Errorf("login of a device not to be online: got %d %v", a.Status, a.Object()["websocket_url"])
	}
}

// Each call of the user manager (core.md 7.1), asked about each kind.
func TestUserManagerCalls(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	uuids := map[string]string{
		"user": servertest.Row[store.User](t, s, 1).UUID, "participant": servertest.Row[store.Participant](t, s, 1).UUID, "device": servertest.Row[store.Device](t, s, 1).UUID,
	}
	sockets := map[string]*servertest.Socket{
		"user": s.Connect(t, "user", servertest.Basic("admin", "admin")), "participant": s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1))),
		"device": s.Connect(t, "device", s.Device(t, 1)),
	}
	tell(t, s, &opentera.JoinSessionEvent{
		SessionUuid: "s", SessionUsers: []string{uuids["user"]}, SessionParticipants: []string{uuids["participant"]}, SessionDevices: []string{uuids["device"]},
	})
	sockets["user"].Await(t, "joined", servertest.Is("DeviceEvent", map[string]any{"type": "DEVICE_JOINED_SESSION"}))
	for kind, uuid := range uuids {
		for method, want := range map[string]string{
			"online": fmt.Sprintf(`["%s"]`, uuid), "busy": fmt.Sprintf(`{"%s":"s"}`, uuid),
			"status": map[bool]string{
				true: fmt.Sprintf(`{"%s":{"online":true,"busy":true,"status":null}}`, uuid), false: fmt.Sprintf(`{"%s":{"online":true,"busy":true}}`, uuid),
			}[kind == "device"],
		} {
			if got := string(ask[json.RawMessage](t, s, method+"_"+kind+"s")); got != want {
				t.Errorf("%s_%ss: got %s, want %s", method, kind, got, want)
			}
		}
	}
	// Going offline ends a status, and not a session.
	ask[json.RawMessage](t, s, "update_device_status", uuids["device"], `{"a":1}`, 2.5)
	sockets["device"].Close()
	servertest.Eventually(t, "device offline", func() bool { return len(s.Online(t, "device")) == 0 })
	if got, want := string(ask[json.RawMessage](t, s, "status_devices")), fmt.Sprintf(`{"%s":{"online":false,"busy":true,"status":null}}`, uuids["device"]); got != want {
		t.Errorf("status_devices of an offline device: got %s, want %s", got, want)
	}
}

// Redis follows the table of services and the static keys (core.md 9.3).
func TestLauncherFollowsTheDatabase(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	admin := s.User(t, "admin")
	enable := func(on bool) {
		a := s.Post(t, "/api/user/services", map[string]any{"service": map[string]any{"id_service": 3, "service_enabled": on}}, admin)
		if a.Status != 200 {
			t.Fatalf("service enabled %t: got %d %s", on, a.Status, a.Text)
		}
		servertest.Eventually(t, fmt.Sprintf("variable with the service enabled %t", on), func() bool {
			_, err := s.Bus.Get(t.Context(), "service.FileTransferService")
			return (err == nil) == on
		})
	}
	enable(false)
	enable(true)
	if err := s.Bus.Set(t.Context(), "service.FileTransferService", "{}", 0); err != nil {
		t.Fatal(err)
	}
	a := s.Post(t, "/api/user/services", map[string]any{"service": map[string]any{"id_service": 3, "service_name": "Files"}}, admin)
	if a.Status != 200 {
		t.Fatalf("renaming: got %d %s", a.Status, a.Text)
	}
	servertest.Eventually(t, "the new name in the variable", func() bool {
		raw, err := s.Bus.Get(t.Context(), "service.FileTransferService")
		return err == nil && strings.Contains(raw, `"Files"`)
	})
}
