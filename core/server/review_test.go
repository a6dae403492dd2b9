package server_test

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// A device's token makes one the device, which sees everybody it is lent to; a participant's makes one the participant.
// They are told to those who administer the device, not to everybody who may see it (core.md 13.1, 10).
func TestStaticTokensAreToldToFew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		participant := servertest.Basic("participant1", "opentera")
		for _, tt := range []struct {
			who, path, list, key string // list: of objects in the first one; empty for the answer itself
			auth                 servertest.Auth
			want                 bool
		}{
			{"user of the project", "/api/user/devices?id_device=1", "", "device_token", s.User(t, "user"), false},
			{"administrator of the project", "/api/user/devices?id_device=1", "", "device_token", s.User(t, "user3"), false},
			{"administrator of the site", "/api/user/devices?id_device=1", "", "device_token", s.User(t, "siteadmin"), true},
			{"super-administrator", "/api/user/devices?id_device=1", "", "device_token", s.User(t, "admin"), true},
			{"user, with a participant", "/api/user/participants?id=1&full=1", "participant_devices", "device_token", s.User(t, "user"), false},
			{"administrator, with a participant", "/api/user/participants?id=1&full=1", "participant_devices", "device_token", s.User(t, "siteadmin"), true},
			{"user, as lent", "/api/user/devices/participants?id_participant=1", "device_participant_device", "device_token", s.User(t, "user"), false},
			{"administrator, as lent", "/api/user/devices/participants?id_participant=1", "device_participant_device", "device_token", s.User(t, "siteadmin"), true},
			{"participant", "/api/participant/devices", "", "device_token", participant, false},
			{"device", "/api/device/participants", "participants_info", "participant_token", s.Device(t, 1), false},
		} {
			a := s.Get(t, tt.path, tt.auth)
			var o map[string]any
			if list := a.List(); len(list) > 0 {
				o = list[0]
			} else {
				o = a.Object()
			}
			switch inner := o[tt.list].(type) {
			case []any:
				if len(inner) > 0 {
					o, _ = inner[0].(map[string]any)
				}
			case map[string]any:
				o = inner
			}
			v, there := o[tt.key]
			if told := v != nil; a.Status != 200 || !there || told != tt.want {
				t.Errorf("%s: got %d, %s there: %t, told: %t, want told: %t", tt.who, a.Status, tt.key, there, told, tt.want)
			}
		}
	})
}

// Clients cannot say what the server makes: the uuid of a device names topics on the bus, and is that of other accounts
// or of all of them when it is chosen well.
func TestWhatTheServerMakes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		siteadmin := s.User(t, "siteadmin")
		for _, uuid := range []string{"*", servertest.Row[store.User](t, s, 1).UUID, strings.Repeat("x", 40)} {
			a := s.Post(t, "/api/user/devices", object{"device": object{
				"id_device": 0, "device_name": "odd", "id_device_type": 1, "device_uuid": uuid, "device_sites": []object{{"id_site": 1}},
			}}, siteadmin)
			if list := a.List(); len(list) != 1 || list[0]["device_uuid"] == uuid || len(list[0]["device_uuid"].(string)) != 36 {
				t.Errorf("device with uuid %.10q: got %d %s", uuid, a.Status, a.Text)
			}
		}
		const never = "2001-01-01T00:00:00+00:00"
		for _, tt := range []struct {
			path string
			body object
			key  string
		}{
			{"/api/user/devices", object{"device": object{"id_device": 1, "device_lastonline": never}}, "device_lastonline"},
			{"/api/user/participants", object{"participant": object{"id_participant": 1, "participant_lastonline": never}}, "participant_lastonline"},
			{"/api/user/users", object{"user": object{"id_user": 2, "user_lastonline": never}}, "user_lastonline"},
		} {
			a := s.Post(t, tt.path, tt.body, siteadmin)
			if list := a.List(); len(list) != 1 || list[0][tt.key] != nil && strings.HasPrefix(list[0][tt.key].(string), "200") {
				t.Errorf("%s: got %d %s", tt.key, a.Status, a.Text)
			}
		}
	})
}

// A uuid that is a pattern on the bus, from an older database for instance, opens the topics of nobody else.
func TestWebsocketOfOddUUID(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	d := &store.Device{UUID: "*", Name: "odd", TypeID: 1, Enabled: true, Onlineable: true}
	if err := s.Store.Write(t.Context(), func(tx *store.Tx) error { return tx.Insert(t.Context(), d) }); err != nil {
		t.Fatal(err)
	}
	socket := s.Connect(t, "device", s.Device(t, d.ID))
	for _, of := range []string{servertest.Row[store.Device](t, s, 1).UUID, "*"} {
		raw, err := proto.Marshal(bus.NewEvent(bus.WebsocketEvents("device", of), &opentera.StopSessionEvent{SessionUuid: of}))
		if err == nil {
			err = s.Bus.Publish(t.Context(), bus.WebsocketEvents("device", of), raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	first := socket.Await(t, "an event", func(e servertest.Event) bool { return e.Type == "StopSessionEvent" })
	if first.Fields["sessionUuid"] != "*" {
		t.Errorf("got the event of another device: %v", first.Fields)
	}
}

// Of a service that several tenants use, nobody sees the roles and the projects of the others.
func TestServicesOfOtherTenants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
			for _, o := range []store.Object{
				{"id_service": 3, "service_role_name": "secret", "id_site": 2}, {"id_service": 3, "service_role_name": "secret", "id_project": 3},
				{"id_service": 3, "service_role_name": "own", "id_site": 1},
			} {
				if _, err := store.InsertJSON[store.ServiceRole](t.Context(), tx, o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{
			"/api/user/services?id_service=3", "/api/user/services/projects?id_project=1&with_roles=1", "/api/user/services/sites?id_site=1&with_roles=1",
		} {
			for user, sees := range map[string]bool{"siteadmin": false, "admin": true} {
				a := s.Get(t, path, s.User(t, user))
				if a.Status != 200 || !strings.Contains(a.Text, `"own"`) || strings.Contains(a.Text, `"secret"`) != sees {
					t.Errorf("%s as %s: got %d %s", path, user, a.Status, a.Text)
				}
				for _, service := range a.List() {
					projects, _ := service["service_projects"].([]any)
					for _, p := range projects {
						if id := p.(map[string]any)["id_project"]; id == 3.0 && !sees {
							t.Errorf("%s as %s: got project %v", path, user, id)
						}
					}
				}
			}
		}
	})
}

// A code of the second factor that somebody read over a shoulder is of no use once it has been used.
func TestSecondFactorServesOnce(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	servertest.Change[store.User](t, s, 3, store.Object{"user_2fa_enabled": true, "user_2fa_otp_enabled": true, "user_2fa_otp_secret": secret})
	code := otpCode(t, secret)
	for i, c := range []string{code, code, " " + code, code + " "} {
		cookie := servertest.Cookies(s.Get(t, "/api/user/login", servertest.Basic("user", "user")))
		a := s.Post(t, "/api/user/login/2fa", object{"otp_code": c}, cookie)
		if want := map[bool]int{true: 200, false: 401}[i == 0]; a.Status != want {
			t.Errorf("use %d of the code: got %d %s, want %d", i+1, a.Status, a.Text, want)
		}
	}
}

// Whoever sends somebody else to log in for a service does not learn the code with which the login ends.
func TestAuthCodeOfSomebodyElse(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	code := askCode(t, s, "/upload")
	a := s.Get(t, "/api/user/login", sent(t, s, code), servertest.Basic("admin", "admin"))
	to, _ := a.Object()["redirect_url"].(string)
	if a.Status != 200 || to == "" || strings.Contains(to, code) {
		t.Errorf("login: got %d %s, want another code", a.Status, a.Text)
	}
	if raw, err := s.Bus.Get(t.Context(), "service_auth_code_"+code); err == nil {
		t.Errorf("under the code that the login began with: got %s, want nothing", raw)
	}
	if who := whoLoggedIn(t, s, codeOf(t, a)); who["user_uuid"] != servertest.Row[store.User](t, s, 1).UUID {
		t.Errorf("under the code that it ended with: got %v", who)
	}
}

// A body of many small values must not become a hundred times as much memory, least of all before anybody logged in.
func TestBodyOfManyValues(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	body := `{"token": "x", "a": [` + strings.Repeat("[],", 1<<20) + `[]]}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := s.Do(t, "POST", "/api/device/status", "application/json", body)
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; a.Status != 401 || got > 48 {
		t.Errorf("got %d and %d MiB of memory, want 401 and less than 48 MiB", a.Status, got)
	}
}

// Users and devices may be of several tenants: of their sessions a service lists those that it may see.
func TestServiceListsNoSessionsOfOtherTenants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		var secret *store.Session
		err := s.Store.Write(t.Context(), func(tx *store.Tx) (err error) {
			secret, err = store.InsertJSON[store.Session](t.Context(), tx, store.Object{"session_name": "secret", "id_session_type": 4, "id_creator_user": 1})
			if err == nil {
				err = tx.SetSessionMembers(t.Context(), secret.ID, core.KindParticipant, []int{4})
			}
			if err == nil {
				err = tx.SetSessionMembers(t.Context(), secret.ID, core.KindUser, []int{1})
			}
			if err == nil {
				err = tx.SetSessionMembers(t.Context(), secret.ID, core.KindDevice, []int{1})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			service, query string
			sees           bool
		}{
			{"VideoRehabService", "id_user=1", false}, {"VideoRehabService", "id_device=1", false},
			{"FileTransferService", "id_user=1", true}, {"FileTransferService", "id_device=1", true}, // it is in the participant's project
		} {
			a := s.Get(t, "/api/service/sessions?"+tt.query, s.Service(t, tt.service))
			saw := strings.Contains(a.Text, `"secret"`)
			if a.Status != 200 || saw != tt.sees || len(a.List()) < 2 {
				t.Errorf("%s by %s: got %d, %d sessions, the other tenant's: %t, want %t", tt.query, tt.service, a.Status, len(a.List()), saw, tt.sees)
			}
		}
	})
}

// A participant's dynamic token, which can be exchanged for ever, ends with the password and with the right to log in.
func TestParticipantTokensEndWithThePassword(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	login := func(password string) servertest.Auth {
		t.Helper()
		a := s.Get(t, "/api/participant/login", servertest.Basic("participant1", password))
		tok, _ := a.Object()["participant_token"].(string)
		if a.Status != 200 || tok == "" {
			t.Fatalf("login: got %d %s", a.Status, a.Text)
		}
		return servertest.Token(tok)
	}
	check := func(what string, auth servertest.Auth, want int) {
		t.Helper()
		for _, path := range []string{"/api/participant/participants", "/api/participant/refresh_token"} {
			if a := s.Get(t, path, auth); a.Status != want {
				t.Errorf("%s, %s: got %d, want %d", what, path, a.Status, want)
			}
		}
	}
	first := login("opentera")
	servertest.Change[store.Participant](t, s, 1, store.Object{"participant_password": "another"})
	check("after another password", first, 401)
	check("logged in again", login("another"), 200)
	second := login("another")
	servertest.Change[store.Participant](t, s, 1, store.Object{"participant_login_enabled": false})
	check("after the login was disabled", second, 401)
	if a := s.Get(t, "/api/participant/login", servertest.Token(s.ParticipantToken(t, 1))); a.Status != 200 {
		t.Errorf("static token: got %d, want 200", a.Status)
	}
}
