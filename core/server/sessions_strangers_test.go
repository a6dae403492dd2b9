package server_test

import (
	"fmt"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store/storetest"
)

// A clinician and a device may work for two sites. Who sees them from one site gets the sessions there, not those with the
// other site's participants.
func TestSessionsWithStrangers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		session := func(name string, participants []int) float64 {
			t.Helper()
			a := s.Post(t, "/api/user/sessions", map[string]any{"session": map[string]any{
				"id_session": 0, "id_session_type": 4, "session_name": name, "session_status": 2, "session_start_datetime": "2026-01-02T03:04:05Z",
				"session_participants_ids": participants, "session_users_ids": []int{3}, "session_devices_ids": []int{1},
			}}, admin)
			if a.Status != 200 {
				t.Fatalf("%s: got %d %s", name, a.Status, a.Text)
			}
			return a.List()[0]["id_session"].(float64)
		}
		secret, ours, mixed, alone := session("secret", []int{4}), session("ours", []int{1}), session("mixed", []int{4, 1}), session("alone", nil)
		for _, tt := range []struct {
			as    string
			shown map[float64]bool
		}{
			{"siteadmin", map[float64]bool{ours: true, mixed: true, alone: true}},
			{"user3", map[float64]bool{ours: true, mixed: true, alone: true}},
			{"user", map[float64]bool{secret: true, ours: true, mixed: true, alone: true}}, // takes part
			{"admin", map[float64]bool{secret: true, ours: true, mixed: true, alone: true}},
		} {
			for _, of := range []string{"id_user=3", "id_device=1"} {
				a := s.Get(t, fmt.Sprintf("/api/user/sessions?%s&status=2&start_date=2026-01-02&end_date=2026-01-02", of), s.User(t, tt.as))
				got := map[float64]bool{}
				for _, o := range a.List() {
					got[o["id_session"].(float64)] = true
				}
				for id, name := range map[float64]string{secret: "secret", ours: "ours", mixed: "mixed", alone: "alone"} {
					if got[id] != tt.shown[id] {
						t.Errorf("%s as %s: session %q is shown: %v, want %v", of, tt.as, name, got[id], tt.shown[id])
					}
				}
			}
		}
	})
}
