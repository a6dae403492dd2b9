package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
)

// fakeService stands in for VideoRehabService: it keeps the last request and gives the answer that is set.
type fakeService struct {
	asked  chan map[string]any
	answer func() (any, error)
}

func serveFake(t *testing.T, s *servertest.Server) *fakeService {
	t.Helper()
	f := &fakeService{asked: make(chan map[string]any, 16)}
	f.answer = func() (any, error) { return map[string]any{"status": "started"}, nil }
	srv, err := s.Bus.Serve(t.Context(), map[string]bus.Method{
		"session_manage": func(_ context.Context, args bus.Args) (any, error) {
			var body struct {
				Manage map[string]any `json:"session_manage"`
			}
			text, _ := args[0].(string)
			if err := json.Unmarshal([]byte(text), &body); err != nil {
				return nil, err
			}
			f.asked <- body.Manage
			return f.answer()
		},
		"session_type_config": func(_ context.Context, args bus.Args) (any, error) {
			return map[string]any{"objecttype": "session_type_config", "asked": args[0]}, nil
		},
	}, bus.ServiceRPC("VideoRehabService"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return f
}

func texts(v any) []string {
	raw, _ := v.([]any)
	list := make([]string, len(raw))
	for i := range raw {
		list[i], _ = raw[i].(string)
	}
	slices.Sort(list)
	return list
}

// What the core adds before it asks the service (core.md 9.5, rehab.md 3).
func TestSessionManager(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		// session 5 in the test data: users 1, 2, 3 and participant 1
		servertest.Change[store.Session](t, s, 5, store.Object{"id_session_type": 1})
		f := serveFake(t, s)
		user := servertest.Row[store.User](t, s, 3)
		admin, siteadmin := servertest.Row[store.User](t, s, 1), servertest.Row[store.User](t, s, 2)
		participant := servertest.Row[store.Participant](t, s, 1)
		everybody := []string{admin.UUID, siteadmin.UUID, user.UUID}
		slices.Sort(everybody)
		manage := func(m map[string]any) servertest.Answer {
			return s.Post(t, "/api/user/sessions/manager", map[string]any{"session_manage": m}, s.User(t, "user"))
		}
		uuid := servertest.Row[store.Session](t, s, 5).UUID

		if a := manage(map[string]any{"action": "start", "session_uuid": uuid}); a.Status != 200 || a.Object()["status"] != "started" {
			t.Fatalf("start: got %d %s", a.Status, a.Text)
		}
		m := <-f.asked
		if m["id_session"] != 5.0 || m["id_service"] != 6.0 || m["id_session_type"] != 1.0 || m["id_creator_user"] != 3.0 {
			t.Errorf("start asked: got %v", m)
		}
		if got := texts(m["session_users"]); !slices.Equal(got, everybody) {
			t.Errorf("start: session_users got %v, want everybody in the session", got)
		}
		if got := texts(m["session_participants"]); !slices.Equal(got, []string{participant.UUID}) {
			t.Errorf("start: session_participants got %v", got)
		}
		if got, ok := m["session_devices"].([]any); !ok || len(got) != 0 {
			t.Errorf("start: session_devices got %v, want an empty list", m["session_devices"])
		}

		for _, action := range []string{"remove", "invite", "stop", "invite_reply"} {
			body := map[string]any{"action": action, "id_session": 5, "session_users": []string{admin.UUID, admin.UUID}}
			if action == "invite_reply" {
				body["parameters"] = map[string]any{"reply_code": "deny", "reply_msg": "later", "user_uuid": "of somebody else", "participant_uuid": participant.UUID}
			}
			if a := manage(body); a.Status != 200 {
				t.Fatalf("%s: got %d %s", action, a.Status, a.Text)
			}
			m := <-f.asked
			if got := texts(m["session_users"]); !slices.Equal(got, []string{admin.UUID}) {
				t.Errorf("%s: session_users got %v, want the one that was sent", action, got)
			}
			if m["session_participants"] != nil || m["session_devices"] != nil {
				t.Errorf("%s: got %v, want no list that was not sent", action, m)
			}
			if action == "invite_reply" {
				p, _ := m["parameters"].(map[string]any)
				if p["reply_code"] != 2.0 || p["reply_msg"] != "later" || p["user_uuid"] != user.UUID || p["participant_uuid"] != nil {
					t.Errorf("invite_reply: parameters got %v", p)
				}
			}
		}

		if a := manage(map[string]any{"action": "start", "id_session_type": 1}); a.Status != http.StatusNotImplemented {
			t.Errorf("new session without a service: got %d, want 501", a.Status)
		}
		for name, answer := range map[string]func() (any, error){
			"null": func() (any, error) { return nil, nil }, "empty": func() (any, error) { return map[string]any{}, nil },
			"failure": func() (any, error) { return nil, errors.New("broken") },
		} {
			f.answer = answer
			a := manage(map[string]any{"action": "stop", "id_session": 5})
			if a.Status != 500 || a.Text != "\"No answer from service.\"\n" {
				t.Errorf("%s answer: got %d %s", name, a.Status, a.Text)
			}
			<-f.asked
		}
		f.answer = func() (any, error) { return map[string]any{"status": "error", "error_text": "x"}, nil }
		if a := manage(map[string]any{"action": "stop", "id_session": 5}); a.Status != 200 || a.Object()["error_text"] != "x" {
			t.Errorf("error answer: got %d %s, want it passed on with 200", a.Status, a.Text)
		}
		<-f.asked
	})
}

func TestServiceSessionManager(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	servertest.Change[store.Session](t, s, 5, store.Object{"id_session_type": 1})
	f := serveFake(t, s)
	service := s.Service(t, "VideoRehabService")
	participant := servertest.Row[store.Participant](t, s, 1)
	manage := func(m map[string]any) servertest.Answer {
		return s.Post(t, "/api/service/sessions/manager", map[string]any{"session_manage": m}, service)
	}
	if a := manage(map[string]any{"action": "start", "id_session_type": 1, "id_service": 3, "session_participants": []string{participant.UUID}}); a.Status != 200 {
		t.Fatalf("start: got %d %s", a.Status, a.Text)
	}
	if m := <-f.asked; m["id_service"] != 6.0 || m["id_creator_service"] != 6.0 || m["id_session"] != 0.0 {
		t.Errorf("start asked: got %v, want the type's service and the caller as creator", m)
	}
	if a := manage(map[string]any{"action": "stop", "id_session": 5}); a.Status != 200 {
		t.Errorf("stop: got %d %s", a.Status, a.Text)
	}
	if m := <-f.asked; m["id_service"] != 6.0 || m["session_participants"] != nil {
		t.Errorf("stop asked: got %v", m)
	}
	secret := servertest.Row[store.Participant](t, s, 4)
	foreign := s.Post(t, "/api/user/sessiontypes", fields{"session_type": fields{"id_session_type": 0, "session_type_name": "Secret", "session_type_online": false,
		"session_type_color": "#000000", "session_type_category": 1, "id_service": 3, "session_type_sites": links("id_site", []int{2})}}, s.User(t, "admin")).List()[0]["id_session_type"]
	for name, m := range map[string]map[string]any{
		"people of others":  {"action": "start", "id_session_type": 1, "session_participants": []string{secret.UUID}},
		"creator of others": {"action": "start", "id_session_type": 1, "id_creator_participant": 4},
		"session of nobody": {"action": "stop", "id_session": 999},
		"type of others":    {"action": "start", "id_session_type": foreign},
	} {
		if a := manage(m); a.Status != 403 {
			t.Errorf("%s: got %d %s, want 403", name, a.Status, a.Text)
		}
	}
	for name, m := range map[string]map[string]any{
		"no action": {"id_session": 5}, "no type": {"action": "start"}, "unknown uuid": {"action": "stop", "session_uuid": "x"},
	} {
		if a := manage(m); a.Status != 400 {
			t.Errorf("%s: got %d %s, want 400", name, a.Status, a.Text)
		}
	}
	if a := manage(map[string]any{"action": "start", "id_session_type": 2}); a.Status != 501 {
		t.Errorf("type without service: got %d, want 501", a.Status)
	}
}

func TestForms(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	serveFake(t, s)
	admin := s.User(t, "admin")
	if a := s.Get(t, "/api/user/forms?type=session_type_config&id=1", admin); a.Status != 200 || a.Object()["asked"] != `{"id_session_type":1}` {
		t.Errorf("form of a service: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/forms?type=session_type_config&id=2", admin); a.Status != 200 || a.Object()["objecttype"] != "session_type_config" {
		t.Errorf("form without service: got %d %s", a.Status, a.Text)
	}
}
