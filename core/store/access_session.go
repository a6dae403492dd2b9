package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// MaySeeSession is the rule for one session (upstream: query_session), which is not the rule of lists. A user: its
// creator, a member, or with access to its project. A service: its creator, or with access to its project. A
// participant or device: creator or member. The project of a session is that of its first participant, else of the
// participant who created it.
func (r *Reader) MaySeeSession(ctx context.Context, a Access, id int) (bool, error) {
	n, err := r.count(ctx, "?", a.withShared(sqlf("SELECT count(*) FROM (?) q", a.inside().oneSession(sqlf("s.id_session = ?", id)))))
	return n > 0, err
}

// restrictSessions is restrict for sessions, by either rule if so asked.
func (a Access) restrictSessions(q *bun.SelectQuery, oneByOne bool) *bun.SelectQuery {
	if a.all() || !oneByOne {
		return a.restrict(q, tableFor[Session]())
	}
	return a.provide(q).Where("(t_sessions.id_session IN (?) OR EXISTS (?))",
		a.inside().visible(tableFor[Session]()), a.inside().oneSession(sqlf("s.id_session = t_sessions.id_session")))
}

// knownSessions is SessionQuery.KnownTo.
func (a Access) knownSessions(q *bun.SelectQuery) *bun.SelectQuery {
	if a.all() || a.kind != core.KindUser {
		return q
	}
	const member = `SELECT 1 FROM t_sessions_participants l WHERE l.id_session = t_sessions.id_session AND l.deleted_at IS NULL`
	people := a.inside().visible(tableNamed("t_participants"))
	return a.provide(q).Where(`(t_sessions.id_creator_user = ? OR t_sessions.id_creator_participant IN (?)
		OR EXISTS (SELECT 1 FROM t_sessions_users l WHERE l.id_session = t_sessions.id_session AND l.deleted_at IS NULL AND l.id_user = ?)
		OR EXISTS (`+member+` AND l.id_participant IN (?))
		OR (t_sessions.id_creator_participant IS NULL AND NOT EXISTS (`+member+`)))`, a.id, people, a.id, people)
}

// projectOfSession is an expression on t_sessions s.
const projectOfSession = `COALESCE(
	(SELECT p.id_project FROM t_sessions_participants l JOIN t_participants p ON p.id_participant = l.id_participant AND p.deleted_at IS NULL
		WHERE l.id_session = s.id_session AND l.deleted_at IS NULL ORDER BY l.id_session_participant LIMIT 1),
	(SELECT p.id_project FROM t_participants p WHERE p.id_participant = s.id_creator_participant AND p.deleted_at IS NULL))`

// ProjectOfSession is the project of a live session, 0 for none.
func (r *Reader) ProjectOfSession(ctx context.Context, id int) (int, error) {
	return r.count(ctx, "SELECT COALESCE("+projectOfSession+", 0) FROM t_sessions s WHERE s.id_session = ? AND s.deleted_at IS NULL", id)
}

// oneSession selects the sessions that MaySeeSession allows, of those that a condition on t_sessions s leaves.
func (a Access) oneSession(which fragment) fragment {
	const query = "SELECT s.id_session FROM t_sessions s WHERE s.deleted_at IS NULL AND ?"
	if a.all() {
		return sqlf(query, which)
	}
	projects := a.visible(tableNamed("t_projects"))
	switch a.kind {
	case core.KindUser:
		return sqlf(query+` AND (s.id_creator_user = ? OR s.id_session IN (
			SELECT l.id_session FROM t_sessions_users l WHERE l.deleted_at IS NULL AND l.id_user = ?)
			OR `+projectOfSession+` IN (?))`, which, a.id, a.id, projects)
	case core.KindService:
		return sqlf(query+" AND (s.id_creator_service = ? OR "+projectOfSession+" IN (?))", which, a.id, projects)
	case core.KindParticipant:
		return sqlf(query+` AND (s.id_creator_participant = ? OR s.id_session IN (
			SELECT l.id_session FROM t_sessions_participants l WHERE l.deleted_at IS NULL AND l.id_participant = ?))`, which, a.id, a.id)
	case core.KindDevice:
		return sqlf(query+` AND (s.id_creator_device = ? OR s.id_session IN (
			SELECT l.id_session FROM t_sessions_devices l WHERE l.deleted_at IS NULL AND l.id_device = ?))`, which, a.id, a.id)
	}
	return sqlf(query+" AND 1 = 0", which)
}
