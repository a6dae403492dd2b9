package store

import (
	"context"
	"time"
)

// Scope chooses participants for a list of statistics: those of one of these, whichever is not 0.
type Scope struct{ Site, Project, Group int }

func (s Scope) condition(a Access) fragment {
	switch {
	case s.Site != 0:
		return sqlf("p.id_project IN (?)", a.projectsOf(s.Site))
	case s.Project != 0:
		return sqlf("p.id_project = ?", s.Project)
	}
	return sqlf("p.id_participant_group = ?", s.Group)
}

// attendance is a participant with the sessions that were had. First and last are those that were made first and last.
type attendance struct {
	ID          int        `bun:"id_participant"`
	UUID        string     `bun:"participant_uuid"`
	Name        string     `bun:"participant_name"`
	Enabled     bool       `bun:"participant_enabled"`
	LastOnline  *time.Time `bun:"participant_lastonline"`
	Version     int64      `bun:"version_id"`
	ProjectName string     `bun:"project_name"`
	Sessions    int        `bun:"sessions"`
	First       *time.Time `bun:"first_start"`
	Last        *time.Time `bun:"last_start"`
}

func (r *Reader) attendance(ctx context.Context, a Access, s Scope, which fragment) ([]attendance, error) {
	var rows []attendance
	err := r.db.NewRaw(`WITH people AS (SELECT p.id_participant FROM t_participants p WHERE p.deleted_at IS NULL AND ? AND p.id_participant IN (?))
		SELECT p.id_participant, p.participant_uuid, p.participant_name, p.participant_enabled, p.participant_lastonline, p.version_id,
			j.project_name, COALESCE(n.sessions, 0) AS sessions, f.session_start_datetime AS first_start, e.session_start_datetime AS last_start
		FROM t_participants p JOIN t_projects j ON j.id_project = p.id_project
		LEFT JOIN (SELECT l.id_participant, count(*) AS sessions, min(l.id_session) AS first_id, max(l.id_session) AS last_id
			FROM t_sessions_participants l JOIN t_sessions s ON s.id_session = l.id_session AND s.deleted_at IS NULL
			WHERE l.deleted_at IS NULL AND l.id_participant IN (SELECT * FROM people) GROUP BY l.id_participant) n ON n.id_participant = p.id_participant
		LEFT JOIN t_sessions f ON f.id_session = n.first_id LEFT JOIN t_sessions e ON e.id_session = n.last_id
		WHERE p.id_participant IN (SELECT * FROM people) AND ? ORDER BY p.participant_name, p.id_participant`,
		s.condition(a), a.participants(), which).Scan(ctx, &rows)
	return rows, translate(err)
}

// Attendance lists the participants that a may see, with their sessions, by name.
func (r *Reader) Attendance(ctx context.Context, a Access, s Scope) ([]Object, error) {
	rows, err := r.attendance(ctx, a, s, sqlf("1 = 1"))
	if err != nil {
		return nil, err
	}
	out := make([]Object, len(rows))
	for i, p := range rows {
		out[i] = Object{
			"id_participant": p.ID, "participant_uuid": p.UUID, "participant_name": p.Name, "participant_enabled": p.Enabled,
			"participant_sessions_count": p.Sessions, "participant_first_session": r.timestampOf(p.First),
			"participant_last_session": r.timestampOf(p.Last), "participant_last_online": r.timestampOf(p.LastOnline),
		}
	}
	return out, nil
}

// Months of absence after which a site is warned.
const (
	monthsWithoutSession = 6 // since the last session
	monthsUnused         = 1 // since a person that never had a session, or never logged in, was written
	monthsAway           = 3 // since a user was online
)

// SiteWarnings lists the people of a site who have been away for long, as of now: keys and counts are those of /stats.
func (r *Reader) SiteWarnings(ctx context.Context, a Access, site int, now time.Time) (Object, error) {
	rows, err := r.attendance(ctx, a, Scope{Site: site}, sqlf(`p.participant_enabled AND
		(e.session_start_datetime < ? OR (n.id_participant IS NULL AND p.version_id < ?))`,
		r.before(now, monthsWithoutSession), r.before(now, monthsUnused).UnixMilli()))
	if err != nil {
		return nil, err
	}
	away, unused := []Object{}, []Object{}
	for _, p := range rows {
		o := Object{"id_participant": p.ID, "participant_name": p.Name, "project_name": p.ProjectName}
		if p.Last != nil {
			o["last_session"], o["months"] = r.Timestamp(*p.Last), r.months(*p.Last, now)
			away = append(away, o)
		} else {
			o["last_updated"], o["months"] = r.written(p.Version, now)
			unused = append(unused, o)
		}
	}
	out := Object{
		"warning_participants": away, "warning_participants_count": len(away),
		"warning_nosession_participants": unused, "warning_nosession_participants_count": len(unused),
	}
	return out, r.userWarnings(ctx, a, site, now, out)
}

func (r *Reader) userWarnings(ctx context.Context, a Access, site int, now time.Time, out Object) error {
	var rows []*User
	err := r.db.NewSelect().Model(&rows).Where("deleted_at IS NULL AND user_enabled AND id_user IN (?)", a.usersOfSite(site)).
		Where("user_lastonline < ? OR (user_lastonline IS NULL AND version_id < ?)", r.before(now, monthsAway), r.before(now, monthsUnused).UnixMilli()).
		Order("user_firstname", "id_user").Scan(ctx)
	if err != nil {
		return translate(err)
	}
	away, unused := []Object{}, []Object{}
	for _, u := range rows {
		o := Object{"id_user": u.ID, "user_fullname": u.FullName()}
		if u.LastOnline != nil {
			o["user_lastonline"], o["months"] = r.Timestamp(*u.LastOnline), r.months(*u.LastOnline, now)
			away = append(away, o)
		} else {
			o["last_updated"], o["months"] = r.written(u.VersionID, now)
			unused = append(unused, o)
		}
	}
	out["warning_users"], out["warning_users_count"] = away, len(away)
	out["warning_neverlogged_users"], out["warning_neverlogged_users_count"] = unused, len(unused)
	return nil
}

// before is the end of the times that are some months before now: months are counted by the calendar.
func (r *Reader) before(now time.Time, months int) time.Time {
	now = now.In(r.loc)
	return time.Date(now.Year(), now.Month()-time.Month(months)+1, 1, 0, 0, 0, 0, r.loc)
}

func (r *Reader) months(from, to time.Time) int {
	from, to = from.In(r.loc), to.In(r.loc)
	return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
}

// written is when a row with that version was last written, without zone as upstream has it, and how many months ago.
func (r *Reader) written(version int64, now time.Time) (string, int) {
	at := time.UnixMilli(version)
	return at.In(r.loc).Format("2006-01-02T15:04:05.000000"), r.months(at, now)
}

// timestampOf is nil for nil.
func (r *Reader) timestampOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return r.Timestamp(*t)
}
