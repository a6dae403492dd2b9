package server_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

func publish(t *testing.T, s *servertest.Server, topic string, m proto.Message) {
	t.Helper()
	if err := s.Bus.PublishEvent(t.Context(), topic, m); err != nil {
		t.Fatal(err)
	}
}

func tell(t *testing.T, s *servertest.Server, m proto.Message) {
	t.Helper()
	topic := bus.ModuleMessages(bus.UserManager)
	if err := s.Bus.PublishModule(t.Context(), topic, "serviceVideoRehabService", topic, m); err != nil {
		t.Fatal(err)
	}
}

// mark sends an event that the socket always gets, so that what came before it is all there is.
func mark(t *testing.T, s *servertest.Server, c *servertest.Socket, kind, uuid string) []servertest.Event {
	t.Helper()
	publish(t, s, bus.WebsocketEvents(kind, uuid), &opentera.StopSessionEvent{SessionUuid: "mark"})
	var before []servertest.Event
	c.Await(t, "mark", func(e servertest.Event) bool {
		if servertest.Is("StopSessionEvent", map[string]any{"sessionUuid": "mark"})(e) {
			return true
		}
		before = append(before, e)
		return false
	})
	return before
}

func TestWebsocketTellsWhoComesAndGoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.Connect(t, "user", servertest.Basic("admin", "admin"))
		outsider := s.Connect(t, "user", servertest.Basic("user4", "user4")) // no access to anybody
		p := servertest.Row[store.Participant](t, s, 1)
		participant := s.Connect(t, "participant", servertest.Basic("participant1", "opentera"))
		e := admin.Await(t, "participant online", servertest.Is("ParticipantEvent", map[string]any{
			"participantUuid": p.UUID, "type": "PARTICIPANT_CONNECTED", "participantName": p.Name,
			"participantProjectName": "Default Project #1", "participantSiteName": "Default Site",
		}))
		if !strings.Contains(e.Raw, "type.googleapis.com/opentera.protobuf.TeraEvent") {
			t.Errorf("frame: got %s", e.Raw)
		}
		online := s.Get(t, "/api/user/participants/online?with_projects=1&with_sites=1", servertest.Basic("admin", "admin")).List()
		if len(online) != 1 || online[0]["participant_uuid"] != p.UUID || online[0]["participant_online"] != true || online[0]["site_name"] != "Default Site" {
			t.Errorf("participants/online: got %v", online)
		}
		participant.Close()
		admin.Await(t, "participant offline", servertest.Is("ParticipantEvent", map[string]any{
			"participantUuid": p.UUID, "type": "PARTICIPANT_DISCONNECTED",
		}))
		for _, e := range mark(t, s, outsider, "user", servertest.Row[store.User](t, s, 6).UUID) {
			if e.Type == "ParticipantEvent" {
				t.Errorf("a user without access got %s", e.Raw)
			}
		}
	})
}

// The id of a websocket URL is random, serves once, for its kind only, and not for accounts disabled since.
func TestWebsocketID(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	ask := func() string {
		return s.Get(t, "/api/user/login?with_websocket=1", servertest.Basic("user", "user")).Object()["websocket_url"].(string)
	}
	url := ask()
	if url == ask() {
		t.Error("two logins got the same websocket id")
	}
	if _, status := s.Dial(t, strings.Replace(url, "/wss/user", "/wss/device", 1)); status != http.StatusForbidden {
		t.Errorf("another kind: got %d, want 403", status)
	}
	url = ask()
	if c, status := s.Dial(t, url); c == nil {
		t.Fatalf("first use: got %d", status)
	}
	if _, status := s.Dial(t, url); status != http.StatusForbidden {
		t.Errorf("second use: got %d, want 403", status)
	}
	for _, id := range []string{"", "x", "UserTokenAPIKey", base64.RawURLEncoding.EncodeToString(make([]byte, 32))} {
		if _, status := s.Dial(t, "wss://x/wss/user?id="+id); status != http.StatusForbidden {
			t.Errorf("id %q: got %d, want 403", id, status)
		}
	}
	if _, err := s.Bus.Get(t.Context(), "UserTokenAPIKey"); err != nil {
		t.Errorf("UserTokenAPIKey after asking for it as an id: %v", err)
	}
	url = s.Get(t, "/api/user/login?with_websocket=1", servertest.Basic("user3", "user3")).Object()["websocket_url"].(string)
	servertest.Change[store.User](t, s, 5, store.Object{"user_enabled": false})
	if _, status := s.Dial(t, url); status != http.StatusForbidden {
		t.Errorf("disabled since: got %d, want 403", status)
	}
	if a := s.Get(t, "/wss"); a.Status != http.StatusForbidden {
		t.Errorf("/wss: got %d, want 403", a.Status)
	}
}

func TestWebsocketIsOneWay(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	c := s.Connect(t, "user", servertest.Basic("admin", "admin"))
	c.Send(t, "hello")
	c.Await(t, "the refusal", func(e servertest.Event) bool { return e.Raw == "Not allowed to send message" })
	c.Send(t, strings.Repeat("x", 20<<10))
	if code, _ := c.CloseCode(t); code != 1009 {
		t.Errorf("a message of 20 KiB: closed with %d, want 1009", code)
	}
}

func TestSecondLogin(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	s.Connect(t, "user", servertest.Basic("admin", "admin"))
	s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
	s.Connect(t, "device", s.Device(t, 1))
	for _, tt := range []struct {
		path string
		auth servertest.Auth
		want int
	}{
		{"/api/user/login?with_websocket=1", servertest.Basic("admin", "admin"), 403},
		{"/api/user/login", servertest.Basic("admin", "admin"), 200},
		{"/api/participant/login?with_websocket=1", servertest.Token(s.ParticipantToken(t, 1)), 403},
		{"/api/participant/login", servertest.Token(s.ParticipantToken(t, 1)), 200},
		{"/api/device/login", s.Device(t, 1), 403},
	} {
		a := s.Get(t, tt.path, tt.auth)
		if a.Status != tt.want || a.Object()["websocket_url"] != nil {
			t.Errorf("%s while online: got %d %s, want %d and no websocket_url", tt.path, a.Status, a.Text, tt.want)
		}
	}
}

// Logging out, a ServerCommand and disabling close the websocket with 4000.
func TestForcedClose(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	for _, tt := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"logout", func(t *testing.T) { s.Get(t, "/api/participant/logout", servertest.Token(s.ParticipantToken(t, 1))) }},
		{"command", func(t *testing.T) {
			topic := bus.TwistedEvents(servertest.Row[store.Participant](t, s, 1).UUID)
			command := &opentera.ServerCommand{Type: opentera.ServerCommand_CMD_CLIENT_DISCONNECT}
			if err := s.Bus.PublishModule(t.Context(), topic, "test", topic, command); err != nil {
				t.Fatal(err)
			}
		}},
		{"disabled", func(t *testing.T) {
			a := s.Post(t, "/api/user/participants", map[string]any{"participant": map[string]any{
				"id_participant": 1, "participant_enabled": false,
			}}, s.User(t, "admin"))
			if a.Status != 200 {
				t.Fatalf("disable: got %d %s", a.Status, a.Text)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c *servertest.Socket
			servertest.Eventually(t, "offline", func() bool {
				return len(s.Get(t, "/api/user/participants/online", s.User(t, "admin")).List()) == 0
			})
			c = s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1)))
			tt.do(t)
			if code, reason := c.CloseCode(t); code != 4000 || reason != "CMD_CLIENT_DISCONNECT" {
				t.Errorf("got %d %q, want 4000", code, reason)
			}
		})
	}
}

// The filters of core.md 6, as seen by members, others and the one that the event is about.
func TestSessionEventFilters(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	session := servertest.Row[store.Session](t, s, 5) // users 1, 2, 3; participant 1
	uuids := map[string]string{
		"admin": servertest.Row[store.User](t, s, 1).UUID, "user2": servertest.Row[store.User](t, s, 4).UUID,
		"participant": servertest.Row[store.Participant](t, s, 1).UUID, "device": servertest.Row[store.Device](t, s, 1).UUID,
	}
	kinds := map[string]string{"admin": "user", "user2": "user", "participant": "participant", "device": "device"}
	sockets := map[string]*servertest.Socket{
		"admin":       s.Connect(t, "user", servertest.Basic("admin", "admin")),
		"user2":       s.Connect(t, "user", servertest.Basic("user2", "user2")), // not a member
		"participant": s.Connect(t, "participant", servertest.Token(s.ParticipantToken(t, 1))),
		"device":      s.Connect(t, "device", s.Device(t, 1)), // not a member
	}
	for _, tt := range []struct {
		name  string
		event proto.Message
		kind  string
		want  []string
	}{
		{"join of admin and participant", &opentera.JoinSessionEvent{
			SessionUuid: session.UUID, SessionUsers: []string{uuids["admin"]}, SessionParticipants: []string{uuids["participant"]},
		}, "JoinSessionEvent", []string{"admin", "participant"}},
		{"join of the device", &opentera.JoinSessionEvent{
			SessionUuid: session.UUID, SessionDevices: []string{uuids["device"]},
		}, "JoinSessionEvent", []string{"device"}},
		{"leave", &opentera.LeaveSessionEvent{SessionUuid: session.UUID}, "LeaveSessionEvent", []string{"admin", "participant"}},
		{"leave of the device", &opentera.LeaveSessionEvent{
			SessionUuid: session.UUID, LeavingDevices: []string{uuids["device"]},
		}, "LeaveSessionEvent", []string{"admin", "device", "participant"}},
		{"reply of the participant", &opentera.JoinSessionReplyEvent{
			SessionUuid: session.UUID, ParticipantUuid: uuids["participant"],
		}, "JoinSessionReplyEvent", []string{"admin"}},
		{"reply of admin", &opentera.JoinSessionReplyEvent{
			SessionUuid: session.UUID, UserUuid: uuids["admin"],
		}, "JoinSessionReplyEvent", []string{"participant"}},
		{"stop", &opentera.StopSessionEvent{SessionUuid: session.UUID}, "StopSessionEvent", []string{"admin", "device", "participant", "user2"}},
		{"archive of admin", &opentera.ArchiveEvent{OwnerUuid: uuids["admin"]}, "ArchiveEvent", []string{"admin"}},
		{"log", &opentera.LogEvent{Message: "x"}, "LogEvent", nil},
		{"login", &opentera.LoginEvent{UserUuid: uuids["admin"]}, "LoginEvent", nil},
		{"database", &opentera.DatabaseEvent{ObjectType: "user"}, "DatabaseEvent", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for who, uuid := range uuids {
				publish(t, s, bus.WebsocketEvents(kinds[who], uuid), tt.event)
			}
			var got []string
			for who, c := range sockets {
				for _, e := range mark(t, s, c, kinds[who], uuids[who]) {
					if e.Type == tt.kind {
						got = append(got, who)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("told: got %v, want %v", got, tt.want)
			}
		})
	}
}

// An event is filtered for itself when several come in one message (core.md 13.3, 45), and enums are printed by name.
func TestSeveralEventsInOneMessage(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	self := servertest.Row[store.User](t, s, 6).UUID
	c := s.Connect(t, "user", servertest.Basic("user4", "user4"))
	topic := bus.WebsocketEvents("user", self)
	message := bus.NewEvent(topic, &opentera.UserEvent{UserUuid: "of somebody else"})
	for range 3 {
		message.Events = append(message.Events, bus.NewEvent(topic, &opentera.UserEvent{UserUuid: "of somebody else"}).Events[0])
	}
	message.Events = append(message.Events, bus.NewEvent(topic, &opentera.JoinSessionEvent{SessionUsers: []string{self}}).Events[0])
	raw, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bus.Publish(t.Context(), topic, raw); err != nil {
		t.Fatal(err)
	}
	e := c.Await(t, "the event", func(e servertest.Event) bool { return e.Type != "UserEvent" || e.Fields["userUuid"] != self })
	if e.Type != "JoinSessionEvent" || strings.Contains(e.Raw, "of somebody else") {
		t.Errorf("got %s", e.Raw)
	}
	if v, ok := e.Fields["joinMsg"]; !ok || v != "" {
		t.Errorf("joinMsg: got %v, want the default to be printed", v)
	}
}
