package store

import (
	"time"

	"github.com/uptrace/bun"
)

// TestInvitation lets one user, participant or device fill in a test without a session of its own.
type TestInvitation struct {
	bun.BaseModel `bun:"table:t_tests_invitations,alias:t_tests_invitations"`

	ID            int       `bun:"id_test_invitation,pk"`
	TypeID        int       `bun:"id_test_type" db:"fk=t_tests_types.id_test_type cascade"`
	SessionID     *int      `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	UserID        *int      `bun:"id_user" db:"fk=t_users.id_user cascade"`
	ParticipantID *int      `bun:"id_participant" db:"fk=t_participants.id_participant cascade"`
	DeviceID      *int      `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	ProjectID     int       `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	Key           string    `bun:"test_invitation_key" db:"size=16 unique"`
	MaxCount      int       `bun:"test_invitation_max_count" db:"default"` // default 1; 0 is no limit
	Count         int       `bun:"test_invitation_count" db:"default"`
	Created       time.Time `bun:"test_invitation_creation_date" db:"default"` // default now
	Expires       time.Time `bun:"test_invitation_expiration_date"`
	Message       *string   `bun:"test_invitation_message"`
	SoftVersion
}
