package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store/storetest"
)

// ends are the keys of the two ends of each association.
var ends = map[string][2]string{
	"devices/sites": {"id_device", "id_site"}, "devices/projects": {"id_device", "id_project"},
	"devices/participants": {"id_device", "id_participant"},
	"services/projects":    {"id_service", "id_project"}, "services/sites": {"id_service", "id_site"},
	"sessiontypes/projects": {"id_session_type", "id_project"}, "sessiontypes/sites": {"id_session_type", "id_site"},
	"sessiontypes/services": {"id_session_type", "id_service"},
	"testtypes/projects":    {"id_test_type", "id_project"}, "testtypes/sites": {"id_test_type", "id_site"},
}

// pairs writes the pairs of an answer as "1-2 3-_", "_" for null. A pair without key has one end only.
func pairs(t *testing.T, path string, list []map[string]any) string {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/api/user/"), "/api/service/")
	var out []string
	for _, o := range list {
		text := ""
		for _, key := range ends[path] {
			v, ok := o[key]
			if !ok {
				t.Errorf("%s: got %v without %s", path, o, key)
			}
			if v == nil {
				v = "_"
			}
			text += fmt.Sprint("-", v)
		}
		out = append(out, text[1:])
	}
	return strings.Join(out, " ")
}

// What listings show, in the order of the names, to whom (core.md 2.2, 5.2).
func TestAssociationLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{"rehab": s.Service(t, "VideoRehabService"), "file": s.Service(t, "FileTransferService")}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		for _, tt := range []struct{ who, path, want string }{
			{"admin", "devices/sites?id_site=1", "1-1 2-1"},
			{"admin", "devices/sites?id_site=1&with_devices=1", "1-1 2-1 3-_"},
			{"siteadmin", "devices/sites?id_site=1&with_devices=1", "1-1 2-1"},
			{"admin", "devices/sites?id_device=1", "1-1 1-2"},
			{"siteadmin", "devices/sites?id_device=1", "1-1"},
			{"admin", "devices/sites?id_device=2&with_sites=1", "2-1 _-2"},
			{"user", "devices/sites?id_site=2", ""},
			{"user4", "devices/sites?id_device=1&with_sites=1", ""},
			{"admin", "devices/sites?id_device=3", ""},
			{"admin", "devices/sites?list=1", ""},

			{"user3", "devices/projects?id_project=1", "1-1 2-1"},
			{"user3", "devices/projects?id_project=2&with_devices=1", ""},
			{"siteadmin", "devices/projects?id_project=2&with_devices=1", "1-_ 2-_"},
			{"admin", "devices/projects?id_device=1&with_projects=1", "1-1 _-2 1-3"},
			{"siteadmin", "devices/projects?id_device=1&with_projects=1", "1-1 _-2"},
			{"admin", "devices/projects?id_project=3&with_devices=1", "1-3"},

			{"admin", "devices/participants?id_device=1", "1-1 1-2"},
			{"user", "devices/participants?id_participant=2", "1-2 2-2"},
			{"user", "devices/participants?id_participant=2&id_device_type=1", "2-2"},
			{"siteadmin", "devices/participants?id_site=1", "1-1 1-2 2-2"},
			{"siteadmin", "devices/participants?id_participant=4", ""},
			{"admin", "devices/participants?id_site=2", ""},
			{"admin", "devices/participants?id_device_type=1", ""},

			{"user", "services/projects?id_project=2&with_services=1", "3-2 2-_ 6-_"},
			{"admin", "services/projects?id_service=6&with_projects=1", "6-1 _-2 _-3"},
			{"siteadmin", "services/projects?id_service=3", "3-1 3-2"},
			{"user", "services/projects?id_service=7&with_projects=1", ""},
			{"admin", "services/sites?id_site=2&with_services=1", "5-_ 4-_ 3-2 2-_ 7-_ 6-_"},
			{"siteadmin", "services/sites?id_site=1&with_services=1", "3-1 2-1 6-1"},
			{"siteadmin", "services/sites?id_service=3&with_sites=1", "3-1"},
			{"user", "services/sites?id_site=1", "3-1 6-1"},

			{"siteadmin", "sessiontypes/projects?id_project=2&with_session_type=1", "3-_ 2-_ 4-_ 5-2 1-_"},
			{"admin", "sessiontypes/projects?id_session_type=4&with_projects=1", "4-1 _-2 _-3"},
			{"user3", "sessiontypes/projects?id_session_type=4&with_projects=1", "4-1"},
			{"admin", "sessiontypes/projects?id_project=2&id_session_type=4", "5-2"},
			{"admin", "sessiontypes/sites?id_site=2&with_session_type=1", "3-_ 2-_ 4-2 5-_ 1-_"},
			{"siteadmin", "sessiontypes/sites?id_session_type=4&with_sites=1", "4-1"},
			{"user", "sessiontypes/services?id_session_type=3&with_services=1", "3-3 _-6"},
			{"user4", "sessiontypes/services?id_session_type=3", ""},
			{"admin", "sessiontypes/services?id_service=3&list=1", ""}, // no argument of it

			{"user", "testtypes/projects?id_project=1", "2-1 1-1"},
			{"siteadmin", "testtypes/projects?id_test_type=1&with_projects=1", "1-1 _-2"},
			{"siteadmin", "testtypes/projects?id_project=2&with_tests_types=1", "2-_ 1-_"},
			{"admin", "testtypes/sites?id_site=1&with_tests_types=1", "3-_ 2-1 1-1"},
			{"siteadmin", "testtypes/sites?id_site=1&with_tests_types=1", "2-1 1-1"},
			{"siteadmin", "testtypes/sites?id_test_type=1&with_sites=1", "1-1"},
			{"siteadmin", "testtypes/sites?id_test_type=3", ""},

			{"rehab", "sessiontypes/projects?id_project=1", "3-1 2-1 4-1 1-1"},
			{"rehab", "sessiontypes/projects?id_session_type=1", "1-1"},
			{"rehab", "sessiontypes/projects?id_session_type=2", ""},
			{"rehab", "sessiontypes/projects?id_project=3", ""},
			{"file", "testtypes/projects?id_test_type=3", "3-3"},
			{"rehab", "testtypes/projects?id_test_type=3", ""},
			{"rehab", "testtypes/projects?id_project=1", "2-1 1-1"},
		} {
			path := "/api/user/" + tt.path
			if tt.who == "rehab" || tt.who == "file" {
				path = "/api/service/" + tt.path
			}
			a := s.Get(t, path, auth[tt.who])
			if a.Status != 200 || a.JSON == nil {
				t.Errorf("%s as %s: got %d %s, want 200", path, tt.who, a.Status, a.Text)
			}
			if got := pairs(t, path, a.List()); got != tt.want {
				t.Errorf("%s as %s: got %q, want %q", path, tt.who, got, tt.want)
			}
		}
		for path, keys := range ends {
			for _, query := range []string{"", "?list=0", "?" + keys[0] + "=0"} {
				if a := s.Get(t, "/api/user/"+path+query, auth["admin"]); a.Status != 400 {
					t.Errorf("%s%s: got %d %s, want 400", path, query, a.Status, a.Text)
				}
			}
		}
	})
}

// What each pair of a listing has beside its ids.
func TestAssociationFields(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	admin := s.User(t, "admin")
	for _, tt := range []struct {
		path string
		n    int // which pair
		want string
	}{
		{"devices/sites?id_site=1&with_devices=1", 0, "device_available=false device_name=Apple Watch #W05P1 id_device=1 id_device_site=1 id_site=1 site_name=Default Site"},
		{"devices/sites?id_site=1&with_devices=1", 2, "device_available=true device_name=Robot A id_device=3 id_device_site=<nil> id_site=<nil> site_name=<nil>"},
		{"devices/sites?id_device=2&with_sites=1", 1, "device_available=false device_name=<nil> id_device=<nil> id_device_site=<nil> id_site=2 site_name=Top Secret Site"},
		{"devices/sites?id_site=1&with_devices=1&list=1", 2, "id_device=3 id_device_site=<nil> id_site=<nil>"},
		{"devices/projects?id_device=2&with_projects=1&with_sites=1", 1, "device_available=false device_name=<nil> id_device=<nil> id_device_project=<nil> id_project=2 id_site=1 project_name=Default Project #2 site_name=Default Site"},
		{"devices/projects?id_project=1", 0, "device_available=false device_name=Apple Watch #W05P1 id_device=1 id_device_project=1 id_project=1 project_name=Default Project #1"},
		{"devices/participants?id_participant=2&list=1", 0, "id_device=1 id_device_participant=2 id_participant=2"},
		{"services/projects?id_project=2", 0, "id_project=2 id_service=3 id_service_project=3 project_name=Default Project #2 service_key=FileTransferService service_name=File Transfer Service service_system=true"},
		{"services/sites?id_service=6&with_sites=1", 1, "id_service=<nil> id_service_site=<nil> id_site=2 service_key=<nil> service_name=<nil> service_system=<nil> site_name=Top Secret Site"},
		{"sessiontypes/projects?id_project=2&with_sites=1", 0, "id_project=2 id_session_type=5 id_session_type_project=5 id_site=1 project_name=Default Project #2 session_type_name=FileTransfer site_name=Default Site"},
		{"sessiontypes/sites?id_site=2", 0, "id_session_type=4 id_session_type_site=6 id_site=2 session_type_name=Exercices individuels site_name=Top Secret Site"},
		{"sessiontypes/services?id_session_type=3", 0, "id_service=3 id_session_type=3 id_session_type_service=1 service_name=File Transfer Service session_type_name=Collecte données"},
		{"testtypes/projects?id_project=1&with_tests_types=1&with_sites=1", 1, "id_project=1 id_site=1 id_test_type=1 id_test_type_project=1 project_name=Default Project #1 site_name=Default Site test_type_name=Pre-session evaluation"},
		{"testtypes/sites?id_site=2&list=true", 0, "id_site=2 id_test_type=3 id_test_type_site=4"},
	} {
		list := s.Get(t, "/api/user/"+tt.path, admin).List()
		if len(list) <= tt.n {
			t.Errorf("%s: got %v", tt.path, list)
			continue
		}
		var fields []string
		for k, v := range list[tt.n] {
			fields = append(fields, fmt.Sprintf("%s=%v", k, v))
		}
		slices.Sort(fields)
		if got := strings.Join(fields, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.path, got, tt.want)
		}
	}
	lent := s.Get(t, "/api/user/devices/participants?id_participant=2", admin).List()
	if device, _ := lent[1]["device_participant_device"].(map[string]any); lent[1]["device_name"] != "Kit Télé #1" || lent[1]["participant_name"] != "Participant #2" || device["id_device"] != 2.0 {
		t.Errorf("lent: got %v", lent[1])
	}
	for _, tt := range []struct {
		path string
		want []int // roles of each service
	}{
		{"services/projects?id_project=1&with_roles=1&list=1", []int{2, 2}},
		{"services/sites?id_service=6&with_sites=1&with_roles=1", []int{2, 0}},
	} {
		for i, o := range s.Get(t, "/api/user/"+tt.path, admin).List() {
			roles, ok := o["service_roles"].([]any)
			if !ok || len(roles) != tt.want[i] {
				t.Errorf("%s, pair %d: got roles %v, want %d", tt.path, i, o["service_roles"], tt.want[i])
			} else if len(roles) > 0 && (roles[0].(map[string]any)["service_role_name"] != "admin" || roles[0].(map[string]any)["id_service"] != nil) {
				t.Errorf("%s: got role %v", tt.path, roles[0])
			}
		}
	}
}
