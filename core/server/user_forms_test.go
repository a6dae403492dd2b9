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

// choices are "id text" of the values of an item of a form.
func choices(form servertest.Answer, item string) []string {
	list := []string{}
	sections, _ := form.Object()["sections"].([]any)
	for _, s := range sections {
		for _, i := range s.(fields)["items"].([]any) {
			values, _ := i.(fields)["values"].([]any)
			for _, v := range values {
				if i.(fields)["id"] == item {
					list = append(list, fmt.Sprint(v.(fields)["id"], " ", v.(fields)["value"]))
				}
			}
		}
	}
	return list
}

func TestFormsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user", "user3", "user4"} {
			auth[u] = s.User(t, u)
		}
		for _, kind := range []string{"user", "user_group", "site", "project", "group", "participant", "device", "device_type", "device_subtype", "session",
			"session_type", "service", "service_config", "test_type", "versions"} {
			if a := s.Get(t, "/api/user/forms?type="+kind, auth["user4"]); a.Status != 200 || a.Object()["objecttype"] != kind {
				t.Errorf("%s: got %d %s", kind, a.Status, a.Text)
			}
		}
		for query, want := range map[string]int{"": 400, "type=": 400, "type=x": 400, "type=site&id=x": 400, "type=session_type_config": 400, "type=session_type_config&id=2": 200,
			"type=service_config&id=999": 400, "type=service_config&key=nothing": 400, "type=service_config&key=VideoRehabService": 200, "type=session&id=999&id_project=999": 200} {
			if a := s.Get(t, "/api/user/forms?"+query, auth["admin"]); a.Status != want {
				t.Errorf("%q: got %d %s, want %d", query, a.Status, a.Text, want)
			}
		}
		if a := s.Get(t, "/api/user/forms?type=service_config&key=VideoRehabService", auth["user4"]); a.Status != 400 {
			t.Errorf("settings of a service of others: got %d, want 400", a.Status)
		}

		// A session in project 3, that a super-administrator made.
		secret := jsonText(s.Post(t, "/api/user/sessions", fields{"session": fields{"id_session": 0, "id_session_type": 4, "session_name": "x",
			"session_participants_ids": []int{4}, "id_creator_device": 1}}, auth["admin"]).List()[0]["id_session"])
		site, project := "1 Default Site", "1 Default Project #1 [Default Site]"
		for _, tt := range []struct {
			user, query, item string
			want              []string
		}{
			{"admin", "type=project", "id_site", []string{site, "2 Top Secret Site"}},
			{"user", "type=project", "id_site", []string{site}},
			{"user4", "type=project", "id_site", []string{}},
			{"user", "type=group&id_site=2", "id_project", []string{}},
			{"user3", "type=group&id=2", "id_project", []string{project}},
			{"user", "type=group&id=1", "id_project", []string{project, "2 Default Project #2 [Default Site]"}},
			{"user3", "type=participant&id_project=2", "id_participant_group", []string{"1 Default Participant Group A"}},
			{"user", "type=participant&id_project=2", "id_participant_group", []string{"2 Default Participant Group B"}},
			{"user", "type=participant&id=1", "id_participant_group", []string{"1 Default Participant Group A"}},
			{"user4", "type=participant&id=1&id_project=1", "id_participant_group", []string{}},
			{"user4", "type=session_type", "id_service", []string{}},
			{"user3", "type=test_type", "id_service", []string{"3 File Transfer Service", "6 Télé-réadaptation vidéo"}},
			{"admin", "type=session&id_project=2", "id_session_type", []string{"5 FileTransfer"}},
			{"user3", "type=session&id_project=3", "id_creator_participant", []string{"1 Participant #1", "2 Participant #2", "3 Participant #3"}},
			{"user", "type=session&id=" + secret, "id_creator_participant", []string{"1 Participant #1", "2 Participant #2", "3 Participant #3"}},
			{"admin", "type=session&id=" + secret, "id_creator_participant", []string{"4 Secret Participant"}},
			{"admin", "type=session&id=" + secret, "id_session_type", []string{"4 Exercices individuels"}},                                                     // not offered there any more
			{"user3", "type=session&id=1", "id_creator_user", []string{"4 MultiSite User", "5 Project Admin", "2 Site Admin", "3 Site User", "1 Super Admin"}}, // 1 made it
			{"user4", "type=session", "id_creator_user", []string{"6 No Access User!"}},
			{"user4", "type=session&id=1", "id_creator_device", []string{}},
		} {
			got := choices(s.Get(t, "/api/user/forms?"+tt.query, auth[tt.user]), tt.item)
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s of %s as %s: got %q, want %q", tt.item, tt.query, tt.user, got, tt.want)
			}
		}

		for _, tt := range []struct{ header, want string }{
			{"", "User ID"}, {"fr", "ID de l'utilisateur"}, {"fr-CA,fr;q=0.9,en;q=0.8", "ID de l'utilisateur"}, {"en-US,en;q=0.9,fr;q=0.8", "User ID"},
			{"fr;q=0.2, en;q=0.7", "User ID"}, {"de, fr;q=0.1", "ID de l'utilisateur"}, {"es", "User ID"}, {"fr;q=x,,;", "User ID"}, {"fr;q=0", "User ID"},
		} {
			a := s.Get(t, "/api/user/forms?type=user", auth["user"], servertest.Header("Accept-Language", tt.header))
			if !strings.Contains(a.Text, `"label":"`+tt.want+`"`) {
				t.Errorf("Accept-Language %q: got %.200s, want %q", tt.header, a.Text, tt.want)
			}
		}
		for version, want := range map[string]bool{"1.2.9": false, "1": false, "1.3.0": true, "2.0": true, "x.y": true, "1.x": true} {
			a := s.Get(t, "/api/user/forms?type=site", auth["user"], servertest.Header("X-Client-Name", "OpenTeraPlus"), servertest.Header("X-Client-Version", version))
			if got := strings.Contains(a.Text, "site_2fa_required"); got != want {
				t.Errorf("two-factor items for OpenTeraPlus %s: got %v, want %v", version, got, want)
			}
		}
		if a := s.Get(t, "/api/user/forms?type=versions", auth["user"]); !strings.Contains(a.Text, `"id":"OpenTeraPlus","items"`) {
			t.Errorf("versions: got %s, want a section for each client", a.Text)
		}
		servertest.Change[store.DeviceType](t, s, 1, store.Object{"device_type_name": "Renamed"})
		if got := choices(s.Get(t, "/api/user/forms?type=device", auth["user4"]), "id_device_type"); len(got) != 4 || got[0] != "1 Renamed" {
			t.Errorf("device types: got %q", got)
		}
	})
}
