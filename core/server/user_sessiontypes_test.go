package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

type fields = map[string]any

func TestSessionTypesOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		post := func(user string, o fields) servertest.Answer {
			return s.Post(t, "/api/user/sessiontypes", fields{"session_type": o}, s.User(t, user))
		}
		add := func(more fields) fields {
			o := fields{"id_session_type": 0, "session_type_name": "New", "session_type_online": true, "session_type_color": "#123456", "session_type_category": 2}
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		site := func(ids ...int) []fields { return links("id_site", ids) }
		project := func(ids ...int) []fields { return links("id_project", ids) }
		service := func(ids ...int) []fields { return links("id_service", ids) }

		before := servertest.Count[store.SessionType](t, s, nil)
		for _, tt := range []struct {
			name, user string
			o          fields
			want       int
		}{
			{"no id", "admin", fields{"session_type_name": "x"}, 400},
			{"negative id", "admin", fields{"id_session_type": -1}, 400},
			{"huge id", "admin", fields{"id_session_type": 1 << 40}, 400},
			{"text for an id", "admin", fields{"id_session_type": "1; DROP TABLE t_sites"}, 400},
			{"unknown", "admin", fields{"id_session_type": 999, "session_type_name": "x"}, 403},
			{"no site", "siteadmin", add(nil), 400},
			{"site of others", "siteadmin", add(fields{"session_type_sites": site(2)}), 403},
			{"plain user of the site", "user", add(fields{"session_type_sites": site(1)}), 403},
			{"project of others", "siteadmin", add(fields{"session_type_sites": site(1), "session_type_projects": project(1, 3)}), 403},
			{"service of others", "siteadmin", add(fields{"session_type_sites": site(1), "session_type_services": service(4)}), 403},
			{"category SERVICE without service", "admin", add(fields{"session_type_category": 1}), 400},
			{"category SERVICE of others", "siteadmin", add(fields{"session_type_category": 1, "id_service": 5, "session_type_sites": site(1)}), 403},
			{"service of others, other category", "siteadmin", add(fields{"id_service": 5, "session_type_sites": site(1)}), 403},
			{"service that is not at the site", "siteadmin", add(fields{"session_type_category": 1, "id_service": 999, "session_type_sites": site(1)}), 403},
			{"category 9", "admin", add(fields{"session_type_category": 9}), 400},
			{"long colour", "admin", add(fields{"session_type_color": "#12345678"}), 400},
			{"no name", "admin", fields{"id_session_type": 0, "session_type_color": "#123456", "session_type_category": 2, "session_type_online": true}, 400},
			{"project outside the sites", "admin", add(fields{"session_type_sites": site(2), "session_type_projects": project(1)}), 400},
			{"sites are no list", "admin", add(fields{"session_type_sites": 3}), 400},
			{"type of others", "user3", fields{"id_session_type": 1, "session_type_name": "mine"}, 403},
			{"plain user", "user", fields{"id_session_type": 1, "session_type_name": "mine"}, 403},
			{"service of others in an update", "siteadmin", fields{"id_session_type": 1, "id_service": 5}, 403},
			{"unknown key in an update", "siteadmin", fields{"id_session_type": 1, "no_such_key": 5}, 500},
		} {
			if a := post(tt.user, tt.o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		if after := servertest.Count[store.SessionType](t, s, nil); after != before {
			t.Errorf("refused posts left %d session types, want %d", after, before)
		}
		if v := servertest.Row[store.SessionType](t, s, 1); v.Name != "Suivi vidéo" || v.ServiceID == nil || *v.ServiceID != 6 {
			t.Errorf("refused posts changed type 1: %+v", v)
		}

		// Projects without services are kept, which upstream forgets to commit (core.md 13.3, 67).
		a := post("siteadmin", add(fields{"session_type_category": 1, "id_service": 6, "session_type_sites": site(1), "session_type_projects": project(1, 2, 2)}))
		if a.Status != 200 || len(a.List()) != 1 || a.List()[0]["session_type_service_key"] != "VideoRehabService" {
			t.Fatalf("create: got %d %s", a.Status, a.Text)
		}
		id := int(a.List()[0]["id_session_type"].(float64))
		if n := servertest.Count[store.SessionTypeProject](t, s, store.Columns{"id_session_type": id}); n != 2 {
			t.Errorf("projects: got %d, want 2", n)
		}
		if n := servertest.Count[store.ServiceProject](t, s, store.Columns{"id_service": 6, "id_project": 2}); n != 1 {
			t.Errorf("the service came to project 2: got %d links, want 1", n)
		}

		// What the caller does not administer stays.
		if a := post("admin", fields{"id_session_type": id, "session_type_sites": site(1, 2), "session_type_projects": project(1, 2, 3), "session_type_services": service(3, 4)}); a.Status != 200 {
			t.Fatalf("update by admin: got %d %s", a.Status, a.Text)
		}
		if a := post("siteadmin", fields{"id_session_type": id, "session_type_sites": site(1), "session_type_projects": project(2), "session_type_services": []fields{}}); a.Status != 200 {
			t.Fatalf("update by siteadmin: got %d %s", a.Status, a.Text)
		}
		for name, n := range map[string][2]int{
			"site 2, of others":    {servertest.Count[store.SessionTypeSite](t, s, store.Columns{"id_session_type": id, "id_site": 2}), 1},
			"project 3, of others": {servertest.Count[store.SessionTypeProject](t, s, store.Columns{"id_session_type": id, "id_project": 3}), 1},
			"service 4, of others": {servertest.Count[store.SessionTypeService](t, s, store.Columns{"id_session_type": id, "id_service": 4}), 1},
			"project 2":            {servertest.Count[store.SessionTypeProject](t, s, store.Columns{"id_session_type": id, "id_project": 2}), 1},
			"project 1":            {servertest.Count[store.SessionTypeProject](t, s, store.Columns{"id_session_type": id, "id_project": 1}), 0},
			"service 3":            {servertest.Count[store.SessionTypeService](t, s, store.Columns{"id_session_type": id, "id_service": 3}), 0},
		} {
			if n[0] != n[1] {
				t.Errorf("%s: got %d, want %d", name, n[0], n[1])
			}
		}

		// core.md 13.2, 26: one project is not enough to read the session types of others.
		other := post("admin", add(fields{"session_type_sites": site(2)})).List()[0]["id_session_type"]
		path := servertest.Query("/api/user/sessiontypes", "id_session_type", jsonText(other))
		if a := s.Get(t, path, s.User(t, "user")); a.Status != 200 || len(a.List()) != 0 {
			t.Errorf("another site's type: got %d %s, want nothing", a.Status, a.Text)
		}
		if a := s.Get(t, path, s.User(t, "admin")); len(a.List()) != 1 {
			t.Errorf("the type as admin: got %s", a.Text)
		}
		free := post("admin", add(fields{"session_type_sites": site(1)})).List()[0]["id_session_type"]
		nowhere := post("admin", add(nil)).List()[0]["id_session_type"]
		for _, tt := range []struct {
			name, user string
			id         any
			want       int
		}{
			{"with sessions", "siteadmin", 1, 500}, {"unknown", "admin", 999, 403}, {"text", "admin", "x", 400},
			{"a project of others", "siteadmin", id, 403}, {"of others", "siteadmin", other, 403}, {"in no site", "siteadmin", nowhere, 403},
			{"without project, as a plain user", "user", free, 403}, {"without project, as a project's administrator", "user3", free, 200},
			{"with projects, as admin", "admin", id, 200}, {"again", "admin", id, 403},
		} {
			text, ok := tt.id.(string)
			if !ok {
				text = jsonText(tt.id)
			}
			if a := s.Delete(t, servertest.Query("/api/user/sessiontypes", "id", text), s.User(t, tt.user)); a.Status != tt.want {
				t.Errorf("delete, %s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
	})
}

// links are the objects {key: id}.
func links(key string, ids []int) []fields {
	list := make([]fields, len(ids))
	for i, id := range ids {
		list[i] = fields{key: id}
	}
	return list
}
