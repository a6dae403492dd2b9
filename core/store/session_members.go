package store

import "github.com/uptrace/bun"

// SessionDevice makes a device a member of a session. Both columns may be NULL in the database.
type SessionDevice struct {
	bun.BaseModel `bun:"table:t_sessions_devices,alias:t_sessions_devices"`

	ID        int  `bun:"id_session_device,pk"`
	SessionID *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	DeviceID  *int `bun:"id_device" db:"fk=t_devices.id_device"`
	SoftVersion
}

// SessionParticipant makes a participant a member of a session. Both columns may be NULL in the database.
type SessionParticipant struct {
	bun.BaseModel `bun:"table:t_sessions_participants,alias:t_sessions_participants"`

	ID            int  `bun:"id_session_participant,pk"`
	SessionID     *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	ParticipantID *int `bun:"id_participant" db:"fk=t_participants.id_participant"`
	SoftVersion
}

// SessionUser makes a user a member of a session. Both columns may be NULL in the database.
type SessionUser struct {
	bun.BaseModel `bun:"table:t_sessions_users,alias:t_sessions_users"`

	ID        int  `bun:"id_session_user,pk"`
	SessionID *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	UserID    *int `bun:"id_user" db:"fk=t_users.id_user"`
	SoftVersion
}
