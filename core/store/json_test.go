package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestJSONKeys compares the keys of both modes with core.md 1.6, on rows of the test data.
func TestJSONKeys(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range []struct {
			row  store.Row
			full string
			min  string
		}{
			{get[store.User](t, s, 2),
				"id_user user_2fa_email_enabled user_2fa_enabled user_2fa_otp_enabled user_email user_enabled user_firstname user_force_password_change user_lastname user_lastonline user_name user_notes user_profile user_superadmin user_username user_uuid",
				"id_user user_2fa_enabled user_enabled user_firstname user_lastname user_name user_superadmin user_uuid"},
			{get[store.Participant](t, s, 1),
				"id_participant id_participant_group id_project participant_email participant_enabled participant_lastonline participant_login_enabled participant_name participant_project_enabled participant_token participant_token_enabled participant_username participant_uuid",
				"id_participant id_participant_group id_project participant_email participant_enabled participant_name participant_token_enabled participant_uuid"},
			{get[store.Device](t, s, 1),
				"device_config device_enabled device_infos device_lastonline device_name device_notes device_onlineable device_token device_uuid id_device id_device_subtype id_device_type",
				"device_enabled device_name device_uuid id_device id_device_subtype id_device_type"},
			{get[store.DeviceSubtype](t, s, 1),
				"device_subtype_name device_subtype_parent id_device_subtype id_device_type",
				"device_subtype_name device_subtype_parent id_device_subtype id_device_type"},
			{get[store.DeviceSite](t, s, 1), "id_device id_device_site id_site", "id_device id_device_site id_site"},
			{get[store.ParticipantGroup](t, s, 1), "id_participant_group id_project participant_group_name project_name", "id_participant_group id_project participant_group_name"},
			{get[store.Project](t, s, 1), "id_project id_site project_description project_enabled project_name site_name",
				"id_project id_site project_description project_enabled project_name"},
			{get[store.Site](t, s, 1), "id_site site_2fa_required site_name", "id_site site_2fa_required site_name"},
			{get[store.Service](t, s, 1),
				"id_service service_clientendpoint service_default_config service_editable_config service_enabled service_endpoint service_endpoint_device service_endpoint_participant service_endpoint_user service_has_assets service_has_tests service_hostname service_key service_name service_port service_projects service_roles service_system service_uuid",
				"id_service service_clientendpoint service_editable_config service_enabled service_endpoint service_endpoint_device service_endpoint_participant service_endpoint_user service_has_assets service_has_tests service_hostname service_key service_name service_port service_system service_uuid"},
			{get[store.Service](t, s, 2),
				"id_service service_clientendpoint service_default_config service_editable_config service_enabled service_endpoint service_has_assets service_has_tests service_hostname service_key service_name service_port service_projects service_roles service_system service_uuid", ""},
			{get[store.ServiceAccess](t, s, 1),
				"id_project id_service id_service_access id_service_role id_user_group project_name service_access_role_name service_key service_name service_role_name user_group_name",
				"id_project id_service id_service_access id_service_role id_user_group service_role_name"},
			{get[store.ServiceAccess](t, s, 8),
				"device_name id_device id_service id_service_access id_service_role service_access_role_name service_key service_name service_role_name", ""},
			{get[store.ServiceRole](t, s, 13), "id_service id_service_role id_site service_name service_role_name site_name", "id_service id_service_role id_site service_role_name"},
			{get[store.ServiceConfig](t, s, 1),
				"id_service id_service_config id_user service_config_config service_config_last_update_time service_config_name service_config_specific_id",
				"id_service id_service_config id_user service_config_config service_config_specific_id"},
			{get[store.Session](t, s, 2),
				"id_creator_device id_creator_participant id_creator_service id_creator_user id_session id_session_type session_assets_count session_comments session_creator_participant session_creator_participant_uuid session_creator_service session_creator_service_uuid session_creator_user session_creator_user_uuid session_devices session_duration session_name session_parameters session_participants session_start_datetime session_status session_tests_count session_users session_uuid",
				"id_creator_device id_creator_participant id_creator_service id_creator_user id_session id_session_type session_assets_count session_creator_participant session_creator_participant_uuid session_creator_service session_creator_service_uuid session_creator_user session_creator_user_uuid session_duration session_name session_start_datetime session_status session_tests_count session_uuid"},
			{get[store.SessionEvent](t, s, 1),
				"id_session id_session_event id_session_event_type session_event_context session_event_datetime session_event_text", ""},
			{get[store.SessionType](t, s, 1),
				"id_service id_session_type session_type_category session_type_color session_type_config session_type_name session_type_online session_type_service_key session_type_service_uuid",
				"id_service id_session_type session_type_category session_type_color session_type_name"},
			{get[store.Asset](t, s, 1),
				"asset_datetime asset_expiration_datetime asset_name asset_participant asset_service_owner_name asset_service_uuid asset_session_name asset_type asset_uuid id_asset id_device id_participant id_service id_session id_user",
				"asset_datetime asset_expiration_datetime asset_name asset_service_uuid asset_type asset_uuid id_asset id_device id_participant id_service id_session id_user"},
			{get[store.Test](t, s, 2),
				"id_device id_participant id_service id_session id_test id_test_type id_user test_datetime test_name test_session_name test_status test_summary test_test_type_name test_test_type_uuid test_user test_uuid",
				"id_device id_participant id_service id_session id_test id_test_type id_user test_datetime test_name test_status test_summary test_uuid"},
			{get[store.TestType](t, s, 1),
				"id_service id_test_type test_type_description test_type_has_json_format test_type_has_web_editor test_type_has_web_format test_type_key test_type_name test_type_service_key test_type_service_uuid test_type_uuid", ""},
		} {
			for m, want := range map[store.Mode]string{store.Full: tt.full, store.Min: tt.min} {
				if want == "" {
					continue
				}
				o, err := store.JSONOf(t.Context(), s, m, tt.row)
				if err != nil {
					t.Fatalf("%T: %v", tt.row, err)
				}
				equal(t, strings.TrimPrefix(strings.Repeat(" min", int(m))+" keys", " "), keys(o), strings.Fields(want))
				if t.Failed() {
					t.Fatalf("of %T", tt.row)
				}
			}
		}
	})
}

func TestSessionJSON(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		at := time.Date(2024, 5, 1, 14, 0, 0, 123456000, time.UTC)
		row := get[store.Session](t, s, 2)
		row.Start, row.Parameters = at, ptr(`{"a": [1, "x"]}`)
		write(t, s, func(tx *store.Tx) error { return tx.Update(ctx, row, "session_start_datetime", "session_parameters") })
		o, err := store.JSONOf(ctx, s, store.Full, get[store.Session](t, s, 2))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := time.Parse("2006-01-02T15:04:05.000000-07:00", o["session_start_datetime"].(string)); err != nil || !got.Equal(at) {
			t.Errorf("start = %v", o["session_start_datetime"])
		}
		users := o["session_users"].([]store.Object)
		if len(users) != 2 || users[1]["user_name"] != "Site Admin" || users[1]["id_user"] != 2 {
			t.Errorf("users = %v", users)
		}
		people := o["session_participants"].([]store.Object)
		if len(people) != 1 || people[0]["project_name"] != "Default Project #1" || people[0]["id_project"] != 1 {
			t.Errorf("participants = %v", people)
		}
		if o["session_creator_user"] != "Super Admin" || o["session_creator_service"] != "Télé-réadaptation vidéo" || o["session_creator_participant"] != "Participant #1" {
			t.Errorf("creators of %v", o)
		}
		if o["session_assets_count"] != 3 || o["session_tests_count"] != 3 || o["session_status"] != 0 {
			t.Errorf("counts of %v", o)
		}
		if p, ok := o["session_parameters"].(map[string]any); !ok || len(p["a"].([]any)) != 2 {
			t.Errorf("parameters = %v", o["session_parameters"])
		}
		if devices, ok := o["session_devices"].([]store.Object); !ok || devices == nil || len(devices) != 0 {
			t.Errorf("devices = %v, want an empty list", o["session_devices"])
		}
		// a member whose account or membership is deleted is not shown
		if err := remove[store.SessionUser](t, s, 2); err != nil {
			t.Fatal(err)
		}
		if o, err = store.JSONOf(ctx, s, store.Full, row); err != nil || len(o["session_users"].([]store.Object)) != 1 {
			t.Errorf("users = %v, %v", o["session_users"], err)
		}
	})
}

func TestDeletedAtInJSON(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		row := get[store.User](t, s, 6)
		write(t, s, func(tx *store.Tx) error { return tx.Delete(t.Context(), row) })
		o, err := store.JSONOf(t.Context(), s, store.Min, row)
		if err != nil || o["deleted_at"] == nil {
			t.Errorf("deleted_at = %v, %v", o["deleted_at"], err)
		}
	})
}

// counter counts statements.
type counter struct{ n int }

func (c *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.n++
	return ctx
}
func (c *counter) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestStatementsDoNotGrow: a list takes as many statements for 28 rows as for one.
func TestStatementsDoNotGrow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		s := storetest.Seeded(t, cfg, nil)
		c := &counter{}
		store.Watch(s, c)
		admin := get[store.User](t, s, 2).Access()
		count := func(f func() error) int {
			c.n = 0
			if err := f(); err != nil {
				t.Fatal(err)
			}
			return c.n
		}
		everything := store.Everything()
		lists := map[string]func(limit int) error{
			"sessions":      render(ctx, s, func() ([]*store.Session, error) { return s.Sessions(ctx, admin, store.SessionQuery{}) }),
			"participants":  render(ctx, s, func() ([]*store.Participant, error) { return s.Participants(ctx, admin, store.ParticipantQuery{}) }),
			"projects":      render(ctx, s, func() ([]*store.Project, error) { return s.Projects(ctx, admin, store.ProjectQuery{}) }),
			"session types": render(ctx, s, func() ([]*store.SessionType, error) { return s.SessionTypes(ctx, admin, store.SessionTypeQuery{}) }),
			"services":      render(ctx, s, func() ([]*store.Service, error) { return s.Services(ctx, everything, store.ServiceQuery{}) }),
			"access": render(ctx, s, func() ([]*store.ServiceAccess, error) {
				return store.Accessible[store.ServiceAccess](ctx, s, everything)
			}),
			"roles": render(ctx, s, func() ([]*store.ServiceRole, error) { return store.Accessible[store.ServiceRole](ctx, s, everything) }),
		}
		for name, f := range lists {
			one, all := count(func() error { return f(1) }), count(func() error { return f(1000) })
			if all > one+6 || all > 14 { // a list of mixed rows may touch a few more tables, never one per row
				t.Errorf("%s: %d statements for one row, %d for all", name, one, all)
			}
			t.Logf("%s: %d statements for one row, %d for all", name, one, all)
		}
	})
}

// render returns a function that lists and renders at most limit rows.
func render[R store.Row](ctx context.Context, s *store.Store, list func() ([]R, error)) func(limit int) error {
	return func(limit int) error {
		rows, err := list()
		if err != nil {
			return err
		}
		_, err = store.JSON(ctx, s, store.Full, rows[:min(limit, len(rows))]...)
		return err
	}
}
