package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// Session is one rehabilitation meeting, planned, running or over.
type Session struct {
	bun.BaseModel `bun:"table:t_sessions,alias:t_sessions"`

	ID                   int                `bun:"id_session,pk"`
	UUID                 string             `bun:"session_uuid" db:"size=36 unique"`
	TypeID               int                `bun:"id_session_type" db:"fk=t_sessions_types.id_session_type"`
	CreatorUserID        *int               `bun:"id_creator_user" db:"fk=t_users.id_user"`
	CreatorDeviceID      *int               `bun:"id_creator_device" db:"fk=t_devices.id_device"`
	CreatorParticipantID *int               `bun:"id_creator_participant" db:"fk=t_participants.id_participant"`
	CreatorServiceID     *int               `bun:"id_creator_service" db:"fk=t_services.id_service cascade"`
	Name                 string             `bun:"session_name"`
	Start                time.Time          `bun:"session_start_datetime"`
	Duration             int                `bun:"session_duration" db:"default"` // seconds
	Status               core.SessionStatus `bun:"session_status"`
	Comments             *string            `bun:"session_comments"`
	Parameters           *string            `bun:"session_parameters"` // JSON text
	SoftVersion
}

func (s *Session) setDefaults() { s.Status = core.SessionInProgress }

// beforeInsert: a status of 0 becomes 1, as upstream has it (core.md 1.8), unless the session has yet to begin: that one is
// planned.
func (s *Session) beforeInsert(context.Context, *Tx) error {
	now := time.Now()
	s.UUID = uuid.NewString()
	if s.Start.IsZero() {
		s.Start = now
	}
	s.Start = s.Start.UTC().Truncate(time.Microsecond)
	if s.Status == core.SessionNotStarted && !s.Start.After(now) {
		s.Status = core.SessionInProgress
	}
	return nil
}
