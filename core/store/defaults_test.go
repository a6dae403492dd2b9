package store_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestProductionDefaults(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		s := storetest.Open(t, cfg, nil)
		made, err := s.Defaults(ctx, store.Production)
		if err != nil || made == nil || made.Username != "admin" || len(store.PasswordWeaknesses(made.Password)) > 0 {
			t.Fatalf("credentials = %+v, %v", made, err)
		}
		u, err := s.UserByUsername(ctx, "admin")
		if err != nil || !u.SuperAdmin || !u.Enabled || !u.ForcePasswordChange || !store.CheckPassword(u.Password, made.Password) {
			t.Errorf("admin = %+v, %v", u, err)
		}
		var services []string
		for id := 1; id <= 5; id++ {
			services = append(services, get[store.Service](t, s, id).Key)
		}
		equal(t, "services", services, []string{"OpenTeraServer", "LoggingService", "FileTransferService", "EmailService", "VideoRehabService"})
		if r := get[store.ServiceRole](t, s, 9); r.ServiceID != 1 || *r.SiteID != 1 || r.Name != core.RoleAdmin {
			t.Errorf("role 9 = %+v", r)
		}
		if r := get[store.ServiceRole](t, s, 8); r.ServiceID != 5 || r.Name != core.RoleUser {
			t.Errorf("role 8 = %+v", r)
		}
		settings := map[string]int{}
		for _, name := range []string{store.SettingDeviceTokenKey, store.SettingParticipantTokenKey, store.SettingDeviceRegisterKey, store.SettingServerUUID} {
			v, err := s.Setting(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			settings[name] = len(v)
		}
		want := map[string]int{store.SettingDeviceTokenKey: 32, store.SettingParticipantTokenKey: 32, store.SettingDeviceRegisterKey: 10, store.SettingServerUUID: 36}
		if !maps.Equal(settings, want) {
			t.Errorf("lengths of settings = %v", settings)
		}
		// a second start changes nothing; an emptied group comes back
		if again, err := s.Defaults(ctx, store.Production); again != nil || err != nil {
			t.Errorf("second start: %+v, %v", again, err)
		}
		if err := remove[store.Site](t, s, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Defaults(ctx, store.Production); err != nil {
			t.Fatal(err)
		}
		if site := get[store.Site](t, s, 2); site.Name != "Default Site" {
			t.Errorf("site = %+v", site)
		}
	})
}

// TestTestModeDefaults spot-checks keys that OpenTera's own tests rely on (core.md 2.2); other tests use the rest.
func TestTestModeDefaults(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if made, err := s.Defaults(ctx, store.TestMode); made != nil || err != nil {
			t.Errorf("second start: %+v, %v", made, err)
		}
		for id, name := range map[int]string{1: "admin", 2: "siteadmin", 3: "user", 4: "user2", 5: "user3", 6: "user4"} {
			if u := get[store.User](t, s, id); u.Username != name || !store.CheckPassword(u.Password, name) || u.ForcePasswordChange {
				t.Errorf("user %d = %+v", id, u)
			}
		}
		for id, want := range map[int]struct {
			service int
			site    *int
			project *int
			name    string
		}{
			1: {2, nil, nil, "admin"}, 7: {5, nil, nil, "admin"}, 8: {5, nil, nil, "user"}, 12: {7, nil, nil, "user"},
			13: {1, ptr(1), nil, "admin"}, 16: {1, ptr(2), nil, "user"}, 17: {1, nil, ptr(1), "admin"}, 18: {1, nil, ptr(1), "user"}, 22: {1, nil, ptr(3), "user"},
		} {
			r := get[store.ServiceRole](t, s, id)
			if r.ServiceID != want.service || r.Name != want.name || !same(r.SiteID, want.site) || !same(r.ProjectID, want.project) {
				t.Errorf("role %d = %+v, want %+v", id, r, want)
			}
		}
		for id, token := range map[int]bool{1: true, 2: false, 3: false, 4: true} {
			if p := get[store.Participant](t, s, id); (p.Token != nil) != token {
				t.Errorf("participant %d has token %v", id, p.Token)
			}
		}
		var statuses []int
		for id := 9; id <= 16; id++ {
			statuses = append(statuses, int(get[store.Session](t, s, id).Status))
		}
		equal(t, "statuses", statuses, []int{0, 0, 0, 1, 2, 2, 3, 4})
		if v := get[store.Session](t, s, 28); v.Name != "Séance #28" || *v.CreatorServiceID != 6 || v.Duration < 60 || v.Duration > 4800 || v.TypeID < 1 || v.TypeID > 3 {
			t.Errorf("session 28 = %+v", v)
		}
		if a := get[store.ServiceAccess](t, s, 9); *a.ParticipantGroupID != 1 || a.RoleID != 2 {
			t.Errorf("access 9 = %+v", a)
		}
		if v := get[store.Asset](t, s, 7); v.SessionID != 9 || *v.DeviceID != 1 {
			t.Errorf("asset 7 = %+v", v)
		}
	})
}

func same(a, b *int) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func TestDemo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		s := storetest.Open(t, cfg, nil)
		if _, err := s.Defaults(ctx, store.Production); err != nil {
			t.Fatal(err)
		}
		d, err := s.Demo(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d.Clinician.Username != "clinician" || !store.CheckPassword(d.Clinician.Password, d.Password) || len(store.PasswordWeaknesses(d.Password)) > 0 {
			t.Errorf("clinician = %+v, password %q", d.Clinician, d.Password)
		}
		if len(d.Participants) != 3 || d.Participants[0].Token == nil || !d.Participants[0].TokenEnabled || d.Device.Token == nil || !d.Device.Onlineable {
			t.Errorf("demo = %+v", d)
		}
		// the clinician can use all of it
		a := d.Clinician.Access()
		for name, f := range map[string]func() (bool, error){
			"participants": func() (bool, error) {
				return store.Can[store.Participant](ctx, s, a.Admin(), d.Participants[0].ID, d.Participants[1].ID, d.Participants[2].ID)
			},
			"device":       func() (bool, error) { return store.Can[store.Device](ctx, s, a, d.Device.ID) },
			"session type": func() (bool, error) { return store.Can[store.SessionType](ctx, s, a, d.SessionType.ID) },
			"service":      func() (bool, error) { return store.Can[store.Service](ctx, s, a, *d.SessionType.ServiceID) },
			"site":         func() (bool, error) { return store.Can[store.Site](ctx, s, a, d.Site.ID) },
		} {
			if ok, err := f(); err != nil || !ok {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		}
		rehab, err := s.ServiceByKey(ctx, core.ServiceVideoRehab)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := store.Can[store.Participant](ctx, s, rehab.Access(), d.Participants[0].ID); err != nil || !ok {
			t.Errorf("the service does not see the participant: %v", err)
		}
		// a second start shows the same
		again, err := s.Demo(ctx)
		if err != nil || again.Password != d.Password || *again.Participants[0].Token != *d.Participants[0].Token || *again.Device.Token != *d.Device.Token {
			t.Errorf("second start: %+v, %v", again, err)
		}
		users, err := s.Users(ctx, store.Everything(), store.UserQuery{})
		if err != nil || len(users) != 2 {
			t.Errorf("%d users, %v", len(users), err)
		}
		// what was deleted or changed since stays so
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.SetPassword(ctx, again.Clinician, "Mine-12345"), store.Delete[store.Device](ctx, tx, d.Device.ID))
		})
		third, err := s.Demo(ctx)
		if err != nil || third.Device != nil || third.Password != "" || !slices.Equal(names(third.Participants), names(d.Participants)) {
			t.Errorf("third start: %+v, %v", third, err)
		}
	})
}

func names(rows []*store.Participant) (n []string) {
	for _, p := range rows {
		n = append(n, p.Name)
	}
	return n
}
