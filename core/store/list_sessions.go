package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// SessionQuery filters Sessions. Participant, User and Device: created by them or with them in it; a session that one
// created alone appears only if it has a member of that kind, as upstream's join has it (core.md 4.2).
type SessionQuery struct {
	IDs         []int
	UUIDs       []string
	Participant int
	User        int
	Device      int
	Type        int
	Status      *core.SessionStatus
	From, To    *time.Time // days in the store's zone, both included; the time of day is ignored
	Limit       int
	Offset      int
	OneByOne    bool // also those that the rule for one session shows
	// KnownTo leaves out sessions of strangers alone: those with participants of whom this user may see none and in which the
	// user has no part. For lists with access to Everything.
	KnownTo Access
}

// Sessions are ordered by start, latest first, then by key, highest first.
func (r *Reader) Sessions(ctx context.Context, a Access, f SessionQuery) ([]*Session, error) {
	return list[Session](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrictSessions(q, f.OneByOne).Order("session_start_datetime DESC", "t_sessions.id_session DESC")
		q = f.KnownTo.knownSessions(q)
		q = in(q, "t_sessions.id_session", f.IDs)
		q = in(q, "session_uuid", f.UUIDs)
		q = withMember(q, "t_sessions_participants", "id_participant", "id_creator_participant", f.Participant)
		q = withMember(q, "t_sessions_users", "id_user", "id_creator_user", f.User)
		q = withMember(q, "t_sessions_devices", "id_device", "id_creator_device", f.Device)
		if f.Type != 0 {
			q = q.Where("t_sessions.id_session_type = ?", f.Type)
		}
		if f.Status != nil {
			q = q.Where("session_status = ?", int(*f.Status))
		}
		if f.From != nil {
			q = q.Where("session_start_datetime >= ?", r.day(*f.From, 0))
		}
		if f.To != nil {
			q = q.Where("session_start_datetime < ?", r.day(*f.To, 1))
		}
		if f.Limit > 0 {
			q = q.Limit(int64(f.Limit))
		}
		if f.Offset > 0 {
			if f.Limit <= 0 {
				q = q.Limit(1<<31 - 1) // SQLite takes no OFFSET without LIMIT
			}
			q = q.Offset(int64(f.Offset))
		}
		return q
	})
}

func withMember(q *bun.SelectQuery, link, member, creator string, id int) *bun.SelectQuery {
	if id == 0 {
		return q
	}
	return q.Where("t_sessions.id_session IN ("+withMemberSQL+")",
		bun.Ident(link), bun.Ident(member), id, bun.Ident(creator), id, bun.Ident(link))
}

// withMemberSQL selects the sessions with a member of some kind, or created by it: link table, its column, id, creator's
// column, id, link table.
const withMemberSQL = `SELECT l.id_session FROM ? l WHERE l.? = ? AND l.deleted_at IS NULL
	UNION SELECT s.id_session FROM t_sessions s WHERE s.? = ? AND EXISTS
		(SELECT 1 FROM ? l WHERE l.id_session = s.id_session AND l.deleted_at IS NULL)`

// day is the start of t's day, or of one some days later, in the store's zone.
func (r *Reader) day(t time.Time, later int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+later, 0, 0, 0, 0, r.loc)
}

// SessionEvents lists a session's journal, oldest entry first.
func (r *Reader) SessionEvents(ctx context.Context, session int) ([]*SessionEvent, error) {
	return list[SessionEvent](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_session = ?", session) })
}

// SessionEventsOf lists the journals of several sessions, by session.
func (r *Reader) SessionEventsOf(ctx context.Context, sessions []int) (map[int][]*SessionEvent, error) {
	found := map[int][]*SessionEvent{}
	for batch := range batches(sessions) {
		rows, err := list[SessionEvent](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_session IN (?)", bun.List(batch)) })
		if err != nil {
			return nil, err
		}
		for _, e := range rows {
			found[e.SessionID] = append(found[e.SessionID], e)
		}
	}
	return found, nil
}

// CountSessions counts the live sessions, of one type if it is not 0.
func (r *Reader) CountSessions(ctx context.Context, sessionType int) (int, error) {
	if sessionType == 0 {
		return r.count(ctx, "SELECT count(*) FROM t_sessions WHERE deleted_at IS NULL")
	}
	return r.count(ctx, "SELECT count(*) FROM t_sessions WHERE deleted_at IS NULL AND id_session_type = ?", sessionType)
}

// CloseOverdueSessions is the nightly job (core.md 1.8): sessions that have begun by now and are still planned become
// cancelled, those in progress terminated. No events, versions untouched. It returns how many changed.
func (s *Store) CloseOverdueSessions(ctx context.Context, now time.Time) (int, error) {
	result, err := s.writer.NewRaw(`UPDATE t_sessions SET session_status = CASE session_status WHEN ? THEN ? ELSE ? END
		WHERE session_status IN (?, ?) AND session_start_datetime <= ?`,
		int(core.SessionNotStarted), int(core.SessionCancelled), int(core.SessionTerminated),
		int(core.SessionNotStarted), int(core.SessionInProgress), now).Exec(ctx)
	if err != nil {
		return 0, translate(err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
