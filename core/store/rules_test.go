package store_test

import (
	"errors"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

func TestUserRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		u := insertJSON[store.User](t, s, store.Object{
			"id_user": 0, "user_username": "new", "user_password": "Password12345!", "user_firstname": "N", "user_lastname": "U",
			"user_enabled": true, "user_profile": map[string]any{"a": 1.0}, "user_uuid": "chosen", "user_lastonline": "2020-01-01T00:00:00Z",
			"unknown": "skipped",
		})
		if u.UUID == "chosen" || len(u.UUID) != 36 || u.LastOnline != nil || u.Profile != `{"a":1}` {
			t.Errorf("user = %+v", u)
		}
		if u.Password[:7] != "$2b$04$" || !store.CheckPassword(u.Password, "Password12345!") || store.CheckPassword(u.Password, "password12345!") {
			t.Errorf("password %q", u.Password)
		}
		for _, tt := range []struct {
			o    store.Object
			want error
		}{
			{store.Object{"user_password": "Password12345!"}, store.ErrSamePassword},
			{store.Object{"user_password": "short"}, &store.WeakPasswordError{}},
			{store.Object{"user_password": "", "user_notes": "kept"}, nil},
			{store.Object{"user_password": "Another-pass-1", "user_uuid": "ignored", "deleted_at": "ignored"}, nil},
		} {
			got, err := updateJSON[store.User](t, s, u.ID, tt.o)
			var weak *store.WeakPasswordError
			if errors.As(tt.want, &weak) != errors.As(err, &weak) || weak == nil && !errors.Is(err, tt.want) {
				t.Errorf("%v: got %v, want %v", tt.o, err, tt.want)
			}
			if err == nil && got.UUID != u.UUID {
				t.Errorf("the UUID changed")
			}
		}
		got := get[store.User](t, s, u.ID)
		if !store.CheckPassword(got.Password, "Another-pass-1") || *got.Notes != "kept" {
			t.Errorf("user = %+v", got)
		}
		write(t, s, func(tx *store.Tx) error { return tx.SetPassword(t.Context(), got, "Third-password-3") })
		if !store.CheckPassword(get[store.User](t, s, u.ID).Password, "Third-password-3") {
			t.Error("SetPassword did not")
		}
	})
}

func TestUpdateJSONRejects(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range []struct {
			o       store.Object
			field   string
			unknown bool
		}{
			{store.Object{"site_name": "X", "nonsense": 1}, "nonsense", true},
			{store.Object{"site_name": "X", "version_id": 1}, "version_id", true},
			{store.Object{"id_site": 2.0, "site_name": "X"}, "id_site", false},
			{store.Object{"site_name": nil}, "site_name", false},
			{store.Object{"site_name": "zero\x00byte"}, "site_name", false},
			{store.Object{"site_2fa_required": "perhaps"}, "site_2fa_required", false},
		} {
			_, err := updateJSON[store.Site](t, s, 1, tt.o)
			var field *store.FieldError
			if !errors.As(err, &field) || field.Field != tt.field || field.Unknown != tt.unknown {
				t.Errorf("%v: got %v, want a FieldError of %s", tt.o, err, tt.field)
			}
		}
		if get[store.Site](t, s, 1).Name != "Default Site" {
			t.Error("a refused update changed the row")
		}
		if _, err := updateJSON[store.Site](t, s, 1, store.Object{"id_site": 1.0, "site_name": "Renamed", "site_2fa_required": "false"}); err != nil {
			t.Error(err)
		}
		if _, err := updateJSON[store.Site](t, s, 99, store.Object{"site_name": "X"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown row: %v", err)
		}
		if _, err := updateJSON[store.Session](t, s, 1, store.Object{"session_start_datetime": "soon"}); err == nil {
			t.Error("a date that is none was taken")
		}
		var field *store.FieldError
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := store.InsertJSON[store.Project](t.Context(), tx, store.Object{"id_site": 1})
			return err
		})
		if !errors.As(err, &field) || field.Field != "project_name" {
			t.Errorf("missing name: %v", err)
		}
		equal(t, "missing fields", store.MissingFields[store.User](store.Object{"id_user": 0, "user_username": "x"}),
			[]string{"user_enabled", "user_firstname", "user_lastname", "user_password", "user_profile"})
	})
}

func TestParticipantRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		p := insertJSON[store.Participant](t, s, store.Object{
			"participant_name": "P", "id_project": 1, "participant_username": "pat", "participant_password": "simple",
			"participant_token_enabled": true, "participant_token": "forged", "id_participant_group": 0,
		})
		if !p.Enabled || p.GroupID != nil || p.Token == nil || *p.Token == "forged" || !store.CheckPassword(*p.Password, "simple") {
			t.Fatalf("participant = %+v", p)
		}
		key, err := s.Setting(ctx, store.SettingParticipantTokenKey)
		if err != nil {
			t.Fatal(err)
		}
		claims := jwt.MapClaims{}
		if _, err := jwt.ParseWithClaims(*p.Token, claims, func(*jwt.Token) (any, error) { return []byte(key), nil }); err != nil {
			t.Fatal(err)
		}
		equal(t, "claims", keys(claims), []string{"id_participant", "iss", "jti", "participant_uuid"})
		if claims["participant_uuid"] != p.UUID || claims["id_participant"] != float64(p.ID) || claims["iss"] != "TeraServer" {
			t.Errorf("claims = %v", claims)
		}
		if found, err := s.ParticipantByToken(ctx, *p.Token); err != nil || found.ID != p.ID {
			t.Errorf("by token: %v, %v", found, err)
		}
		// usernames: one's own again is fine, another's is not, a deleted one's is free
		if _, err := updateJSON[store.Participant](t, s, p.ID, store.Object{"participant_username": "pat"}); err != nil {
			t.Error(err)
		}
		if _, err := updateJSON[store.Participant](t, s, p.ID, store.Object{"participant_username": "participant1"}); !errors.Is(err, store.ErrUsernameTaken) {
			t.Errorf("got %v, want ErrUsernameTaken", err)
		}
		// the token goes and comes with the switch
		off, err := updateJSON[store.Participant](t, s, p.ID, store.Object{"participant_token_enabled": false})
		if err != nil || off.Token != nil {
			t.Errorf("token = %v, %v", off.Token, err)
		}
		on, err := updateJSON[store.Participant](t, s, p.ID, store.Object{"participant_token_enabled": true})
		if err != nil || on.Token == nil || *on.Token == *p.Token {
			t.Errorf("token = %v, %v", on.Token, err)
		}
		if err := remove[store.Participant](t, s, p.ID); err != nil {
			t.Fatal(err)
		}
		insertJSON[store.Participant](t, s, store.Object{"participant_name": "Q", "id_project": 1, "participant_username": "pat"})
	})
}

func TestDisabledProject(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		if _, err := updateJSON[store.Project](t, s, 1, store.Object{"project_enabled": false}); err != nil {
			t.Fatal(err)
		}
		if get[store.Participant](t, s, 1).Enabled {
			t.Error("a participant is still enabled")
		}
		gone[store.DeviceParticipant](t, s, 1)
		var integrity *store.IntegrityError
		if _, err := updateJSON[store.Participant](t, s, 1, store.Object{"participant_enabled": true}); !errors.As(err, &integrity) || integrity.Table != "t_projects" {
			t.Errorf("enabling in a disabled project: %v", err)
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := store.InsertJSON[store.Participant](t.Context(), tx, store.Object{"participant_name": "P", "id_project": 1})
			return err
		})
		if !errors.As(err, &integrity) {
			t.Errorf("a new participant in a disabled project: %v", err)
		}
		all, err := s.Participants(t.Context(), store.Everything(), store.ParticipantQuery{Name: "P"})
		if err != nil || len(all) != 0 {
			t.Errorf("the refused insert left %d rows, %v", len(all), err)
		}
	})
}

func TestDeviceRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := insertJSON[store.Device](t, s, store.Object{"device_name": "D", "id_device_type": "2", "id_device_subtype": 0, "device_token": "forged"})
		if d.SubtypeID != nil || d.Token == nil || *d.Token == "forged" || len(d.UUID) != 36 || d.Enabled {
			t.Fatalf("device = %+v", d)
		}
		if found, err := s.DeviceByToken(ctx, *d.Token); err != nil || found.ID != d.ID {
			t.Errorf("by token: %v, %v", found, err)
		}
		again, err := updateJSON[store.Device](t, s, d.ID, store.Object{"device_uuid": "x", "id_device_subtype": 0, "device_enabled": 1, "device_config": map[string]any{}})
		if err != nil || again.UUID != d.UUID || !again.Enabled || *again.Config != "{}" {
			t.Errorf("device = %+v, %v", again, err)
		}
		link := func(row store.Row) error {
			return s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, row) })
		}
		var integrity *store.IntegrityError
		for _, row := range []store.Row{
			&store.DeviceProject{DeviceID: d.ID, ProjectID: 1},         // not in the site
			&store.DeviceProject{DeviceID: d.ID, ProjectID: 99},        // no such project
			&store.DeviceParticipant{DeviceID: d.ID, ParticipantID: 1}, // not in the project
			&store.DeviceParticipant{DeviceID: d.ID, ParticipantID: 99},
		} {
			if err := link(row); !errors.As(err, &integrity) {
				t.Errorf("%T: got %v, want an IntegrityError", row, err)
			}
		}
		for _, row := range []store.Row{
			&store.DeviceSite{DeviceID: d.ID, SiteID: 1},
			&store.DeviceProject{DeviceID: d.ID, ProjectID: 1},
			&store.DeviceParticipant{DeviceID: d.ID, ParticipantID: 1},
		} {
			if err := link(row); err != nil {
				t.Errorf("%T: %v", row, err)
			}
		}
	})
}

// TestNewSiteAndProjectRoles: both get the roles admin and user of the OpenTera server.
func TestNewSiteAndProjectRoles(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		site := insertJSON[store.Site](t, s, store.Object{"site_name": "S"})
		project := insertJSON[store.Project](t, s, store.Object{"project_name": "P", "id_site": site.ID})
		if !project.Enabled {
			t.Error("a new project is disabled")
		}
		roles, err := store.Accessible[store.ServiceRole](t.Context(), s, store.Everything())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range roles {
			if r.SiteID != nil && *r.SiteID == site.ID || r.ProjectID != nil && *r.ProjectID == project.ID {
				names = append(names, r.Name)
			}
		}
		equal(t, "roles", names, []string{"admin", "user", "admin", "user"})
	})
}

func TestSessionRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		v := insertJSON[store.Session](t, s, store.Object{
			"id_session": 0, "id_session_type": 1, "session_name": "S", "session_uuid": "x", "session_status": 0,
			"session_parameters": map[string]any{"k": []any{1.0}}, "session_start_datetime": "2024-05-01T10:00:00.5-04:00",
		})
		if v.Status != core.SessionInProgress || len(v.UUID) != 36 || *v.Parameters != `{"k":[1]}` || v.Start.UTC().Format("15:04:05.0") != "14:00:00.5" {
			t.Errorf("session = %+v", v)
		}
		w := insertJSON[store.Session](t, s, store.Object{"id_session_type": 1, "session_name": "S"})
		if w.Start.IsZero() || w.Status != core.SessionInProgress {
			t.Errorf("session = %+v", w)
		}
		for _, tt := range []struct {
			status, start any
			want          core.SessionStatus
		}{
			{0, "2091-05-01T10:00:00Z", core.SessionNotStarted}, // planned
			{nil, "2091-05-01T10:00:00Z", core.SessionInProgress},
			{2, "2091-05-01T10:00:00Z", core.SessionCompleted},
			{0, nil, core.SessionInProgress},
			{3, nil, core.SessionCancelled},
		} {
			o := store.Object{"id_session_type": 1, "session_name": "S", "session_status": tt.status, "session_start_datetime": tt.start}
			if v := insertJSON[store.Session](t, s, o); v.Status != tt.want {
				t.Errorf("status %v at %v: got %d, want %d", tt.status, tt.start, v.Status, tt.want)
			}
		}
		if _, err := updateJSON[store.Session](t, s, v.ID, store.Object{"session_status": 2, "session_duration": 61}); err != nil {
			t.Fatal(err)
		}
		if got := get[store.Session](t, s, v.ID); got.Status != core.SessionCompleted || got.Duration != 61 || !got.Start.Equal(v.Start) {
			t.Errorf("session = %+v", got)
		}
	})
}

// TestSessionTypeLinks: a type of a service brings the service along, and needs the site for a project.
func TestSessionTypeLinks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insert := func(row store.Row) error {
			return s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, row) })
		}
		var integrity *store.IntegrityError
		if err := insert(&store.SessionTypeProject{SessionTypeID: 1, ProjectID: 3}); !errors.As(err, &integrity) || integrity.Table != "t_sessions_types_sites" {
			t.Errorf("type outside the site: %v", err)
		}
		if err := errors.Join(insert(&store.SessionTypeSite{SessionTypeID: 1, SiteID: 2}), insert(&store.SessionTypeProject{SessionTypeID: 1, ProjectID: 3})); err != nil {
			t.Fatal(err)
		}
		services, err := s.Services(ctx, store.Everything(), store.ServiceQuery{Project: 3, Site: 2, Keys: []string{core.ServiceVideoRehab}})
		if err != nil || len(services) != 1 {
			t.Errorf("services = %v, %v", services, err)
		}
		if err := insert(&store.ServiceProject{ServiceID: 7, ProjectID: 1}); !errors.As(err, &integrity) {
			t.Errorf("service outside the site: %v", err)
		}
		if err := insert(&store.SessionTypeService{SessionTypeID: 1, ServiceID: 7}); err != nil { // goes to sites 1, 2 and projects 1, 3
			t.Fatal(err)
		}
		projects, err := s.Projects(ctx, store.Everything(), store.ProjectQuery{Service: 7})
		if err != nil || len(projects) != 2 {
			t.Errorf("projects = %v, %v", projects, err)
		}
	})
}

func TestTwoFactorSites(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		enabled := func() (names []string) {
			users, err := s.Users(t.Context(), store.Everything(), store.UserQuery{})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range users {
				if u.TwoFactor {
					names = append(names, u.Username)
				}
			}
			return names
		}
		if _, err := updateJSON[store.User](t, s, 6, store.Object{"user_2fa_otp_enabled": true, "user_2fa_otp_secret": "S"}); err != nil {
			t.Fatal(err)
		}
		if u := get[store.User](t, s, 6); u.TwoFactorOTP || u.TwoFactorSecret != nil {
			t.Error("OTP fields stay although two factors are off")
		}
		if _, err := updateJSON[store.Site](t, s, 1, store.Object{"site_2fa_required": true}); err != nil {
			t.Fatal(err)
		}
		equal(t, "after the site", enabled(), []string{"user2", "siteadmin", "admin"}) // by first name
		write(t, s, func(tx *store.Tx) error {
			return tx.Insert(t.Context(), &store.UserUserGroup{UserID: 6, UserGroupID: 3})
		})
		equal(t, "after the membership", enabled(), []string{"user2", "user4", "siteadmin", "admin"})
		u, err := updateJSON[store.User](t, s, 2, store.Object{"user_2fa_enabled": false})
		if err != nil || !u.TwoFactor || !get[store.User](t, s, 2).TwoFactor {
			t.Errorf("switched off against the site: %+v, %v", u, err)
		}
	})
}

func TestPreferences(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, tt := range []struct {
			text string
			want int // key, 0 for none
		}{
			{`{"a":1}`, 4}, {`{"a":2}`, 4}, {"", 0}, {"", 0}, {"{}", 5},
		} {
			write(t, s, func(tx *store.Tx) error {
				p, err := tx.SetPreference(ctx, 3, "app", tt.text)
				if err == nil && (p == nil) != (tt.want == 0) || p != nil && p.ID != tt.want {
					t.Errorf("%q: %+v", tt.text, p)
				}
				return err
			})
			p, err := s.Preference(ctx, 3, "app")
			if tt.want == 0 && !errors.Is(err, store.ErrNotFound) || tt.want != 0 && (err != nil || p.Preference != tt.text) {
				t.Errorf("%q: read %+v, %v", tt.text, p, err)
			}
		}
	})
}

func TestTestInvitationRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		o := store.Object{"id_test_type": 1, "id_project": 1, "id_user": 1, "test_invitation_expiration_date": "2030-01-01", "test_invitation_count": 5}
		v := insertJSON[store.TestInvitation](t, s, o)
		if v.MaxCount != 1 || v.Count != 0 || len(v.Key) != 16 || v.Created.IsZero() {
			t.Errorf("invitation = %+v", v)
		}
		var field *store.FieldError
		if _, err := updateJSON[store.TestInvitation](t, s, v.ID, store.Object{"test_invitation_key": "0123456789abcdef"}); !errors.As(err, &field) {
			t.Errorf("the key changed: %v", err)
		}
		if _, err := updateJSON[store.TestInvitation](t, s, v.ID, store.Object{"id_participant": 1}); !errors.As(err, &field) {
			t.Errorf("two targets: %v", err)
		}
		if _, err := updateJSON[store.TestInvitation](t, s, v.ID, store.Object{"test_invitation_count": 1}); err != nil {
			t.Error(err)
		}
	})
}
