package server_test

import (
	"maps"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Test types 1 and 2 are of VideoRehabService, 1 in both sites, 2 in site 1, both in project 1; 3 is of the file service, in
// site 2 and project 3.
func TestTestTypesOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		uuid3 := servertest.Row[store.TestType](t, s, 3).UUID
		servertest.Change[store.TestType](t, s, 3, store.Object{"test_type_key": "SURVEY"})
		for _, tt := range []struct {
			as, query   string
			status, len int
		}{
			{"admin", "", 200, 3},
			{"siteadmin", "", 200, 2},
			{"user4", "", 200, 0},
			{"siteadmin", "test_type_key=PRE", 200, 1},
			{"user4", "test_type_key=PRE", 404, 0},
			{"siteadmin", "test_type_key=none", 404, 0},
			{"siteadmin", "id_test_type=3", 404, 0}, // of a service that one sees, in a site that one does not
			{"siteadmin", "test_type_key=SURVEY", 404, 0},
			{"siteadmin", "test_type_uuid=" + uuid3, 404, 0},
			{"siteadmin", "id_site=2", 403, 0},
			{"siteadmin", "id_project=3", 403, 0},
			{"siteadmin", "id_project=2", 200, 0},
			{"admin", "id_site=2", 200, 2},
			{"user3", "id_project=1", 200, 2},
		} {
			a := s.Get(t, "/api/user/testtypes?"+tt.query, auth[tt.as])
			if a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s as %s: got %d with %d, want %d with %d", tt.query, tt.as, a.Status, len(a.List()), tt.status, tt.len)
			}
		}
		o := first(t, s.Get(t, "/api/user/testtypes?id_test_type=3&with_urls=1", auth["admin"]))
		for key, want := range map[string]any{
			"test_type_json_url": nil, "test_type_web_url": "https://core.example.org:40075/file/viewer",
			"test_type_web_editor_url": "https://core.example.org:40075/file/editor", "test_type_service_key": "FileTransferService",
		} {
			if o[key] != want {
				t.Errorf("%s: got %v, want %v", key, o[key], want)
			}
		}
		for u, edit := range map[string]bool{"admin": true, "siteadmin": true, "user3": true, "user": false} {
			o := first(t, s.Get(t, "/api/user/testtypes?id_test_type=1&with_only_token=1&list=1", auth[u]))
			if c := claims(o["access_token"].(string)); len(o) != 2 || c["can_edit"] != edit || c["test_type_uuids"] != o["test_type_uuid"] {
				t.Errorf("token for %s: got %v of %v, want can_edit %v", u, o, c, edit)
			}
		}
	})
}

func TestTestTypesPostedByUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		post := func(as string, o map[string]any) servertest.Answer {
			return s.Post(t, "/api/user/testtypes", map[string]any{"test_type": o}, auth[as])
		}
		type list = []map[string]any
		site1, project1, project2 := list{{"id_site": 1}}, list{{"id_project": 1}}, list{{"id_project": 2}}
		links := func(id any) (sites, projects int) {
			for _, what := range []struct {
				path string
				n    *int
			}{{"sites", &sites}, {"projects", &projects}} {
				*what.n = len(s.Get(t, servertest.Query("/api/user/testtypes/"+what.path, "id_test_type", jsonText(id)), auth["admin"]).List())
			}
			return sites, projects
		}
		base := map[string]any{"id_test_type": 0, "id_service": 3, "test_type_name": "new", "test_type_sites": site1, "test_type_projects": project1}
		made := first(t, post("siteadmin", base))
		id := made["id_test_type"]
		if sites, projects := links(id); sites != 1 || projects != 1 || made["test_type_service_key"] != "FileTransferService" {
			t.Errorf("create: got %v in %d sites, %d projects", made, sites, projects)
		}
		if a := post("siteadmin", map[string]any{"id_test_type": id, "test_type_name": "renamed", "test_type_uuid": "x", "test_type_projects": project2}); a.Status != 200 {
			t.Errorf("update: got %d %s", a.Status, a.Text)
		} else if o := first(t, a); o["test_type_name"] != "renamed" || o["test_type_uuid"] != made["test_type_uuid"] {
			t.Errorf("update: got %v", o)
		}
		if _, projects := links(id); projects != 1 {
			t.Errorf("projects replaced: got %d", projects)
		}
		if a := post("user3", map[string]any{"id_test_type": 1, "test_type_description": "by the project's administrator"}); a.Status != 200 {
			t.Errorf("by a project administrator: got %d %s", a.Status, a.Text)
		}

		// What the caller does not administer stays: type 1 is in site 2 too.
		if a := post("siteadmin", map[string]any{"id_test_type": 1, "test_type_sites": site1, "test_type_projects": project1}); a.Status != 200 {
			t.Errorf("sites of a shared type: got %d %s", a.Status, a.Text)
		}
		if sites, projects := links(1.0); sites != 2 || projects != 1 {
			t.Errorf("a shared type is in %d sites and %d projects, want 2 and 1", sites, projects)
		}

		state := storetest.State(t, db)
		before := state()
		for name, tt := range map[string]struct {
			as     string
			change map[string]any
			want   int
		}{
			"no id":                       {"admin", map[string]any{"id_test_type": absent}, 400},
			"no service":                  {"admin", map[string]any{"id_service": absent}, 403},
			"unknown service":             {"admin", map[string]any{"id_service": 999}, 403},
			"no name":                     {"admin", map[string]any{"test_type_name": absent}, 400},
			"no projects":                 {"siteadmin", map[string]any{"test_type_projects": absent}, 400},
			"service of others":           {"siteadmin", map[string]any{"id_service": 7}, 403},
			"site of others":              {"siteadmin", map[string]any{"test_type_sites": list{{"id_site": 1}, {"id_site": 2}}}, 403},
			"project of others":           {"siteadmin", map[string]any{"test_type_projects": list{{"id_project": 1}, {"id_project": 3}}}, 403},
			"project of others, later":    {"siteadmin", map[string]any{"id_test_type": id, "test_type_projects": list{{"id_project": 3}}}, 403},
			"projects without their site": {"siteadmin", map[string]any{"test_type_sites": absent}, 400},
			"plain user":                  {"user", nil, 403},
			"nobody":                      {"user4", nil, 403},
			"project without its site":    {"admin", map[string]any{"id_test_type": id, "test_type_sites": absent, "test_type_projects": list{{"id_project": 3}}}, 400},
			// core.md 13.2, 28: the type is of a service that the caller administers at home, but is another's
			"type of another tenant":   {"siteadmin", map[string]any{"id_test_type": 3}, 403},
			"type by another service":  {"siteadmin", map[string]any{"id_test_type": 3, "id_service": 6}, 403},
			"own type, foreign owner":  {"siteadmin", map[string]any{"id_test_type": id, "id_service": 7}, 403},
			"unknown type":             {"siteadmin", map[string]any{"id_test_type": 999}, 403},
			"sites that are no list":   {"admin", map[string]any{"test_type_sites": 1}, 400},
			"sites without id":         {"admin", map[string]any{"test_type_sites": list{{"x": 1}}}, 400},
			"projects with a text":     {"admin", map[string]any{"test_type_projects": list{{"id_project": "1"}}}, 400},
			"unknown site":             {"admin", map[string]any{"test_type_sites": list{{"id_site": 99}}}, 403},
			"unknown key of an update": {"admin", map[string]any{"id_test_type": id, "no_such_key": 1}, 500},
			"key that is taken":        {"admin", map[string]any{"test_type_key": "PRE"}, 500},
			"project with tests taken": {"admin", map[string]any{"id_test_type": 1, "id_service": absent, "test_type_sites": absent, "test_type_projects": list{}}, 500},
		} {
			o := maps.Clone(base)
			maps.Copy(o, tt.change)
			maps.DeleteFunc(o, func(_ string, v any) bool { return v == absent })
			if a := post(tt.as, o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", name, a.Status, a.Text, tt.want)
			}
		}
		for _, tt := range []struct {
			as, id string
			want   int
		}{
			{"siteadmin", "3", 403}, {"siteadmin", "999", 403}, {"user4", jsonText(id), 403}, {"user", jsonText(id), 403}, {"admin", "1", 500},
		} {
			if a := s.Delete(t, "/api/user/testtypes?id="+tt.id, auth[tt.as]); a.Status != tt.want {
				t.Errorf("delete of %s as %s: got %d %s, want %d", tt.id, tt.as, a.Status, a.Text, tt.want)
			}
		}
		if after := state(); after != before {
			t.Errorf("what was refused changed something:\n%s\n%s", before, after)
		}
		if a := s.Delete(t, "/api/user/testtypes?id="+jsonText(id), auth["siteadmin"]); a.Status != 200 {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
	})
}

func TestTestTypesOfServiceAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		rehab := s.Service(t, "VideoRehabService")
		uuid3 := servertest.Row[store.TestType](t, s, 3).UUID
		for query, want := range map[string]int{
			"": 2, "?id_site=1": 2, "?id_site=2": 0, "?id_project=1": 2, "?id_project=3": 0, "?id_participant=1": 2, "?id_participant=4": 0,
			"?id_participant=999": 0, "?id_test_type=1": 1, "?id_test_type=3": 0, "?test_type_uuid=" + uuid3: 0, "?test_type_key=PRE": 1, "?test_type_key=x": 0,
		} {
			if a := s.Get(t, "/api/service/testtypes"+query, rehab); a.Status != 200 || len(a.List()) != want {
				t.Errorf("%s: got %d with %d, want %d", query, a.Status, len(a.List()), want)
			}
		}
		if a := s.Get(t, "/api/service/testtypes?x=1", rehab); a.Status != 400 {
			t.Errorf("unknown argument: got %d, want 400", a.Status)
		}
		post := func(o map[string]any) servertest.Answer {
			return s.Post(t, "/api/service/testtypes", map[string]any{"test_type": o}, rehab)
		}
		made := post(map[string]any{"id_test_type": 0, "test_type_name": "new", "test_type_key": "NEW"}).Object()
		if made["id_service"] != 6.0 || made["test_type_service_key"] != "VideoRehabService" {
			t.Fatalf("create: got %v", made)
		}
		uuid, _ := made["test_type_uuid"].(string)
		if o := post(map[string]any{"test_type_uuid": uuid, "test_type_name": "by uuid"}).Object(); o["id_test_type"] != made["id_test_type"] || o["test_type_name"] != "by uuid" {
			t.Errorf("update by uuid: got %v", o)
		}
		state := storetest.State(t, db)
		before := state()
		for _, tt := range []struct {
			name string
			body map[string]any
			want int
		}{
			{"no id", map[string]any{"test_type_name": "x"}, 400},
			{"no name", map[string]any{"id_test_type": 0}, 400},
			{"another's", map[string]any{"id_test_type": 3, "test_type_name": "x"}, 403},
			{"another's by uuid", map[string]any{"test_type_uuid": uuid3, "test_type_name": "x"}, 403},
			{"unknown", map[string]any{"id_test_type": 999, "test_type_name": "x"}, 403},
			{"unknown uuid", map[string]any{"test_type_uuid": "x", "test_type_name": "x"}, 400}, // upstream: 500
			{"for another", map[string]any{"id_test_type": 0, "id_service": 3, "test_type_name": "x"}, 403},
			{"given away", map[string]any{"id_test_type": made["id_test_type"], "id_service": 3}, 403},
			{"new with a uuid", map[string]any{"id_test_type": 0, "test_type_uuid": uuid3, "test_type_name": "x"}, 403},
			{"key that is taken", map[string]any{"id_test_type": 0, "test_type_key": "PRE", "test_type_name": "x"}, 500},
		} {
			if a := post(tt.body); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		for query, want := range map[string]int{"": 400, "?uuid=x": 400, "?uuid=" + uuid3: 403, "?uuid=" + servertest.Row[store.TestType](t, s, 1).UUID: 500} {
			if a := s.Delete(t, "/api/service/testtypes"+query, rehab); a.Status != want {
				t.Errorf("delete %s: got %d %s, want %d", query, a.Status, a.Text, want)
			}
		}
		if after := state(); after != before {
			t.Errorf("what was refused changed something:\n%s\n%s", before, after)
		}
		if a := s.Delete(t, "/api/service/testtypes?uuid="+uuid, rehab); a.Status != 200 {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
	})
}
