package store

import (
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
