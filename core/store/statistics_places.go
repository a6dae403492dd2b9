package store

import "context"

// SiteStatistics counts what of a site a may see (core.md 4.2, /stats).
func (r *Reader) SiteStatistics(ctx context.Context, a Access, site int) (Object, error) {
	const (
		user  = "id_user IN (SELECT * FROM staff)"
		there = "id_project IN (SELECT * FROM projects)"
	)
	return r.figures(ctx, sqlf("WITH staff AS (?), projects AS (?)", a.usersOfSite(site), a.projectsOf(site)),
		counted("users_total_count", "t_users", user),
		counted("users_enabled_count", "t_users", user+" AND user_enabled"),
		counted("projects_count", "t_projects", there),
		counted("participants_groups_count", "t_participants_groups", there),
		counted("participants_total_count", "t_participants", there),
		counted("participants_enabled_count", "t_participants", there+" AND participant_enabled"),
		attended("SELECT id_participant FROM t_participants WHERE "+there),
		countedLinks("devices_total_count", "t_devices", "id_device", "t_devices_sites", "l.id_site = ?", site),
	)
}

// ProjectStatistics counts what belongs to a project. Who sees a project sees all its users.
func (r *Reader) ProjectStatistics(ctx context.Context, project int) (Object, error) {
	const user = "NOT user_superadmin AND id_user IN (SELECT * FROM staff)"
	return r.figures(ctx, sqlf("WITH staff AS (?)", usersOfProject(project)),
		counted("users_total_count", "t_users", user),
		counted("users_enabled_count", "t_users", user+" AND user_enabled"),
		counted("participants_groups_count", "t_participants_groups", "id_project = ?", project),
		counted("participants_total_count", "t_participants", "id_project = ?", project),
		counted("participants_enabled_count", "t_participants", "id_project = ? AND participant_enabled", project),
		countedLinks("devices_total_count", "t_devices", "id_device", "t_devices_projects", "l.id_project = ?", project),
		countedLinks("devices_enabled_count", "t_devices", "id_device", "t_devices_projects", "l.id_project = ? AND x.device_enabled", project),
		attended("SELECT id_participant FROM t_participants WHERE id_project = ?", project),
	)
}

// ParticipantGroupStatistics counts what belongs to a group of participants.
func (r *Reader) ParticipantGroupStatistics(ctx context.Context, group int) (Object, error) {
	return r.figures(ctx, sqlf(""),
		counted("participants_total_count", "t_participants", "id_participant_group = ?", group),
		counted("participants_enabled_count", "t_participants", "id_participant_group = ? AND participant_enabled", group),
		attended("SELECT id_participant FROM t_participants WHERE id_participant_group = ?", group),
	)
}

// attended counts how often the participants that a query selects took part in a session.
func attended(participants string, args ...any) figure {
	return figure{"sessions_total_count", sqlf(`SELECT count(*) FROM t_sessions_participants l
		JOIN t_sessions s ON s.id_session = l.id_session AND s.deleted_at IS NULL
		WHERE l.deleted_at IS NULL AND l.id_participant IN (`+participants+` AND deleted_at IS NULL)`, args...)}
}

// projectsOf selects the projects of a site that a may see.
func (a Access) projectsOf(site int) fragment {
	return sqlf("SELECT id_project FROM t_projects WHERE deleted_at IS NULL AND id_site = ? AND id_project IN (?)", site, a.visible(tableFor[Project]()))
}

// usersOfSite selects the users with a role on a site or on one of its projects, without super-administrators, that a sees.
func (a Access) usersOfSite(site int) fragment {
	return sqlf(`SELECT x.id_user FROM t_users x WHERE NOT x.user_superadmin AND x.id_user IN (
		SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		WHERE m.deleted_at IS NULL AND (r.id_site = ? OR r.id_project IN (SELECT id_project FROM t_projects WHERE id_site = ? AND deleted_at IS NULL)))
		AND ?`, site, site, a.seesStaff())
}

// seesStaff is a condition on t_users x: those whom a sees, and the administrators of the sites of the projects that a sees.
func (a Access) seesStaff() fragment {
	if a.all() {
		return sqlf("1 = 1")
	}
	return sqlf(`(x.id_user IN (?) OR x.id_user IN (SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		WHERE m.deleted_at IS NULL AND r.service_role_name = 'admin' AND r.id_site IN (SELECT j.id_site FROM t_projects j WHERE j.id_project IN (?))))`,
		a.visible(tableFor[User]()), a.visible(tableFor[Project]()))
}
