package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// OwnSession is what makes a session that its creator sends twice the same (core.md 4.3).
type OwnSession struct {
	Creator      string // id_creator_participant or id_creator_device
	CreatorID    int
	Name         string
	Type         int
	Start        any   // as in JSON; its day counts, in the store's zone
	Participants []int // exactly these
}

// Find returns the oldest such session: ErrNotFound, or a *FieldError when Start is no time.
func (o OwnSession) Find(ctx context.Context, c Conn) (*Session, error) {
	r := c.reader()
	start, ok := r.asTime(o.Start)
	if !ok {
		return nil, &FieldError{Field: "session_start_datetime", Reason: "is not an ISO-8601 date"}
	}
	start = start.In(r.loc)
	const members = `(SELECT count(*) FROM t_sessions_participants l JOIN t_participants p ON p.id_participant = l.id_participant AND p.deleted_at IS NULL
		WHERE l.id_session = t_sessions.id_session AND l.deleted_at IS NULL`
	rows, err := list[Session](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("? = ? AND session_name = ? AND id_session_type = ?", bun.Ident(o.Creator), o.CreatorID, o.Name, o.Type).
			Where("session_start_datetime >= ? AND session_start_datetime < ?", r.day(start, 0), r.day(start, 1)).
			Where(members+") = ? AND "+members+" AND l.id_participant IN (?)) = ?", len(o.Participants), bun.List(o.Participants), len(o.Participants)).Limit(1)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("session %q: %w", o.Name, ErrNotFound)
	}
	return rows[0], nil
}

// Companions returns the ids of the participants with whom a participant or device may make a session: those of its
// projects and those linked to it. ErrNotFound if one of the uuids is nobody's, or somebody else's.
func (r *Reader) Companions(ctx context.Context, a Access, uuids []string) ([]int, error) {
	if len(uuids) == 0 {
		return nil, nil
	}
	var found []struct {
		ID   int    `bun:"id_participant"`
		UUID string `bun:"participant_uuid"`
	}
	err := r.db.NewRaw(`SELECT id_participant, participant_uuid FROM t_participants WHERE deleted_at IS NULL AND participant_uuid IN (?)
		AND (id_project IN (?) OR id_participant IN (?))`, bun.List(uuids), a.visible(tableNamed("t_projects")), a.participants()).Scan(ctx, &found)
	if err != nil {
		return nil, translate(err)
	}
	byUUID := make(map[string]int, len(found))
	for _, f := range found {
		byUUID[f.UUID] = f.ID
	}
	ids := make([]int, len(uuids))
	for i, uuid := range uuids {
		id, ok := byUUID[uuid]
		if !ok {
			return nil, fmt.Errorf("participant %q: %w", uuid, ErrNotFound)
		}
		ids[i] = id
	}
	return ids, nil
}
