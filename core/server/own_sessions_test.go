package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Sessions that participants and devices send (core.md 4.3, 4.4).
func TestOwnSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		uuid := func(id int) string { return servertest.Row[store.Participant](t, s, id).UUID }
		for _, own := range []struct {
			path, column string
			auth         servertest.Auth
			creator      float64
			notOwn       int // a session with the caller in it that somebody else created
		}{
			{"/api/participant/sessions", "id_creator_participant", servertest.Token(s.ParticipantToken(t, 1)), 1, 1},
			{"/api/device/sessions", "id_creator_device", s.Device(t, 2), 2, 4},
		} {
			post := func(o fields) servertest.Answer { return s.Post(t, own.path, fields{"session": o}, own.auth) }
			add := func(more fields) fields {
				o := fields{"id_session": 0, "id_session_type": 2, "session_name": own.column, "session_start_datetime": "2026-03-04T10:00:00Z",
					"session_status": 0, "session_participants": []string{uuid(1)}}
				for k, v := range more {
					if v == "missing" {
						delete(o, k)
						continue
					}
					o[k] = v
				}
				return o
			}
			before := servertest.Count[store.Session](t, s, nil)
			for _, tt := range []struct {
				name string
				o    fields
				want int
			}{
				{"no id", add(fields{"id_session": "missing"}), 400},
				{"no type", add(fields{"id_session_type": "missing"}), 400},
				{"no name", add(fields{"session_name": "missing"}), 400},
				{"no start", add(fields{"session_start_datetime": "missing"}), 400},
				{"start is no date", add(fields{"session_start_datetime": "yesterday"}), 400},
				{"start is a number", add(fields{"session_start_datetime": 5}), 400},
				{"name is a number", add(fields{"session_name": 5}), 400},
				{"no participants", add(fields{"session_participants": "missing"}), 400},
				{"participants are ids", add(fields{"session_participants": []int{1}}), 400},
				{"type of others", add(fields{"id_session_type": 5}), 403},
				{"unknown type", add(fields{"id_session_type": 999}), 403},
				{"nobody", add(fields{"session_participants": []string{uuid(1), "nobody"}}), 400},
				{"participant of another site", add(fields{"session_participants": []string{uuid(1), uuid(4)}}), 400},
				{"SQL", add(fields{"session_participants": []string{"' OR '1'='1"}}), 400},
				{"session of others", add(fields{"id_session": own.notOwn}), 403},
				{"unknown session", add(fields{"id_session": 9999}), 403},
				{"unknown key in an update", add(fields{"id_session": 0, "session_status": "over"}), 400},
			} {
				if a := post(tt.o); a.Status != tt.want {
					t.Errorf("%s, %s: got %d %s, want %d", own.path, tt.name, a.Status, a.Text, tt.want)
				}
			}
			if n := servertest.Count[store.Session](t, s, nil); n != before {
				t.Errorf("%s: refused posts left %d sessions, want %d", own.path, n, before)
			}

			a := post(add(fields{"id_creator_user": 1, "id_creator_service": 6, "session_uuid": "mine", "session_participants": []string{uuid(1), uuid(2), uuid(1)}}))
			made := a.Object()
			if a.Status != 200 || made[own.column] != own.creator || made["id_creator_user"] != nil || made["id_creator_service"] != nil || made["session_uuid"] == "mine" {
				t.Fatalf("%s, create: got %d %s, want the caller as the only creator", own.path, a.Status, a.Text)
			}
			if people := made["session_participants"].([]any); len(people) != 2 || made["session_status"] != 1.0 {
				t.Errorf("%s, create: got %v", own.path, made)
			}
			// The same again changes it, and leaves its start.
			a = post(add(fields{"session_participants": []string{uuid(2), uuid(1)}, "session_start_datetime": "2026-03-04T12:00:00Z", "session_comments": "twice"}))
			if o := a.Object(); a.Status != 200 || o["id_session"] != made["id_session"] || o["session_comments"] != "twice" || o["session_start_datetime"] != made["session_start_datetime"] {
				t.Errorf("%s, again: got %d %s, want %v changed", own.path, a.Status, a.Text, made["id_session"])
			}
			for name, o := range map[string]fields{
				"other people": add(nil),
				"other day":    add(fields{"session_participants": []string{uuid(1), uuid(2)}, "session_start_datetime": "2026-03-06T12:00:00Z"}),
				"other name":   add(fields{"session_participants": []string{uuid(1), uuid(2)}, "session_name": "x"}),
				"nobody":       add(fields{"session_participants": []string{}}),
			} {
				if a := post(o); a.Status != 200 || a.Object()["id_session"] == made["id_session"] {
					t.Errorf("%s, %s: got %d %s, want another session", own.path, name, a.Status, a.Text)
				}
			}
			// A change leaves the participants, whoever is named.
			a = post(add(fields{"id_session": made["id_session"], "session_name": "new", "session_status": 2, "session_participants": []string{uuid(4)}, "id_creator_user": 1}))
			if o := a.Object(); a.Status != 200 || o["session_name"] != "new" || o["session_status"] != 2.0 || len(o["session_participants"].([]any)) != 2 || o["id_creator_user"] != nil {
				t.Errorf("%s, update: got %d %s", own.path, a.Status, a.Text)
			}
			if a := post(add(fields{"id_session": made["id_session"], "no_such_key": 1})); a.Status != 500 {
				t.Errorf("%s, unknown key: got %d %s, want 500", own.path, a.Status, a.Text)
			}
			// Planned sessions stay planned (core.md 13.3, 40).
			if a := post(add(fields{"session_name": "planned", "session_start_datetime": "2091-01-01T10:00:00"})); a.Status != 200 || a.Object()["session_status"] != 0.0 {
				t.Errorf("%s, planned: got %d %s, want status 0", own.path, a.Status, a.Text)
			}
		}

		for _, method := range []string{"GET", "DELETE"} {
			for _, path := range []string{"/api/device/sessions?id=1", "/api/device/sessions/events?id=1"} {
				if a := s.Do(t, method, path, "", "", s.Device(t, 1)); a.Status != 403 {
					t.Errorf("%s %s: got %d %s, want 403", method, path, a.Status, a.Text)
				}
				if a := s.Do(t, method, path, "", "", servertest.Nobody()); a.Status != 401 {
					t.Errorf("%s %s by nobody: got %d, want 401", method, path, a.Status)
				}
			}
		}
	})
}

// The id of an event does not open the journal of another session (core.md 13.2, 27).
func TestEventsOfOtherSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		event := func(session, id any, text string) fields {
			return fields{"session_event": fields{"id_session": session, "id_session_event": id, "id_session_event_type": 1,
				"session_event_datetime": "2026-01-01T10:00:00Z", "session_event_text": text}}
		}
		secret := s.Post(t, "/api/user/sessions", fields{"session": fields{"id_session": 0, "id_session_type": 1, "session_name": "x",
			"session_participants_ids": []int{4}}}, s.User(t, "admin")).List()[0]["id_session"]
		theirs := s.Post(t, "/api/user/sessions/events", event(secret, 0, "theirs"), s.User(t, "admin")).List()[0]["id_session_event"]
		for _, tt := range []struct {
			path string
			auth servertest.Auth
			own  int // a session of the caller's
		}{
			{"/api/user/sessions/events", s.User(t, "user"), 5},
			{"/api/device/sessions/events", s.Device(t, 1), 9},
			{"/api/service/sessions/events", s.Service(t, "FileTransferService"), 9},
		} {
			if tt.path == "/api/service/sessions/events" {
				servertest.Change[store.Session](t, s, tt.own, store.Object{"id_session_type": 5})
			}
			for name, body := range map[string]fields{
				"their event":            event(tt.own, theirs, "changed"),
				"their session":          event(secret, 0, "new"),
				"their session's event":  event(secret, theirs, "changed"),
				"no session":             event(9999, 0, "new"),
				"a session that is none": event(-1, 0, "new"),
			} {
				if a := s.Post(t, tt.path, body, tt.auth); a.Status != 403 {
					t.Errorf("%s, %s: got %d %s, want 403", tt.path, name, a.Status, a.Text)
				}
			}
			a := s.Post(t, tt.path, event(tt.own, 0, "mine"), tt.auth)
			if a.Status != 200 || len(a.List()) != 1 {
				t.Fatalf("%s, own: got %d %s", tt.path, a.Status, a.Text)
			}
			own := a.List()[0]["id_session_event"]
			if a := s.Post(t, tt.path, event(tt.own, own, "changed"), tt.auth); a.Status != 200 || a.List()[0]["session_event_text"] != "changed" {
				t.Errorf("%s, own event: got %d %s", tt.path, a.Status, a.Text)
			}
		}
		if a := s.Delete(t, servertest.Query("/api/user/sessions/events", "id", jsonText(theirs)), s.User(t, "user")); a.Status != 403 {
			t.Errorf("delete of their event: got %d %s, want 403", a.Status, a.Text)
		}
		if list := s.Get(t, servertest.Query("/api/service/sessions/events", "id_session", jsonText(secret)), s.Service(t, "VideoRehabService")); list.Status != 200 {
			t.Errorf("events for a service: got %d %s", list.Status, list.Text)
		}
		path := servertest.Query("/api/service/sessions/events", "id_session", jsonText(secret))
		servertest.Change[store.Session](t, s, int(secret.(float64)), store.Object{"id_session_type": 4})
		if a := s.Get(t, path, s.Service(t, "LoggingService")); a.Status != 200 || len(a.List()) != 0 {
			t.Errorf("events of others for a service: got %d %s, want nothing", a.Status, a.Text)
		}
		if e := servertest.Row[store.SessionEvent](t, s, int(theirs.(float64))); *e.Text != "theirs" {
			t.Errorf("their event: got %q, want it unchanged", *e.Text)
		}
	})
}

// Devices lent to the participant, and no others.
func TestDevicesOfParticipantAPI(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	full := servertest.Basic("participant1", "opentera")
	for _, tt := range []struct {
		query string
		want  int
	}{{"", 1}, {"?id_device=1", 1}, {"?id_device=2", 0}, {"?id_device=999", 0}} {
		if a := s.Get(t, "/api/participant/devices"+tt.query, full); a.Status != 200 || len(a.List()) != tt.want {
			t.Errorf("devices%s: got %d %s, want %d", tt.query, a.Status, a.Text, tt.want)
		}
	}
	if list := s.Get(t, "/api/participant/devices?list=1", full).List(); list[0]["device_token"] != nil {
		t.Errorf("list: got %v, want min", list)
	}
	for path, auth := range map[string]servertest.Auth{"?x=1": full, "?id_device=x": full} {
		if a := s.Get(t, "/api/participant/devices"+path, auth); a.Status != 400 {
			t.Errorf("devices%s: got %d, want 400", path, a.Status)
		}
	}
	if a := s.Get(t, "/api/participant/devices", servertest.Token(s.ParticipantToken(t, 1))); a.Status != 403 {
		t.Errorf("static token: got %d, want 403", a.Status)
	}
}
