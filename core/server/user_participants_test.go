package server_test

import (
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Who may see and write participants: 1 to 3 are in project 1, 4 in project 3; group 1 is of project 1, group 2 of project 2.
func TestParticipantsOfOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/participants"
		participant := func(o fields) fields { return fields{"participant": o} }
		token := *servertest.Row[store.Participant](t, s, 1).Token

		// By username as by any other way, only one's own (core.md 13.2, 21).
		for as, sees := range map[string]bool{"admin": true, "siteadmin": true, "user3": true, "user4": false} {
			a := who.try(t, s, attempt{name: "by username", as: as, path: path + "?username=participant1", want: 200})
			if strings.Contains(a.Text, token) != sees || !sees && a.Text != "[]\n" {
				t.Errorf("by username as %s: got %s, want the token: %v", as, a.Text, sees)
			}
		}
		// Nobody is null (13.3, 53), nobody after the flags an empty list: programs count on the difference.
		for query, want := range map[string]string{
			"id=999": "null\n", "id=999&enabled=true": "null\n", "id_project=2&enabled=true": "null\n", "id_group=2&no_group=1": "null\n", "name=x&no_group=1": "null\n",
			"id=2&enabled=true": "[]\n", "id=1&enabled=false": "[]\n", "id_group=1&enabled=false": "[]\n", "id_group=1&no_group=1": "[]\n", "id_session=1&no_group=1": "[]\n", "username=x": "[]\n",
		} {
			if a := who.try(t, s, attempt{name: query, as: "admin", path: path + "?" + query, want: 200}); a.Text != want {
				t.Errorf("%s: got %q, want %q", query, a.Text, want)
			}
		}
		// list=false and full=false are not true (13.3, 52).
		o := who.try(t, s, attempt{name: "list=false", as: "user3", path: path + "?id=1&list=false&full=false&no_group=false", want: 200}).List()
		if len(o) != 1 || o[0]["id_site"] == nil || o[0]["participant_devices"] != nil {
			t.Errorf("list=false&full=false&no_group=false: got %v, want the plain object", o)
		}

		servertest.Change[store.Project](t, s, 2, store.Object{"project_enabled": false})
		who.refused(t, s, func() string { return dump[store.Participant](t, s) }, []attempt{
			{name: "taking somebody over", as: "user3", path: path, body: participant(fields{"id_participant": 4, "id_project": 1}), want: 403}, // 13.2, 22
			{name: "taking somebody over by a group", as: "user3", path: path, body: participant(fields{"id_participant": 4, "id_participant_group": 1}), want: 403},
			{name: "giving somebody away", as: "user3", path: path, body: participant(fields{"id_participant": 1, "id_project": 3}), want: 403},
			{name: "into a group of others", as: "user3", path: path, body: participant(fields{"id_participant": 1, "id_participant_group": 2}), want: 403},
			{name: "into a group of another project", as: "siteadmin", path: path, body: participant(fields{"id_participant": 1, "id_project": 1, "id_participant_group": 2}), want: 400},
			{name: "into an unknown group", as: "admin", path: path, body: participant(fields{"id_participant": 1, "id_participant_group": 999}), want: 403},
			{name: "unknown participant", as: "admin", path: path, body: participant(fields{"id_participant": 999, "id_project": 1}), want: 403},
			{name: "nowhere", as: "admin", path: path, body: participant(fields{"id_participant": 0, "participant_name": "x"}), want: 400},
			{name: "into a disabled project", as: "siteadmin", path: path, body: participant(fields{"id_participant": 0, "id_project": 2, "participant_name": "x"}), want: 400, text: "disabled"}, // 13.3, 47
			{name: "moved into a disabled project", as: "siteadmin", path: path, body: participant(fields{"id_participant": 1, "id_project": 2}), want: 400, text: "disabled"},
			{name: "username taken", as: "user3", path: path, body: participant(fields{"id_participant": 3, "participant_username": "participant1"}), want: 500},
			{name: "long username", as: "user3", path: path, body: participant(fields{"id_participant": 3, "participant_username": strings.Repeat("x", 51)}), want: 400},
		})

		servertest.Change[store.Project](t, s, 2, store.Object{"project_enabled": true})
		post := func(o fields) fields {
			t.Helper()
			return who.try(t, s, attempt{name: "post", as: "siteadmin", path: path, body: participant(o), want: 200}).List()[0]
		}
		if o := post(fields{"id_participant": 1, "participant_username": "participant1", "participant_name": "One"}); o["participant_name"] != "One" { // 13.3, 48
			t.Errorf("the same username again: got %v", o)
		}
		if o := post(fields{"id_participant": 1, "id_project": 2}); o["id_project"] != 2.0 || o["id_participant_group"] != nil {
			t.Errorf("moved to another project: got %v, want out of the group of the old one", o)
		}
		made := post(fields{"id_participant": 0, "id_project": 1, "participant_name": "x", "participant_username": "again"})
		who.try(t, s, attempt{name: "delete", as: "siteadmin", path: servertest.Query(path, "id", jsonText(made["id_participant"])), del: true, want: 200})
		post(fields{"id_participant": 3, "participant_username": "again"}) // free once its participant is deleted
	})
}

// The service API checks the participant, its project and its group (core.md 13.2, 27). VideoRehabService is in project 1.
func TestParticipantsOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, rehab, file = "/api/service/participants", "VideoRehabService", "FileTransferService"
		participant := func(id any, more fields) fields {
			o := fields{"id_participant": id, "id_project": 1, "participant_name": "New", "participant_email": "a@b"}
			for k, v := range more {
				o[k] = v
			}
			return fields{"participant": o}
		}
		who.refused(t, s, func() string { return dump[store.Participant](t, s) }, []attempt{
			{name: "project zero", as: rehab, path: path, body: participant(0, fields{"id_project": 0}), want: 403},
			{name: "no name", as: rehab, path: path, body: participant(0, fields{"participant_name": ""}), want: 403},
			{name: "no email", as: rehab, path: path, body: participant(0, fields{"participant_email": nil}), want: 403},
			{name: "unknown project", as: rehab, path: path, body: participant(0, fields{"id_project": 999}), want: 400},
			{name: "project of others", as: rehab, path: path, body: participant(0, fields{"id_project": 3}), want: 403},
			{name: "participant of others", as: rehab, path: path, body: participant(4, nil), want: 403},
			{name: "participant of others in place", as: rehab, path: path, body: participant(4, fields{"id_project": 3}), want: 403},
			{name: "given away", as: rehab, path: path, body: participant(1, fields{"id_project": 3}), want: 403},
			{name: "group of others", as: rehab, path: path, body: participant(1, fields{"id_participant_group": 2}), want: 403},
			{name: "group of another project", as: file, path: path, body: participant(1, fields{"id_participant_group": 2}), want: 400},
			{name: "unknown participant", as: rehab, path: path, body: participant(999, nil), want: 403},
			{name: "unknown field", as: rehab, path: path, body: participant(1, fields{"x": 1}), want: 500},
		})
		o := who.try(t, s, attempt{name: "create", as: rehab, path: path, body: participant(0, fields{"id_participant_group": 2, "participant_token": "mine"}), want: 200}).Object()
		if o["participant_enabled"] != true || o["participant_login_enabled"] != true || o["id_participant_group"] != nil || o["participant_token"] != nil {
			t.Errorf("create: got %v", o)
		}
		o = who.try(t, s, attempt{name: "update", as: rehab, path: path, body: participant(o["id_participant"], fields{"participant_name": "Renamed", "id_participant_group": 1}), want: 200}).Object()
		if o["participant_name"] != "Renamed" || o["id_participant_group"] != 1.0 {
			t.Errorf("update: got %v", o)
		}
	})
}

func TestProjectsOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, rehab = "/api/service/projects", "VideoRehabService"
		project := func(o fields) fields { return fields{"project": o} }
		who.refused(t, s, func() string { return dump[store.Project](t, s) + dump[store.ServiceProject](t, s) }, []attempt{
			{name: "no wrapper", as: rehab, path: path, body: fields{}, want: 400},
			{name: "no id", as: rehab, path: path, body: project(fields{"id_site": 1}), want: 400},
			{name: "no site", as: rehab, path: path, body: project(fields{"id_project": 0}), want: 400},
			{name: "no name", as: rehab, path: path, body: project(fields{"id_project": 0, "id_site": 1}), want: 400},
			{name: "another site", as: rehab, path: path, body: project(fields{"id_project": 0, "id_site": 2, "project_name": "x"}), want: 403},
			{name: "another project", as: rehab, path: path, body: project(fields{"id_project": 3, "project_name": "x"}), want: 403},
			{name: "taking another project", as: rehab, path: path, body: project(fields{"id_project": 3, "id_site": 1}), want: 403},
			{name: "giving it to another site", as: rehab, path: path, body: project(fields{"id_project": 1, "id_site": 2}), want: 403},
			{name: "unknown field", as: rehab, path: path, body: project(fields{"id_project": 1, "x": 1}), want: 500},
			{name: "delete another one", as: rehab, path: path + "?id=3", del: true, want: 403},
			{name: "delete with data", as: rehab, path: path + "?id=1", del: true, want: 500, text: "Can't delete project"},
		})
		o := who.try(t, s, attempt{name: "create", as: rehab, path: path, body: project(fields{"id_project": 0, "id_site": 1, "project_name": "New"}), want: 200}).Object()
		at := servertest.Query(path, "id", jsonText(o["id_project"]))
		who.try(t, s, attempt{name: "update", as: rehab, path: path, body: project(fields{"id_project": o["id_project"], "project_name": "Renamed"}), want: 200, text: "Renamed"})
		who.try(t, s, attempt{name: "delete by another service", as: "EmailService", path: at, del: true, want: 403})
		who.try(t, s, attempt{name: "delete", as: rehab, path: at, del: true, want: 200, text: `""`})
	})
}
