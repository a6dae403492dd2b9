package server_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Filters of the lists of sessions, together: limit and offset count what the others leave (core.md 13.3, 69).
func TestSessionLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		for id := 1; id <= 28; id++ { // one a day, the latest first; the status is the remainder by five
			servertest.Change[store.Session](t, s, id, store.Object{
				"session_start_datetime": fmt.Sprintf("2026-05-%02dT12:00:00Z", 29-id), "session_status": id % 5, "id_session_type": 1,
			})
		}
		participant := servertest.Basic("participant1", "opentera")
		admin, user4, rehab := s.User(t, "admin"), s.User(t, "user4"), s.Service(t, "VideoRehabService")
		uuid := servertest.Row[store.Session](t, s, 7).UUID
		for _, tt := range []struct {
			path string
			auth servertest.Auth
			want []float64
		}{
			{"/api/participant/sessions?limit=3", participant, []float64{1, 2, 3}},
			{"/api/participant/sessions?limit=2&offset=27", participant, []float64{28}},
			{"/api/participant/sessions?offset=26", participant, []float64{27, 28}},
			{"/api/participant/sessions?id_session=7", participant, []float64{7}},
			{"/api/participant/sessions?id_session=7&limit=2", participant, []float64{7}},
			{"/api/participant/sessions?id_session=7&limit=2&offset=1", participant, nil},
			{"/api/participant/sessions?session_uuid=" + uuid + "&limit=1&list=1", participant, []float64{7}},
			{"/api/participant/sessions?session_uuid=x&limit=1", participant, nil},
			{"/api/participant/sessions?status=2&limit=2&offset=1", participant, []float64{7, 12}},
			{"/api/participant/sessions?start_date=2026-05-27", participant, []float64{1, 2}},
			{"/api/participant/sessions?start_date=2026-05-03&end_date=2026-05-05&limit=2", participant, []float64{24, 25}},
			{"/api/participant/sessions?limit=-1&offset=-1&id_session=9999999999999", participant, nil},
			{"/api/user/sessions?id_participant=1&status=0&limit=2&offset=1", admin, []float64{10, 15}},
			{"/api/user/sessions?id_participant=2&list=1", admin, []float64{8, 16, 28}},
			{"/api/user/sessions?id_user=5&end_date=2026-05-07", admin, []float64{22, 23, 24}},
			{"/api/user/sessions?id_device=2", admin, []float64{4}},
			{"/api/user/sessions?id_participant=1", user4, nil},
			{"/api/user/sessions?session_uuid=" + uuid, user4, nil},
			{"/api/service/sessions?id_participant=1&status=3&limit=1", rehab, []float64{3}},
			{"/api/service/sessions?id_device=2&with_events=1&with_session_type=1", rehab, []float64{4}},
			{"/api/service/sessions?uuid_session=" + uuid, rehab, []float64{7}},
		} {
			a := s.Get(t, tt.path, tt.auth)
			var got []float64
			for _, o := range a.List() {
				got = append(got, o["id_session"].(float64))
			}
			if a.Status != 200 || !slices.Equal(got, tt.want) {
				t.Errorf("%s: got %d %v, want %v", tt.path, a.Status, got, tt.want)
			}
		}
		for path, auth := range map[string]servertest.Auth{
			"/api/participant/sessions?start_date=27-05-2026": participant, "/api/participant/sessions?limit=many": participant, "/api/participant/sessions?x=1": participant,
			"/api/user/sessions": admin, "/api/user/sessions?id_session=0": admin, "/api/user/sessions?id_user=1&end_date=2026-02-30": admin, "/api/service/sessions?status=1": rehab,
		} {
			if a := s.Get(t, path, auth); a.Status != 400 {
				t.Errorf("%s: got %d %s, want 400", path, a.Status, a.Text)
			}
		}
	})
}

// The form sends back what the session has, though the caller may not choose it; what is new must be the caller's.
func TestForeignKeysInSessionsOfUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		user, admin := s.User(t, "user"), s.User(t, "admin")
		foreign := s.Post(t, "/api/user/sessiontypes", fields{"session_type": fields{"id_session_type": 0, "session_type_name": "Secret", "session_type_online": false,
			"session_type_color": "#000000", "session_type_category": 2, "session_type_sites": links("id_site", []int{2})}}, admin).List()[0]["id_session_type"]
		servertest.Change[store.Session](t, s, 5, store.Object{"id_session_type": foreign, "id_creator_participant": 4})
		post := func(o fields) servertest.Answer { return s.Post(t, "/api/user/sessions", fields{"session": o}, user) }
		a := post(fields{"id_session": 5, "id_session_type": foreign, "id_creator_participant": 4, "session_comments": "x"})
		if a.Status != 200 || a.List()[0]["session_comments"] != "x" || a.List()[0]["id_session_type"] != foreign {
			t.Errorf("what it has: got %d %s", a.Status, a.Text)
		}
		for name, o := range map[string]fields{
			"type of others":           {"id_session": 6, "id_session_type": foreign},
			"new, type of others":      {"id_session": 0, "id_session_type": foreign, "session_name": "x", "session_users_ids": []int{3}},
			"participant of others":    {"id_session": 6, "session_participants_ids": []int{1, 4}},
			"device of others":         {"id_session": 6, "session_devices_ids": []int{3}},
			"user of others":           {"id_session": 6, "session_users_ids": []int{6}},
			"new, device of others":    {"id_session": 0, "id_session_type": 1, "session_name": "x", "session_users_ids": []int{3}, "id_creator_device": 3},
			"new, service of others":   {"id_session": 0, "id_session_type": 1, "session_name": "x", "session_users_ids": []int{3}, "id_creator_service": 5},
			"session of nobody":        {"id_session": 999, "session_name": "x"},
			"session of another place": {"id_session": secretSession(t, s), "session_name": "x"},
		} {
			if a := post(o); a.Status != 403 {
				t.Errorf("%s: got %d %s, want 403", name, a.Status, a.Text)
			}
		}
		if v := servertest.Row[store.Session](t, s, 6); v.TypeID == int(foreign.(float64)) || v.Name == "x" {
			t.Errorf("refused posts changed the session: %+v", v)
		}
	})
}

// secretSession makes a session of participant 4, who only admin sees.
func secretSession(t *testing.T, s *servertest.Server) any {
	t.Helper()
	return s.Post(t, "/api/user/sessions", fields{"session": fields{"id_session": 0, "id_session_type": 1, "session_name": "x",
		"session_participants_ids": []int{4}}}, s.User(t, "admin")).List()[0]["id_session"]
}
