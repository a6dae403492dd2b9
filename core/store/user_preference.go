package store

import "github.com/uptrace/bun"

// UserPreference is what one client program stores for one user. Really deleted when emptied.
type UserPreference struct {
	bun.BaseModel `bun:"table:t_users_preferences,alias:t_users_preferences"`

	ID         int    `bun:"id_user_preference,pk"`
	UserID     int    `bun:"id_user" db:"fk=t_users.id_user cascade"`
	AppTag     string `bun:"user_preference_app_tag"`
	Preference string `bun:"user_preference_preference"` // JSON text
	Version
}
