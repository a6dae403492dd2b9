package store

import (
	"time"

	"github.com/uptrace/bun"
)

// Participant is a patient. Usernames are not unique in the database; the store checks them among live rows.
type Participant struct {
	bun.BaseModel `bun:"table:t_participants,alias:t_participants"`

	ID           int        `bun:"id_participant,pk"`
	UUID         string     `bun:"participant_uuid" db:"size=36 unique"`
	Name         string     `bun:"participant_name"`
	Username     *string    `bun:"participant_username" db:"size=50"`
	Email        *string    `bun:"participant_email"`
	Password     *string    `bun:"participant_password"` // bcrypt; plain text when given to Insert
	TokenEnabled bool       `bun:"participant_token_enabled" db:"default"`
	Token        *string    `bun:"participant_token" db:"unique"`
	LastOnline   *time.Time `bun:"participant_lastonline"`
	Enabled      bool       `bun:"participant_enabled" db:"default"` // default true
	LoginEnabled bool       `bun:"participant_login_enabled" db:"default"`
	GroupID      *int       `bun:"id_participant_group" db:"fk=t_participants_groups.id_participant_group cascade"`
	ProjectID    int        `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}
