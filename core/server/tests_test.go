package server_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestTestsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user4"} {
			auth[u] = s.User(t, u)
		}
		for _, tt := range []struct {
			as, query   string
			status, len int
		}{
			{"admin", "", 400, 0},
			{"admin", "with_urls=1", 400, 0},
			{"admin", "id_test=999", 200, 0},
			{"admin", "test_uuid=nobody", 200, 0},
			{"admin", "id_device=1", 200, 2},
			{"siteadmin", "id_device=1", 200, 1}, // the other is of a session that one may not see
			{"siteadmin", "id_test=1", 200, 1},
			{"siteadmin", fmt.Sprintf("id_test=%d", f.test), 200, 0},
			{"siteadmin", "test_uuid=" + servertest.Row[store.Test](t, s, f.test).UUID, 200, 0},
			{"siteadmin", "id_session=2", 200, 3},
			{"siteadmin", fmt.Sprintf("id_session=%d", f.session), 403, 0},
			{"siteadmin", "id_participant=1", 200, 2},
			{"siteadmin", "id_participant=4", 403, 0},
			{"siteadmin", "id_user=6", 403, 0},
			{"user4", "id_test=1", 200, 0},
			{"user4", "id_session=2", 403, 0},
		} {
			a := s.Get(t, "/api/user/tests?"+tt.query, auth[tt.as])
			if a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s as %s: got %d with %d, want %d with %d", tt.query, tt.as, a.Status, len(a.List()), tt.status, tt.len)
			}
		}
		// Type 1 has no web format, type 2 has; both are of VideoRehabService.
		o := first(t, s.Get(t, "/api/user/tests?id_test=1&with_urls=1&full=1", auth["admin"]))
		if o["test_answers_url"] != "https://core.example.org:40075/rehab/api/tests/answers" || o["test_answers_web_url"] != nil || o["test_session_name"] != "Séance #2" {
			t.Errorf("URLs without web format: got %v", o)
		}
		o = first(t, s.Get(t, "/api/user/tests?id_test=2&with_urls=1", auth["admin"]))
		if o["test_answers_web_url"] != "https://core.example.org:40075/rehab/api/tests/answers/web" || o["test_session_name"] != nil {
			t.Errorf("URLs with web format: got %v", o)
		}
		key, err := s.Bus.Get(t.Context(), "ServiceTokenAPIKey")
		if err != nil {
			t.Fatal(err)
		}
		o = first(t, s.Get(t, "/api/user/tests?id_test=2&with_only_token=1", auth["siteadmin"]))
		tok, _ := o["access_token"].(string)
		if c := claims(tok); len(o) != 2 || c["test_uuids"] != o["test_uuid"] || c["requester_uuid"] != servertest.Row[store.User](t, s, 2).UUID || !signed(tok, key) {
			t.Errorf("token: got %v of %v", o, c)
		}
		servertest.Change[store.Service](t, s, 6, store.Object{"service_enabled": false})
		if o := first(t, s.Get(t, "/api/user/tests?id_test=2&with_urls=1", auth["admin"])); o["test_answers_url"] != nil || o["test_answers_web_url"] != nil {
			t.Errorf("service disabled: got %v, want null URLs", o)
		}

		if a := s.Post(t, "/api/user/tests", map[string]any{}, auth["admin"]); a.Status != 501 {
			t.Errorf("post: got %d, want 501", a.Status)
		}
		for _, tt := range []struct {
			as, query string
			want      int
		}{
			{"admin", "", 400}, {"admin", "?id=1&x=1", 400}, {"admin", "?id=999", 403}, {"admin", "?id=0", 403},
			{"user4", "?id=1", 403}, {"siteadmin", fmt.Sprintf("?id=%d", f.test), 403}, {"siteadmin", "?id=1", 200}, {"siteadmin", "?id=1", 403},
		} {
			if a := s.Delete(t, "/api/user/tests"+tt.query, auth[tt.as]); a.Status != tt.want {
				t.Errorf("delete %s as %s: got %d %s, want %d", tt.query, tt.as, a.Status, a.Text, tt.want)
			}
		}
	})
}

func TestTestsOfServiceAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		rehab, file := s.Service(t, "VideoRehabService"), s.Service(t, "FileTransferService")
		keeper := servertest.Row[store.Service](t, s, 3).UUID
		for _, tt := range []struct {
			query       string
			auth        servertest.Auth
			status, len int
		}{
			{"", rehab, 400, 0},
			{"id_test=1", rehab, 200, 1},
			{"id_test=999", rehab, 200, 0},
			{fmt.Sprintf("id_test=%d", f.test), rehab, 200, 0},
			{fmt.Sprintf("id_session=%d", f.session), rehab, 403, 0},
			{"id_user=1", rehab, 200, 0}, // a super-administrator's tests elsewhere are not shown
			{"id_device=1", rehab, 200, 1},
			{"service_uuid=" + keeper, rehab, 200, 0},
			{"service_uuid=nobody", rehab, 200, 0}, // upstream: 500
			{"service_uuid=" + keeper, file, 200, 1},
			{fmt.Sprintf("id_test=%d", f.test), file, 200, 1},
		} {
			if a := s.Get(t, "/api/service/tests?"+tt.query, tt.auth); a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s: got %d with %d, want %d with %d", tt.query, a.Status, len(a.List()), tt.status, tt.len)
			}
		}
		post := func(o map[string]any) servertest.Answer {
			return s.Post(t, "/api/service/tests", map[string]any{"test": o}, rehab)
		}
		session, types := servertest.Row[store.Session](t, s, 2).UUID, servertest.Row[store.TestType](t, s, 2).UUID
		o := first(t, post(map[string]any{"id_test": 0, "session_uuid": session, "test_type_uuid": types, "participant_uuid": servertest.Row[store.Participant](t, s, 1).UUID,
			"test_summary": map[string]any{"score": 3}, "test_status": 2, "test_uuid": "mine"}))
		if o["test_name"] != "Post-session evaluation #2" || o["id_session"] != 2.0 || o["id_participant"] != 1.0 || o["test_summary"] != `{"score":3}` || o["test_datetime"] == nil || len(o["test_uuid"].(string)) != 36 {
			t.Errorf("create: got %v", o)
		}
		id, uuid := o["id_test"], o["test_uuid"].(string)
		if o := first(t, post(map[string]any{"id_test": 0, "id_session": 2, "id_test_type": 1})); o["test_name"] != "PRE #3" {
			t.Errorf("name from the key: got %v", o["test_name"])
		}
		if o := first(t, post(map[string]any{"id_test": id, "test_name": "renamed", "test_uuid": "other"})); o["test_name"] != "renamed" || o["test_uuid"] != uuid {
			t.Errorf("update: got %v", o)
		}
		state := storetest.State(t, db)
		before := state()
		for name, tt := range map[string]struct {
			change map[string]any
			want   int
		}{
			"no id":                       {map[string]any{"id_test": absent}, 400},
			"no session":                  {map[string]any{"id_session": absent}, 400},
			"unknown session uuid":        {map[string]any{"id_session": absent, "session_uuid": "x"}, 400},
			"no type":                     {map[string]any{"id_test_type": absent}, 400},
			"unknown type":                {map[string]any{"id_test_type": 999}, 400},
			"unknown type uuid":           {map[string]any{"test_type_uuid": "x"}, 400},
			"type of another tenant":      {map[string]any{"id_test_type": 3}, 403},
			"type of another, later":      {map[string]any{"id_test": id, "id_test_type": 3}, 403},
			"session of others":           {map[string]any{"id_session": f.session}, 403},
			"own test into another's":     {map[string]any{"id_test": id, "id_session": f.session}, 403},
			"test of others":              {map[string]any{"id_test": f.test}, 403},
			"test of others, by the way":  {map[string]any{"id_test": f.test, "id_session": absent}, 403},
			"unknown test":                {map[string]any{"id_test": 999}, 403},
			"participant of others":       {map[string]any{"id_participant": 4}, 403},
			"participant uuid of others":  {map[string]any{"participant_uuid": servertest.Row[store.Participant](t, s, 4).UUID}, 403},
			"user of others":              {map[string]any{"id_user": 6}, 403},
			"device of others":            {map[string]any{"id_device": 3}, 403},
			"service of others":           {map[string]any{"id_service": 7}, 403},
			"unknown participant uuid":    {map[string]any{"participant_uuid": "x"}, 400},
			"status that is a text":       {map[string]any{"test_status": "done"}, 400},
			"bad date":                    {map[string]any{"test_datetime": "soon"}, 400},
			"unknown key of an update":    {map[string]any{"id_test": id, "no_such_key": 1}, 500},
			"session uuid of others":      {map[string]any{"id_session": absent, "session_uuid": servertest.Row[store.Session](t, s, f.session).UUID}, 403},
			"session uuid of others late": {map[string]any{"id_test": id, "id_session": absent, "session_uuid": servertest.Row[store.Session](t, s, f.session).UUID}, 403},
		} {
			o := map[string]any{"id_test": 0, "id_session": 2, "id_test_type": 1}
			maps.Copy(o, tt.change)
			maps.DeleteFunc(o, func(_ string, v any) bool { return v == absent })
			if a := post(o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", name, a.Status, a.Text, tt.want)
			}
		}
		for query, want := range map[string]int{
			"": 400, "?uuid=nobody": 400, "?uuid=" + servertest.Row[store.Test](t, s, f.test).UUID: 403,
		} {
			if a := s.Delete(t, "/api/service/tests"+query, rehab); a.Status != want {
				t.Errorf("delete %s: got %d %s, want %d", query, a.Status, a.Text, want)
			}
		}
		if after := state(); after != before {
			t.Errorf("what was refused changed something:\n%s\n%s", before, after)
		}
		if a := s.Delete(t, "/api/service/tests?uuid="+uuid, rehab); a.Status != 200 || strings.TrimSpace(a.Text) != `""` {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
	})
}
