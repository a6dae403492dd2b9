package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestWriteSites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/sites"
		site := func(o fields) fields { return fields{"site": o} }
		who.refused(t, s, func() string { return dump[store.Site](t, s) + dump[store.ServiceRole](t, s) }, []attempt{
			{name: "no wrapper", as: "admin", path: path, body: fields{"site_name": "x"}, want: 400},
			{name: "no id", as: "admin", path: path, body: site(fields{"site_name": "x"}), want: 400},
			{name: "id that is text", as: "admin", path: path, body: site(fields{"id_site": "1"}), want: 400},
			{name: "negative id", as: "admin", path: path, body: site(fields{"id_site": -1}), want: 400},
			{name: "huge id", as: "admin", path: path, body: site(fields{"id_site": 1 << 40}), want: 400},
			{name: "no name", as: "admin", path: path, body: site(fields{"id_site": 0}), want: 400},
			{name: "null name", as: "admin", path: path, body: site(fields{"id_site": 1, "site_name": nil}), want: 400},
			{name: "list for a name", as: "admin", path: path, body: site(fields{"id_site": 1, "site_2fa_required": []int{1}}), want: 400},
			{name: "unknown field", as: "admin", path: path, body: site(fields{"id_site": 1, "x": 1}), want: 500, text: "Database error"},
			{name: "create", as: "siteadmin", path: path, body: site(fields{"id_site": 0, "site_name": "x"}), want: 403},
			{name: "create", as: "user4", path: path, body: site(fields{"id_site": 0, "site_name": "x"}), want: 403},
			{name: "update as project administrator", as: "user3", path: path, body: site(fields{"id_site": 1, "site_name": "x"}), want: 403},
			{name: "update of another site", as: "siteadmin", path: path, body: site(fields{"id_site": 2, "site_name": "x"}), want: 403},
			{name: "update of an unknown site", as: "admin", path: path, body: site(fields{"id_site": 999, "site_name": "x"}), want: 403},
			{name: "delete", as: "siteadmin", path: path + "?id=1", del: true, want: 403},
			{name: "delete an unknown site", as: "admin", path: path + "?id=999", del: true, want: 400},
			{name: "delete without id", as: "admin", path: path, del: true, want: 400},
			{name: "delete with data", as: "admin", path: path + "?id=1", del: true, want: 500, text: "Can't delete site: please delete all participants with sessions"},
		})

		made := who.try(t, s, attempt{name: "create", as: "admin", path: path, body: site(fields{"id_site": 0, "site_name": "New"}), want: 200}).List()
		if len(made) != 1 || made[0]["site_name"] != "New" || made[0]["site_2fa_required"] != false {
			t.Fatalf("create: got %v", made)
		}
		id := int(made[0]["id_site"].(float64))
		if n := servertest.Count[store.ServiceRole](t, s, store.Columns{"id_site": id}); n != 2 {
			t.Errorf("roles of the new site: got %d, want admin and user", n)
		}
		who.try(t, s, attempt{name: "delete", as: "admin", path: servertest.Query(path, "id", jsonText(id)), del: true, want: 200, text: `""`})
		if n := servertest.Count[store.ServiceRole](t, s, store.Columns{"id_site": id}); n != 0 {
			t.Errorf("roles of the deleted site: got %d, want none", n)
		}
		who.try(t, s, attempt{name: "update", as: "siteadmin", path: path, body: site(fields{"id_site": 1, "site_name": "Renamed", "site_2fa_required": true}), want: 200, text: "Renamed"})
		for u, want := range map[int]bool{1: true, 2: true, 6: false} {
			if got := servertest.Row[store.User](t, s, u).TwoFactor; got != want {
				t.Errorf("two factors of user %d after the site requires them: got %v, want %v", u, got, want)
			}
		}
	})
}
