package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// The device registration key is for those who administer something (core.md 13.1, 2).
func TestServerSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/server/settings"
		for as, want := range map[string]bool{"admin": true, "siteadmin": true, "user2": true, "user3": true, "user": false, "user4": false} {
			o := who.try(t, s, attempt{name: "both", as: as, path: path + "?uuid=1&device_register_key=1", want: 200}).Object()
			if _, got := o["device_register_key"]; got != want || o["server_uuid"] == nil {
				t.Errorf("settings of %s: got %v, want the key: %v, and the uuid", as, o, want)
			}
		}
		if o := who.try(t, s, attempt{name: "nothing", as: "admin", path: path + "?device_register_key=false", want: 200}).Object(); len(o) != 0 {
			t.Errorf("nothing asked for: got %v", o)
		}
	})
}

func TestVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/versions"
		version := func(o any) fields { return fields{"ClientVersions": o} }
		if o := who.try(t, s, attempt{name: "get", as: "user4", path: path, want: 200}).Object(); o["version_major"] != 1.0 || o["clients"].(map[string]any)["OpenTeraPlus"] == nil {
			t.Errorf("versions: got %v", o)
		}
		who.refused(t, s, func() string { return dump[store.ServerSetting](t, s) }, []attempt{
			{name: "no super-administrator", as: "siteadmin", path: path, body: version(fields{"client_name": "x"}), want: 403, text: "Not authorized"},
			{name: "no object", as: "admin", path: path, body: version("x"), want: 400},
			{name: "no name", as: "admin", path: path, body: version(fields{"client_version": "2.0.0"}), want: 400},
			{name: "version that is a number", as: "admin", path: path, body: version(fields{"client_name": "x", "client_version": 2}), want: 400},
		})
		o := who.try(t, s, attempt{name: "add", as: "admin", path: path, body: version(fields{"client_name": "New", "client_version": "2.0.0", "x": 1}), want: 200}).Object()
		clients := o["clients"].(map[string]any)
		added, _ := clients["New"].(map[string]any)
		if added["client_version"] != "2.0.0" || len(added) != 7 || clients["OpenTeraPlus"] == nil || o["version_string"] == nil {
			t.Errorf("add: got %v, want the new client with its seven fields beside the others", o)
		}
		if again := who.try(t, s, attempt{name: "nothing to add", as: "admin", path: path, body: fields{}, want: 200}).Object(); len(again["clients"].(map[string]any)) != len(clients) {
			t.Errorf("nothing to add: got %v", again)
		}
		servertest.Change[store.ServerSetting](t, s, settingID(t, s, store.SettingServerVersions), store.Object{"server_settings_value": "{"})
		who.try(t, s, attempt{name: "malformed", as: "user4", path: path, want: 500, text: "No version information found"})
	})
}

func settingID(t *testing.T, s *servertest.Server, name string) int {
	t.Helper()
	rows, err := store.Rows[store.ServerSetting](t.Context(), s.Store, store.Everything(), store.Columns{"server_settings_name": name})
	if err != nil || len(rows) != 1 {
		t.Fatalf("setting %s: got %d rows, %v", name, len(rows), err)
	}
	return rows[0].ID
}
