package server_test

import (
	"net/http"
	"testing"

	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestAdoptMigrated: the whole core on a database that OpenTera's migrations made; a restart finds it as it was left.
func TestAdoptMigrated(t *testing.T) {
	s := servertest.Start(t, storetest.Migrated(t))
	for range 2 {
		siteadmin := s.User(t, "siteadmin")
		for _, path := range []string{
			"/api/user/sites", "/api/user/projects?id_site=1", "/api/user/participants?id_site=1", "/api/user/devices?id_site=1",
			"/api/user/sessions?id_participant=1", "/api/user/sessions/events?id_session=1", "/api/user/sessiontypes", "/api/user/services", "/api/user/users",
		} {
			if a := s.Get(t, path, siteadmin); a.Status != http.StatusOK || len(a.List()) == 0 {
				t.Errorf("%s: got %d %s", path, a.Status, a.Text)
			}
		}
		for path, body := range map[string]map[string]any{
			"/api/user/participants": {"participant": map[string]any{"id_participant": 0, "id_project": 1, "participant_name": "New"}},
			"/api/user/sessions": {"session": map[string]any{
				"id_session": 0, "session_name": "New", "id_session_type": 1, "session_status": 0, "session_participants_ids": []int{1}, "id_creator_user": 2,
			}},
		} {
			if a := s.Post(t, path, body, siteadmin); a.Status != http.StatusOK || len(a.List()) != 1 {
				t.Errorf("POST %s: got %d %s", path, a.Status, a.Text)
			}
		}
		if a := s.Get(t, "/api/participant/login", servertest.Token(s.ParticipantToken(t, 1))); a.Status != http.StatusOK {
			t.Errorf("participant: got %d %s", a.Status, a.Text)
		}
		if a := s.Get(t, "/api/device/login", servertest.Token(s.DeviceToken(t, 1))); a.Status != http.StatusOK {
			t.Errorf("device: got %d %s", a.Status, a.Text)
		}
		s.Stop()
		s.Run(t)
	}
	participants, err := store.Rows[store.Participant](t.Context(), s.Store, store.Everything(), store.Columns{"participant_name": "New"})
	if err != nil || len(participants) != 2 {
		t.Errorf("%d participants were made, %v; want 2", len(participants), err)
	}
}
