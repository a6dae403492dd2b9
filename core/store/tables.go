package store

import (
	"context"
	"reflect"
	"sync"

	"github.com/gotera/gotera/core"
)

// buildTables is the table of contents: each model, its name, its sequence (core.md 1.3) and its rules. The structs and the
// rules that need code are in the file named after the model.
func buildTables() []*table {
	return []*table{
		model[Asset]("asset", "id_asset_sequence").withEvents("asset_uuid").rendered(assetJSON),
		model[Device]("device", "id_device_sequence").withEvents("device_uuid").
			hide("device_certificate").
			leaveOut("device_onlineable", "device_config", "device_notes", "device_lastonline", "device_infos", "device_token").
			with("t_sessions.id_creator_device", "t_services_configs.id_device", "t_assets.id_device", "t_tests.id_device",
				"t_devices_sites.id_device", "t_devices_projects.id_device", "t_devices_participants.id_device", "t_sessions_devices.id_device"),
		model[DeviceParticipant]("device_participant", "id_device_participant_sequence").linking(),
		model[DeviceProject]("device_project", "id_device_project_sequence").linking(),
		model[DeviceSite]("device_site", "id_device_site_sequence").linking(),
		model[DeviceSubtype]("device_subtype", "id_device_subtype_sequence").rendered(deviceSubtypeJSON),
		model[DeviceType]("device_type", "id_device_type_sequence"),
		model[Participant]("participant", "id_participant_sequence").withEvents("participant_uuid").
			hide("participant_password").
			leaveOut("participant_username", "participant_lastonline", "participant_login_enabled", "participant_token").
			rendered(participantJSON).
			with("t_sessions.id_creator_participant", "t_services_configs.id_participant", "t_assets.id_participant",
				"t_tests.id_participant", "t_devices_participants.id_participant", "t_sessions_participants.id_participant"),
		model[ParticipantGroup]("participant_group", "id_participantgroup_sequence").withEvents().rendered(participantGroupJSON).
			with("t_participants.id_participant_group"),
		model[Project]("project", "id_project_sequence").withEvents().rendered(projectJSON).
			with("t_participants.id_project", "t_participants_groups.id_project", "t_services_roles.id_project",
				"t_devices_projects.id_project", "t_sessions_types_projects.id_project", "t_services_projects.id_project",
				"t_tests_types_projects.id_project"),
		model[ServerSetting]("server_settings", "id_server_settings_sequence").withEvents(),
		model[Service]("service", "id_service_sequence").withEvents("service_key").withFullEvents().
			leaveOut("service_default_config").
			omitEmpty("service_endpoint_user", "service_endpoint_participant", "service_endpoint_device").
			rendered(serviceJSON).
			with("t_services_roles.id_service", "t_services_projects.id_service", "t_services_sites.id_service",
				"t_sessions.id_creator_service", "t_assets.id_service", "t_assets.asset_service_uuid", "t_tests.id_service"),
		model[ServiceAccess]("service_access", "id_service_project_role_sequence").reviving().
			omitEmpty("id_device", "id_participant_group", "id_user_group").rendered(serviceAccessJSON),
		model[ServiceConfig]("service_config", "id_service_config_sequence").
			omitEmpty("id_user", "id_participant", "id_device").rendered(serviceConfigJSON).
			with("t_services_configs_specifics.id_service_config"),
		model[ServiceConfigSpecific]("service_config_specific", "id_service_config_specific_sequence"),
		model[ServiceProject]("service_project", "id_service_project_sequence").linking(),
		model[ServiceRole]("service_role", "id_service_role_sequence").
			omitEmpty("id_project", "id_site").rendered(serviceRoleJSON).
			with("t_services_access.id_service_role"),
		model[ServiceSite]("service_site", "id_service_site_sequence").linking(),
		model[Session]("session", "id_session_sequence").withEvents("session_uuid").
			leaveOut("session_comments", "session_parameters").rendered(sessionJSON).
			with("t_sessions_events.id_session", "t_assets.id_session", "t_tests.id_session",
				"t_sessions_participants.id_session", "t_sessions_users.id_session", "t_sessions_devices.id_session"),
		model[SessionDevice]("session_device", "id_session_device").enlisting(),
		model[SessionEvent]("session_event", "id_session_events_sequence"),
		model[SessionParticipant]("session_participant", "id_session_participant").enlisting(),
		model[SessionType]("session_type", "id_session_type_sequence").withEvents("id_service").
			leaveOut("session_type_online", "session_type_config").rendered(sessionTypeJSON).
			with("t_sessions_types_services.id_session_type", "t_sessions_types_projects.id_session_type",
				"t_sessions_types_sites.id_session_type"),
		model[SessionTypeProject]("session_type_project", "id_session_type_project_sequence").linking().withEvents(),
		model[SessionTypeService]("session_type_service", "id_session_type_service_sequence").linking().withEvents(),
		model[SessionTypeSite]("session_type_site", "id_session_type_site_sequence").linking().withEvents(),
		model[SessionUser]("session_user", "id_session_user").enlisting(),
		model[Site]("site", "id_site_sequence").withEvents().
			with("t_projects.id_site", "t_services_roles.id_site", "t_devices_sites.id_site", "t_services_sites.id_site",
				"t_sessions_types_sites.id_site", "t_tests_types_sites.id_site"),
		model[Test]("test", "id_test_sequence").withEvents("test_uuid").rendered(testJSON),
		model[TestInvitation]("test_invitation", "id_test_invitation_sequence").withEvents("test_invitation_key").rendered(testInvitationJSON),
		model[TestType]("test_type", "id_test_type_sequence").withEvents("test_type_uuid").rendered(testTypeJSON).
			with("t_tests.id_test_type", "t_tests_types_projects.id_test_type", "t_tests_types_sites.id_test_type"),
		model[TestTypeProject]("test_type_project", "id_test_type_project_sequence").linking(),
		model[TestTypeSite]("test_type_site", "id_test_type_site_sequence").linking(),
		model[User]("user", "id_user_sequence").withEvents("user_uuid").
			hide("user_password", "user_2fa_otp_secret").
			leaveOut("user_username", "user_email", "user_profile", "user_notes", "user_lastonline", "user_2fa_otp_enabled",
				"user_2fa_email_enabled", "user_force_password_change").
			rendered(userJSON).
			with("t_sessions.id_creator_user", "t_services_configs.id_user", "t_assets.id_user", "t_tests.id_user",
				"t_users_users_groups.id_user", "t_sessions_users.id_user"),
		model[UserGroup]("user_group", "id_usergroup_sequence").withEvents().
			with("t_services_access.id_user_group", "t_users_users_groups.id_user_group"),
		model[UserPreference]("user_preference", "id_userpreference_sequence"),
		model[UserUserGroup]("user_user_group", "id_user_user_group_sequence").linking(),
	}
}

// registry is filled at the first use: an initialiser would refer to itself through the renderers.
var registry struct {
	once   sync.Once
	all    []*table
	byType map[reflect.Type]*table
	byName map[string]*table
	rules  map[core.Kind]rules
}

func loadTables() {
	registry.once.Do(func() {
		registry.all = buildTables()
		registry.byType, registry.byName = map[reflect.Type]*table{}, map[string]*table{}
		registry.rules = map[core.Kind]rules{
			core.KindUser: userRules(), core.KindService: serviceRules(),
			core.KindParticipant: participantRules(), core.KindDevice: deviceRules(),
		}
		for _, t := range registry.all {
			registry.byType[t.typ], registry.byName[t.name] = t, t
		}
	})
}

func tables() []*table {
	loadTables()
	return registry.all
}

func tableOfType(typ reflect.Type) *table {
	loadTables()
	return registry.byType[typ]
}

func tableNamed(name string) *table {
	loadTables()
	return registry.byName[name]
}

func rulesOf(kind core.Kind) rules {
	loadTables()
	return registry.rules[kind]
}

// tableOf returns the table of a row.
func tableOf(r Row) *table { return tableOfType(reflect.TypeOf(r).Elem()) }

// tableFor returns the table of a model struct.
func tableFor[T any]() *table { return tableOfType(reflect.TypeFor[T]()) }

func model[T any](name, sequence string) *table {
	t := &table{model: name, sequence: sequence, typ: reflect.TypeFor[T]()}
	t.readColumns()
	return t
}

func (t *table) hide(columns ...string) *table      { t.hidden = columns; return t }
func (t *table) leaveOut(columns ...string) *table  { t.notMin = columns; return t } // of the "min" JSON
func (t *table) omitEmpty(columns ...string) *table { t.omit = columns; return t }
func (t *table) linking() *table                    { t.revive, t.fixed, t.serial = true, true, true; return t }
func (t *table) enlisting() *table                  { t.revive, t.fixed = true, true; return t } // members of a session
func (t *table) reviving() *table                   { t.revive = true; return t }
func (t *table) withFullEvents() *table             { t.full = true; return t }

// withEvents: also in the JSON of the event of a physical delete, besides the key.
func (t *table) withEvents(also ...string) *table { t.events, t.onDel = true, also; return t }

// with lists the relations that a soft delete follows, as table.column (core.md 1.5).
func (t *table) with(relations ...string) *table {
	for _, r := range relations {
		t.cascade = append(t.cascade, newChild(r))
	}
	return t
}

// renderer adds to the objects of rows what is not a column, in a fixed number of queries.
type renderer func(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error

func (t *table) rendered(f renderer) *table { t.render = f; return t }
