package server_test

import (
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestParticipantsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		if a := s.Get(t, "/api/user/participants?id=999", admin); a.Status != 200 || a.Text != "null\n" {
			t.Errorf("nobody: got %d %q, want null", a.Status, a.Text)
		}
		full := s.Get(t, "/api/user/participants?id=1&full=1", admin).List()
		if len(full) != 1 {
			t.Fatalf("full: got %v", full)
		}
		for _, key := range []string{"id_site", "participant_lastsession", "participant_project", "participant_devices", "participant_participant_group", "participant_online", "participant_busy"} {
			if v, ok := full[0][key]; !ok || v == nil {
				t.Errorf("full: %s is %v", key, v)
			}
		}
		if full[0]["participant_password"] != nil {
			t.Error("the password is shown")
		}
		if list := s.Get(t, "/api/user/participants?id_project=1&list=1&orderby_recents=1&limit=2", admin).List(); len(list) != 2 || list[0]["participant_token"] != nil {
			t.Errorf("list: got %v", list)
		}
		if list := s.Get(t, "/api/user/participants?id_project=1&enabled=false", admin).List(); len(list) != 1 || list[0]["id_participant"] != 2.0 {
			t.Errorf("disabled ones: got %v", list)
		}
		if list := s.Get(t, "/api/user/participants?id_session=5", admin).List(); len(list) != 1 {
			t.Errorf("of a session: got %v", list)
		}

		post := func(o map[string]any) servertest.Answer {
			return s.Post(t, "/api/user/participants", map[string]any{"participant": o}, s.User(t, "siteadmin"))
		}
		a := post(map[string]any{"id_participant": 0, "id_project": 1, "participant_name": "Zoé 😀", "participant_token_enabled": true, "participant_enabled": true, "participant_token": "mine"})
		if a.Status != 200 || len(a.List()) != 1 || !strings.Contains(a.Text, `Zo\u00e9 \ud83d\ude00`) {
			t.Fatalf("create: got %d %s, want ASCII", a.Status, a.Text)
		}
		made := a.List()[0]
		tok, _ := made["participant_token"].(string)
		if tok == "" || tok == "mine" || made["participant_online"] != false || made["participant_name"] != "Zoé 😀" {
			t.Errorf("create: got %v", made)
		}
		if a := s.Get(t, "/api/participant/login", servertest.Token(tok)); a.Status != 200 {
			t.Errorf("the new token: got %d", a.Status)
		}
		id := made["id_participant"]
		if a := post(map[string]any{"id_participant": id, "participant_name": "Zoe", "id_participant_group": 1}); a.Status != 200 || a.List()[0]["id_participant_group"] != 1.0 {
			t.Errorf("update: got %d %s", a.Status, a.Text)
		}
		if a := post(map[string]any{"id_participant": id, "id_participant_group": 0}); a.Status != 200 || a.List()[0]["id_participant_group"] != nil {
			t.Errorf("out of the group: got %d %s", a.Status, a.Text)
		}
		if a := post(map[string]any{"id_participant": id, "participant_username": "participant1"}); a.Status != 500 {
			t.Errorf("username taken: got %d %s, want 500", a.Status, a.Text)
		}
		if a := post(map[string]any{"id_participant": id, "no_such_field": 1}); a.Status != 500 || a.Text != "\"Database error\"\n" {
			t.Errorf("unknown field: got %d %s, want 500", a.Status, a.Text)
		}
		for _, tt := range []struct {
			id   any
			as   string
			want int
		}{{1.0, "siteadmin", 500}, {id, "user", 403}, {id, "siteadmin", 200}, {id, "siteadmin", 403}, {4.0, "siteadmin", 403}} {
			if a := s.Delete(t, servertest.Query("/api/user/participants", "id", jsonText(tt.id)), s.User(t, tt.as)); a.Status != tt.want {
				t.Errorf("delete of %v as %s: got %d %s, want %d", tt.id, tt.as, a.Status, a.Text, tt.want)
			}
		}
		servertest.Change[store.Project](t, s, 2, store.Object{"project_enabled": false})
		if a := post(map[string]any{"id_participant": 0, "id_project": 2, "participant_name": "x", "participant_enabled": true}); a.Status != 400 {
			t.Errorf("disabled project: got %d %s, want 400", a.Status, a.Text)
		}
	})
}

func TestSessionsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user := s.User(t, "user")
		a := s.Post(t, "/api/user/sessions", map[string]any{"session": map[string]any{
			"id_session": 0, "id_session_type": 1, "session_name": "Planned", "session_start_datetime": "2031-02-03T10:00:00-05:00",
			"session_status": 0, "session_duration": 0, "session_parameters": map[string]any{"a": 1}, "id_creator_user": 3,
			"session_participants_ids": []int{1, 1}, "session_users_ids": []int{3}, "session_devices_ids": []int{},
		}}, user)
		if a.Status != 200 || len(a.List()) != 1 {
			t.Fatalf("create: got %d %s", a.Status, a.Text)
		}
		made := a.List()[0]
		if made["session_creator_user"] != "Site User" || len(made["session_participants"].([]any)) != 1 || len(made["session_users"].([]any)) != 1 {
			t.Errorf("create: got %v", made)
		}
		if p, _ := made["session_parameters"].(map[string]any); p["a"] != 1.0 {
			t.Errorf("session_parameters: got %v", made["session_parameters"])
		}
		id := made["id_session"]
		if a := s.Post(t, "/api/user/sessions", map[string]any{"session": map[string]any{
			"id_session": id, "session_status": 2, "session_participants_ids": []int{2, 3}, "session_users_ids": []int{},
		}}, user); a.Status != 200 || len(a.List()[0]["session_participants"].([]any)) != 2 || len(a.List()[0]["session_users"].([]any)) != 1 {
			t.Errorf("update: got %d %s", a.Status, a.Text)
		}
		byUUID := s.Get(t, servertest.Query("/api/user/sessions", "session_uuid", made["session_uuid"].(string), "with_session_type", "1"), user).List()
		if len(byUUID) != 1 || byUUID[0]["session_type_name"] != "Suivi vidéo" || byUUID[0]["session_type_color"] == nil {
			t.Errorf("by uuid: got %v", byUUID)
		}
		if list := s.Get(t, "/api/user/sessions?id_participant=3&start_date=2031-02-03&end_date=2031-02-03&list=1", user).List(); len(list) != 1 || list[0]["session_parameters"] != nil {
			t.Errorf("by date: got %v", list)
		}
		if list := s.Get(t, "/api/user/sessions?id_participant=3&start_date=2031-02-04", user).List(); len(list) != 0 {
			t.Errorf("after the date: got %v", list)
		}

		event := map[string]any{"id_session": id, "id_session_event": 0, "id_session_event_type": 3, "session_event_datetime": "2031-02-03 10:00:01.123456", "session_event_text": "é"}
		e := s.Post(t, "/api/user/sessions/events", map[string]any{"session_event": event}, user)
		if e.Status != 200 || len(e.List()) != 1 {
			t.Fatalf("event: got %d %s", e.Status, e.Text)
		}
		event["id_session_event"], event["session_event_text"] = e.List()[0]["id_session_event"], "changed"
		if a := s.Post(t, "/api/user/sessions/events", map[string]any{"session_event": event}, user); a.Status != 200 || a.List()[0]["session_event_text"] != "changed" {
			t.Errorf("event update: got %d %s", a.Status, a.Text)
		}
		path := servertest.Query("/api/user/sessions/events", "id_session", strings.TrimSuffix(jsonText(id), ".0"))
		if list := s.Get(t, path, user).List(); len(list) != 1 {
			t.Errorf("events: got %v", list)
		}
		if a := s.Delete(t, servertest.Query("/api/user/sessions/events", "id", jsonText(event["id_session_event"])), user); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("event delete: got %d %q", a.Status, a.Text)
		}
		if a := s.Delete(t, servertest.Query("/api/user/sessions", "id", jsonText(id)), user); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("delete: got %d %q", a.Status, a.Text)
		}
		if list := s.Get(t, servertest.Query("/api/user/sessions", "id_session", jsonText(id)), user); list.Status != 200 || len(list.List()) != 0 {
			t.Errorf("after the delete: got %d %s", list.Status, list.Text)
		}
		running := s.Post(t, "/api/user/sessions", map[string]any{"session": map[string]any{
			"id_session": 0, "id_session_type": 1, "session_name": "Running", "session_users_ids": []int{3},
		}}, user).List()
		if len(running) != 1 || running[0]["session_status"] != 1.0 {
			t.Fatalf("running: got %v", running)
		}
		if a := s.Delete(t, servertest.Query("/api/user/sessions", "id", jsonText(running[0]["id_session"])), user); a.Status != 403 {
			t.Errorf("delete of a running session: got %d, want 403", a.Status)
		}
	})
}

func TestSessionsOfServiceAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab := s.Service(t, "VideoRehabService")
		user, participant := servertest.Row[store.User](t, s, 3), servertest.Row[store.Participant](t, s, 1)
		device := servertest.Row[store.Device](t, s, 2)
		post := func(o map[string]any) servertest.Answer {
			return s.Post(t, "/api/service/sessions", map[string]any{"session": o}, rehab)
		}
		a := post(map[string]any{
			"id_session": 0, "id_session_type": 1, "id_creator_user": 3, "session_parameters": `{"x": 1}`,
			"session_users_uuids": []string{user.UUID}, "session_participants_uuids": []string{participant.UUID}, "session_devices_uuids": []string{},
		})
		if a.Status != 200 || len(a.List()) != 1 {
			t.Fatalf("create: got %d %s", a.Status, a.Text)
		}
		o := a.List()[0]
		if o["session_status"] != 1.0 || o["id_creator_service"] != 6.0 || o["id_creator_user"] != 3.0 || !strings.HasPrefix(o["session_name"].(string), "Suivi vidéo [20") {
			t.Errorf("create: got %v", o)
		}
		second := servertest.Row[store.Participant](t, s, 3)
		a = post(map[string]any{
			"id_session": o["id_session"], "session_participants_uuids": []string{second.UUID}, "session_devices_uuids": []string{device.UUID},
			"session_users_uuids": []string{}, "session_status": 2, "session_duration": 60,
		})
		o = a.List()[0]
		people := o["session_participants"].([]any)
		if len(people) != 1 || people[0].(map[string]any)["participant_uuid"] != second.UUID {
			t.Errorf("participants: got %v, want them replaced", people)
		}
		if len(o["session_users"].([]any)) != 1 || len(o["session_devices"].([]any)) != 1 || o["session_duration"] != 60.0 {
			t.Errorf("update: got %v, want users kept and the device added", o)
		}
		e := s.Post(t, "/api/service/sessions/events", map[string]any{"session_event": map[string]any{
			"id_session": o["id_session"], "id_session_event": 0, "id_session_event_type": 4,
			"session_event_datetime": "2026-01-01 10:00:01.123456", "session_event_context": "VideoRehabService",
		}}, rehab)
		if e.Status != 200 || len(e.List()) != 1 {
			t.Errorf("event: got %d %s", e.Status, e.Text)
		}
		if list := s.Get(t, servertest.Query("/api/service/sessions/events", "id_session", jsonText(o["id_session"])), rehab).List(); len(list) != 1 {
			t.Errorf("events: got %v", list)
		}
	})
}

func TestServiceAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab := s.Service(t, "VideoRehabService")
		get := func(args ...string) servertest.Answer {
			return s.Get(t, servertest.Query("/api/service/access", args...), rehab)
		}
		user := servertest.Row[store.User](t, s, 5).UUID // admin of project 1
		o := get("from_user_uuid", user, "with_participants", "1", "with_projects", "1", "with_sites", "1", "with_users", "1", "with_devices", "1", "with_names", "1").Object()
		if len(o["participants"].([]any)) != 3 || len(o["projects"].([]any)) != 1 || len(o["sites"].([]any)) != 1 || o["admin"] != false || o["from_user_uuid"] != user {
			t.Errorf("from user: got %v", o)
		}
		if p := o["projects"].([]any)[0].(map[string]any); p["id"] != 1.0 || p["name"] != "Default Project #1" {
			t.Errorf("project: got %v", p)
		}
		if o := get("from_user_uuid", user, "with_sites", "1", "admin", "1").Object(); len(o["sites"].([]any)) != 0 || o["admin"] != true {
			t.Errorf("sites administered: got %v, want none", o)
		}
		participant := servertest.Row[store.Participant](t, s, 1).UUID
		if o := get("from_participant_uuid", participant, "with_participants", "1", "with_users", "1").Object(); len(o["participants"].([]any)) != 1 || len(o["users"].([]any)) != 0 {
			t.Errorf("from participant: got %v", o)
		}
		device := servertest.Row[store.Device](t, s, 1).UUID
		if o := get("from_device_uuid", device, "with_participants", "1", "with_devices", "1", "with_names", "1").Object(); len(o["participants"].([]any)) != 2 || len(o["devices"].([]any)) != 1 {
			t.Errorf("from device: got %v", o)
		}
		for _, args := range [][]string{
			{}, {"from_user_uuid", "x", "with_users", "1"}, {"from_participant_uuid", participant, "admin", "1"}, {"from_device_uuid", device, "admin", "1"},
			{"from_device_uuid", "x"}, {"with_users", "1"},
		} {
			if a := get(args...); a.Status != 400 {
				t.Errorf("%v: got %d %s, want 400", args, a.Status, a.Text)
			}
		}
	})
}

func TestListsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		self := s.Get(t, "/api/user/users?self=1&with_status=1&with_usergroups=1", s.User(t, "user2")).List()
		if len(self) != 1 || len(self[0]["sites"].([]any)) != 1 || len(self[0]["projects"].([]any)) != 2 || len(self[0]["user_user_groups"].([]any)) != 2 || self[0]["user_online"] != false {
			t.Errorf("self: got %v", self)
		}
		if role := self[0]["sites"].([]any)[0].(map[string]any)["site_role"]; role != "admin" {
			t.Errorf("site_role: got %v", role)
		}
		if list := s.Get(t, "/api/user/users?id_project=1", admin).List(); len(list) != 5 {
			t.Errorf("users of project 1: got %d, want 4 with roles and the super-administrator", len(list))
		}
		if list := s.Get(t, "/api/user/projects?list=1", admin).List(); len(list) != 3 || list[0]["project_participant_count"] == nil {
			t.Errorf("projects list: got %v", list)
		}
		if list := s.Get(t, "/api/user/projects?list=false&name=Default+Project+%231", admin).List(); len(list) != 1 || list[0]["project_role"] != "admin" {
			t.Errorf("projects by name: got %v", list)
		}
		if list := s.Get(t, "/api/user/services?id_site=1", admin).List(); len(list) != 3 || list[0]["id_service"] != 3.0 || list[2]["id_service"] != 6.0 {
			t.Errorf("services of a site: got %v, want them by name", list)
		}
		if list := s.Get(t, "/api/user/services", admin).List(); len(list) != 6 {
			t.Errorf("services: got %d, want all but the server", len(list))
		}
		device := s.Get(t, "/api/user/devices?id_device=1&with_participants=1&with_sites=1&projects=1&with_status=1", admin).List()
		if len(device) != 1 || len(device[0]["device_participants"].([]any)) != 2 || len(device[0]["device_sites"].([]any)) != 2 || len(device[0]["device_projects"].([]any)) != 2 || device[0]["device_status"] != nil {
			t.Errorf("device: got %v", device)
		}
		if list := s.Get(t, "/api/user/devices?id_device_type=3", admin).List(); len(list) != 1 {
			t.Errorf("devices of a type: got %v", list)
		}
		if list := s.Get(t, "/api/user/sites?id_device=1", admin).List(); len(list) != 2 || list[0]["id_device"] != 1.0 {
			t.Errorf("sites of a device: got %v", list)
		}
		siteadmin := servertest.Row[store.User](t, s, 2).UUID
		if list := s.Get(t, "/api/user/projects?user_uuid="+siteadmin, s.User(t, "user4")).List(); len(list) != 0 {
			t.Errorf("another user's projects as nobody: got %v", list)
		}
		if list := s.Get(t, "/api/user/sites?user_uuid="+siteadmin, admin).List(); len(list) != 1 || list[0]["site_role"] != "admin" {
			t.Errorf("another user's sites: got %v", list)
		}
	})
}
