package store

import "github.com/gotera/gotera/core"

// userRules are the rules of core.md 5.2 for users who are no super-administrators.
func userRules() rules {
	return rules{
		"t_sites":                userSites,
		"t_projects":             userProjects,
		"t_participants":         inProjects("t_participants", "id_participant"),
		"t_participants_groups":  inProjects("t_participants_groups", "id_participant_group"),
		"t_users":                userUsers,
		"t_users_groups":         userGroups,
		"t_devices":              userDevices,
		"t_devices_types":        func(Access) fragment { return sqlf("SELECT id_device_type FROM t_devices_types") },
		"t_devices_subtypes":     func(Access) fragment { return sqlf("SELECT id_device_subtype FROM t_devices_subtypes") },
		"t_sessions_types":       userSessionTypes,
		"t_tests_types":          userTestTypes,
		"t_services":             userServices,
		"t_services_roles":       userServiceRoles,
		"t_services_access":      userServiceAccess,
		"t_sessions":             userSessions,
		"t_sessions_events":      userSessionEvents,
		"t_assets":               userAssets,
		"t_tests":                userTests,
		"t_tests_invitations":    userTestInvitations,
		"t_services_configs":     userServiceConfigs,
		"t_users_preferences":    userPreferences,
		"t_users_users_groups":   userMemberships,
		"t_devices_sites":        linkOf("t_devices_sites", "id_device_site", "t_devices", "id_device", "t_sites", "id_site"),
		"t_devices_projects":     linkOf("t_devices_projects", "id_device_project", "t_devices", "id_device", "t_projects", "id_project"),
		"t_devices_participants": linkOf("t_devices_participants", "id_device_participant", "t_devices", "id_device", "t_participants", "id_participant"),
		"t_services_projects":    linkOf("t_services_projects", "id_service_project", "t_services", "id_service", "t_projects", "id_project"),
		"t_services_sites":       linkOf("t_services_sites", "id_service_site", "t_services", "id_service", "t_sites", "id_site"),
		"t_sessions_types_sites": linkOf("t_sessions_types_sites", "id_session_type_site", "t_sessions_types", "id_session_type", "t_sites", "id_site"),
		"t_sessions_types_services": linkOf("t_sessions_types_services", "id_session_type_service", "t_sessions_types", "id_session_type",
			"t_services", "id_service"),
		"t_tests_types_sites":    offerOf("t_tests_types_sites", "id_test_type_site", "t_tests_types", "id_test_type", "t_sites", "id_site"),
		"t_tests_types_projects": offerOf("t_tests_types_projects", "id_test_type_project", "t_tests_types", "id_test_type", "t_projects", "id_project"),
		"t_sessions_types_projects": linkOf("t_sessions_types_projects", "id_session_type_project", "t_sessions_types", "id_session_type",
			"t_projects", "id_project"),
	}
}

// grants selects (id_user_group, id_site, id_project, service_role_name) of every live site or project role of the
// OpenTera server that a group has.
const grants = `SELECT a.id_user_group, o.id_site, o.id_project, o.service_role_name FROM t_services_access a
	JOIN t_users_groups g ON g.id_user_group = a.id_user_group AND g.deleted_at IS NULL
	JOIN t_services_roles o ON o.id_service_role = a.id_service_role AND o.deleted_at IS NULL
	JOIN t_services v ON v.id_service = o.id_service AND v.deleted_at IS NULL AND v.service_key = '` + core.ServiceOpenTera + `'
	WHERE a.deleted_at IS NULL`

// rolesOf selects the same for the groups of one user.
func rolesOf(user int) fragment {
	return sqlf(grants+" AND a.id_user_group IN (SELECT id_user_group FROM t_users_users_groups WHERE id_user = ? AND deleted_at IS NULL)", user)
}

// adminOnly is a condition on the name of a role r.
func (a Access) adminOnly() fragment {
	if a.admin {
		return sqlf("r.service_role_name = 'admin'")
	}
	return sqlf("1 = 1")
}

// shared are what the rules of a user need again and again, for the start of a statement: the user's roles, and the
// sites and projects where they have any (my_) or are administrators (run_), core.md 5.1. The role admin on a site is
// admin on its projects; any role on a project is that of a plain user on its site. Without this PostgreSQL plans the
// same joins up to fourteen times in one statement, which takes longer than to execute it.
func shared(user int) []named {
	const (
		projects = `SELECT x.id_project FROM t_projects x WHERE x.deleted_at IS NULL AND (
			x.id_project IN (SELECT r.id_project FROM mine r WHERE r.id_project IS NOT NULL ?)
			OR x.id_site IN (SELECT r.id_site FROM mine r WHERE r.id_site IS NOT NULL AND r.service_role_name = 'admin'))`
		sites = `SELECT x.id_site FROM t_sites x WHERE x.deleted_at IS NULL AND x.id_site IN (
			SELECT r.id_site FROM mine r WHERE r.id_site IS NOT NULL ?)`
	)
	admin := sqlf("AND r.service_role_name = 'admin'")
	return []named{
		{"mine", rolesOf(user)},
		{"my_projects", sqlf(projects, sqlf(""))},
		{"run_projects", sqlf(projects, admin)},
		{"my_sites", sqlf(sites, sqlf(`UNION SELECT j.id_site FROM t_projects j JOIN mine r ON r.id_project = j.id_project
			WHERE j.deleted_at IS NULL`))},
		{"run_sites", sqlf(sites, admin)},
	}
}

// named is a part of a WITH clause.
type named struct {
	name  string
	query fragment
}

// userSites and userProjects: as shared says.
func userSites(a Access) fragment {
	switch {
	case !a.shared:
		return a.withShared(userSites(a.inside()))
	case a.admin:
		return sqlf("SELECT id_site FROM run_sites")
	}
	return sqlf("SELECT id_site FROM my_sites")
}

func userProjects(a Access) fragment {
	switch {
	case !a.shared:
		return a.withShared(userProjects(a.inside()))
	case a.admin:
		return sqlf("SELECT id_project FROM run_projects")
	}
	return sqlf("SELECT id_project FROM my_projects")
}

func inProjects(table, key string) func(Access) fragment {
	return func(a Access) fragment {
		return sqlf("SELECT x."+key+" FROM "+table+" x WHERE x.deleted_at IS NULL AND x.id_project IN (?)", a.visible(tableNamed("t_projects")))
	}
}

// userUsers: users with a role on an accessible project itself, and oneself.
func userUsers(a Access) fragment {
	return sqlf(`SELECT x.id_user FROM t_users x WHERE x.deleted_at IS NULL AND (x.id_user = ? OR x.id_user IN (
		SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		WHERE m.deleted_at IS NULL AND r.id_project IN (?)))`, a.id, userProjects(a))
}

// userGroups: groups with a role on an accessible project, or with the role admin on the site of one. With Admin, groups
// that also have a role on a place that the user does not administer are left out: they are not one's own alone.
func userGroups(a Access) fragment {
	if a.admin {
		return sqlf("SELECT q.id_user_group FROM (?) q WHERE q.id_user_group NOT IN (?)", userGroupsByProject(a), groupsBeyond(a))
	}
	return userGroupsByProject(a)
}

// userGroupsByProject is OpenTera's rule, which for Admin asks for one common project only.
func userGroupsByProject(a Access) fragment {
	return sqlf(`SELECT r.id_user_group FROM (`+grants+`) r WHERE r.id_project IN (?) OR (r.service_role_name = 'admin'
		AND r.id_site IN (SELECT j.id_site FROM t_projects j WHERE j.id_project IN (?)))`, userProjects(a), userProjects(a))
}

// userGroupsBySite is the other rule for user groups: those that share a site with the user (upstream: by_sites).
func userGroupsBySite(a Access) fragment {
	return sqlf(`SELECT r.id_user_group FROM (`+grants+`) r LEFT JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL
		WHERE r.id_site IN (?) OR j.id_site IN (?)`, userSites(a), userSites(a))
}

func userDevices(a Access) fragment {
	return sqlf(`SELECT x.id_device FROM t_devices x JOIN t_devices_sites l ON l.id_device = x.id_device AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_site IN (?)`, userSites(a))
}

func userSessionTypes(a Access) fragment {
	return sqlf(`SELECT x.id_session_type FROM t_sessions_types x
		JOIN t_sessions_types_sites l ON l.id_session_type = x.id_session_type AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_site IN (?)`, userSites(a))
}

func userTestTypes(a Access) fragment {
	services := a
	services.admin = false
	return sqlf(`SELECT x.id_test_type FROM t_tests_types x
		JOIN t_tests_types_sites l ON l.id_test_type = x.id_test_type AND l.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND l.id_site IN (?) AND x.id_service IN (?)`, userSites(a), userServices(services))
}

// userServices: those of accessible projects and of sites that the user administers. With Admin, the project or the
// site must be administered; upstream asks for any role named admin, which is always there (core.md 13.2, 31).
func userServices(a Access) fragment {
	return sqlf(`SELECT x.id_service FROM t_services x WHERE x.deleted_at IS NULL AND (
		x.id_service IN (SELECT l.id_service FROM t_services_projects l WHERE l.deleted_at IS NULL AND l.id_project IN (?))
		OR x.id_service IN (SELECT l.id_service FROM t_services_sites l WHERE l.deleted_at IS NULL AND l.id_site IN (?)))`,
		userProjects(a), userSites(a.Admin()))
}

// userServiceRoles: of accessible services; a role on a site or project only with access to that one, for it has its
// name. With Admin, those that one may give.
func userServiceRoles(a Access) fragment {
	if a.admin {
		return grantableRoles(a)
	}
	return sqlf(`SELECT x.id_service_role FROM t_services_roles x WHERE x.deleted_at IS NULL AND x.id_service IN (?)
		AND (x.id_site IS NULL OR x.id_site IN (?)) AND (x.id_project IS NULL OR x.id_project IN (?))`,
		userServices(a), userSites(a), userProjects(a))
}

// userServiceConfigs: of an accessible service and of an accessible user, participant or device; one's own whatever the
// service. Upstream lists everybody's when it is asked for a service (core.md 13.2, 25).
func userServiceConfigs(a Access) fragment {
	services := a
	services.admin = false
	return sqlf(`SELECT x.id_service_config FROM t_services_configs x WHERE x.deleted_at IS NULL AND (x.id_user = ? OR
		(x.id_service IN (?) AND (x.id_user IN (?) OR x.id_participant IN (?) OR x.id_device IN (?))))`,
		a.id, userServices(services), userUsers(a), a.participants(), userDevices(a))
}

// userSessions: created by an accessible user, device, participant or service, or with the user, an accessible
// participant or an accessible device in it. A union, as indexes serve each part of it but no OR over all.
func userSessions(a Access) fragment {
	return sqlf(`SELECT x.id_session FROM t_sessions x WHERE x.deleted_at IS NULL AND x.id_session IN (
		SELECT s.id_session FROM t_sessions s WHERE s.id_creator_user IN (?)
		UNION SELECT s.id_session FROM t_sessions s WHERE s.id_creator_device IN (?)
		UNION SELECT s.id_session FROM t_sessions s WHERE s.id_creator_participant IN (?)
		UNION SELECT s.id_session FROM t_sessions s WHERE s.id_creator_service IN (?)
		UNION SELECT l.id_session FROM t_sessions_users l WHERE l.deleted_at IS NULL AND l.id_user = ?
		UNION SELECT l.id_session FROM t_sessions_participants l WHERE l.deleted_at IS NULL AND l.id_participant IN (?)
		UNION SELECT l.id_session FROM t_sessions_devices l WHERE l.deleted_at IS NULL AND l.id_device IN (?))`,
		userUsers(a), userDevices(a), a.participants(), userServices(a), a.id, a.participants(), userDevices(a))
}

func (a Access) participants() fragment { return a.visible(tableNamed("t_participants")) }

// userSessionEvents follows the rule for one session.
func userSessionEvents(a Access) fragment {
	return sqlf("SELECT x.id_session_event FROM t_sessions_events x WHERE x.deleted_at IS NULL AND x.id_session IN (?)", a.oneSession(sqlf("1 = 1")))
}

func userPreferences(a Access) fragment {
	return sqlf("SELECT x.id_user_preference FROM t_users_preferences x WHERE x.id_user IN (?)", userUsers(a))
}

func userMemberships(a Access) fragment {
	return sqlf(`SELECT x.id_user_user_group FROM t_users_users_groups x WHERE x.deleted_at IS NULL
		AND x.id_user IN (?) AND x.id_user_group IN (?)`, userUsers(a), userGroups(a))
}

// linkOf: an association is visible when both its ends are.
func linkOf(table, key, left, leftKey, right, rightKey string) func(Access) fragment {
	return func(a Access) fragment {
		return sqlf("SELECT x."+key+" FROM "+table+" x WHERE x.deleted_at IS NULL AND x."+leftKey+" IN (?) AND x."+rightKey+" IN (?)",
			a.visible(tableNamed(left)), a.visible(tableNamed(right)))
	}
}

// offerOf is linkOf, but who administers the right end alone administers the link: what a project offers is up to it.
func offerOf(table, key, left, leftKey, right, rightKey string) func(Access) fragment {
	return func(a Access) fragment {
		seen := a
		seen.admin = false
		return sqlf("SELECT x."+key+" FROM "+table+" x WHERE x.deleted_at IS NULL AND x."+leftKey+" IN (?) AND x."+rightKey+" IN (?)",
			seen.visible(tableNamed(left)), a.visible(tableNamed(right)))
	}
}
