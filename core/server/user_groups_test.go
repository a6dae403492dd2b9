package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestParticipantGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/groups"
		group := func(o fields) fields { return fields{"participant_group": o} }
		for as, want := range map[string]int{"admin": 2, "siteadmin": 2, "user": 2, "user3": 1, "user4": 0} {
			if got := len(who.try(t, s, attempt{name: "all", as: as, path: path, want: 200}).List()); got != want {
				t.Errorf("groups of %s: got %d, want %d", as, got, want)
			}
		}
		for query, want := range map[string]int{"?id=1": 1, "?id_group=2": 0, "?id_project=1": 1, "?id_project=2": 0, "?id=999": 0} {
			if got := len(who.try(t, s, attempt{name: query, as: "user3", path: path + query, want: 200}).List()); got != want {
				t.Errorf("%s as user3: got %d, want %d", query, got, want)
			}
		}
		if o := who.try(t, s, attempt{name: "list", as: "user3", path: path + "?list=1", want: 200}).List()[0]; o["group_participant_count"] != 1.0 || o["project_name"] != nil {
			t.Errorf("list: got %v, want the count and no project name", o)
		}
		if o := who.try(t, s, attempt{name: "list=false", as: "user3", path: path + "?list=false", want: 200}).List()[0]; o["project_name"] == nil {
			t.Errorf("list=false: got %v, want the full object", o)
		}

		who.refused(t, s, func() string { return dump[store.ParticipantGroup](t, s) + dump[store.Participant](t, s) }, []attempt{
			{name: "no wrapper", as: "admin", path: path, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: path, body: group(fields{"id_project": 1}), want: 400},
			{name: "no project", as: "admin", path: path, body: group(fields{"id_participant_group": 1}), want: 400},
			{name: "null project", as: "admin", path: path, body: group(fields{"id_participant_group": 1, "id_project": nil}), want: 400},
			{name: "plain user", as: "user", path: path, body: group(fields{"id_participant_group": 0, "id_project": 1, "participant_group_name": "x"}), want: 403},
			{name: "another project", as: "user3", path: path, body: group(fields{"id_participant_group": 0, "id_project": 2, "participant_group_name": "x"}), want: 403},
			{name: "taking another project's", as: "user3", path: path, body: group(fields{"id_participant_group": 2, "id_project": 1}), want: 403},
			{name: "giving it to another project", as: "user3", path: path, body: group(fields{"id_participant_group": 1, "id_project": 2}), want: 403},
			{name: "unknown group", as: "admin", path: path, body: group(fields{"id_participant_group": 999, "id_project": 1}), want: 403},
			{name: "delete as plain user", as: "user", path: path + "?id=1", del: true, want: 403},
			{name: "delete another project's", as: "user3", path: path + "?id=2", del: true, want: 403},
			{name: "delete an unknown one", as: "admin", path: path + "?id=999", del: true, want: 403},
			{name: "delete with data", as: "user3", path: path + "?id=1", del: true, want: 500, text: "Can't delete participant group"},
		})

		made := who.try(t, s, attempt{name: "create", as: "user3", path: path, body: fields{"group": fields{"id_participant_group": 0, "id_project": 1, "participant_group_name": "New"}}, want: 200}).List()
		if len(made) != 1 || made[0]["project_name"] == nil {
			t.Fatalf("create: got %v", made)
		}
		id := int(made[0]["id_participant_group"].(float64))
		servertest.Change[store.Participant](t, s, 3, store.Object{"id_participant_group": id})
		who.try(t, s, attempt{name: "move with its participant", as: "siteadmin", path: path, body: group(fields{"id_participant_group": id, "id_project": 2}), want: 200})
		if p := servertest.Row[store.Participant](t, s, 3); p.ProjectID != 2 {
			t.Errorf("participant of the group moved: got project %d, want 2", p.ProjectID)
		}
	})
}

// Groups of the service API (core.md 4.5). FileTransferService is in all projects, VideoRehabService in project 1.
func TestParticipantGroupsOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, rehab = "/api/service/groups", "VideoRehabService"
		group := func(o fields) fields { return fields{"participant_group": o} }
		if o := who.try(t, s, attempt{name: "one", as: rehab, path: path + "?id_participant_group=1", want: 200}).Object(); o["participant_group_name"] == nil || o["project_name"] != nil {
			t.Errorf("one: got %v, want the min object", o)
		}
		for query, want := range map[string]int{"?id_project=1": 1, "?id_project=3": 0} {
			if got := len(who.try(t, s, attempt{name: query, as: "FileTransferService", path: path + query, want: 200}).List()); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
		who.refused(t, s, func() string { return dump[store.ParticipantGroup](t, s) }, []attempt{
			{name: "no argument", as: rehab, path: path, want: 400},
			{name: "another project", as: rehab, path: path + "?id_project=2", want: 403},
			{name: "another project's group", as: rehab, path: path + "?id_participant_group=2", want: 403},
			{name: "no id", as: rehab, path: path, body: group(fields{"id_project": 1}), want: 400},
			{name: "no project", as: rehab, path: path, body: group(fields{"id_participant_group": 0}), want: 400},
			{name: "no name", as: rehab, path: path, body: group(fields{"id_participant_group": 0, "id_project": 1}), want: 400},
			{name: "create elsewhere", as: rehab, path: path, body: group(fields{"id_participant_group": 0, "id_project": 2, "participant_group_name": "x"}), want: 403},
			{name: "taking another project's", as: rehab, path: path, body: group(fields{"id_participant_group": 2, "id_project": 1}), want: 403},
			{name: "giving it to another project", as: rehab, path: path, body: group(fields{"id_participant_group": 1, "id_project": 2}), want: 403},
			{name: "unknown field", as: rehab, path: path, body: group(fields{"id_participant_group": 1, "x": 1}), want: 500},
			{name: "delete another project's", as: rehab, path: path + "?id=2", del: true, want: 403},
			{name: "delete nothing", as: rehab, path: path, del: true, want: 403},
			{name: "delete with data", as: rehab, path: path + "?id=1", del: true, want: 500, text: "Deletion impossible"},
		})
		o := who.try(t, s, attempt{name: "create", as: rehab, path: path, body: group(fields{"id_participant_group": 0, "id_project": 1, "participant_group_name": "New"}), want: 200}).Object()
		who.try(t, s, attempt{name: "delete", as: rehab, path: servertest.Query(path, "id", jsonText(o["id_participant_group"])), del: true, want: 200, text: `""`})
	})
}
