package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Replacements, additions and removals, one after the other, with what the answer lists and what a listing then shows.
func TestAssociationWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{"rehab": s.Service(t, "VideoRehabService")}
		for _, u := range []string{"admin", "siteadmin", "user2", "user3"} {
			auth[u] = s.User(t, u)
		}
		device := servertest.Row[store.Device](t, s, 3).UUID
		service := servertest.Row[store.Service](t, s, 2).UUID
		for i, tt := range []struct {
			who, path, body string
			answer          string // the pairs that it lists
			see, want       string // a listing for the super-administrator afterwards
		}{
			// Form 1, form 2 and form 3; only new pairs are answered; a repeated id counts once.
			{"admin", "devices/sites", `{"device": {"id_device": 3, "sites": [{"id_site": 1}, {"id_site": 2}, {"id_site": 1}]}}`, "3-1 3-2", "id_device=3", "3-1 3-2"},
			{"admin", "devices/sites", `{"device": {"id_device": 3, "sites": [{"id_site": 2}]}}`, "", "id_device=3", "3-2"},
			{"admin", "devices/sites", `{"site": {"id_site": 2, "devices": [{"id_device": 1}, {"id_device": 2}]}}`, "2-2", "id_site=2", "1-2 2-2"},
			{"admin", "devices/sites", `{"site": {"id_site": 2, "devices": [{"id_device": 1}]}}`, "", "id_site=2", "1-2"}, // core.md 13.3, 66: committed
			{"admin", "devices/sites", `{"device_site": [{"device_uuid": "` + device + `", "id_site": 1}, {"id_device": 1, "id_site": 1}]}`, "3-1 1-1", "id_site=1", "1-1 2-1 3-1"},
			{"siteadmin", "devices/projects", `{"project": {"id_project": 2, "devices": [{"id_device": 3}, {"id_device": 2}]}}`, "2-2 3-2", "id_project=2", "2-2 3-2"},
			{"siteadmin", "devices/projects", `{"device": {"id_device": 3, "projects": [{"id_project": 1}]}}`, "3-1", "id_device=3", "3-1"},
			{"siteadmin", "devices/projects", `{"device_project": {"device_uuid": "` + device + `", "id_project": 2}}`, "3-2", "id_device=3", "3-1 3-2"},
			{"user3", "devices/participants", `{"device_participant": [{"id_device": 3, "id_participant": 3}, {"id_device": 1, "id_participant": 1}]}`, "3-3 1-1", "id_device=3", "3-3"},

			{"admin", "services/sites", `{"service": {"id_service": 7, "sites": [{"id_site": 1}, {"id_site": 2}]}}`, "7-1 7-2", "id_service=7", "7-1 7-2"},
			{"admin", "services/sites", `{"site": {"id_site": 2, "services": [{"id_service": 3}]}}`, "", "id_site=2", "3-2"},
			{"admin", "services/sites", `{"service_site": {"service_uuid": "` + service + `", "id_site": 2}}`, "2-2", "id_site=2", "3-2 2-2"},
			{"siteadmin", "services/projects", `{"project": {"id_project": 2, "services": [{"id_service": 2}, {"id_service": 7}, {"id_service": 3}]}}`, "2-2 7-2", "id_project=2", "3-2 2-2 7-2"},
			{"admin", "services/projects", `{"service": {"id_service": 7, "projects": [{"id_project": 1}]}}`, "7-1", "id_service=7", "7-1"},
			{"siteadmin", "services/projects", `{"service_project": [{"service_uuid": "` + service + `", "id_project": 1}, {"id_service": 7, "id_project": 2}]}`, "2-1 7-2", "id_service=2", "2-1 2-2"},

			// What the caller does not administer stays: type 4 in site 2, and in project 3.
			{"admin", "sessiontypes/projects", `{"session_type": {"id_session_type": 4, "projects": [{"id_project": 1}, {"id_project": 3}]}}`, "4-3", "id_session_type=4", "4-1 4-3"},
			{"siteadmin", "sessiontypes/projects", `{"session_type": {"id_session_type": 4, "projects": [{"id_project": 1}, {"id_project": 2}]}}`, "4-2", "id_session_type=4", "4-1 4-2 4-3"},
			{"siteadmin", "sessiontypes/sites", `{"session_type": {"id_session_type": 4, "sites": [{"id_site": 1}]}}`, "", "id_session_type=4", "4-1 4-2"},
			{"user3", "sessiontypes/projects", `{"project": {"id_project": 1, "sessiontypes": [{"id_session_type": 5}, {"id_session_type": 1}, {"id_session_type": 2}, {"id_session_type": 3}, {"id_session_type": 4}]}}`, "5-1", "id_session_type=5", "5-1 5-2"},
			{"siteadmin", "sessiontypes/projects", `{"session_type_project": {"id_session_type": 3, "id_project": 2}}`, "3-2", "id_project=2", "3-2 4-2 5-2"},
			{"admin", "sessiontypes/sites", `{"site": {"id_site": 2, "sessiontypes": [{"id_session_type": 4}, {"id_session_type": 5}]}}`, "5-2", "id_site=2", "4-2 5-2"},
			{"siteadmin", "sessiontypes/sites", `{"session_type_site": {"id_session_type": 5, "id_site": 1}}`, "5-1", "id_session_type=5", "5-1 5-2"},
			{"admin", "sessiontypes/services", `{"session_type": {"id_session_type": 5, "services": [{"id_service": 6}, {"id_service": 2}, {"id_service": 4}]}}`, "5-2 5-4 5-6", "id_session_type=5", "5-4 5-2 5-6"},
			{"siteadmin", "sessiontypes/services", `{"session_type": {"id_session_type": 5, "services": [{"id_service": 6}]}}`, "5-6", "id_session_type=5", "5-6"},
			{"siteadmin", "sessiontypes/services", `{"service": {"id_service": 2, "sessiontypes": [{"id_session_type": 4}]}}`, "4-2", "id_session_type=4", "4-2"},
			{"siteadmin", "sessiontypes/services", `{"session_type_service": [{"id_session_type": 4, "id_service": 6}]}`, "4-6", "id_session_type=4", "4-2 4-6"},

			{"siteadmin", "testtypes/projects", `{"test_type": {"id_test_type": 1, "projects": [{"id_project": 2}, {"id_project": 1}]}}`, "1-2", "id_test_type=1", "1-1 1-2"},
			{"user3", "testtypes/projects", `{"project": {"id_project": 1, "testtypes": [{"id_test_type": 1}, {"id_test_type": 2}]}}`, "", "id_project=1", "2-1 1-1"},
			{"siteadmin", "testtypes/projects", `{"test_type_project": {"id_test_type": 2, "id_project": 2}}`, "2-2", "id_test_type=2", "2-1 2-2"},
			{"admin", "testtypes/sites", `{"test_type": {"id_test_type": 3, "sites": [{"id_site": 1}, {"id_site": 2}]}}`, "3-1", "id_test_type=3", "3-1 3-2"},
			{"siteadmin", "testtypes/sites", `{"test_type": {"id_test_type": 3, "sites": []}}`, "", "id_test_type=3", "3-2"},
			{"admin", "testtypes/sites", `{"site": {"id_site": 2, "testtypes": [{"id_test_type": 3}]}}`, "", "id_site=2", "3-2"},
			{"admin", "testtypes/sites", `{"test_type_site": [{"id_test_type": 2, "id_site": 2}]}`, "2-2", "id_site=2", "3-2 2-2"},

			// Of a service: type 1 is its own, 2 is of its site and of no service; the link to the site comes along.
			{"rehab", "sessiontypes/projects", `{"project": {"id_project": 1, "sessions_types": [{"id_session_type": 1}, {"id_session_type": 2}, {"id_session_type": 3}, {"id_session_type": 4}]}}`, "", "id_project=1", "3-1 2-1 4-1 1-1"},
			{"rehab", "sessiontypes/projects", `{"session_type": {"id_session_type": 1, "projects": [{"id_project": 1}]}}`, "", "id_session_type=1", "1-1"},
			{"rehab", "sessiontypes/projects", `{"sessions_types_projects": {"id_session_type": 2, "id_project": 1}}`, "2-1", "id_session_type=2", "2-1"},
			{"rehab", "testtypes/projects", `{"test_type_project": {"id_test_type": 1, "id_project": 1}}`, "1-1", "id_test_type=1", "1-1 1-2"},
		} {
			path := "/api/user/" + tt.path
			if tt.who == "rehab" {
				path = "/api/service/" + tt.path
			}
			a := s.Do(t, "POST", path, "application/json", tt.body, auth[tt.who])
			if got := pairs(t, path, a.List()); a.Status != 200 || a.JSON == nil || got != tt.answer {
				t.Errorf("%d: %s %s as %s: got %d %s, want %q", i, path, tt.body, tt.who, a.Status, a.Text, tt.answer)
			}
			for _, o := range a.List() {
				if id, _ := o[linkKey(tt.path)].(float64); id < 1 {
					t.Errorf("%d: %s answers %v without its key", i, path, o)
				}
			}
			see := "/api/user/" + tt.path + "?" + tt.see
			if got := pairs(t, see, s.Get(t, see, auth["admin"]).List()); got != tt.want {
				t.Errorf("%d: after %s %s: got %q, want %q", i, path, tt.body, got, tt.want)
			}
		}
	})
}

// linkKey is the key of the pairs of an association: id_device_site.
func linkKey(path string) string {
	return map[string]string{
		"devices/sites": "id_device_site", "devices/projects": "id_device_project", "devices/participants": "id_device_participant",
		"services/projects": "id_service_project", "services/sites": "id_service_site", "sessiontypes/projects": "id_session_type_project",
		"sessiontypes/sites": "id_session_type_site", "sessiontypes/services": "id_session_type_service",
		"testtypes/projects": "id_test_type_project", "testtypes/sites": "id_test_type_site",
	}[path]
}

// A pair that was removed comes back with its key, and a service's type takes the way into the site along.
func TestAssociationComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin, file := s.User(t, "admin"), s.Service(t, "FileTransferService")
		if a := s.Delete(t, "/api/user/sessiontypes/sites?id=6", admin); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
		a := s.Post(t, "/api/user/sessiontypes/sites", map[string]any{"session_type_site": map[string]any{"id_session_type": 4, "id_site": 2, "id_session_type_site": 99}}, admin)
		if a.Status != 200 || len(a.List()) != 1 || a.List()[0]["id_session_type_site"] != 6.0 {
			t.Errorf("back: got %d %s, want the key it had", a.Status, a.Text)
		}
		a = s.Post(t, "/api/service/sessiontypes/projects", map[string]any{"session_type": map[string]any{"id_session_type": 5, "projects": []any{
			map[string]any{"id_project": 2}, map[string]any{"id_project": 3},
		}}}, file)
		if got := pairs(t, "sessiontypes/projects", a.List()); a.Status != 200 || got != "5-3" {
			t.Errorf("into a project of another site: got %d %s", a.Status, a.Text)
		}
		if got := pairs(t, "sessiontypes/sites", s.Get(t, "/api/user/sessiontypes/sites?id_session_type=5", admin).List()); got != "5-1 5-2" {
			t.Errorf("sites of the type: got %q, want the new one too", got)
		}
	})
}

// Those who replace the same set at the same moment: one of their sets remains, each pair once. Sets of either end are in
// it, and the list that a device's own POST holds.
func TestAssociationRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		post := func(path, body string) int { return s.Do(t, "POST", path, "application/json", body, admin).Status }
		const add = `{"device": {"id_device": 0, "device_name": "D", "id_device_type": 1, "device_sites": []}}`
		for range 6 { // devices 4 to 9
			if status := post("/api/user/devices", add); status != 200 {
				t.Fatalf("new device: got %d", status)
			}
		}
		devices := func(ids ...int) string {
			items := make([]string, len(ids))
			for i, id := range ids {
				items[i] = fmt.Sprintf(`{"id_device": %d}`, id)
			}
			return `{"site": {"id_site": 2, "devices": [` + strings.Join(items, ",") + `]}}`
		}
		for round := range 6 {
			if status := post("/api/user/devices/sites", devices(4+round%3)); status != 200 {
				t.Fatalf("start: got %d", status)
			}
			race(t, func() int { return post("/api/user/devices/sites", devices(4, 5, 6)) },
				func() int { return post("/api/user/devices/sites", devices(6, 7, 8, 9)) },
				func() int { return post("/api/user/devices/sites", devices(4, 5, 6)) })
			got := onceEach(t, s, store.Columns{"id_site": 2}, func(l *store.DeviceSite) int { return l.DeviceID })
			if !slices.Equal(got, []int{4, 5, 6}) && !slices.Equal(got, []int{6, 7, 8, 9}) {
				t.Errorf("round %d: got devices %v, want one of the two sets", round, got)
			}
		}
		for round := range 6 {
			race(t, func() int {
				return post("/api/user/devices/sites", `{"device": {"id_device": 4, "sites": [{"id_site": 1}]}}`)
			},
				func() int {
					return post("/api/user/devices", `{"device": {"id_device": 4, "device_sites": [{"id_site": 2}]}}`)
				})
			got := onceEach(t, s, store.Columns{"id_device": 4}, func(l *store.DeviceSite) int { return l.SiteID })
			if !slices.Equal(got, []int{1}) && !slices.Equal(got, []int{2}) {
				t.Errorf("round %d: got sites %v, want one of the two", round, got)
			}
		}
	})
}

// race runs requests at the same time; each must succeed or meet a conflict.
func race(t *testing.T, requests ...func() int) {
	t.Helper()
	done := make(chan int)
	for _, r := range requests {
		go func() {
			status := 0
			defer func() { done <- status }() // also when the request ends the goroutine
			status = r()
		}()
	}
	for range requests {
		if status := <-done; status != 200 && status != 409 {
			t.Errorf("got %d, want 200 or 409", status)
		}
	}
}

// onceEach lists the far ends of live pairs; a pair that is there twice is an error.
func onceEach(t *testing.T, s *servertest.Server, where store.Columns, far func(*store.DeviceSite) int) []int {
	t.Helper()
	links, err := store.Rows[store.DeviceSite](t.Context(), s.Store, store.Everything(), where)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, l := range links {
		ids = append(ids, far(l))
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("pairs of %v are there twice: %v", where, ids)
	}
	return ids
}
