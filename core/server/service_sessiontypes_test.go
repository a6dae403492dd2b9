package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestSessionTypesOfServiceAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab, file := s.Service(t, "VideoRehabService"), s.Service(t, "FileTransferService")
		post := func(as servertest.Auth, o fields) servertest.Answer {
			return s.Post(t, "/api/service/sessiontypes", fields{"service_session_type": o}, as)
		}
		kind := func(more fields) fields {
			o := fields{"id_session_type": 0, "session_type_name": "New", "session_type_online": true, "session_type_config": "", "session_type_color": "#123456", "session_type_category": 1}
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		before := servertest.Count[store.SessionType](t, s, nil)
		links := servertest.Count[store.SessionTypeSite](t, s, nil)
		for _, tt := range []struct {
			name string
			o    fields
			want int
		}{
			{"nothing", fields{}, 400},
			{"unknown key", fields{"session_type": kind(nil), "x": 1}, 400},
			{"unknown field", fields{"session_type": kind(fields{"x": 1})}, 400},
			{"no id", fields{"session_type": fields{"session_type_name": "x"}}, 400},
			{"missing fields", fields{"session_type": fields{"id_session_type": 0}}, 400},
			{"category 9", fields{"session_type": kind(fields{"session_type_category": 9})}, 400},
			{"sites are no list", fields{"session_type": kind(nil), "id_sites": 1}, 400},
			{"sites are texts", fields{"session_type": kind(nil), "id_sites": []string{"1"}}, 400},
			{"site of others", fields{"session_type": kind(nil), "id_sites": []int{1, 2}}, 403},
			{"unknown site", fields{"session_type": kind(nil), "id_sites": []int{999}}, 403},
			{"project of others", fields{"session_type": kind(nil), "id_projects": []int{1, 3}}, 403},
			{"participant of others", fields{"session_type": kind(nil), "id_participants": []int{1, 4}}, 403},
			{"type of others", fields{"session_type": fields{"id_session_type": 4}, "id_sites": []int{1}}, 403},
			{"unknown type", fields{"session_type": fields{"id_session_type": 999}, "id_sites": []int{1}}, 403},
		} {
			if a := post(rehab, tt.o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		if n, m := servertest.Count[store.SessionType](t, s, nil), servertest.Count[store.SessionTypeSite](t, s, nil); n != before || m != links {
			t.Errorf("refused posts left %d types and %d links, want %d and %d", n, m, before, links)
		}

		a := post(rehab, fields{"session_type": kind(fields{"id_service": 3}), "id_participants": []int{1, 2}})
		made := a.Object()
		if a.Status != 200 || made["id_service"] != 6.0 || made["session_type_service_key"] != "VideoRehabService" {
			t.Fatalf("create: got %d %s, want the service's own", a.Status, a.Text)
		}
		id := int(made["id_session_type"].(float64))
		offered := func() [2]int {
			where := store.Columns{"id_session_type": id}
			return [2]int{servertest.Count[store.SessionTypeSite](t, s, where), servertest.Count[store.SessionTypeProject](t, s, where)}
		}
		if got := offered(); got != [2]int{1, 1} {
			t.Errorf("offered in %v sites and projects, want 1 and 1", got)
		}
		// Posted again it only offers; what else is sent changes nothing.
		if a := post(rehab, fields{"session_type": kind(fields{"id_session_type": id, "session_type_name": "Other"}), "id_projects": []int{1}, "id_sites": []int{1}}); a.Status != 200 || a.Object()["session_type_name"] != "New" || offered() != [2]int{1, 1} {
			t.Errorf("again: got %d %s, %v", a.Status, a.Text, offered())
		}
		// A further service does not bring the one that runs the sessions to its own projects.
		admin := s.User(t, "admin")
		if a := s.Post(t, "/api/user/sessiontypes", fields{"session_type": fields{"id_session_type": id, "session_type_services": []fields{{"id_service": 3}}}}, admin); a.Status != 200 {
			t.Fatalf("further service: got %d %s", a.Status, a.Text)
		}
		if a := post(file, fields{"session_type": fields{"id_session_type": id}, "id_projects": []int{3}}); a.Status != 403 || offered() != [2]int{1, 1} {
			t.Errorf("offered by a further service in a project without the first: got %d %s, %v", a.Status, a.Text, offered())
		}
		if a := post(file, fields{"session_type": fields{"id_session_type": id}, "id_projects": []int{1}}); a.Status != 200 {
			t.Errorf("offered by a further service: got %d %s", a.Status, a.Text)
		}
	})
}

// What a service writes into a session is its own affair, or of its projects (core.md 13.2, 27).
func TestForeignKeysInSessionsOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab := s.Service(t, "VideoRehabService")
		post := func(o fields) servertest.Answer {
			return s.Post(t, "/api/service/sessions", fields{"session": o}, rehab)
		}
		a := post(fields{"id_session": 0, "id_session_type": 1, "id_creator_user": 3})
		if a.Status != 200 {
			t.Fatalf("create: got %d %s", a.Status, a.Text)
		}
		own := a.List()[0]
		foreign := s.Post(t, "/api/user/sessiontypes", fields{"session_type": fields{"id_session_type": 0, "session_type_name": "Secret", "session_type_online": false,
			"session_type_color": "#000000", "session_type_category": 2, "session_type_sites": []fields{{"id_site": 2}}}}, s.User(t, "admin")).List()[0]["id_session_type"]
		for _, tt := range []struct {
			name string
			o    fields
			want int
		}{
			{"creator participant of others", fields{"id_session": 0, "id_session_type": 1, "id_creator_participant": 4}, 403},
			{"creator device of others", fields{"id_session": 0, "id_session_type": 1, "id_creator_device": 3}, 403},
			{"creator user of others", fields{"id_session": 0, "id_session_type": 1, "id_creator_user": 6}, 403},
			{"unknown creator", fields{"id_session": 0, "id_session_type": 1, "id_creator_user": 999}, 403},
			{"type of another site", fields{"id_session": 0, "id_session_type": foreign}, 403},
			{"to a type of another site", fields{"id_session": own["id_session"], "id_session_type": foreign}, 403},
			{"unknown type", fields{"id_session": 0, "id_session_type": 999}, 400},
			{"session of others", fields{"id_session": 9, "session_name": "x"}, 403},
		} {
			if tt.name == "session of others" {
				servertest.Change[store.Session](t, s, 9, store.Object{"id_session_type": 4})
			}
			if a := post(tt.o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		a = post(fields{"id_session": own["id_session"], "id_session_type": 1, "id_creator_participant": 4, "session_uuid": "mine", "session_comments": "x"})
		if o := a.List()[0]; o["id_creator_participant"] != nil || o["session_uuid"] != own["session_uuid"] || o["session_comments"] != "x" {
			t.Errorf("update: got %s", a.Text)
		}
		if a := post(fields{"id_session": 0, "id_session_type": 4, "session_start_datetime": "2091-01-01T10:00:00Z", "session_status": 0}); a.Status != 200 || a.List()[0]["session_status"] != 0.0 {
			t.Errorf("planned, of a type that the site offers: got %d %s", a.Status, a.Text)
		}
	})
}
