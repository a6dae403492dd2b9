package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestStatistics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		seconds := 0
		for i := 1; i <= 28; i++ {
			seconds += servertest.Row[store.Session](t, s, i).Duration
		}
		// A deleted session and a deleted event count nowhere.
		gone := s.Post(t, "/api/user/sessions", fields{"session": fields{"id_session": 0, "id_session_type": 1, "session_name": "x", "session_status": 2,
			"session_duration": 1000, "session_participants_ids": []int{1}, "session_users_ids": []int{1}, "session_devices_ids": []int{1}, "id_creator_user": 1}}, auth["admin"]).List()[0]["id_session"]
		if a := s.Delete(t, servertest.Query("/api/user/sessions", "id", jsonText(gone)), auth["admin"]); a.Status != 200 {
			t.Fatalf("delete: got %d %s", a.Status, a.Text)
		}
		for _, tt := range []struct {
			query, user string
			want        fields
		}{
			{"id_user_group=3", "admin", fields{"users_total_count": 2, "users_enabled_count": 2, "projects_total_count": 2, "projects_admin_count": 2, "sites_total_count": 1, "sites_admin_count": 1}},
			{"id_user_group=1", "admin", fields{"users_total_count": 1, "users_enabled_count": 1, "projects_total_count": 2, "projects_admin_count": 0, "sites_total_count": 1, "sites_admin_count": 0}},
			{"id_user_group=1", "user3", fields{"users_total_count": 1, "users_enabled_count": 1, "projects_total_count": 1, "projects_admin_count": 0, "sites_total_count": 1, "sites_admin_count": 0}},
			{"id_user_group=2", "user", fields{"users_total_count": 1, "users_enabled_count": 1, "projects_total_count": 1, "projects_admin_count": 0, "sites_total_count": 1, "sites_admin_count": 0}},
			{"id_user=1", "admin", fields{"sessions_created_total_count": 8, "sessions_total_count": 8, "participants_total_count": 2, "participants_enabled_count": 1}},
			{"id_user=3", "user", fields{"sessions_created_total_count": 0, "sessions_total_count": 5, "participants_total_count": 2, "participants_enabled_count": 1}},
			{"id_site=1", "admin", fields{"users_total_count": 4, "users_enabled_count": 4, "projects_count": 2, "participants_groups_count": 2, "participants_total_count": 3,
				"participants_enabled_count": 2, "sessions_total_count": 31, "devices_total_count": 2}},
			{"id_site=1", "user3", fields{"users_total_count": 4, "users_enabled_count": 4, "projects_count": 1, "participants_groups_count": 1, "participants_total_count": 3,
				"participants_enabled_count": 2, "sessions_total_count": 31, "devices_total_count": 2}},
			{"id_site=2", "admin", fields{"users_total_count": 0, "users_enabled_count": 0, "projects_count": 1, "participants_groups_count": 0, "participants_total_count": 1,
				"participants_enabled_count": 1, "sessions_total_count": 0, "devices_total_count": 1}},
			{"id_project=1", "admin", fields{"users_total_count": 4, "users_enabled_count": 4, "participants_groups_count": 1, "participants_total_count": 3,
				"participants_enabled_count": 2, "devices_total_count": 2, "devices_enabled_count": 2, "sessions_total_count": 31}},
			{"id_project=2", "siteadmin", fields{"users_total_count": 3, "users_enabled_count": 3, "participants_groups_count": 1, "participants_total_count": 0,
				"participants_enabled_count": 0, "devices_total_count": 0, "devices_enabled_count": 0, "sessions_total_count": 0}},
			{"id_group=1", "user", fields{"participants_total_count": 1, "participants_enabled_count": 1, "sessions_total_count": 28}},
			{"id_session=2", "user", fields{"users_total_count": 2, "participants_total_count": 1, "devices_total_count": 0, "assets_total_count": 3, "events_total_count": 12, "tests_total_count": 3}},
			{"id_participant=1", "user", fields{"sessions_total_count": 28, "sessions_total_time": seconds, "sessions_mean_time": float64(seconds) / 28, "sessions_planned_count": 12,
				"sessions_completed_count": 6, "sessions_inprogress_count": 4, "sessions_cancelled_count": 3, "sessions_terminated_count": 3, "users_total_count": 4,
				"assets_total_count": 7, "tests_total_count": 2}},
			{"id_participant=3", "user", fields{"sessions_total_count": 0, "sessions_total_time": 0, "sessions_mean_time": 0, "sessions_planned_count": 0,
				"sessions_completed_count": 0, "sessions_inprogress_count": 0, "sessions_cancelled_count": 0, "sessions_terminated_count": 0, "users_total_count": 0,
				"assets_total_count": 0, "tests_total_count": 0}},
			{"id_device=1", "user", fields{"assets_total_count": 4, "projects_total_count": 2, "participants_total_count": 2, "sessions_total_count": 12}},
			{"id_user=1&id_device=1", "admin", fields{"sessions_created_total_count": 8, "sessions_total_count": 8, "participants_total_count": 2, "participants_enabled_count": 1}},
		} {
			a := s.Get(t, "/api/user/stats?"+tt.query, auth[tt.user])
			o := a.Object()
			if a.Status != 200 || len(o) != len(tt.want) {
				t.Errorf("%s as %s: got %d %s, want the keys of %v", tt.query, tt.user, a.Status, a.Text, tt.want)
			}
			for key, want := range tt.want {
				if got := o[key]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s as %s: %s is %v, want %v", tt.query, tt.user, key, got, want)
				}
			}
		}
		for _, tt := range []struct {
			query, user string
			want        int
		}{
			{"", "admin", 400}, {"id_site=0", "admin", 400}, {"with_warnings=1", "admin", 400}, {"id_site=x", "admin", 400},
			{"id_site=999", "admin", 403}, {"id_session=" + jsonText(gone), "admin", 403}, {"id_site=99999999999", "admin", 403},
			{"id_user_group=1", "user4", 403}, {"id_user=1", "user", 403}, {"id_site=2", "siteadmin", 403}, {"id_project=3", "siteadmin", 403},
			{"id_project=2", "user3", 403}, {"id_group=2", "user3", 403}, {"id_session=5", "user4", 403}, {"id_participant=4", "siteadmin", 403}, {"id_device=1", "user4", 403},
		} {
			if a := s.Get(t, "/api/user/stats?"+tt.query, auth[tt.user]); a.Status != tt.want {
				t.Errorf("%s as %s: got %d %s, want %d", tt.query, tt.user, a.Status, a.Text, tt.want)
			}
		}

		for query, n := range map[string]int{"id_site=1": 3, "id_project=1": 3, "id_group=1": 1, "id_site=2": 1} {
			list, _ := s.Get(t, "/api/user/stats?with_participants=1&"+query, auth["admin"]).Object()["participants"].([]any)
			if len(list) != n {
				t.Errorf("participants of %s: got %v, want %d", query, list, n)
			}
		}
		participant, seen := servertest.Row[store.Participant](t, s, 1), time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC)
		participant.LastOnline = &seen
		updateColumn(t, s, participant, "participant_lastonline")
		o := s.Get(t, "/api/user/stats?with_participants=true&id_project=1", auth["user"]).Object()["participants"].([]any)[0].(map[string]any)
		first, last := servertest.Row[store.Session](t, s, 1).Start, servertest.Row[store.Session](t, s, 28).Start
		if o["participant_name"] != "Participant #1" || o["participant_sessions_count"] != 28.0 || o["participant_first_session"] != s.Store.Timestamp(first) ||
			o["participant_last_session"] != s.Store.Timestamp(last) || len(o) != 8 ||
			o["participant_last_online"] != s.Store.Timestamp(time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC)) {
			t.Errorf("participant: got %v", o)
		}
	})
}

// People who have been away for long, by calendar months.
func TestSiteWarnings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := servertest.Row[store.User](t, s, 1).Access()
		later := func(months int) store.Object {
			t.Helper()
			o, err := s.Store.SiteWarnings(t.Context(), admin, 1, time.Now().AddDate(0, months, -time.Now().Day()+1))
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		user, now := servertest.Row[store.User](t, s, 3), time.Now()
		user.LastOnline = &now
		updateColumn(t, s, user, "user_lastonline")
		for _, tt := range []struct {
			months                                int
			participants, unused, users, neverOns int
		}{{0, 0, 0, 0, 0}, {1, 0, 1, 0, 3}, {3, 0, 1, 1, 3}, {7, 1, 1, 1, 3}} {
			o := later(tt.months)
			for key, want := range map[string]int{"participants": tt.participants, "nosession_participants": tt.unused, "users": tt.users, "neverlogged_users": tt.neverOns} {
				list := o["warning_"+key].([]store.Object)
				if o["warning_"+key+"_count"] != want || len(list) != want {
					t.Errorf("%s in %d months: got %v, want %d", key, tt.months, list, want)
				}
			}
		}
		o := later(9)
		if p := o["warning_participants"].([]store.Object)[0]; p["participant_name"] != "Participant #1" || p["project_name"] != "Default Project #1" || p["last_session"] == nil {
			t.Errorf("participant: got %v", p)
		}
		if u := o["warning_users"].([]store.Object)[0]; u["user_fullname"] != "Site User" || u["months"] != 9 || u["user_lastonline"] == nil {
			t.Errorf("user: got %v", u)
		}
		if a := s.Get(t, "/api/user/stats?id_site=1&with_warnings=1", s.User(t, "siteadmin")); a.Status != 200 || a.Object()["warning_participants_count"] != 0.0 || len(a.Object()) != 16 {
			t.Errorf("with_warnings: got %d %s", a.Status, a.Text)
		}
	})
}

// updateColumn stores what clients cannot set.
func updateColumn(t *testing.T, s *servertest.Server, row store.Row, column string) {
	t.Helper()
	if err := s.Store.Write(t.Context(), func(tx *store.Tx) error { return tx.Update(t.Context(), row, column) }); err != nil {
		t.Fatal(err)
	}
}
