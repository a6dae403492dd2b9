package server_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

const invitationsEnd = "2050-01-01T00:00:00+00:00"

func TestTestInvitations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		siteadmin, nobody, rehab := s.User(t, "siteadmin"), s.User(t, "user4"), s.Service(t, "VideoRehabService")
		for api, auth := range map[string]servertest.Auth{"user": siteadmin, "service": rehab} {
			path := "/api/" + api + "/tests/invitations"
			invitation := func(o map[string]any) map[string]any {
				all := map[string]any{"id_test_invitation": 0, "id_test_type": 2, "id_project": 1, "test_invitation_expiration_date": invitationsEnd}
				maps.Copy(all, o)
				return all
			}
			a := s.Post(t, path, map[string]any{"tests_invitations": []any{
				invitation(map[string]any{"id_participant": 1, "id_session": 2, "test_invitation_message": "é", "test_invitation_max_count": 3.0, "test_invitation_count": 2}),
				invitation(map[string]any{"id_user": 3, "id_test_type": 1}),
				invitation(map[string]any{"id_device": 1}),
			}}, auth)
			made := a.List()
			if a.Status != 200 || len(made) != 3 {
				t.Fatalf("%s: create: got %d %s", api, a.Status, a.Text)
			}
			o := made[0]
			key, _ := o["test_invitation_key"].(string)
			if o["test_invitation_max_count"] != 3.0 || o["test_invitation_count"] != 0.0 || o["test_invitation_participant"] == nil || o["test_invitation_session"] == nil ||
				o["test_invitation_project"] == nil || !regexp.MustCompile("^[0-9a-f]{16}$").MatchString(key) || key == made[1]["test_invitation_key"] {
				t.Errorf("%s: create: got %v", api, o)
			}
			// core.md 13.3, 57: the service API of OpenTera writes & for ?
			if o["test_invitation_url"] != "https://core.example.org:40075/rehab/viewer?invitation_key="+key {
				t.Errorf("%s: URL %v", api, o["test_invitation_url"])
			}
			if _, ok := made[1]["test_invitation_url"]; ok {
				t.Errorf("%s: a type without web format has the URL %v", api, made[1]["test_invitation_url"])
			}
			uuid := servertest.Row[store.Participant](t, s, 1).UUID
			for query, want := range map[string]int{
				"": 3, "?id_participant=1": 1, "?participant_uuid=" + uuid: 1, "?participant_uuid=x": 0, "?participant_uuid=x&id_participant=1": 1,
				"?id_user=3&id_device=1": 2, "?id_user=3&id_test_type=1": 1, "?id_user=0": 0, "?id_project=1": 3, "?id_project=3": 0, "?id_session=2": 1,
				"?session_uuid=" + servertest.Row[store.Session](t, s, 2).UUID: 1, "?test_type_uuid=" + servertest.Row[store.TestType](t, s, 2).UUID: 2,
				"?test_invitation_key=" + key: 1, "?test_invitation_key=x": 0, "?id_participant=4": 0, "?full=1": 3,
				"?id_test_invitation=" + jsonText(f.invitation): 0, "?user_uuid=" + servertest.Row[store.User](t, s, 3).UUID: 1,
				"?device_uuid=" + servertest.Row[store.Device](t, s, 1).UUID: 1,
			} {
				if a := s.Get(t, path+query, auth); a.Status != 200 || len(a.List()) != want {
					t.Errorf("%s%s: got %d with %d, want %d", path, query, a.Status, len(a.List()), want)
				}
			}
			if a := s.Get(t, path+"?x=1", auth); a.Status != 400 {
				t.Errorf("%s: unknown argument: got %d, want 400", api, a.Status)
			}
			for query, full := range map[string]bool{"&full=1": true, "&full=true": true, "&full=false": false, "&full=0": false, "": false} { // core.md 13.3, 52
				if o := first(t, s.Get(t, path+"?test_invitation_key="+key+query, auth)); (o["test_invitation_project"] != nil) != full || o["test_invitation_url"] != nil {
					t.Errorf("%s: %q gives %v", api, query, o)
				}
			}
			if o := first(t, s.Get(t, path+"?with_urls=true&test_invitation_key="+key, auth)); o["test_invitation_url"] == nil {
				t.Errorf("%s: with_urls gives %v", api, o)
			}

			o = first(t, s.Post(t, path, map[string]any{"tests_invitations": []any{map[string]any{
				"id_test_invitation": o["id_test_invitation"], "test_invitation_count": 1, "test_invitation_message": "ignored", "id_test_type": 3, "id_project": 3}}}, auth))
			if o["test_invitation_count"] != 1.0 || o["test_invitation_message"] != "é" || o["id_test_type"] != 2.0 || o["id_project"] != 1.0 {
				t.Errorf("%s: update: got %v, want the count alone", api, o)
			}
			state := storetest.State(t, db)
			before := state()
			for query, want := range map[string]int{"": 400, "?id=999": 403, "?id=" + jsonText(f.invitation): 403, "?id=1&x=1": 400} {
				if a := s.Delete(t, path+query, auth); a.Status != want {
					t.Errorf("%s: delete %s: got %d %s, want %d", api, query, a.Status, a.Text, want)
				}
			}
			if a := s.Delete(t, "/api/user/tests/invitations?id="+jsonText(o["id_test_invitation"]), nobody); a.Status != 403 {
				t.Errorf("delete by nobody: got %d, want 403", a.Status)
			}
			if state() != before {
				t.Errorf("%s: a refused delete changed something", api)
			}
			for _, o := range made {
				if a := s.Delete(t, path+"?id="+jsonText(o["id_test_invitation"]), auth); a.Status != 200 {
					t.Errorf("%s: delete: got %d %s", api, a.Status, a.Text)
				}
			}
		}
	})
}

// What is refused, by its shape or by what it refers to; nothing of a list is written then.
func TestRefusedTestInvitations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		own := first(t, s.Post(t, "/api/user/tests/invitations", json.RawMessage(`{"tests_invitations": [
			{"id_test_invitation": 0, "id_test_type": 1, "id_project": 1, "id_participant": 1, "test_invitation_expiration_date": "2050-01-01"}]}`), s.User(t, "admin")))
		replace := strings.NewReplacer("OWN", jsonText(own["id_test_invitation"]), "FOREIGN", jsonText(f.invitation), "SESSION", jsonText(f.session),
			"NEW", `"id_test_invitation": 0, "id_test_type": 1, "id_project": 1, "test_invitation_expiration_date": "2050-01-01"`)
		auths := map[string]servertest.Auth{"user": s.User(t, "siteadmin"), "service": s.Service(t, "VideoRehabService")}
		state := storetest.State(t, db)
		before := state()
		for api, auth := range auths {
			for _, tt := range []struct {
				body string
				want int
				says string
			}{
				{`{}`, 400, "Invalid JSON structure"},
				{`[]`, 400, ""},
				{`{"tests_invitations": {}}`, 400, "must be a list"},
				{`{"tests_invitations": []}`, 400, "between 1 and"},
				{`{"tests_invitations": [5]}`, 400, "[0] must be an object"},
				{`{"tests_invitations": [{NEW, "id_user": 3}], "more": 1}`, 400, `\"more\"`},
				{`{"tests_invitations": [{"id_user": 3}]}`, 400, "id_test_invitation is missing"},
				{`{"tests_invitations": [{NEW, "id_user": 3}, {NEW, "id_user": 3}]}`, 400, "[1] is there twice"},
				{`{"tests_invitations": [{NEW, "id_user": 3, "deleted_at": null}]}`, 400, "deleted_at"},
				{`{"tests_invitations": [{NEW, "id_user": "3"}]}`, 400, "id_user must be an integer"},
				{`{"tests_invitations": [{NEW, "id_user": null}]}`, 400, "id_user must be an integer"},
				{`{"tests_invitations": [{NEW, "id_user": 3.5}]}`, 400, "id_user must be an integer"},
				{`{"tests_invitations": [{NEW, "id_user": 99999999999}]}`, 400, "id_user must be an integer"},
				{`{"tests_invitations": [{NEW, "id_user": true}]}`, 400, "id_user must be an integer"},
				{`{"tests_invitations": [{NEW, "id_user": 3, "test_invitation_message": 5}]}`, 400, "must be a text"},
				{`{"tests_invitations": [{NEW}]}`, 400, "one of id_user"},
				{`{"tests_invitations": [{NEW, "id_user": 3, "id_participant": 1}]}`, 400, "one of id_user"},
				{`{"tests_invitations": [{NEW, "id_user": 3, "test_invitation_key": "0123456789abcdef"}]}`, 400, "Do not set test_invitation_key"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_project": 1, "id_user": 3, "test_invitation_expiration_date": "2050-01-01"}]}`, 400, "Missing id_test_type"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_test_type": 1, "id_user": 3, "test_invitation_expiration_date": "2050-01-01"}]}`, 400, "Missing id_project"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_test_type": 1, "id_project": 1, "id_user": 3}]}`, 400, "Missing test_invitation_expiration_date"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_test_type": 1, "id_project": 1, "id_user": 3, "test_invitation_expiration_date": "soon"}]}`, 400, "test_invitation_expiration_date"},
				{`{"tests_invitations": [{"id_test_invitation": OWN, "test_invitation_message": "x"}]}`, 400, "You can only update"},
				{`{"tests_invitations": [{"id_test_invitation": OWN, "test_invitation_expiration_date": "soon"}]}`, 400, "test_invitation_expiration_date"},
				{`{"tests_invitations": [{NEW, "id_user": 6}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_user": 0}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_user": -1}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_participant": 4}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_device": 3}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_user": 3, "id_session": SESSION}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_test_type": 3, "id_project": 1, "id_user": 3, "test_invitation_expiration_date": "2050-01-01"}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{"id_test_invitation": 0, "id_test_type": 1, "id_project": 3, "id_user": 3, "test_invitation_expiration_date": "2050-01-01"}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{"id_test_invitation": FOREIGN, "test_invitation_count": 1}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{"id_test_invitation": -1, "test_invitation_count": 1}]}`, 403, "Forbidden"},
				// the first of the list is good
				{`{"tests_invitations": [{NEW, "id_user": 3}, {NEW, "id_participant": 4}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{NEW, "id_user": 3}, {"id_test_invitation": FOREIGN, "test_invitation_count": 1}]}`, 403, "Forbidden"},
				{`{"tests_invitations": [{"id_test_invitation": OWN, "test_invitation_count": 9}, {"id_test_invitation": OWN, "test_invitation_expiration_date": "soon"}]}`, 400, ""},
			} {
				a := s.Do(t, "POST", "/api/"+api+"/tests/invitations", "application/json", replace.Replace(tt.body), auth)
				if a.Status != tt.want || !strings.Contains(a.Text, tt.says) {
					t.Errorf("%s: %s: got %d %s, want %d %s", api, tt.body, a.Status, a.Text, tt.want, tt.says)
				}
			}
		}
		if after := state(); after != before {
			t.Errorf("what was refused changed something:\n%s\n%s", before, after)
		}
	})
}
