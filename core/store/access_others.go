package store

// participantRules are those of core.md 5.4.
func participantRules() rules {
	return rules{
		"t_participants": func(a Access) fragment {
			return sqlf("SELECT id_participant FROM t_participants WHERE deleted_at IS NULL AND id_participant = ?", a.id)
		},
		"t_projects": func(a Access) fragment {
			return sqlf(`SELECT x.id_project FROM t_projects x JOIN t_participants p ON p.id_project = x.id_project AND p.deleted_at IS NULL
			WHERE x.deleted_at IS NULL AND p.id_participant = ?`, a.id)
		},
		"t_devices": func(a Access) fragment {
			return sqlf(`SELECT x.id_device FROM t_devices x JOIN t_devices_participants l ON l.id_device = x.id_device AND l.deleted_at IS NULL
			WHERE x.deleted_at IS NULL AND l.id_participant = ?`, a.id)
		},
		"t_services":       ofProjects("t_services", "id_service", "t_services_projects"),
		"t_sessions_types": ofProjects("t_sessions_types", "id_session_type", "t_sessions_types_projects"),
		"t_tests_types":    ofProjects("t_tests_types", "id_test_type", "t_tests_types_projects"),
		"t_sessions": func(a Access) fragment {
			return sqlf(`SELECT x.id_session FROM t_sessions x WHERE x.deleted_at IS NULL AND (x.id_creator_participant = ? OR x.id_session IN (
			SELECT l.id_session FROM t_sessions_participants l WHERE l.deleted_at IS NULL AND l.id_participant = ?))`, a.id, a.id)
		},
		"t_assets": func(a Access) fragment {
			return sqlf("SELECT id_asset FROM t_assets WHERE deleted_at IS NULL AND id_participant = ?", a.id)
		},
	}
}

// deviceRules are those of core.md 5.5. A removed device-project link gives nothing any more (core.md 13.3, 41).
func deviceRules() rules {
	return rules{
		"t_devices": func(a Access) fragment {
			return sqlf("SELECT id_device FROM t_devices WHERE deleted_at IS NULL AND id_device = ?", a.id)
		},
		"t_projects": func(a Access) fragment {
			return sqlf(`SELECT x.id_project FROM t_projects x JOIN t_devices_projects l ON l.id_project = x.id_project AND l.deleted_at IS NULL
			WHERE x.deleted_at IS NULL AND l.id_device = ?`, a.id)
		},
		"t_participants": func(a Access) fragment {
			return sqlf(`SELECT x.id_participant FROM t_participants x JOIN t_devices_participants l ON l.id_participant = x.id_participant
			AND l.deleted_at IS NULL WHERE x.deleted_at IS NULL AND l.id_device = ?`, a.id)
		},
		"t_services":       ofProjects("t_services", "id_service", "t_services_projects"),
		"t_sessions_types": ofProjects("t_sessions_types", "id_session_type", "t_sessions_types_projects"),
		"t_tests_types":    ofProjects("t_tests_types", "id_test_type", "t_tests_types_projects"),
		"t_sessions": func(a Access) fragment {
			return sqlf("SELECT id_session FROM t_sessions WHERE deleted_at IS NULL AND id_creator_device = ?", a.id)
		},
		"t_assets": func(a Access) fragment {
			return sqlf("SELECT id_asset FROM t_assets WHERE deleted_at IS NULL AND id_device = ?", a.id)
		},
	}
}

// ofProjects: what the identity's projects are associated with.
func ofProjects(table, key, link string) func(Access) fragment {
	return func(a Access) fragment {
		return sqlf("SELECT x."+key+" FROM "+table+" x JOIN "+link+" l ON l."+key+" = x."+key+" AND l.deleted_at IS NULL "+
			"WHERE x.deleted_at IS NULL AND l.id_project IN (?)", a.visible(tableNamed("t_projects")))
	}
}
