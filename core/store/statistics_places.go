package store

import "context"

// SiteStatistics counts what of a site a may see (core.md 4.2, /stats).
func (r *Reader) SiteStatistics(ctx context.Context, a Access, site int) (Object, error) {
	projects := a.projectsOf(site)
	return r.figures(ctx,
		counted("users_total_count", "t_users", "id_user IN (?)", a.usersOfSite(site)),
		counted("users_enabled_count", "t_users", "id_user IN (?) AND user_enabled", a.usersOfSite(site)),
		counted("projects_count", "t_projects", "id_project IN (?)", projects),
		counted("participants_groups_count", "t_participants_groups", "id_project IN (?)", projects),
		counted("participants_total_count", "t_participants", "id_project IN (?)", projects),
		counted("participants_enabled_count", "t_participants", "id_project IN (?) AND participant_enabled", projects),
		attended("SELECT id_participant FROM t_participants WHERE id_project IN (?)", projects),
		countedLinks("devices_total_count", "t_devices", "id_device", "t_devices_sites", "l.id_site = ?", site),
	)
}

// ProjectStatistics counts what belongs to a project.
func (r *Reader) ProjectStatistics(ctx context.Context, a Access, project int) (Object, error) {
	users := sqlf("SELECT x.id_user FROM t_users x WHERE NOT x.user_superadmin AND x.id_user IN (?) AND ?", usersOfProject(project), a.seesStaff())
	return r.figures(ctx,
		counted("users_total_count", "t_users", "id_user IN (?)", users),
		counted("users_enabled_count", "t_users", "id_user IN (?) AND user_enabled", users),
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
	return r.figures(ctx,
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
