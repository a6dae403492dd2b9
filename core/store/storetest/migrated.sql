-- The schema of an OpenTera database that was migrated to 1.3.0 instead of created by it: pg_dump's output after the fifteen
-- Alembic migrations of OpenTera ran on a database from before the first of them. Comments and settings are left out.
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE SEQUENCE id_asset_sequence;
CREATE SEQUENCE id_device_participant_sequence;
CREATE SEQUENCE id_device_project_sequence;
CREATE SEQUENCE id_device_sequence;
CREATE SEQUENCE id_device_site_sequence;
CREATE SEQUENCE id_device_subtype_sequence;
CREATE SEQUENCE id_device_type_sequence;
CREATE SEQUENCE id_participant_sequence;
CREATE SEQUENCE id_participantgroup_sequence;
CREATE SEQUENCE id_project_sequence;
CREATE SEQUENCE id_server_settings_sequence;
CREATE SEQUENCE id_service_config_sequence;
CREATE SEQUENCE id_service_config_specific_sequence;
CREATE SEQUENCE id_service_project_role_sequence;
CREATE SEQUENCE id_service_project_sequence;
CREATE SEQUENCE id_service_role_sequence;
CREATE SEQUENCE id_service_sequence;
CREATE SEQUENCE id_service_site_sequence;
CREATE SEQUENCE id_session_device;
CREATE SEQUENCE id_session_events_sequence;
CREATE SEQUENCE id_session_participant;
CREATE SEQUENCE id_session_sequence;
CREATE SEQUENCE id_session_type_project_sequence;
CREATE SEQUENCE id_session_type_sequence;
CREATE SEQUENCE id_session_type_service_sequence;
CREATE SEQUENCE id_session_type_site_sequence;
CREATE SEQUENCE id_session_user;
CREATE SEQUENCE id_site_sequence;
CREATE SEQUENCE id_test_invitation_sequence;
CREATE SEQUENCE id_test_sequence;
CREATE SEQUENCE id_test_type_project_sequence;
CREATE SEQUENCE id_test_type_sequence;
CREATE SEQUENCE id_test_type_site_sequence;
CREATE SEQUENCE id_user_sequence;
CREATE SEQUENCE id_user_user_group_sequence;
CREATE SEQUENCE id_usergroup_sequence;
CREATE SEQUENCE id_userpreference_sequence;
CREATE TABLE t_assets (
    id_asset integer NOT NULL,
    id_session integer NOT NULL,
    id_device integer,
    id_participant integer,
    id_user integer,
    asset_name character varying NOT NULL,
    asset_uuid character varying(36) NOT NULL,
    asset_service_uuid character varying(36) NOT NULL,
    asset_type character varying NOT NULL,
    version_id bigint NOT NULL,
    asset_datetime timestamp with time zone,
    id_service integer,
    deleted_at timestamp with time zone,
    asset_expiration_datetime timestamp with time zone
);
CREATE TABLE t_devices (
    id_device integer NOT NULL,
    device_uuid character varying(36) NOT NULL,
    device_name character varying NOT NULL,
    id_device_type integer NOT NULL,
    id_device_subtype integer,
    device_token character varying,
    device_certificate character varying,
    device_enabled boolean NOT NULL,
    device_onlineable boolean NOT NULL,
    device_config character varying,
    device_infos character varying,
    device_notes character varying,
    device_lastonline timestamp with time zone,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_devices_participants (
    id_device_participant integer NOT NULL,
    id_device integer NOT NULL,
    id_participant integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_devices_projects (
    id_device_project integer NOT NULL,
    id_device integer NOT NULL,
    id_project integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_devices_sites (
    version_id bigint NOT NULL,
    id_device_site integer NOT NULL,
    id_device integer NOT NULL,
    id_site integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_devices_subtypes (
    id_device_subtype integer NOT NULL,
    id_device_type integer NOT NULL,
    device_subtype_name character varying NOT NULL,
    version_id bigint NOT NULL
);
CREATE TABLE t_devices_types (
    id_device_type integer NOT NULL,
    device_type_name character varying NOT NULL,
    device_type_key character varying NOT NULL,
    version_id bigint NOT NULL
);
CREATE TABLE t_participants (
    id_participant integer NOT NULL,
    participant_uuid character varying(36) NOT NULL,
    participant_name character varying NOT NULL,
    participant_username character varying(50),
    participant_email character varying,
    participant_password character varying,
    participant_token_enabled boolean NOT NULL,
    participant_token character varying,
    participant_lastonline timestamp with time zone,
    participant_enabled boolean NOT NULL,
    participant_login_enabled boolean NOT NULL,
    id_participant_group integer,
    id_project integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_participants_groups (
    id_participant_group integer NOT NULL,
    id_project integer NOT NULL,
    participant_group_name character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_projects (
    id_project integer NOT NULL,
    id_site integer NOT NULL,
    project_name character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone,
    project_enabled boolean DEFAULT true NOT NULL,
    project_description character varying
);
CREATE TABLE t_server_settings (
    id_server_settings integer NOT NULL,
    server_settings_name character varying NOT NULL,
    server_settings_value character varying NOT NULL,
    version_id bigint NOT NULL
);
CREATE TABLE t_services (
    id_service integer NOT NULL,
    service_uuid character varying(36) NOT NULL,
    service_name character varying NOT NULL,
    service_key character varying NOT NULL,
    service_hostname character varying NOT NULL,
    service_port integer NOT NULL,
    service_endpoint character varying NOT NULL,
    service_clientendpoint character varying NOT NULL,
    service_endpoint_user character varying,
    service_endpoint_participant character varying,
    service_endpoint_device character varying,
    service_enabled boolean NOT NULL,
    service_system boolean NOT NULL,
    service_editable_config boolean NOT NULL,
    service_default_config character varying,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone,
    service_has_assets boolean DEFAULT false NOT NULL,
    service_has_tests boolean DEFAULT false NOT NULL
);
CREATE TABLE t_services_access (
    id_service_access integer NOT NULL,
    id_user_group integer,
    id_device integer,
    id_participant_group integer,
    id_service_role integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_services_configs (
    id_service_config integer NOT NULL,
    id_service integer NOT NULL,
    id_user integer,
    id_participant integer,
    id_device integer,
    service_config_config character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_services_configs_specifics (
    id_service_config_specific integer NOT NULL,
    id_service_config integer NOT NULL,
    service_config_specific_id character varying NOT NULL,
    service_config_specific_config character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_services_projects (
    id_service_project integer NOT NULL,
    id_service integer NOT NULL,
    id_project integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_services_roles (
    id_service_role integer NOT NULL,
    id_service integer NOT NULL,
    id_project integer,
    id_site integer,
    service_role_name character varying(100) NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_services_sites (
    version_id bigint NOT NULL,
    id_service_site integer NOT NULL,
    id_service integer NOT NULL,
    id_site integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions (
    id_session integer NOT NULL,
    session_uuid character varying(36) NOT NULL,
    id_session_type integer NOT NULL,
    id_creator_user integer,
    id_creator_device integer,
    id_creator_participant integer,
    id_creator_service integer,
    session_name character varying NOT NULL,
    session_start_datetime timestamp with time zone NOT NULL,
    session_duration integer NOT NULL,
    session_status integer NOT NULL,
    session_comments character varying,
    session_parameters character varying,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_devices (
    id_session_device integer NOT NULL,
    id_session integer,
    id_device integer,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_events (
    id_session_event integer NOT NULL,
    id_session integer NOT NULL,
    id_session_event_type integer NOT NULL,
    session_event_datetime timestamp with time zone NOT NULL,
    session_event_text character varying,
    session_event_context character varying,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_participants (
    id_session_participant integer NOT NULL,
    id_session integer,
    id_participant integer,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_types (
    id_session_type integer NOT NULL,
    id_service integer,
    session_type_name character varying NOT NULL,
    session_type_online boolean NOT NULL,
    session_type_config character varying,
    session_type_color character varying(7) NOT NULL,
    session_type_category integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_types_projects (
    id_session_type_project integer NOT NULL,
    id_session_type integer NOT NULL,
    id_project integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_types_services (
    version_id bigint NOT NULL,
    id_session_type_service integer NOT NULL,
    id_session_type integer NOT NULL,
    id_service integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_types_sites (
    version_id bigint NOT NULL,
    id_session_type_site integer NOT NULL,
    id_session_type integer NOT NULL,
    id_site integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sessions_users (
    id_session_user integer NOT NULL,
    id_session integer,
    id_user integer,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_sites (
    id_site integer NOT NULL,
    site_name character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone,
    site_2fa_required boolean DEFAULT false NOT NULL
);
CREATE TABLE t_tests (
    version_id bigint NOT NULL,
    id_test integer NOT NULL,
    id_test_type integer NOT NULL,
    id_session integer NOT NULL,
    id_device integer,
    id_participant integer,
    id_user integer,
    id_service integer,
    test_uuid character varying(36) NOT NULL,
    test_name character varying NOT NULL,
    test_datetime timestamp with time zone NOT NULL,
    test_status integer NOT NULL,
    test_summary character varying,
    deleted_at timestamp with time zone
);
CREATE TABLE t_tests_invitations (
    version_id bigint NOT NULL,
    id_test_invitation integer NOT NULL,
    id_test_type integer NOT NULL,
    id_session integer,
    id_user integer,
    id_participant integer,
    id_device integer,
    id_project integer NOT NULL,
    test_invitation_key character varying(16) NOT NULL,
    test_invitation_max_count integer NOT NULL,
    test_invitation_count integer NOT NULL,
    test_invitation_creation_date timestamp with time zone NOT NULL,
    test_invitation_expiration_date timestamp with time zone NOT NULL,
    test_invitation_message character varying,
    deleted_at timestamp with time zone
);
CREATE TABLE t_tests_types (
    version_id bigint NOT NULL,
    id_test_type integer NOT NULL,
    id_service integer NOT NULL,
    test_type_uuid character varying(36) NOT NULL,
    test_type_name character varying NOT NULL,
    test_type_description character varying,
    test_type_has_json_format boolean NOT NULL,
    test_type_has_web_format boolean NOT NULL,
    test_type_has_web_editor boolean NOT NULL,
    test_type_key character varying,
    deleted_at timestamp with time zone
);
CREATE TABLE t_tests_types_projects (
    version_id bigint NOT NULL,
    id_test_type_project integer NOT NULL,
    id_test_type integer NOT NULL,
    id_project integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_tests_types_sites (
    version_id bigint NOT NULL,
    id_test_type_site integer NOT NULL,
    id_test_type integer NOT NULL,
    id_site integer NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_users (
    id_user integer NOT NULL,
    user_username character varying(50) NOT NULL,
    user_uuid character varying(36) NOT NULL,
    user_email character varying,
    user_firstname character varying NOT NULL,
    user_lastname character varying NOT NULL,
    user_password character varying NOT NULL,
    user_enabled boolean NOT NULL,
    user_profile character varying NOT NULL,
    user_notes character varying,
    user_lastonline timestamp with time zone,
    user_superadmin boolean NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone,
    user_2fa_enabled boolean DEFAULT false NOT NULL,
    user_2fa_otp_enabled boolean DEFAULT false NOT NULL,
    user_2fa_email_enabled boolean DEFAULT false NOT NULL,
    user_2fa_otp_secret character varying(32),
    user_force_password_change boolean DEFAULT false NOT NULL
);
CREATE TABLE t_users_groups (
    id_user_group integer NOT NULL,
    user_group_name character varying NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE t_users_preferences (
    id_user_preference integer NOT NULL,
    id_user integer NOT NULL,
    user_preference_app_tag character varying NOT NULL,
    user_preference_preference character varying NOT NULL,
    version_id bigint NOT NULL
);
CREATE TABLE t_users_users_groups (
    id_user_user_group integer NOT NULL,
    id_user integer NOT NULL,
    id_user_group integer NOT NULL,
    version_id bigint NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_asset_uuid_key UNIQUE (asset_uuid);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_pkey PRIMARY KEY (id_asset);
ALTER TABLE t_devices ADD CONSTRAINT t_devices_device_token_key UNIQUE (device_token);
ALTER TABLE t_devices ADD CONSTRAINT t_devices_device_uuid_key UNIQUE (device_uuid);
ALTER TABLE t_devices_participants ADD CONSTRAINT t_devices_participants_pkey PRIMARY KEY (id_device_participant);
ALTER TABLE t_devices ADD CONSTRAINT t_devices_pkey PRIMARY KEY (id_device);
ALTER TABLE t_devices_projects ADD CONSTRAINT t_devices_projects_pkey PRIMARY KEY (id_device_project);
ALTER TABLE t_devices_sites ADD CONSTRAINT t_devices_sites_pkey PRIMARY KEY (id_device_site);
ALTER TABLE t_devices_subtypes ADD CONSTRAINT t_devices_subtypes_pkey PRIMARY KEY (id_device_subtype);
ALTER TABLE t_devices_types ADD CONSTRAINT t_devices_types_device_type_key_key UNIQUE (device_type_key);
ALTER TABLE t_devices_types ADD CONSTRAINT t_devices_types_pkey PRIMARY KEY (id_device_type);
ALTER TABLE t_participants_groups ADD CONSTRAINT t_participants_groups_pkey PRIMARY KEY (id_participant_group);
ALTER TABLE t_participants ADD CONSTRAINT t_participants_participant_token_key UNIQUE (participant_token);
ALTER TABLE t_participants ADD CONSTRAINT t_participants_participant_uuid_key UNIQUE (participant_uuid);
ALTER TABLE t_participants ADD CONSTRAINT t_participants_pkey PRIMARY KEY (id_participant);
ALTER TABLE t_projects ADD CONSTRAINT t_projects_pkey PRIMARY KEY (id_project);
ALTER TABLE t_server_settings ADD CONSTRAINT t_server_settings_pkey PRIMARY KEY (id_server_settings);
ALTER TABLE t_server_settings ADD CONSTRAINT t_server_settings_server_settings_name_key UNIQUE (server_settings_name);
ALTER TABLE t_services_access ADD CONSTRAINT t_services_access_pkey PRIMARY KEY (id_service_access);
ALTER TABLE t_services_configs ADD CONSTRAINT t_services_configs_pkey PRIMARY KEY (id_service_config);
ALTER TABLE t_services_configs_specifics ADD CONSTRAINT t_services_configs_specifics_pkey PRIMARY KEY (id_service_config_specific);
ALTER TABLE t_services ADD CONSTRAINT t_services_pkey PRIMARY KEY (id_service);
ALTER TABLE t_services_projects ADD CONSTRAINT t_services_projects_pkey PRIMARY KEY (id_service_project);
ALTER TABLE t_services_roles ADD CONSTRAINT t_services_roles_pkey PRIMARY KEY (id_service_role);
ALTER TABLE t_services ADD CONSTRAINT t_services_service_key_key UNIQUE (service_key);
ALTER TABLE t_services ADD CONSTRAINT t_services_service_uuid_key UNIQUE (service_uuid);
ALTER TABLE t_services_sites ADD CONSTRAINT t_services_sites_pkey PRIMARY KEY (id_service_site);
ALTER TABLE t_sessions_devices ADD CONSTRAINT t_sessions_devices_pkey PRIMARY KEY (id_session_device);
ALTER TABLE t_sessions_events ADD CONSTRAINT t_sessions_events_pkey PRIMARY KEY (id_session_event);
ALTER TABLE t_sessions_participants ADD CONSTRAINT t_sessions_participants_pkey PRIMARY KEY (id_session_participant);
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_pkey PRIMARY KEY (id_session);
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_session_uuid_key UNIQUE (session_uuid);
ALTER TABLE t_sessions_types ADD CONSTRAINT t_sessions_types_pkey PRIMARY KEY (id_session_type);
ALTER TABLE t_sessions_types_projects ADD CONSTRAINT t_sessions_types_projects_pkey PRIMARY KEY (id_session_type_project);
ALTER TABLE t_sessions_types_services ADD CONSTRAINT t_sessions_types_services_pkey PRIMARY KEY (id_session_type_service);
ALTER TABLE t_sessions_types_sites ADD CONSTRAINT t_sessions_types_sites_pkey PRIMARY KEY (id_session_type_site);
ALTER TABLE t_sessions_users ADD CONSTRAINT t_sessions_users_pkey PRIMARY KEY (id_session_user);
ALTER TABLE t_sites ADD CONSTRAINT t_sites_pkey PRIMARY KEY (id_site);
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_pkey PRIMARY KEY (id_test_invitation);
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_test_invitation_key_key UNIQUE (test_invitation_key);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_pkey PRIMARY KEY (id_test);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_test_uuid_key UNIQUE (test_uuid);
ALTER TABLE t_tests_types ADD CONSTRAINT t_tests_types_pkey PRIMARY KEY (id_test_type);
ALTER TABLE t_tests_types_projects ADD CONSTRAINT t_tests_types_projects_pkey PRIMARY KEY (id_test_type_project);
ALTER TABLE t_tests_types_sites ADD CONSTRAINT t_tests_types_sites_pkey PRIMARY KEY (id_test_type_site);
ALTER TABLE t_tests_types ADD CONSTRAINT t_tests_types_test_type_key_key UNIQUE (test_type_key);
ALTER TABLE t_tests_types ADD CONSTRAINT t_tests_types_test_type_uuid_key UNIQUE (test_type_uuid);
ALTER TABLE t_users_groups ADD CONSTRAINT t_users_groups_pkey PRIMARY KEY (id_user_group);
ALTER TABLE t_users ADD CONSTRAINT t_users_pkey PRIMARY KEY (id_user);
ALTER TABLE t_users_preferences ADD CONSTRAINT t_users_preferences_pkey PRIMARY KEY (id_user_preference);
ALTER TABLE t_users ADD CONSTRAINT t_users_user_username_key UNIQUE (user_username);
ALTER TABLE t_users ADD CONSTRAINT t_users_user_uuid_key UNIQUE (user_uuid);
ALTER TABLE t_users_users_groups ADD CONSTRAINT t_users_users_groups_pkey PRIMARY KEY (id_user_user_group);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_asset_service_uuid_fkey FOREIGN KEY (asset_service_uuid) REFERENCES t_services(service_uuid) ON DELETE CASCADE;
ALTER TABLE t_assets ADD CONSTRAINT t_assets_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service);
ALTER TABLE t_assets ADD CONSTRAINT t_assets_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_assets ADD CONSTRAINT t_assets_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user);
ALTER TABLE t_devices ADD CONSTRAINT t_devices_id_device_subtype_fkey FOREIGN KEY (id_device_subtype) REFERENCES t_devices_subtypes(id_device_subtype) ON DELETE SET NULL;
ALTER TABLE t_devices ADD CONSTRAINT t_devices_id_device_type_fkey FOREIGN KEY (id_device_type) REFERENCES t_devices_types(id_device_type) ON DELETE CASCADE;
ALTER TABLE t_devices_participants ADD CONSTRAINT t_devices_participants_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device);
ALTER TABLE t_devices_participants ADD CONSTRAINT t_devices_participants_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant) ON DELETE CASCADE;
ALTER TABLE t_devices_projects ADD CONSTRAINT t_devices_projects_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device) ON DELETE CASCADE;
ALTER TABLE t_devices_projects ADD CONSTRAINT t_devices_projects_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_devices_sites ADD CONSTRAINT t_devices_sites_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device) ON DELETE CASCADE;
ALTER TABLE t_devices_sites ADD CONSTRAINT t_devices_sites_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_devices_subtypes ADD CONSTRAINT t_devices_subtypes_id_device_type_fkey FOREIGN KEY (id_device_type) REFERENCES t_devices_types(id_device_type) ON DELETE CASCADE;
ALTER TABLE t_participants_groups ADD CONSTRAINT t_participants_groups_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_participants ADD CONSTRAINT t_participants_id_participant_group_fkey FOREIGN KEY (id_participant_group) REFERENCES t_participants_groups(id_participant_group) ON DELETE CASCADE;
ALTER TABLE t_participants ADD CONSTRAINT t_participants_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_projects ADD CONSTRAINT t_projects_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_services_access ADD CONSTRAINT t_services_access_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device) ON DELETE CASCADE;
ALTER TABLE t_services_access ADD CONSTRAINT t_services_access_id_participant_group_fkey FOREIGN KEY (id_participant_group) REFERENCES t_participants_groups(id_participant_group) ON DELETE CASCADE;
ALTER TABLE t_services_access ADD CONSTRAINT t_services_access_id_service_role_fkey FOREIGN KEY (id_service_role) REFERENCES t_services_roles(id_service_role) ON DELETE CASCADE;
ALTER TABLE t_services_access ADD CONSTRAINT t_services_access_id_user_group_fkey FOREIGN KEY (id_user_group) REFERENCES t_users_groups(id_user_group) ON DELETE CASCADE;
ALTER TABLE t_services_configs ADD CONSTRAINT t_services_configs_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device) ON DELETE CASCADE;
ALTER TABLE t_services_configs ADD CONSTRAINT t_services_configs_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant) ON DELETE CASCADE;
ALTER TABLE t_services_configs ADD CONSTRAINT t_services_configs_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_services_configs ADD CONSTRAINT t_services_configs_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user) ON DELETE CASCADE;
ALTER TABLE t_services_configs_specifics ADD CONSTRAINT t_services_configs_specifics_id_service_config_fkey FOREIGN KEY (id_service_config) REFERENCES t_services_configs(id_service_config) ON DELETE CASCADE;
ALTER TABLE t_services_projects ADD CONSTRAINT t_services_projects_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_services_projects ADD CONSTRAINT t_services_projects_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_services_roles ADD CONSTRAINT t_services_roles_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_services_roles ADD CONSTRAINT t_services_roles_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_services_roles ADD CONSTRAINT t_services_roles_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_services_sites ADD CONSTRAINT t_services_sites_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_services_sites ADD CONSTRAINT t_services_sites_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_sessions_devices ADD CONSTRAINT t_sessions_devices_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device);
ALTER TABLE t_sessions_devices ADD CONSTRAINT t_sessions_devices_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_sessions_events ADD CONSTRAINT t_sessions_events_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_id_creator_device_fkey FOREIGN KEY (id_creator_device) REFERENCES t_devices(id_device);
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_id_creator_participant_fkey FOREIGN KEY (id_creator_participant) REFERENCES t_participants(id_participant);
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_id_creator_service_fkey FOREIGN KEY (id_creator_service) REFERENCES t_services(id_service) ON DELETE SET NULL;
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_id_creator_service_fkey1 FOREIGN KEY (id_creator_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_sessions ADD CONSTRAINT t_sessions_id_session_type_fkey FOREIGN KEY (id_session_type) REFERENCES t_sessions_types(id_session_type);
ALTER TABLE t_sessions_participants ADD CONSTRAINT t_sessions_participants_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant);
ALTER TABLE t_sessions_participants ADD CONSTRAINT t_sessions_participants_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_sessions_types ADD CONSTRAINT t_sessions_types_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_projects ADD CONSTRAINT t_sessions_types_projects_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_projects ADD CONSTRAINT t_sessions_types_projects_id_session_type_fkey FOREIGN KEY (id_session_type) REFERENCES t_sessions_types(id_session_type) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_services ADD CONSTRAINT t_sessions_types_services_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_services ADD CONSTRAINT t_sessions_types_services_id_session_type_fkey FOREIGN KEY (id_session_type) REFERENCES t_sessions_types(id_session_type) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_sites ADD CONSTRAINT t_sessions_types_sites_id_session_type_fkey FOREIGN KEY (id_session_type) REFERENCES t_sessions_types(id_session_type) ON DELETE CASCADE;
ALTER TABLE t_sessions_types_sites ADD CONSTRAINT t_sessions_types_sites_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_sessions_users ADD CONSTRAINT t_sessions_users_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_sessions_users ADD CONSTRAINT t_sessions_users_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_test_type_fkey FOREIGN KEY (id_test_type) REFERENCES t_tests_types(id_test_type);
ALTER TABLE t_tests ADD CONSTRAINT t_tests_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user);
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_device_fkey FOREIGN KEY (id_device) REFERENCES t_devices(id_device) ON DELETE CASCADE;
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_participant_fkey FOREIGN KEY (id_participant) REFERENCES t_participants(id_participant) ON DELETE CASCADE;
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_session_fkey FOREIGN KEY (id_session) REFERENCES t_sessions(id_session) ON DELETE CASCADE;
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_test_type_fkey FOREIGN KEY (id_test_type) REFERENCES t_tests_types(id_test_type) ON DELETE CASCADE;
ALTER TABLE t_tests_invitations ADD CONSTRAINT t_tests_invitations_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user) ON DELETE CASCADE;
ALTER TABLE t_tests_types ADD CONSTRAINT t_tests_types_id_service_fkey FOREIGN KEY (id_service) REFERENCES t_services(id_service) ON DELETE CASCADE;
ALTER TABLE t_tests_types_projects ADD CONSTRAINT t_tests_types_projects_id_project_fkey FOREIGN KEY (id_project) REFERENCES t_projects(id_project) ON DELETE CASCADE;
ALTER TABLE t_tests_types_projects ADD CONSTRAINT t_tests_types_projects_id_test_type_fkey FOREIGN KEY (id_test_type) REFERENCES t_tests_types(id_test_type) ON DELETE CASCADE;
ALTER TABLE t_tests_types_sites ADD CONSTRAINT t_tests_types_sites_id_site_fkey FOREIGN KEY (id_site) REFERENCES t_sites(id_site) ON DELETE CASCADE;
ALTER TABLE t_tests_types_sites ADD CONSTRAINT t_tests_types_sites_id_test_type_fkey FOREIGN KEY (id_test_type) REFERENCES t_tests_types(id_test_type) ON DELETE CASCADE;
ALTER TABLE t_users_preferences ADD CONSTRAINT t_users_preferences_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user) ON DELETE CASCADE;
ALTER TABLE t_users_users_groups ADD CONSTRAINT t_users_users_groups_id_user_fkey FOREIGN KEY (id_user) REFERENCES t_users(id_user) ON DELETE CASCADE;
ALTER TABLE t_users_users_groups ADD CONSTRAINT t_users_users_groups_id_user_group_fkey FOREIGN KEY (id_user_group) REFERENCES t_users_groups(id_user_group) ON DELETE CASCADE;
INSERT INTO alembic_version VALUES ('6b9c4707d8ef');
