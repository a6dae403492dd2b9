package store

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// Test is a questionnaire filled in during a session.
type Test struct {
	bun.BaseModel `bun:"table:t_tests,alias:t_tests"`

	ID            int             `bun:"id_test,pk"`
	TypeID        int             `bun:"id_test_type" db:"fk=t_tests_types.id_test_type"`
	SessionID     int             `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	DeviceID      *int            `bun:"id_device" db:"fk=t_devices.id_device"`
	ParticipantID *int            `bun:"id_participant" db:"fk=t_participants.id_participant"`
	UserID        *int            `bun:"id_user" db:"fk=t_users.id_user"`
	ServiceID     *int            `bun:"id_service" db:"fk=t_services.id_service"`
	UUID          string          `bun:"test_uuid" db:"size=36 unique"`
	Name          string          `bun:"test_name"`
	Time          time.Time       `bun:"test_datetime"`
	Status        core.TestStatus `bun:"test_status" db:"default"`
	Summary       *string         `bun:"test_summary"` // JSON text
	SoftVersion
}
