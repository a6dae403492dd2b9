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
