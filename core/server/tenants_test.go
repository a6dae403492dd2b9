package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store/storetest"
)

// What each user of the test data may see, object by object (core.md 2.2, 5.2): site 1 with projects 1 and 2 is one
// tenant, site 2 with project 3 and participant 4 another. Only admin sees the second.
func TestTenantsOfUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		users := []string{"admin", "siteadmin", "user", "user2", "user3", "user4"}
		auth := map[string]servertest.Auth{}
		for _, u := range users {
			auth[u] = s.User(t, u)
		}
		for _, tt := range []struct {
			path string
			sees string // one letter per user, in the order above: y or n
		}{
			{"/api/user/sites?id=1", "yyyyyn"},
			{"/api/user/sites?id=2", "ynnnnn"},
			{"/api/user/projects?id=1", "yyyyyn"},
			{"/api/user/projects?id=2", "yyyynn"},
			{"/api/user/projects?id=3", "ynnnnn"},
			{"/api/user/projects?id_site=2", "ynnnnn"},
			{"/api/user/participants?id=1", "yyyyyn"},
			{"/api/user/participants?id=4", "ynnnnn"},
			{"/api/user/participants?id_project=3", "ynnnnn"},
			{"/api/user/participants?id_site=2", "ynnnnn"},
			{"/api/user/participants?username=participant1", "yyyyyn"},
			{"/api/user/devices?id_device=1", "yyyyyn"},
			{"/api/user/devices?id_site=2", "ynnnnn"},
			{"/api/user/devices?id_project=3", "ynnnnn"},
			{"/api/user/sessiontypes?id_session_type=1", "yyyyyn"},
			{"/api/user/sessiontypes?id_project=3", "nnnnnn"}, // none there
			{"/api/user/services?id_service=6", "yyyyyn"},
			{"/api/user/services?id_project=3", "ynnnnn"},
			{"/api/user/services?key=OpenTeraServer", "nnnnnn"},
			{"/api/user/sessions?id_session=5", "yyyyyn"},
			{"/api/user/sessions?id_participant=1", "yyyyyn"},
			{"/api/user/sessions?id_participant=4", "nnnnnn"}, // has none
			{"/api/user/sessions/events?id_session=1", "yyyyyn"},
			{"/api/user/users?username=admin", "ynnnnn"},
			{"/api/user/users?username=user4", "ynnnny"},
			{"/api/user/users?self=1", "yyyyyy"},
		} {
			for i, u := range users {
				a := s.Get(t, tt.path, auth[u])
				if a.Status != http.StatusOK {
					t.Errorf("%s as %s: got %d %s, want 200", tt.path, u, a.Status, a.Text)
				}
				if saw := len(a.List()) > 0; saw != (tt.sees[i] == 'y') {
					t.Errorf("%s as %s: got %d objects, want %c", tt.path, u, len(a.List()), tt.sees[i])
				}
			}
		}
		for _, u := range users[1:] {
			if a := s.Get(t, "/api/user/sessiontypes?id_site=2", auth[u]); a.Status != http.StatusForbidden {
				t.Errorf("sessiontypes of another site as %s: got %d, want 403", u, a.Status)
			}
		}
	})
}

// Ids of another tenant in what is written.
func TestTenantsInWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := s.User(t, "user2") // projects 1 and 2
		foreign := s.Store
		p4, err := foreign.ParticipantByToken(t.Context(), s.ParticipantToken(t, 4))
		if err != nil {
			t.Fatal(err)
		}
		object := func(key string, o map[string]any) map[string]any { return map[string]any{key: o} }
		for _, tt := range []struct {
			name, path string
			body       any
		}{
			{"participant in project 3", "/api/user/participants", object("participant", map[string]any{"id_participant": 0, "id_project": 3, "participant_name": "x"})},
			{"participant 4 taken over", "/api/user/participants", object("participant", map[string]any{"id_participant": 4, "id_project": 1, "participant_name": "x"})},
			{"session with participant 4", "/api/user/sessions", object("session", map[string]any{"id_session": 0, "id_session_type": 1, "session_name": "x", "session_participants_ids": []int{4}})},
			{"session with an unknown user", "/api/user/sessions", object("session", map[string]any{"id_session": 0, "id_session_type": 1, "session_name": "x", "session_users_ids": []int{999}})},
			{"session by another", "/api/user/sessions", object("session", map[string]any{"id_session": 0, "id_session_type": 1, "session_name": "x", "session_participants_ids": []int{1}, "id_creator_participant": 4})},
			{"session that is unknown", "/api/user/sessions", object("session", map[string]any{"id_session": 999, "session_name": "x"})},
			{"event of an unknown session", "/api/user/sessions/events", object("session_event", map[string]any{"id_session": 999, "id_session_event": 0, "id_session_event_type": 1})},
			{"event of another session", "/api/user/sessions/events", object("session_event", map[string]any{"id_session": 2, "id_session_event": 1, "session_event_text": "x"})},
			{"start with participant 4", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "start", "id_session_type": 1, "id_service": 6, "session_participants": []string{p4.UUID}})},
			{"invite participant 4", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "invite", "id_session": 5, "session_participants": []string{p4.UUID}})},
			{"invite nobody known", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "invite", "id_session": 5, "session_users": []string{"x"}})},
			{"start for another", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "start", "id_session_type": 1, "id_service": 6, "id_creator_participant": 4})},
			{"start by another service", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "start", "id_session_type": 1, "id_service": 7})},
			{"stop of an unknown session", "/api/user/sessions/manager", object("session_manage", map[string]any{"action": "stop", "id_session": 999})},
		} {
			if a := s.Post(t, tt.path, tt.body, auth); a.Status != http.StatusForbidden {
				t.Errorf("%s: got %d %s, want 403", tt.name, a.Status, a.Text)
			}
		}
		if a := s.Delete(t, "/api/user/sessions?id=5", s.User(t, "user4")); a.Status != http.StatusForbidden {
			t.Errorf("delete of a session by somebody else: got %d", a.Status)
		}
		if a := s.Delete(t, "/api/user/sessions/events?id=1", s.User(t, "user4")); a.Status != http.StatusForbidden {
			t.Errorf("delete of an event by somebody else: got %d", a.Status)
		}
	})
}

// What services may see (core.md 5.3): VideoRehabService has project 1 and site 1, FileTransferService all three
// projects.
func TestTenantsOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab, file := s.Service(t, "VideoRehabService"), s.Service(t, "FileTransferService")
		for _, tt := range []struct {
			path        string
			rehab, file int
		}{
			{"/api/service/participants?id_participant=1", 200, 200},
			{"/api/service/participants?id_participant=4", 403, 200},
			{"/api/service/participants?id_project=3", 403, 200},
			{"/api/service/participants?id_participant_group=2", 403, 200},
			{"/api/service/participants", 400, 400},
			{"/api/service/projects?id_project=1", 200, 200},
			{"/api/service/projects?id_project=3", 403, 200},
			{"/api/service/projects?id_site=2", 403, 200},
			{"/api/service/projects", 400, 400},
			{"/api/service/sites?id_site=1", 200, 200},
			{"/api/service/sites?id_site=2", 403, 200},
			{"/api/service/sites", 200, 200},
			{"/api/service/users?id_user=1", 200, 200},
			{"/api/service/users?id_user=3", 200, 200},
			{"/api/service/users?id_user=6", 403, 403},
			{"/api/service/users?id_user=999", 403, 403},
			{"/api/service/users", 400, 400},
			{"/api/service/devices?id_device=2", 200, 200},
			{"/api/service/devices?id_device=3", 403, 403},
			{"/api/service/devices?id_device=999", 400, 400},
			{"/api/service/services?service_key=FileTransferService&with_base_url=1", 200, 200},
			{"/api/service/services", 400, 400},
			{"/api/service/sessions?id_session=25", 200, 403}, // created by VideoRehabService, its own or unrelated type
			{"/api/service/sessions?id_participant=4", 403, 200},
			{"/api/service/sessions", 400, 400},
			{"/api/service/sessiontypes", 200, 200},
		} {
			if a := s.Get(t, tt.path, rehab); a.Status != tt.rehab {
				t.Errorf("%s as VideoRehabService: got %d %s, want %d", tt.path, a.Status, a.Text, tt.rehab)
			}
			if tt.path == "/api/service/sessions?id_session=25" {
				continue // its type is random in the test data
			}
			if a := s.Get(t, tt.path, file); a.Status != tt.file {
				t.Errorf("%s as FileTransferService: got %d %s, want %d", tt.path, a.Status, a.Text, tt.file)
			}
		}
		for _, path := range []string{"id_site=2", "id_project=3", "id_participant=4", "id_session_type=2"} {
			if a := s.Get(t, "/api/service/sessiontypes?"+path, rehab); a.Status != 200 || len(a.List()) != 0 {
				t.Errorf("sessiontypes?%s: got %d %s, want an empty list", path, a.Status, a.Text)
			}
		}
		for _, tt := range []struct {
			query string
			want  string
		}{
			{"id_project=1", `{"project_role":"admin"}`}, {"id_site=1", `{"site_role":"user"}`},
			{"id_project=3", `{"project_role":null}`}, {"id_site=2", `{"site_role":null}`},
		} {
			uuid := s.Get(t, "/api/user/users?username=user3", s.User(t, "admin")).List()[0]["user_uuid"]
			a := s.Get(t, fmt.Sprintf("/api/service/users/access?uuid_user=%s&%s", uuid, tt.query), rehab)
			if a.Status != 200 || a.Text != tt.want+"\n" {
				t.Errorf("users/access?%s: got %d %s, want %s", tt.query, a.Status, a.Text, tt.want)
			}
		}
		sessions := s.Get(t, "/api/service/sessions?id_session=25&with_events=1&with_session_type=1", rehab).List()
		if len(sessions) != 1 || sessions[0]["session_events"] == nil || sessions[0]["session_type"] == nil {
			t.Errorf("session with events and type: got %v", sessions)
		}
		for name, body := range map[string]any{
			"session of others":      map[string]any{"session": map[string]any{"id_session": 999, "session_status": 2}},
			"participant 4":          map[string]any{"session": map[string]any{"id_session": 0, "id_session_type": 1, "session_participants_uuids": []string{s.Get(t, "/api/user/participants?id=4", s.User(t, "admin")).List()[0]["participant_uuid"].(string)}}},
			"somebody who is nobody": map[string]any{"session": map[string]any{"id_session": 0, "id_session_type": 1, "session_users_uuids": []string{"x"}}},
		} {
			if a := s.Post(t, "/api/service/sessions", body, rehab); a.Status != 403 {
				t.Errorf("%s: got %d %s, want 403", name, a.Status, a.Text)
			}
		}
		if a := s.Post(t, "/api/service/participants", map[string]any{"participant": map[string]any{
			"id_participant": 4, "id_project": 1, "participant_name": "x", "participant_email": "x",
		}}, rehab); a.Status != 403 {
			t.Errorf("participant of another project: got %d, want 403", a.Status)
		}
	})
}

// Participants and devices see themselves and what they are linked to.
func TestTenantsOfParticipantsAndDevices(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	login := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera")).Object()
	full := servertest.Token(login["participant_token"].(string))
	limited := servertest.Token(s.ParticipantToken(t, 1))
	if o := s.Get(t, "/api/participant/participants", limited).Object(); len(o) != 1 || o["participant_name"] != "Participant #1" {
		t.Errorf("limited: got %v, want the name alone", o)
	}
	if o := s.Get(t, "/api/participant/participants", full).Object(); o["participant_username"] != "participant1" || o["participant_password"] != nil {
		t.Errorf("full: got %v", o)
	}
	if a := s.Get(t, "/api/participant/participants?x=1", full); a.Status != 400 {
		t.Errorf("unknown argument of a strict operation: got %d, want 400", a.Status)
	}
	if a := s.Post(t, "/api/participant/participants", map[string]any{}, full); a.Status != 501 {
		t.Errorf("POST participants: got %d, want 501", a.Status)
	}
	for _, o := range s.Get(t, "/api/participant/sessions?limit=5", full).List() {
		if o["session_uuid"] == nil {
			t.Errorf("session: got %v", o)
		}
	}
	if n := len(s.Get(t, "/api/participant/sessions?limit=5&offset=2&status=2", full).List()); n != 4 {
		t.Errorf("completed sessions after the second: got %d, want 4 of 6", n)
	}
	secret := servertest.Token(s.ParticipantToken(t, 4))
	if o := s.Get(t, "/api/participant/login", secret).Object(); o["participant_name"] != "Secret Participant" || o["participant_token"] != nil || o["base_token"] == nil {
		t.Errorf("login by static token: got %v", o)
	}

	d := s.Get(t, "/api/device/login", s.Device(t, 1)).Object()
	people, _ := d["participants_info"].([]any)
	if len(people) != 2 || d["device_info"] == nil || d["websocket_url"] == nil || d["session_types_info"] == nil {
		t.Errorf("device login: got %v", d)
	}
	if a := s.Get(t, servertest.Query("/api/device/login", "token", s.DeviceToken(t, 1)), servertest.Nobody()); a.Status != 200 {
		t.Errorf("device login by argument: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, servertest.Query("/api/device/login", "token", s.DeviceToken(t, 1), "x", "1"), servertest.Nobody()); a.Status != 400 {
		t.Errorf("device login with an unknown argument: got %d, want 400", a.Status)
	}
	if a := s.Post(t, "/api/device/devices", map[string]any{"device": map[string]any{"id_device": 2, "device_config": "x"}}, s.Device(t, 1)); a.Status != 403 {
		t.Errorf("another device's configuration: got %d, want 403", a.Status)
	}
	a := s.Post(t, "/api/device/devices", map[string]any{"device": map[string]any{"device_config": "new", "device_enabled": false}}, s.Device(t, 1))
	if a.Status != 200 || len(a.List()) != 1 || a.List()[0]["device_config"] != "new" || a.List()[0]["device_enabled"] != true {
		t.Errorf("own configuration: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/device/participants", s.Device(t, 1)); a.Status != 200 || len(a.Object()["participants_info"].([]any)) != 2 {
		t.Errorf("device participants: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/device/devices", s.Device(t, 1)); a.Status != 200 || a.Object()["device_info"] == nil {
		t.Errorf("device devices: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/device/logout", s.Device(t, 1)); a.Status != 200 {
		t.Errorf("device logout: got %d %s", a.Status, a.Text)
	}
}
