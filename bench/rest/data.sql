-- 20 sites, 200 projects, 5,000 participants, 2,000 devices, 421 users, 50,000 sessions, 500,000 events, in a database
-- with the defaults of production mode. The same rows each time: keys and names follow from each other. Site s has the
-- projects p with (p - 1) % 20 + 1 = s; project p has the participants and devices x with (x - 1) % 200 + 1 = p.
-- Placeholders: {strong} and {weak} are bcrypt hashes of the same password.
UPDATE t_services SET service_system = (service_key = 'OpenTeraServer'); -- the Python server starts no others
UPDATE t_users SET user_password = '{strong}', user_force_password_change = false WHERE id_user = 1;

INSERT INTO t_sites (id_site, site_name, site_2fa_required, version_id)
	SELECT s, 'Site ' || s, false, 1 FROM generate_series(2, 20) s;
INSERT INTO t_projects (id_project, id_site, project_name, project_enabled, version_id)
	SELECT p, (p - 1) % 20 + 1, 'Project ' || p, true, 1 FROM generate_series(1, 200) p;
INSERT INTO t_services_roles (id_service_role, id_service, id_site, service_role_name, version_id)
	SELECT 1000 + 2 * s + k, 1, s, (ARRAY['admin', 'user'])[k + 1], 1 FROM generate_series(2, 20) s, generate_series(0, 1) k;
INSERT INTO t_services_roles (id_service_role, id_service, id_project, service_role_name, version_id)
	SELECT 2000 + 2 * p + k, 1, p, (ARRAY['admin', 'user'])[k + 1], 1 FROM generate_series(1, 200) p, generate_series(0, 1) k;
INSERT INTO t_services_sites (id_service_site, id_service, id_site, version_id)
	SELECT row_number() OVER (), v, s, 1 FROM generate_series(1, 20) s, unnest(ARRAY[3, 5]) v;
INSERT INTO t_services_projects (id_service_project, id_service, id_project, version_id)
	SELECT row_number() OVER (), v, p, 1 FROM generate_series(1, 200) p, unnest(ARRAY[3, 5]) v;

-- Users: 1 super-administrator, 2 to 21 administrators of a site, 22 to 421 users of a project. Groups: one per site,
-- one per project.
INSERT INTO t_users_groups (id_user_group, user_group_name, version_id)
	SELECT g, CASE WHEN g <= 20 THEN 'Administrators of site ' || g ELSE 'Users of project ' || g - 20 END, 1 FROM generate_series(1, 220) g;
INSERT INTO t_services_access (id_service_access, id_user_group, id_service_role, version_id)
	SELECT g, g, CASE WHEN g = 1 THEN 9 WHEN g <= 20 THEN 1000 + 2 * g ELSE 2001 + 2 * (g - 20) END, 1 FROM generate_series(1, 220) g;
INSERT INTO t_users (id_user, user_username, user_uuid, user_firstname, user_lastname, user_password, user_enabled, user_profile,
		user_superadmin, user_2fa_enabled, user_2fa_otp_enabled, user_2fa_email_enabled, user_force_password_change, version_id)
	SELECT u, 'user' || u, md5('user' || u)::uuid, 'First ' || u, 'Last ' || u, CASE WHEN u BETWEEN 22 AND 53 THEN '{strong}' ELSE '{weak}' END, true, '{}',
		false, false, false, false, false, 1 FROM generate_series(2, 421) u;
INSERT INTO t_users_users_groups (id_user_user_group, id_user, id_user_group, version_id)
	SELECT u, u, CASE WHEN u <= 21 THEN u - 1 ELSE 21 + (u - 22) % 200 END, 1 FROM generate_series(2, 421) u;

INSERT INTO t_participants_groups (id_participant_group, id_project, participant_group_name, version_id)
	SELECT p, p, 'Group ' || p, 1 FROM generate_series(1, 200) p;
INSERT INTO t_participants (id_participant, participant_uuid, participant_name, participant_token_enabled, participant_enabled,
		participant_login_enabled, id_participant_group, id_project, version_id)
	SELECT x, md5('participant' || x)::uuid, 'Participant ' || x, true, true, false, CASE WHEN x % 2 = 0 THEN (x - 1) % 200 + 1 END, (x - 1) % 200 + 1, 1
	FROM generate_series(1, 5000) x;
INSERT INTO t_devices_types (id_device_type, device_type_name, device_type_key, version_id)
	SELECT k, 'Type ' || k, 'type' || k, 1 FROM generate_series(1, 4) k;
INSERT INTO t_devices (id_device, device_uuid, device_name, id_device_type, device_enabled, device_onlineable, version_id)
	SELECT d, md5('device' || d)::uuid, 'Device ' || d, d % 4 + 1, true, true, 1 FROM generate_series(1, 2000) d;
INSERT INTO t_devices_sites (id_device_site, id_device, id_site, version_id)
	SELECT d, d, (d - 1) % 20 + 1, 1 FROM generate_series(1, 2000) d;
INSERT INTO t_devices_projects (id_device_project, id_device, id_project, version_id)
	SELECT d, d, (d - 1) % 200 + 1, 1 FROM generate_series(1, 2000) d;
INSERT INTO t_devices_participants (id_device_participant, id_device, id_participant, version_id)
	SELECT d, d, d, 1 FROM generate_series(1, 2000) d;

INSERT INTO t_sessions_types (id_session_type, id_service, session_type_name, session_type_online, session_type_color, session_type_category, version_id)
	SELECT k, 5, 'Type ' || k, true, '#00FF00', 1, 1 FROM generate_series(1, 5) k;
INSERT INTO t_sessions_types_sites (id_session_type_site, id_session_type, id_site, version_id)
	SELECT row_number() OVER (), k, s, 1 FROM generate_series(1, 5) k, generate_series(1, 20) s;
INSERT INTO t_sessions_types_projects (id_session_type_project, id_session_type, id_project, version_id)
	SELECT row_number() OVER (), k, p, 1 FROM generate_series(1, 5) k, generate_series(1, 200) p;

-- Session i is participant (i - 1) % 5000 + 1's; of ten, users create eight, the participant one and a device one.
INSERT INTO t_sessions (id_session, session_uuid, id_session_type, id_creator_user, id_creator_device, id_creator_participant, session_name,
		session_start_datetime, session_duration, session_status, version_id)
	SELECT i, md5('session' || i)::uuid, i % 5 + 1, CASE WHEN i / 5000 % 10 < 8 THEN 22 + (i - 1) % 200 + 200 * (i / 200 % 2) END,
		CASE WHEN i / 5000 % 10 = 9 THEN (i - 1) % 2000 + 1 END, CASE WHEN i / 5000 % 10 = 8 THEN (i - 1) % 5000 + 1 END, 'Session ' || i,
		'2026-01-01 08:00:00Z'::timestamptz - make_interval(mins => i * 7), i % 3600, i % 5, 1
	FROM generate_series(1, 50000) i;
INSERT INTO t_sessions_participants (id_session_participant, id_session, id_participant, version_id)
	SELECT row_number() OVER (), i, x, 1 FROM (
		SELECT i, (i - 1) % 5000 + 1 AS x FROM generate_series(1, 50000) i
		UNION ALL SELECT i, (i + 199) % 5000 + 1 FROM generate_series(4, 50000, 4) i) m;
INSERT INTO t_sessions_users (id_session_user, id_session, id_user, version_id)
	SELECT id_session, id_session, id_creator_user, 1 FROM t_sessions WHERE id_creator_user IS NOT NULL;
INSERT INTO t_sessions_devices (id_session_device, id_session, id_device, version_id)
	SELECT i, i, (i - 1) % 2000 + 1, 1 FROM generate_series(5, 50000, 5) i;
INSERT INTO t_sessions_events (id_session_event, id_session, id_session_event_type, session_event_datetime, session_event_text, session_event_context, version_id)
	SELECT 10 * (i - 1) + k, i, k, '2026-01-01 08:00:00Z'::timestamptz - make_interval(mins => i * 7) + make_interval(secs => k), 'Event ' || k, 'User ' || i, 1
	FROM generate_series(1, 50000) i, generate_series(1, 10) k;
INSERT INTO t_assets (id_asset, id_session, id_participant, asset_name, asset_uuid, asset_service_uuid, asset_type, asset_datetime, version_id)
	SELECT i / 2, i, (i - 1) % 5000 + 1, 'Asset ' || i, md5('asset' || i)::uuid, (SELECT service_uuid FROM t_services WHERE id_service = 3),
		'application/octet-stream', '2026-01-01 08:00:00Z', 1 FROM generate_series(2, 50000, 2) i;
INSERT INTO t_tests_types (id_test_type, id_service, test_type_uuid, test_type_name, test_type_key, test_type_has_json_format, test_type_has_web_format,
		test_type_has_web_editor, version_id)
	SELECT k, 5, md5('testtype' || k)::uuid, 'Test ' || k, 'T' || k, true, false, false, 1 FROM generate_series(1, 3) k;
INSERT INTO t_tests_types_sites (id_test_type_site, id_test_type, id_site, version_id)
	SELECT row_number() OVER (), k, s, 1 FROM generate_series(1, 3) k, generate_series(1, 20) s;
INSERT INTO t_tests_types_projects (id_test_type_project, id_test_type, id_project, version_id)
	SELECT row_number() OVER (), k, p, 1 FROM generate_series(1, 3) k, generate_series(1, 200) p;
INSERT INTO t_tests (id_test, id_test_type, id_session, id_participant, test_uuid, test_name, test_datetime, test_status, version_id)
	SELECT i / 5, i % 3 + 1, i, (i - 1) % 5000 + 1, md5('test' || i)::uuid, 'Test ' || i, '2026-01-01 08:00:00Z', 2, 1 FROM generate_series(5, 50000, 5) i;
