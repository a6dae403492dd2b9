package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store/storetest"
)

// Nothing that a client sends is answered with 500.
func TestMalformedBodies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user, service, device := s.User(t, "admin"), s.Service(t, "VideoRehabService"), s.Device(t, 1)
		targets := []struct {
			path, wrapper string
			auth          servertest.Auth
		}{
			{"/api/user/participants", "participant", user},
			{"/api/user/sessions", "session", user},
			{"/api/user/sessions/events", "session_event", user},
			{"/api/user/sessions/manager", "session_manage", user},
			{"/api/device/devices", "device", device},
			{"/api/service/participants", "participant", service},
			{"/api/service/sessions", "session", service},
			{"/api/service/sessions/events", "session_event", service},
			{"/api/service/sessions/manager", "session_manage", service},
		}
		for _, tt := range []struct {
			name, contentType, body string // W stands for the wrapper's key
			want                    int
		}{
			{"no content type", "", `{"W": {}}`, 415},
			{"form", "application/x-www-form-urlencoded", "W=1", 415},
			{"empty", "application/json", "", 400},
			{"not JSON", "application/json", "{", 400},
			{"half", "application/json", `{"W": {"a": `, 400},
			{"text after", "application/json", `{"W": {}} x`, 400},
			{"list", "application/json", `[]`, 400},
			{"null", "application/json", `null`, 400},
			{"number", "application/json", `7`, 400},
			{"other key", "application/json", `{"other": {}}`, 400},
			{"wrapper list", "application/json", `{"W": []}`, 400},
			{"wrapper text", "application/json", `{"W": "x"}`, 400},
			{"wrapper null", "application/json", `{"W": null}`, 400},
			{"empty wrapper", "application/json", `{"W": {}}`, 400},
			{"twice", "application/json", `{"W": {"id_session": 1, "id_session": 2}}`, 400},
			{"not UTF-8", "application/json", "{\"W\": {\"a\": \"\xff\"}}", 400},
			{"NUL", "application/json", `{"W": {"a": "\u0000"}}`, 400},
			{"huge number", "application/json", `{"W": {"id_session": 1e999}}`, 400},
			{"long number", "application/json", `{"W": {"id_session": ` + strings.Repeat("9", 100) + `}}`, 400},
			{"deep", "application/json", strings.Repeat(`{"W":`, 1000) + "1" + strings.Repeat("}", 1000), 400},
			{"deep lists", "application/json", strings.Repeat("[", 1<<20), 400},
			{"large", "application/json", `{"W": "` + strings.Repeat("x", 5<<20) + `"}`, 413},
		} {
			for _, target := range targets {
				body := strings.ReplaceAll(tt.body, `"W"`, `"`+target.wrapper+`"`)
				a := s.Do(t, http.MethodPost, target.path, tt.contentType, body, target.auth)
				if a.Status != tt.want {
					t.Errorf("%s to %s: got %d %.200s, want %d", tt.name, target.path, a.Status, a.Text, tt.want)
				}
			}
		}
	})
}

func TestMalformedFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user, service := s.User(t, "admin"), s.Service(t, "VideoRehabService")
		for _, tt := range []struct {
			path string
			auth servertest.Auth
			body string
		}{
			{"/api/user/participants", user, `{"participant": {"id_participant": "x"}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": -1}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 1.5}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 99999999999}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0, "id_project": 1}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0, "id_project": [1], "participant_name": "x"}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0, "id_project": 1, "participant_name": {"x": 1}, "participant_enabled": "maybe"}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0, "id_project": 2, "id_participant_group": 1, "participant_name": "x"}}`},
			{"/api/user/participants", user, `{"participant": {"id_participant": 0, "id_project": 1, "participant_name": null}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0, "session_users_ids": "x"}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0, "session_users_ids": ["x"]}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0, "session_users_ids": [1]}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0, "session_users_ids": [1], "id_session_type": 1, "session_name": "x", "session_start_datetime": "yesterday"}}`},
			{"/api/user/sessions", user, `{"session": {"id_session": 0, "session_users_ids": [1], "id_session_type": 1, "session_name": "x", "session_duration": "long"}}`},
			{"/api/user/sessions/events", user, `{"session_event": {"id_session": 1}}`},
			{"/api/user/sessions/events", user, `{"session_event": {"id_session": 1, "id_session_event": 0}}`},
			{"/api/user/sessions/events", user, `{"session_event": {"id_session": 1, "id_session_event": 0, "id_session_event_type": "x", "session_event_datetime": "2020-01-01"}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": 5}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start"}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start", "id_session_type": "x"}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start", "session_uuid": 5}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start", "session_uuid": "unknown"}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start", "id_session_type": 1, "id_service": 6, "session_users": "x"}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "start", "id_session_type": 1, "id_service": 6, "session_users": [5]}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "invite_reply", "id_session": 5}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "invite_reply", "id_session": 5, "parameters": {}}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "invite_reply", "id_session": 5, "parameters": {"reply_code": 9}}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "invite_reply", "id_session": 5, "parameters": {"reply_code": "perhaps"}}}`},
			{"/api/user/sessions/manager", user, `{"session_manage": {"action": "invite_reply", "id_session": 5, "parameters": []}}`},
			{"/api/service/sessions", service, `{"session": {"id_session": 0}}`},
			{"/api/service/sessions", service, `{"session": {"id_session": 0, "id_session_type": 999}}`},
			{"/api/service/sessions", service, `{"session": {"id_session": 0, "id_session_type": 1, "session_users_uuids": {}}}`},
			{"/api/service/sessions", service, `{"session": {"id_session": 0, "id_session_type": 1, "session_status": "over"}}`},
			{"/api/service/participants", service, `{"participant": {"id_participant": 0}}`},
			{"/api/service/participants", service, `{"participant": {"id_participant": 0, "id_project": 999, "participant_name": "x", "participant_email": "x"}}`},
			{"/api/service/sessions/manager", service, `{"session_manage": {"action": "start", "id_session_type": 999}}`},
		} {
			a := s.Do(t, http.MethodPost, tt.path, "application/json", tt.body, tt.auth)
			if a.Status != http.StatusBadRequest {
				t.Errorf("POST %s %s: got %d %s, want 400", tt.path, tt.body, a.Status, a.Text)
			}
		}
	})
}

func TestMalformedArguments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user, service := s.User(t, "admin"), s.Service(t, "VideoRehabService")
		for _, path := range []string{
			"/api/user/users?id=x", "/api/user/users?id=", "/api/user/users?id=99999999999999999999999", "/api/user/users?list=maybe",
			"/api/user/users?user_uuid=%ff", "/api/user/users?username=%00", "/api/user/participants", "/api/user/participants?id=0",
			"/api/user/participants?id=1.5", "/api/user/sessions", "/api/user/sessions?id_session=0", "/api/user/sessions?id_user=1&start_date=tomorrow",
			"/api/user/sessions?id_user=1&start_date=2024-13-41", "/api/user/sessions/events", "/api/user/sessions/events?id_session=x",
			"/api/user/devices?id_device=1&id_site=1", "/api/user/devices?name=x&uuid=y", "/api/user/forms", "/api/user/forms?type=x",
			"/api/user/users?id=%zz",
		} {
			if a := s.Get(t, path, user); a.Status != http.StatusBadRequest {
				t.Errorf("%s: got %d %s, want 400", path, a.Status, a.Text)
			}
		}
		for _, path := range []string{ // large numbers are numbers
			"/api/user/users?id=9223372036854775807", "/api/user/users?id=-5", "/api/user/sessions?id_user=1&limit=9223372036854775807&offset=9223372036854775807",
			"/api/user/sessions?id_user=1&status=9223372036854775807", "/api/user/projects?id_site=9223372036854775807", "/api/user/sites?id=99999999999",
			"/api/user/participants?id=99999999999", "/api/user/devices?id_device=99999999999",
		} {
			if a := s.Get(t, path, user); a.Status != http.StatusOK {
				t.Errorf("%s: got %d %s, want 200", path, a.Status, a.Text)
			}
		}
		if a := s.Get(t, "/api/user/login?x=1", servertest.Basic("admin", "admin")); a.Status != 400 || a.Object()["message"] == nil {
			t.Errorf("unknown argument of login: got %d %s", a.Status, a.Text)
		}
		a := s.Get(t, "/api/user/users?id=x", user)
		if errs, _ := a.Object()["errors"].(map[string]any); errs["id"] == nil || a.Object()["message"] != "Input payload validation failed" {
			t.Errorf("shape of an argument's error: got %s", a.Text)
		}
		if a := s.Get(t, "/api/service/sites?x=1", service); a.Status != 400 {
			t.Errorf("unknown argument of a strict operation: got %d", a.Status)
		}
		if a := s.Delete(t, "/api/user/sessions", user); a.Status != 400 {
			t.Errorf("delete without id: got %d", a.Status)
		}
		if a := s.Delete(t, "/api/user/sessions?id=99999999999", user); a.Status != 403 {
			t.Errorf("delete of nothing: got %d", a.Status)
		}
	})
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 404}, {"GET", "/api/user/nothing", 404}, {"GET", "/api/user/users/", 404},
		{"POST", "/api/user/login", 405}, {"DELETE", "/api/user/users/online", 405}, {"PUT", "/api/user/users", 405},
		{"GET", "/api/user/sessions/manager", 405}, {"PATCH", "/api/device/status", 405},
		{"OPTIONS", "/api/user/login", 200},
	} {
		a := s.Do(t, tt.method, tt.path, "", "")
		if a.Status != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.method, tt.path, a.Status, tt.want)
		}
		if tt.want == 405 && a.Object()["message"] == nil {
			t.Errorf("%s %s: got %s, want a message", tt.method, tt.path, a.Text)
		}
		if a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: no CORS header", tt.method, tt.path)
		}
		if allow := a.Header.Get("Allow"); tt.want == 404 && allow != "" || tt.want != 404 && (!strings.Contains(allow, "OPTIONS") || strings.Contains(allow, tt.method) != (tt.want == 200)) {
			t.Errorf("%s %s: got Allow %q", tt.method, tt.path, allow)
		}
	}
}
