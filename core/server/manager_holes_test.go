package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// What is checked is what the service is asked to do, whatever else the request says.
func TestSessionManagerAsksOnlyWhatItChecked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		servertest.Change[store.Session](t, s, 5, store.Object{"id_session_type": 1})
		f := serveFake(t, s)
		user := s.User(t, "user")
		uuid := servertest.Row[store.Session](t, s, 5).UUID
		post := func(body string) servertest.Answer {
			return s.Do(t, "POST", "/api/user/sessions/manager", "application/json", body, user)
		}
		for _, tt := range []struct{ name, body string }{
			{"a key that folds to session_manage", `{"session_manage":{"action":"stop","id_session":5},"ſession_manage":{"action":"invite","id_session":6}}`},
			{"a key in capitals", `{"session_manage":{"action":"stop","id_session":5},"SESSION_MANAGE":{"action":"invite","id_session":6}}`},
			{"id 0 with a uuid", `{"session_manage":{"action":"stop","id_session":0,"session_uuid":"` + uuid + `"}}`},
			{"another service", `{"session_manage":{"action":"stop","id_session":5,"id_service":3,"id_session_type":2}}`},
		} {
			if a := post(tt.body); a.Status != 200 {
				t.Errorf("%s: got %d %s", tt.name, a.Status, a.Text)
				continue
			}
			m := <-f.asked
			if m["action"] != "stop" || m["id_session"] != 5.0 || m["id_service"] != 6.0 || m["id_session_type"] != 1.0 || m["session_uuid"] != nil {
				t.Errorf("%s: asked %v", tt.name, m)
			}
		}
		for _, tt := range []struct {
			name, body string
			want       int
		}{
			{"a folding key inside", `{"session_manage":{"action":"stop","id_session":5,"id_ſession":6}}`, 400},
			{"two names for two sessions", `{"session_manage":{"action":"stop","id_session":6,"session_uuid":"` + uuid + `"}}`, 400},
			{"a new session in the name of a colleague", `{"session_manage":{"action":"start","id_session_type":1,"id_service":6,"id_creator_user":2}}`, 403},
		} {
			if a := post(tt.body); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Text, tt.want)
			}
		}
		reply := `{"session_manage":{"action":"invite_reply","id_session":5,"parameters":{"reply_code":"deny","uſer_uuid":"other","participant_uuid":"other"}}}`
		if a := post(reply); a.Status != 200 {
			t.Fatalf("reply: got %d %s", a.Status, a.Text)
		}
		p, _ := (<-f.asked)["parameters"].(map[string]any)
		if len(p) != 2 || p["user_uuid"] != servertest.Row[store.User](t, s, 3).UUID || p["reply_code"] != 2.0 {
			t.Errorf("reply asked with %v", p)
		}
	})
}
