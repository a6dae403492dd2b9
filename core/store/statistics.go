package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// figure is one number of a statistic: a query that selects one number.
type figure struct {
	key   string
	query fragment
}

// figures asks for all of them in one statement.
func (r *Reader) figures(ctx context.Context, list ...figure) (Object, error) {
	args := make([]any, len(list))
	into := make([]any, len(list))
	values := make([]int64, len(list))
	for i, f := range list {
		args[i], into[i] = f.query, &values[i]
	}
	err := r.db.NewRaw("SELECT "+strings.Repeat("(?), ", len(list)-1)+"(?)", args...).Scan(ctx, into...)
	if err != nil {
		return nil, translate(err)
	}
	o := make(Object, len(list))
	for i, f := range list {
		o[f.key] = values[i]
	}
	return o, nil
}

// counted counts the live rows of a table that a condition leaves.
func counted(key, table, where string, args ...any) figure {
	return figure{key, sqlf("SELECT count(*) FROM "+table+" WHERE deleted_at IS NULL AND "+where, args...)}
}

// countedLinks counts the live rows that a live association, which a condition leaves, leads to. Conditions on the rows
// are on x, those on the association on l.
func countedLinks(key, table, column, link, where string, args ...any) figure {
	return figure{key, sqlf("SELECT count(DISTINCT x."+column+") FROM "+table+" x JOIN "+link+" l ON l."+column+" = x."+column+
		" AND l.deleted_at IS NULL WHERE x.deleted_at IS NULL AND "+where, args...)}
}

// UserGroupStatistics counts the members that a may see, and what the group gives them a role on of that which a sees
// (core.md 4.2, /stats).
func (r *Reader) UserGroupStatistics(ctx context.Context, a Access, group int) (Object, error) {
	users, admin := a.visible(tableFor[User]()), a.Admin()
	roles := sqlf(grants+" AND a.id_user_group = ?", group)
	const (
		projects = `SELECT count(*) FROM t_projects x WHERE x.deleted_at IS NULL AND x.id_project IN (?) AND
			(x.id_project IN (SELECT r.id_project FROM (?) r WHERE ?) OR x.id_site IN (SELECT r.id_site FROM (?) r WHERE r.service_role_name = 'admin'))`
		sites      = `SELECT count(*) FROM t_sites x WHERE x.deleted_at IS NULL AND x.id_site IN (?) AND x.id_site IN (SELECT r.id_site FROM (?) r WHERE ?)`
		otherSites = ` OR (x.deleted_at IS NULL AND x.id_site IN (?) AND x.id_site IN (
			SELECT j.id_site FROM t_projects j WHERE j.deleted_at IS NULL AND j.id_project IN (SELECT r.id_project FROM (?) r)))`
	)
	seesProjects, seesSites := a.visible(tableFor[Project]()), a.visible(tableFor[Site]())
	runsProjects, runsSites := admin.visible(tableFor[Project]()), admin.visible(tableFor[Site]())
	return r.figures(ctx,
		countedLinks("users_total_count", "t_users", "id_user", "t_users_users_groups", "l.id_user_group = ? AND x.id_user IN (?)", group, users),
		countedLinks("users_enabled_count", "t_users", "id_user", "t_users_users_groups", "l.id_user_group = ? AND x.id_user IN (?) AND x.user_enabled", group, users),
		figure{"projects_total_count", sqlf(projects, seesProjects, roles, a.adminOnly(), roles)},
		figure{"projects_admin_count", sqlf(projects, runsProjects, roles, admin.adminOnly(), roles)},
		figure{"sites_total_count", sqlf(sites+otherSites, seesSites, roles, a.adminOnly(), seesSites, roles)},
		figure{"sites_admin_count", sqlf(sites, runsSites, roles, admin.adminOnly())},
	)
}

// UserStatistics counts the sessions of a user and the people met in them.
func (r *Reader) UserStatistics(ctx context.Context, user int) (Object, error) {
	sessions := sqlf(withMemberSQL, bun.Ident("t_sessions_users"), bun.Ident("id_user"), user, bun.Ident("id_creator_user"), user, bun.Ident("t_sessions_users"))
	return r.figures(ctx,
		counted("sessions_created_total_count", "t_sessions", "id_creator_user = ?", user),
		counted("sessions_total_count", "t_sessions", "id_session IN (?)", sessions),
		countedLinks("participants_total_count", "t_participants", "id_participant", "t_sessions_participants", "l.id_session IN (?)", sessions),
		countedLinks("participants_enabled_count", "t_participants", "id_participant", "t_sessions_participants", "l.id_session IN (?) AND x.participant_enabled", sessions),
	)
}

// SessionStatistics counts what belongs to a session.
func (r *Reader) SessionStatistics(ctx context.Context, session int) (Object, error) {
	return r.figures(ctx,
		countedLinks("users_total_count", "t_users", "id_user", "t_sessions_users", "l.id_session = ?", session),
		countedLinks("participants_total_count", "t_participants", "id_participant", "t_sessions_participants", "l.id_session = ?", session),
		countedLinks("devices_total_count", "t_devices", "id_device", "t_sessions_devices", "l.id_session = ?", session),
		counted("assets_total_count", "t_assets", "id_session = ?", session),
		counted("events_total_count", "t_sessions_events", "id_session = ?", session),
		counted("tests_total_count", "t_tests", "id_session = ?", session),
	)
}

// ParticipantStatistics counts the sessions of a participant by status, and sums their seconds.
func (r *Reader) ParticipantStatistics(ctx context.Context, participant int) (Object, error) {
	const sessions = "id_session IN (SELECT l.id_session FROM t_sessions_participants l WHERE l.deleted_at IS NULL AND l.id_participant = ?)"
	list := []figure{
		counted("sessions_total_count", "t_sessions", sessions, participant),
		{"sessions_total_time", sqlf("SELECT CAST(COALESCE(sum(session_duration), 0) AS BIGINT) FROM t_sessions WHERE deleted_at IS NULL AND "+sessions, participant)},
		countedLinks("users_total_count", "t_users", "id_user", "t_sessions_users", "l."+sessions, participant),
		counted("assets_total_count", "t_assets", "id_participant = ?", participant),
		counted("tests_total_count", "t_tests", "id_participant = ?", participant),
	}
	for status, name := range []string{"planned", "inprogress", "completed", "cancelled", "terminated"} { // core.SessionStatus
		list = append(list, counted("sessions_"+name+"_count", "t_sessions", "session_status = ? AND "+sessions, status, participant))
	}
	o, err := r.figures(ctx, list...)
	if err != nil {
		return nil, err
	}
	o["sessions_mean_time"] = 0.0
	if n := o["sessions_total_count"].(int64); n > 0 {
		o["sessions_mean_time"] = float64(o["sessions_total_time"].(int64)) / float64(n)
	}
	return o, nil
}

// DeviceStatistics counts what belongs to a device.
func (r *Reader) DeviceStatistics(ctx context.Context, device int) (Object, error) {
	return r.figures(ctx,
		counted("assets_total_count", "t_assets", "id_device = ?", device),
		countedLinks("projects_total_count", "t_projects", "id_project", "t_devices_projects", "l.id_device = ?", device),
		countedLinks("participants_total_count", "t_participants", "id_participant", "t_devices_participants", "l.id_device = ?", device),
		countedLinks("sessions_total_count", "t_sessions", "id_session", "t_sessions_devices", "l.id_device = ?", device),
	)
}
