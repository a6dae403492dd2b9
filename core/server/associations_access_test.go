package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// addForeign gives the second tenant things of its own: session type 6, service 7 and device 3 are in site 2 alone, session
// type 4 and test type 4 in both sites and in project 3. Session type 2 becomes VideoRehabService's, and is in project 2,
// which is not.
func addForeign(t *testing.T, s *servertest.Server) (robot string) {
	t.Helper()
	ctx := t.Context()
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := store.InsertJSON[store.SessionType](ctx, tx, store.Object{"session_type_name": "Secret", "session_type_online": false,
			"session_type_color": "#000000", "session_type_category": int(core.CategoryService), "id_service": 7}); err != nil {
			return err
		}
		if _, err := store.InsertJSON[store.TestType](ctx, tx, store.Object{"test_type_name": "Both", "id_service": 3}); err != nil {
			return err
		}
		for _, row := range []store.Row{
			&store.DeviceSite{DeviceID: 3, SiteID: 2}, &store.DeviceProject{DeviceID: 3, ProjectID: 3},
			&store.SessionTypeSite{SessionTypeID: 6, SiteID: 2}, &store.SessionTypeProject{SessionTypeID: 6, ProjectID: 3},
			&store.SessionTypeProject{SessionTypeID: 4, ProjectID: 3}, &store.SessionTypeService{SessionTypeID: 6, ServiceID: 3},
			&store.SessionTypeService{SessionTypeID: 2, ServiceID: 6}, &store.SessionTypeProject{SessionTypeID: 2, ProjectID: 2},
			&store.TestTypeSite{TestTypeID: 4, SiteID: 1}, &store.TestTypeProject{TestTypeID: 4, ProjectID: 1},
			&store.TestTypeSite{TestTypeID: 4, SiteID: 2}, &store.TestTypeProject{TestTypeID: 4, ProjectID: 3},
			&store.DeviceParticipant{DeviceID: 3, ParticipantID: 4},
		} {
			if err := tx.Insert(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Row[store.Device](t, s, 3).UUID
}

// Whoever does not administer both ends changes nothing, whatever form the request has and wherever the id is in it.
// siteadmin has site 1, user3 is administrator of project 1, user has projects 1 and 2, VideoRehabService site 1 with project 1.
func TestAssociationRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		robot := addForeign(t, s)
		auth := map[string]servertest.Auth{"rehab": s.Service(t, "VideoRehabService")}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		bureau := servertest.Row[store.Service](t, s, 5).UUID
		state := storetest.State(t, db)
		before := state()
		for _, tt := range []struct{ who, path, body string }{
			{"siteadmin", "devices/sites", `{"device": {"id_device": 1, "sites": [{"id_site": 1}]}}`},
			{"siteadmin", "devices/sites", `{"site": {"id_site": 1, "devices": [{"id_device": 1}]}}`},
			{"siteadmin", "devices/sites", `{"device_site": {"id_device": 1, "id_site": 1}}`},
			{"admin", "devices/sites", `{"device": {"id_device": 987654, "sites": []}}`},
			{"admin", "devices/sites", `{"device": {"id_device": 1, "sites": [{"id_site": 1}, {"id_site": 2}, {"id_site": 987654}]}}`},
			{"admin", "devices/sites", `{"device_site": [{"id_device": 3, "id_site": 1}, {"device_uuid": "nobody", "id_site": 1}]}`},
			{"siteadmin", "devices/sites", "id=3"},

			{"siteadmin", "devices/projects", `{"device": {"id_device": 3, "projects": []}}`},
			{"siteadmin", "devices/projects", `{"device": {"id_device": 3, "projects": [{"id_project": 1}]}}`},
			{"siteadmin", "devices/projects", `{"device": {"id_device": 1, "projects": [{"id_project": 1}]}}`}, // would leave project 3
			{"siteadmin", "devices/projects", `{"device": {"id_device": 2, "projects": [{"id_project": 1}, {"id_project": 3}]}}`},
			{"siteadmin", "devices/projects", `{"project": {"id_project": 3, "devices": []}}`},
			{"siteadmin", "devices/projects", `{"project": {"id_project": 2, "devices": [{"id_device": 1}, {"id_device": 3}]}}`},
			{"siteadmin", "devices/projects", `{"device_project": [{"id_device": 1, "id_project": 2}, {"id_device": 3, "id_project": 2}]}`},
			{"siteadmin", "devices/projects", `{"device_project": [{"id_device": 1, "id_project": 2}, {"id_device": 1, "id_project": 3}]}`},
			{"siteadmin", "devices/projects", `{"device_project": {"device_uuid": "` + robot + `", "id_project": 2}}`},
			{"admin", "devices/projects", `{"device_project": {"id_device": 2, "id_project": 3}}`}, // not in the site
			{"user3", "devices/projects", `{"project": {"id_project": 1, "devices": []}}`},
			{"siteadmin", "devices/projects", "id=3"},
			{"user3", "devices/projects", "id=1"},

			{"siteadmin", "devices/participants", `{"device_participant": {"id_device": 1, "id_participant": 4}}`},
			{"siteadmin", "devices/participants", `{"device_participant": [{"id_device": 2, "id_participant": 1}, {"id_device": 3, "id_participant": 1}]}`},
			{"admin", "devices/participants", `{"device_participant": {"id_device": 2, "id_participant": 4}}`}, // not in the project
			{"user", "devices/participants", `{"device_participant": {"id_device": 2, "id_participant": 1}}`},
			{"user", "devices/participants", "id=1"},
			{"siteadmin", "devices/participants", "id=4"},

			{"siteadmin", "services/projects", `{"service": {"id_service": 3, "projects": [{"id_project": 1}]}}`},
			{"siteadmin", "services/projects", `{"project": {"id_project": 3, "services": []}}`},
			{"siteadmin", "services/projects", `{"project": {"id_project": 2, "services": [{"id_service": 2}, {"id_service": 7}]}}`},
			{"siteadmin", "services/projects", `{"service_project": [{"id_service": 2, "id_project": 2}, {"id_service": 2, "id_project": 3}]}`},
			{"siteadmin", "services/projects", `{"service_project": {"service_uuid": "` + bureau + `", "id_project": 2}}`},
			{"admin", "services/projects", `{"service_project": {"id_service": 7, "id_project": 2}}`}, // not in the site
			{"user3", "services/projects", `{"project": {"id_project": 1, "services": []}}`},
			{"siteadmin", "services/projects", "id=4"},
			{"user3", "services/projects", "id=1"},

			{"siteadmin", "services/sites", `{"service": {"id_service": 3, "sites": [{"id_site": 1}]}}`},
			{"siteadmin", "services/sites", `{"site": {"id_site": 1, "services": [{"id_service": 3}]}}`},
			{"siteadmin", "services/sites", `{"service_site": [{"id_service": 5, "id_site": 1}]}`},
			{"admin", "services/sites", `{"site": {"id_site": 2, "services": [{"id_service": 3}, {"id_service": 987654}]}}`},
			{"siteadmin", "services/sites", "id=3"},

			{"siteadmin", "sessiontypes/projects", `{"session_type": {"id_session_type": 6, "projects": []}}`},
			{"siteadmin", "sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": [{"id_project": 2}, {"id_project": 3}]}}`},
			{"siteadmin", "sessiontypes/projects", `{"project": {"id_project": 3, "sessiontypes": []}}`},
			{"siteadmin", "sessiontypes/projects", `{"project": {"id_project": 2, "sessiontypes": [{"id_session_type": 1}, {"id_session_type": 6}]}}`},
			{"siteadmin", "sessiontypes/projects", `{"session_type_project": [{"id_session_type": 2, "id_project": 2}, {"id_session_type": 6, "id_project": 2}]}`},
			{"siteadmin", "sessiontypes/projects", `{"session_type_project": [{"id_session_type": 2, "id_project": 3}]}`},
			{"user3", "sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": []}}`},
			{"user3", "sessiontypes/projects", `{"session_type_project": {"id_session_type": 1, "id_project": 2}}`},
			{"admin", "sessiontypes/projects", `{"session_type_project": {"id_session_type": 1, "id_project": 3}}`}, // not in the site
			{"siteadmin", "sessiontypes/projects", "id=7"},                                                          // type 4 in project 3: the type alone is not enough

			{"siteadmin", "sessiontypes/sites", `{"session_type": {"id_session_type": 6, "sites": [{"id_site": 1}]}}`},
			{"siteadmin", "sessiontypes/sites", `{"session_type": {"id_session_type": 1, "sites": [{"id_site": 1}, {"id_site": 2}]}}`},
			{"siteadmin", "sessiontypes/sites", `{"site": {"id_site": 2, "sessiontypes": []}}`},
			{"siteadmin", "sessiontypes/sites", `{"site": {"id_site": 1, "sessiontypes": [{"id_session_type": 1}, {"id_session_type": 2}, {"id_session_type": 3}, {"id_session_type": 4}, {"id_session_type": 5}, {"id_session_type": 6}]}}`},
			{"siteadmin", "sessiontypes/sites", `{"session_type_site": [{"id_session_type": 1, "id_site": 1}, {"id_session_type": 6, "id_site": 1}]}`},
			{"user3", "sessiontypes/sites", `{"session_type_site": {"id_session_type": 1, "id_site": 1}}`},
			{"siteadmin", "sessiontypes/sites", "id=6"},

			{"siteadmin", "sessiontypes/services", `{"session_type": {"id_session_type": 6, "services": [{"id_service": 6}]}}`},
			{"siteadmin", "sessiontypes/services", `{"session_type": {"id_session_type": 4, "services": [{"id_service": 6}, {"id_service": 7}]}}`},
			{"siteadmin", "sessiontypes/services", `{"service": {"id_service": 7, "sessiontypes": [{"id_session_type": 4}]}}`},
			{"siteadmin", "sessiontypes/services", `{"service": {"id_service": 6, "sessiontypes": [{"id_session_type": 4}, {"id_session_type": 6}]}}`},
			{"siteadmin", "sessiontypes/services", `{"session_type_service": [{"id_session_type": 4, "id_service": 6}, {"id_session_type": 6, "id_service": 6}]}`},
			{"user", "sessiontypes/services", `{"session_type_service": {"id_session_type": 4, "id_service": 6}}`},
			{"siteadmin", "sessiontypes/services", "id=2"},

			{"siteadmin", "testtypes/projects", `{"test_type": {"id_test_type": 4, "projects": [{"id_project": 1}]}}`}, // would leave project 3
			{"siteadmin", "testtypes/projects", `{"test_type": {"id_test_type": 3, "projects": [{"id_project": 1}]}}`},
			{"siteadmin", "testtypes/projects", `{"test_type": {"id_test_type": 2, "projects": [{"id_project": 2}, {"id_project": 3}]}}`},
			{"siteadmin", "testtypes/projects", `{"project": {"id_project": 3, "testtypes": []}}`},
			{"siteadmin", "testtypes/projects", `{"project": {"id_project": 2, "testtypes": [{"id_test_type": 1}, {"id_test_type": 3}]}}`},
			{"siteadmin", "testtypes/projects", `{"test_type_project": [{"id_test_type": 2, "id_project": 2}, {"id_test_type": 2, "id_project": 3}]}`},
			{"user", "testtypes/projects", `{"test_type": {"id_test_type": 2, "projects": []}}`},
			{"admin", "testtypes/projects", `{"test_type_project": {"id_test_type": 3, "id_project": 2}}`}, // not in the site
			{"siteadmin", "testtypes/projects", "id=3"},

			{"siteadmin", "testtypes/sites", `{"test_type": {"id_test_type": 3, "sites": [{"id_site": 1}]}}`},
			{"siteadmin", "testtypes/sites", `{"test_type": {"id_test_type": 2, "sites": [{"id_site": 1}, {"id_site": 2}]}}`},
			{"siteadmin", "testtypes/sites", `{"site": {"id_site": 2, "testtypes": []}}`},
			{"siteadmin", "testtypes/sites", `{"site": {"id_site": 1, "testtypes": [{"id_test_type": 1}, {"id_test_type": 2}, {"id_test_type": 3}]}}`},
			{"siteadmin", "testtypes/sites", `{"test_type_site": [{"id_test_type": 1, "id_site": 1}, {"id_test_type": 3, "id_site": 1}]}`},
			{"user3", "testtypes/sites", `{"test_type_site": {"id_test_type": 1, "id_site": 1}}`},
			{"siteadmin", "testtypes/sites", "id=4"},

			{"rehab", "sessiontypes/projects", `{"session_type": {"id_session_type": 2, "projects": [{"id_project": 1}]}}`}, // would leave project 2
			{"rehab", "sessiontypes/projects", `{"session_type": {"id_session_type": 3, "projects": [{"id_project": 1}]}}`},
			{"rehab", "sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": [{"id_project": 1}, {"id_project": 2}]}}`},
			{"rehab", "sessiontypes/projects", `{"project": {"id_project": 2, "sessions_types": []}}`},
			{"rehab", "sessiontypes/projects", `{"project": {"id_project": 1, "sessions_types": [{"id_session_type": 1}, {"id_session_type": 6}]}}`},
			{"rehab", "sessiontypes/projects", `{"sessions_types_projects": [{"id_session_type": 1, "id_project": 1}, {"id_session_type": 6, "id_project": 1}]}`},
			{"rehab", "sessiontypes/projects", `{"sessions_types_projects": [{"id_session_type": 1, "id_project": 3}]}`},
			{"rehab", "sessiontypes/projects", "id=3"},
			{"rehab", "sessiontypes/projects", "id=8"},
			{"rehab", "testtypes/projects", `{"test_type": {"id_test_type": 3, "projects": []}}`},
			{"rehab", "testtypes/projects", `{"project": {"id_project": 1, "testtypes": [{"id_test_type": 1}, {"id_test_type": 2}, {"id_test_type": 3}]}}`},
			{"rehab", "testtypes/projects", `{"test_type_project": {"id_test_type": 3, "id_project": 1}}`},
			{"rehab", "testtypes/projects", "id=3"},
		} {
			path := "/api/user/" + tt.path
			if tt.who == "rehab" {
				path = "/api/service/" + tt.path
			}
			var a servertest.Answer
			if strings.HasPrefix(tt.body, "id=") {
				a = s.Delete(t, path+"?"+tt.body, auth[tt.who])
			} else {
				a = s.Do(t, "POST", path, "application/json", tt.body, auth[tt.who])
			}
			if a.Status != 403 {
				t.Errorf("%s %s as %s: got %d %s, want 403", path, tt.body, tt.who, a.Status, a.Text)
			}
			if after := state(); after != before {
				t.Fatalf("%s %s as %s: answered %d and changed the database", path, tt.body, tt.who, a.Status)
			}
		}
	})
}

// What a rule of the store refuses is a 500 with a text, in a replacement as for a single pair, and nothing of the
// replacement is kept (core.md 4.1).
func TestAssociationInUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin, rehab := s.User(t, "admin"), s.Service(t, "VideoRehabService")
		state := storetest.State(t, db)
		before := state()
		for _, tt := range []struct {
			path, body string
			status     int
		}{
			{"user/devices/sites", `{"device": {"id_device": 2, "sites": [{"id_site": 2}]}}`, 500},
			{"user/devices/sites", `{"site": {"id_site": 1, "devices": [{"id_device": 3}]}}`, 500},
			{"user/devices/sites", "id=2", 500},
			{"user/devices/projects", `{"device": {"id_device": 2, "projects": []}}`, 500},
			{"user/devices/projects", `{"project": {"id_project": 1, "devices": []}}`, 500},
			{"user/devices/projects", "id=2", 500},
			{"user/services/projects", `{"service": {"id_service": 6, "projects": []}}`, 500},
			{"user/services/projects", `{"project": {"id_project": 1, "services": [{"id_service": 2}]}}`, 500},
			{"user/services/projects", "id=2", 500},
			{"user/services/sites", `{"service": {"id_service": 6, "sites": [{"id_site": 2}]}}`, 500},
			{"user/services/sites", `{"site": {"id_site": 1, "services": []}}`, 500},
			{"user/services/sites", "id=1", 500},
			{"user/sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": [{"id_project": 2}]}}`, 500},
			{"user/sessiontypes/projects", `{"project": {"id_project": 1, "sessiontypes": []}}`, 500},
			{"user/sessiontypes/projects", "id=1", 500},
			{"user/sessiontypes/sites", `{"session_type": {"id_session_type": 1, "sites": [{"id_site": 2}]}}`, 500},
			{"user/sessiontypes/sites", `{"site": {"id_site": 1, "sessiontypes": []}}`, 500},
			{"user/sessiontypes/sites", "id=1", 500},
			{"user/sessiontypes/services", `{"session_type": {"id_session_type": 3, "services": [{"id_service": 6}]}}`, 400},
			{"user/sessiontypes/services", `{"service": {"id_service": 3, "sessiontypes": []}}`, 500},
			{"user/sessiontypes/services", "id=1", 500},
			{"user/testtypes/projects", `{"test_type": {"id_test_type": 1, "projects": [{"id_project": 2}]}}`, 500},
			{"user/testtypes/projects", `{"project": {"id_project": 1, "testtypes": []}}`, 500},
			{"user/testtypes/projects", "id=1", 500},
			{"user/testtypes/sites", `{"test_type": {"id_test_type": 1, "sites": []}}`, 500},
			{"user/testtypes/sites", `{"site": {"id_site": 1, "testtypes": [{"id_test_type": 3}]}}`, 500},
			{"user/testtypes/sites", "id=1", 500},
			{"service/sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": []}}`, 500},
			{"service/sessiontypes/projects", "id=1", 500},
			{"service/testtypes/projects", `{"project": {"id_project": 1, "testtypes": []}}`, 500},
		} {
			auth := admin
			if strings.HasPrefix(tt.path, "service/") {
				auth = rehab
			}
			var a servertest.Answer
			if strings.HasPrefix(tt.body, "id=") {
				a = s.Delete(t, "/api/"+tt.path+"?"+tt.body, auth)
			} else {
				a = s.Do(t, "POST", "/api/"+tt.path, "application/json", tt.body, auth)
			}
			if text, _ := a.JSON.(string); a.Status != tt.status || !strings.HasPrefix(text, "Can't remove the ") {
				t.Errorf("%s %s: got %d %s, want %d with the reason", tt.path, tt.body, a.Status, a.Text, tt.status)
			}
			if after := state(); after != before {
				t.Fatalf("%s %s: answered %d and changed the database", tt.path, tt.body, a.Status)
			}
		}
	})
}

// Bodies that are none of the three forms, and pairs that are unknown.
func TestAssociationMalformed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{"user": s.User(t, "admin"), "service": s.Service(t, "VideoRehabService")}
		state := storetest.State(t, db)
		before := state()
		for _, tt := range []struct{ api, path, left, lefts, right, rights, pair string }{
			{"user", "devices/sites", "device", "devices", "site", "sites", "device_site"},
			{"user", "devices/projects", "device", "devices", "project", "projects", "device_project"},
			{"user", "devices/participants", "", "", "participant", "", "device_participant"},
			{"user", "services/projects", "service", "services", "project", "projects", "service_project"},
			{"user", "services/sites", "service", "services", "site", "sites", "service_site"},
			{"user", "sessiontypes/projects", "session_type", "sessiontypes", "project", "projects", "session_type_project"},
			{"user", "sessiontypes/sites", "session_type", "sessiontypes", "site", "sites", "session_type_site"},
			{"user", "sessiontypes/services", "session_type", "sessiontypes", "service", "services", "session_type_service"},
			{"user", "testtypes/projects", "test_type", "testtypes", "project", "projects", "test_type_project"},
			{"user", "testtypes/sites", "test_type", "testtypes", "site", "sites", "test_type_site"},
			{"service", "sessiontypes/projects", "session_type", "sessions_types", "project", "projects", "sessions_types_projects"},
			{"service", "testtypes/projects", "test_type", "testtypes", "project", "projects", "test_type_project"},
		} {
			bodies := []string{`{}`, `{"other": {}}`}
			for _, pair := range []string{`{}`, `"x"`, `[[]]`, `[null]`, `{"id_` + tt.right + `": 1}`, `[{"id_` + tt.right + `": "1; DROP TABLE t_users"}]`} {
				bodies = append(bodies, fmt.Sprintf(`{%q: %s}`, tt.pair, pair))
			}
			if tt.left != "" {
				for _, e := range [][3]string{{tt.left, tt.rights, tt.right}, {tt.right, tt.lefts, tt.left}} {
					id, far := `"id_`+e[0]+`"`, `"id_`+e[2]+`"`
					for _, set := range []string{
						`null`, `[]`, `{}`, `{` + id + `: 1}`, `{` + id + `: 1, "` + e[1] + `": null}`, `{` + id + `: "1", "` + e[1] + `": []}`,
						`{` + id + `: 99999999999, "` + e[1] + `": []}`, `{` + id + `: 1, "` + e[1] + `": [1]}`, `{` + id + `: 1, "` + e[1] + `": "1"}`,
						`{` + id + `: 1, "` + e[1] + `": [{}]}`, `{` + id + `: 1, "` + e[1] + `": [{` + far + `: -1}]}`, `{` + id + `: 1, "` + e[1] + `": [{` + far + `: null}]}`,
					} {
						bodies = append(bodies, fmt.Sprintf(`{%q: %s}`, e[0], set))
					}
				}
			}
			path := "/api/" + tt.api + "/" + tt.path
			for _, body := range bodies {
				if a := s.Do(t, "POST", path, "application/json", body, auth[tt.api]); a.Status != 400 {
					t.Errorf("%s %s: got %d %s, want 400", path, body, a.Status, a.Text)
				}
			}
			unknown := 400
			if tt.path == "sessiontypes/services" {
				unknown = 404
			}
			for query, want := range map[string]int{"?id=987654": unknown, "?id=-1": unknown, "": 400, "?id=x": 400} {
				if a := s.Delete(t, path+query, auth[tt.api]); a.Status != want {
					t.Errorf("delete %s%s: got %d %s, want %d", path, query, a.Status, a.Text, want)
				}
			}
		}
		if after := state(); after != before {
			t.Error("a malformed request changed the database")
		}
	})
}
