package store

import (
	"context"

	"github.com/gotera/gotera/core"
)

// serviceRules are those of core.md 5.3. Admin has no effect on them.
func serviceRules() rules {
	return rules{
		"t_services": func(a Access) fragment {
			return sqlf("SELECT id_service FROM t_services WHERE deleted_at IS NULL AND id_service = ?", a.id)
		},
		"t_sites":               serviceSites,
		"t_projects":            serviceProjects,
		"t_participants":        inProjects("t_participants", "id_participant"),
		"t_participants_groups": inProjects("t_participants_groups", "id_participant_group"),
		"t_devices":             serviceDevices,
		"t_devices_types":       func(Access) fragment { return sqlf("SELECT id_device_type FROM t_devices_types") },
		"t_devices_subtypes":    func(Access) fragment { return sqlf("SELECT id_device_subtype FROM t_devices_subtypes") },
		"t_users":               serviceUsers,
		"t_users_groups":        serviceUserGroups,
		"t_services_roles": func(a Access) fragment {
			return sqlf("SELECT id_service_role FROM t_services_roles WHERE deleted_at IS NULL AND id_service = ?", a.id)
		},
		"t_services_access": func(a Access) fragment {
			return sqlf(`SELECT x.id_service_access FROM t_services_access x JOIN t_services_roles o ON o.id_service_role = x.id_service_role
				AND o.deleted_at IS NULL WHERE x.deleted_at IS NULL AND o.id_service = ?`, a.id)
		},
		"t_sessions_types": serviceSessionTypes,
		"t_tests_types": func(a Access) fragment {
			return sqlf("SELECT id_test_type FROM t_tests_types WHERE deleted_at IS NULL AND id_service = ?", a.id)
		},
		"t_sessions": serviceSessions,
		"t_sessions_events": func(a Access) fragment {
			return sqlf("SELECT x.id_session_event FROM t_sessions_events x WHERE x.deleted_at IS NULL AND x.id_session IN (?)", serviceSessions(a))
		},
		"t_assets": func(a Access) fragment {
			return sqlf("SELECT x.id_asset FROM t_assets x WHERE x.deleted_at IS NULL AND x.id_session IN (?)", serviceSessions(a))
		},
		"t_tests":             serviceTests,
		"t_tests_invitations": serviceTestInvitations,
	}
}

func serviceSites(a Access) fragment {
	return sqlf(`SELECT x.id_site FROM t_sites x JOIN t_services_sites l ON l.id_site = x.id_site AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_service = ?`, a.id)
}

func serviceProjects(a Access) fragment {
	return sqlf(`SELECT x.id_project FROM t_projects x JOIN t_services_projects l ON l.id_project = x.id_project AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_service = ?`, a.id)
}

func serviceDevices(a Access) fragment {
	return sqlf(`SELECT x.id_device FROM t_devices x JOIN t_devices_projects l ON l.id_device = x.id_device AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_project IN (?)`, serviceProjects(a))
}

// serviceUsers: a role on one of the projects, the role admin on the site of one, and super-administrators as soon as
// there is a project.
func serviceUsers(a Access) fragment {
	return sqlf(`SELECT x.id_user FROM t_users x WHERE x.deleted_at IS NULL AND ((x.user_superadmin AND EXISTS (?))
		OR x.id_user IN (SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
			WHERE m.deleted_at IS NULL AND (r.id_project IN (?) OR (r.service_role_name = '`+core.RoleAdmin+`' AND r.id_site IN
				(SELECT j.id_site FROM t_projects j WHERE j.id_project IN (?))))))`,
		serviceProjects(a), serviceProjects(a), serviceProjects(a))
}

func serviceUserGroups(a Access) fragment {
	return sqlf(`SELECT x.id_user_group FROM t_users_groups x JOIN t_services_access l ON l.id_user_group = x.id_user_group AND l.deleted_at IS NULL
		JOIN t_services_roles o ON o.id_service_role = l.id_service_role AND o.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND o.id_service = ?`, a.id)
}

func serviceSessionTypes(a Access) fragment {
	return sqlf(`SELECT x.id_session_type FROM t_sessions_types x WHERE x.deleted_at IS NULL AND (x.id_service = ? OR x.id_session_type IN (
		SELECT l.id_session_type FROM t_sessions_types_services l WHERE l.deleted_at IS NULL AND l.id_service = ?))`, a.id, a.id)
}

func serviceSessions(a Access) fragment {
	return sqlf(`SELECT x.id_session FROM t_sessions x WHERE x.deleted_at IS NULL AND (x.id_creator_service = ? OR x.id_session_type IN (?))`,
		a.id, serviceSessionTypes(a))
}

// MayUseSessionType reports whether a service may make sessions of a type: its own, and what its sites offer.
func (r *Reader) MayUseSessionType(ctx context.Context, a Access, id int) (bool, error) {
	n, err := r.count(ctx, `SELECT count(*) FROM t_sessions_types x WHERE x.deleted_at IS NULL AND x.id_session_type = ? AND (x.id_session_type IN (?)
		OR x.id_session_type IN (SELECT l.id_session_type FROM t_sessions_types_sites l WHERE l.deleted_at IS NULL AND l.id_site IN (?)))`,
		id, a.visible(tableNamed("t_sessions_types")), a.visible(tableNamed("t_sites")))
	return n > 0, err
}
