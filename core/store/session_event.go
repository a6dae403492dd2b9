package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// SessionEvent is a line of a session's journal.
type SessionEvent struct {
	bun.BaseModel `bun:"table:t_sessions_events,alias:t_sessions_events"`

	ID        int                   `bun:"id_session_event,pk"`
	SessionID int                   `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	Type      core.SessionEventType `bun:"id_session_event_type"`
	Time      time.Time             `bun:"session_event_datetime"`
	Text      *string               `bun:"session_event_text"`
	Context   *string               `bun:"session_event_context"`
	SoftVersion
}

func (e *SessionEvent) beforeInsert(context.Context, *Tx) error {
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	return nil
}
