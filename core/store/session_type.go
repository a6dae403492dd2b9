package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// SessionType says what a session is for and which service runs it.
type SessionType struct {
	bun.BaseModel `bun:"table:t_sessions_types,alias:t_sessions_types"`

	ID        int                  `bun:"id_session_type,pk"`
	ServiceID *int                 `bun:"id_service" db:"fk=t_services.id_service cascade"`
	Name      string               `bun:"session_type_name"`
	Online    bool                 `bun:"session_type_online"`
	Config    *string              `bun:"session_type_config"`            // JSON text
	Color     string               `bun:"session_type_color" db:"size=7"` // #RRGGBB
	Category  core.SessionCategory `bun:"session_type_category"`
	SoftVersion
}

func (s *SessionType) beforeInsert(context.Context, *Tx) error {
	if s.ServiceID != nil && *s.ServiceID == 0 {
		s.ServiceID = nil
	}
	return nil
}

func (s *SessionType) beforeUpdate(_ context.Context, _ *Tx, old Row, set columnSet) error {
	if s.ServiceID != nil && *s.ServiceID == 0 {
		s.ServiceID = old.(*SessionType).ServiceID
		delete(set, "id_service")
	}
	return nil
}

func (s *SessionType) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_sessions", "there are sessions of that type", "t_sessions WHERE id_session_type = ? AND deleted_at IS NULL", s.ID)
}

// MayDeleteSessionType reports whether a user may delete a session type: with the role admin on all its projects and on
// a project of each of its sites. A type without site is its super-administrators'.
func (r *Reader) MayDeleteSessionType(ctx context.Context, a Access, id int) (bool, error) {
	if a.all() {
		return Can[SessionType](ctx, r, a, id)
	}
	projects := a.Admin().visible(tableNamed("t_projects"))
	n, err := r.count(ctx, `SELECT count(*) FROM t_sessions_types x WHERE x.deleted_at IS NULL AND x.id_session_type = ?
		AND EXISTS (SELECT 1 FROM t_sessions_types_sites l WHERE l.id_session_type = x.id_session_type AND l.deleted_at IS NULL)
		AND NOT EXISTS (SELECT 1 FROM t_sessions_types_sites l WHERE l.id_session_type = x.id_session_type AND l.deleted_at IS NULL
			AND l.id_site NOT IN (SELECT j.id_site FROM t_projects j WHERE j.id_project IN (?)) AND l.id_site NOT IN (?))
		AND NOT EXISTS (SELECT 1 FROM t_sessions_types_projects l WHERE l.id_session_type = x.id_session_type AND l.deleted_at IS NULL
			AND l.id_project NOT IN (?))`, id, projects, a.Admin().visible(tableNamed("t_sites")), projects)
	return n == 1, err
}

func sessionTypeJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	services, err := related[Service](ctx, r, rows, func(row Row) *int { return row.(*SessionType).ServiceID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if s := at(services, row.(*SessionType).ServiceID); s != nil {
			out[i]["session_type_service_key"] = s.Key
			out[i]["session_type_service_uuid"] = s.UUID
		}
	}
	return nil
}
