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

// figures asks for all of them in one statement. with begins it: the queries that several figures share, "" for none.
func (r *Reader) figures(ctx context.Context, with fragment, list ...figure) (Object, error) {
	args := make([]any, 0, len(list)+1)
	args = append(args, with)
	into := make([]any, len(list))
	values := make([]int64, len(list))
	for i, f := range list {
		args, into[i] = append(args, f.query), &values[i]
	}
	err := r.db.NewRaw("? SELECT "+strings.Repeat("(?), ", len(list)-1)+"(?)", args...).Scan(ctx, into...)
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
	admin := a.Admin()
	roles := sqlf("SELECT * FROM roles")
	with := sqlf("WITH roles AS (?), seen AS (?)", sqlf(grants+" AND a.id_user_group = ?", group), a.visible(tableFor[User]()))
	const (
		projects = `SELECT count(*) FROM t_projects x WHERE x.deleted_at IS NULL AND x.id_project IN (?) AND
			(x.id_project IN (SELECT r.id_project FROM (?) r WHERE ?) OR x.id_site IN (SELECT r.id_site FROM (?) r WHERE r.service_role_name = 'admin'))`
		sites      = `SELECT count(*) FROM t_sites x WHERE x.deleted_at IS NULL AND x.id_site IN (?) AND x.id_site IN (SELECT r.id_site FROM (?) r WHERE ?)`
		otherSites = ` OR (x.deleted_at IS NULL AND x.id_site IN (?) AND x.id_site IN (
			SELECT j.id_site FROM t_projects j WHERE j.deleted_at IS NULL AND j.id_project IN (SELECT r.id_project FROM (?) r)))`
	)
	seesProjects, seesSites := a.visible(tableFor[Project]()), a.visible(tableFor[Site]())
	runsProjects, runsSites := admin.visible(tableFor[Project]()), admin.visible(tableFor[Site]())
	const member = "l.id_user_group = ? AND x.id_user IN (SELECT * FROM seen)"
	return r.figures(ctx, with,
		countedLinks("users_total_count", "t_users", "id_user", "t_users_users_groups", member, group),
		countedLinks("users_enabled_count", "t_users", "id_user", "t_users_users_groups", member+" AND x.user_enabled", group),
		figure{"projects_total_count", sqlf(projects, seesProjects, roles, a.adminOnly(), roles)},
		figure{"projects_admin_count", sqlf(projects, runsProjects, roles, admin.adminOnly(), roles)},
		figure{"sites_total_count", sqlf(sites+otherSites, seesSites, roles, a.adminOnly(), seesSites, roles)},
		figure{"sites_admin_count", sqlf(sites, runsSites, roles, admin.adminOnly())},
	)
}

// UserStatistics counts the sessions of a user and the people met in them.
func (r *Reader) UserStatistics(ctx context.Context, user int) (Object, error) {
	with := sqlf("WITH sessions AS ("+withMemberSQL+")", bun.Ident("t_sessions_users"), bun.Ident("id_user"), user, bun.Ident("id_creator_user"), user, bun.Ident("t_sessions_users"))
	const met = "l.id_session IN (SELECT * FROM sessions)"
	return r.figures(ctx, with,
		counted("sessions_created_total_count", "t_sessions", "id_creator_user = ?", user),
		counted("sessions_total_count", "t_sessions", "id_session IN (SELECT * FROM sessions)"),
		countedLinks("participants_total_count", "t_participants", "id_participant", "t_sessions_participants", met),
		countedLinks("participants_enabled_count", "t_participants", "id_participant", "t_sessions_participants", met+" AND x.participant_enabled"),
	)
}

// SessionStatistics counts what belongs to a session.
func (r *Reader) SessionStatistics(ctx context.Context, session int) (Object, error) {
	return r.figures(ctx, sqlf(""),
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
	with := sqlf(`WITH sessions AS (SELECT s.id_session, s.session_status, s.session_duration FROM t_sessions_participants l
		JOIN t_sessions s ON s.id_session = l.id_session AND s.deleted_at IS NULL WHERE l.deleted_at IS NULL AND l.id_participant = ?)`, participant)
	list := []figure{
		{"sessions_total_count", sqlf("SELECT count(*) FROM sessions")},
		{"sessions_total_time", sqlf("SELECT CAST(COALESCE(sum(session_duration), 0) AS BIGINT) FROM sessions")},
		countedLinks("users_total_count", "t_users", "id_user", "t_sessions_users", "l.id_session IN (SELECT id_session FROM sessions)"),
		counted("assets_total_count", "t_assets", "(id_participant = ? OR id_session IN (SELECT id_session FROM sessions))", participant),
		counted("tests_total_count", "t_tests", "id_participant = ?", participant),
	}
	for status, name := range []string{"planned", "inprogress", "completed", "cancelled", "terminated"} { // core.SessionStatus
		list = append(list, figure{"sessions_" + name + "_count", sqlf("SELECT count(*) FROM sessions WHERE session_status = ?", status)})
	}
	o, err := r.figures(ctx, with, list...)
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
	return r.figures(ctx, sqlf(""),
		counted("assets_total_count", "t_assets", "id_device = ?", device),
		countedLinks("projects_total_count", "t_projects", "id_project", "t_devices_projects", "l.id_device = ?", device),
		countedLinks("participants_total_count", "t_participants", "id_participant", "t_devices_participants", "l.id_device = ?", device),
		countedLinks("sessions_total_count", "t_sessions", "id_session", "t_sessions_devices", "l.id_device = ?", device),
	)
}
