package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestWriteProjects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/projects"
		project := func(o fields) fields { return fields{"project": o} }
		types := func(ids ...int) []fields { return links("id_session_type", ids) }
		who.refused(t, s, func() string {
			return dump[store.Project](t, s) + dump[store.ServiceRole](t, s) + dump[store.SessionTypeProject](t, s)
		}, []attempt{
			{name: "no wrapper", as: "admin", path: path, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: path, body: project(fields{"project_name": "x"}), want: 400},
			{name: "no site", as: "admin", path: path, body: project(fields{"id_project": 0, "project_name": "x"}), want: 400},
			{name: "no name", as: "admin", path: path, body: project(fields{"id_project": 0, "id_site": 1}), want: 400},
			{name: "create as project administrator", as: "user3", path: path, body: project(fields{"id_project": 0, "id_site": 1, "project_name": "x"}), want: 403},
			{name: "create in another site", as: "siteadmin", path: path, body: project(fields{"id_project": 0, "id_site": 2, "project_name": "x"}), want: 403},
			{name: "create in an unknown site", as: "admin", path: path, body: project(fields{"id_project": 0, "id_site": 999, "project_name": "x"}), want: 403},
			{name: "update as plain user", as: "user", path: path, body: project(fields{"id_project": 1, "project_name": "x"}), want: 403},
			{name: "update of another site's", as: "siteadmin", path: path, body: project(fields{"id_project": 3, "project_name": "x"}), want: 403},
			{name: "taking another site's", as: "siteadmin", path: path, body: project(fields{"id_project": 3, "id_site": 1}), want: 403},
			{name: "giving it to another site", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "id_site": 2}), want: 403},
			{name: "moving as project administrator", as: "user3", path: path, body: project(fields{"id_project": 1, "id_site": 2}), want: 403},
			{name: "site zero", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "id_site": 0}), want: 403},
			{name: "session types that are no list", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "sessiontypes": "x"}), want: 400},
			{name: "session type that is text", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "sessiontypes": []any{fields{"id_session_type": "1"}}}), want: 400},
			{name: "unknown session type", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "sessiontypes": types(1, 999)}), want: 403},
			{name: "session type that the site lacks", as: "admin", path: path, body: project(fields{"id_project": 3, "project_name": "x", "sessiontypes": types(1)}), want: 403},
			{name: "session type in use taken off", as: "siteadmin", path: path, body: project(fields{"id_project": 1, "project_name": "x", "sessiontypes": types()}), want: 500, text: "delete all sessions of that type"},
			{name: "delete as project administrator", as: "user3", path: path + "?id=1", del: true, want: 403},
			{name: "delete another site's", as: "siteadmin", path: path + "?id=3", del: true, want: 403},
			{name: "delete an unknown one", as: "admin", path: path + "?id=999", del: true, want: 403},
			{name: "delete with data", as: "siteadmin", path: path + "?id=1", del: true, want: 500, text: "Can't delete project: please delete all participants with sessions"},
		})

		made := who.try(t, s, attempt{name: "create", as: "siteadmin", path: path,
			body: project(fields{"id_project": 0, "id_site": 1, "project_name": "New", "sessiontypes": types(2, 4, 4)}), want: 200}).List()
		if len(made) != 1 || made[0]["site_name"] == nil || made[0]["project_enabled"] != true {
			t.Fatalf("create: got %v", made)
		}
		id := int(made[0]["id_project"].(float64))
		linked := func() int { return servertest.Count[store.SessionTypeProject](t, s, store.Columns{"id_project": id}) }
		if n := linked(); n != 2 {
			t.Errorf("session types of the new project: got %d, want 2", n)
		}
		who.try(t, s, attempt{name: "own project with its site told", as: "user3", path: path, body: project(fields{"id_project": 1, "id_site": 1, "project_description": "d"}), want: 200, text: `"d"`})
		who.try(t, s, attempt{name: "other session types", as: "siteadmin", path: path, body: project(fields{"id_project": id, "sessiontypes": types(1, 4)}), want: 200})
		if n := linked(); n != 2 {
			t.Errorf("session types after the change: got %d, want 2", n)
		}
		if n := servertest.Count[store.ServiceProject](t, s, store.Columns{"id_project": id, "id_service": 6}); n != 1 {
			t.Errorf("service of a session type: got %d links, want 1", n)
		}
		who.try(t, s, attempt{name: "move", as: "admin", path: path, body: project(fields{"id_project": id, "id_site": 2}), want: 200, text: "Top Secret Site"})
		who.try(t, s, attempt{name: "delete after the move", as: "siteadmin", path: servertest.Query(path, "id", jsonText(id)), del: true, want: 403})
		who.try(t, s, attempt{name: "delete", as: "admin", path: servertest.Query(path, "id", jsonText(id)), del: true, want: 200, text: `""`})
		if n := linked(); n != 0 {
			t.Errorf("session types of the deleted project: got %d, want none", n)
		}
	})
}
