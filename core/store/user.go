package store

import (
	"time"

	"github.com/uptrace/bun"
)

// User is a clinician or other staff.
type User struct {
	bun.BaseModel `bun:"table:t_users,alias:t_users"`

	ID                  int        `bun:"id_user,pk"`
	Username            string     `bun:"user_username" db:"size=50 unique"`
	UUID                string     `bun:"user_uuid" db:"size=36 unique"`
	Email               *string    `bun:"user_email"`
	FirstName           string     `bun:"user_firstname"`
	LastName            string     `bun:"user_lastname"`
	Password            string     `bun:"user_password"` // bcrypt; plain text when given to Insert
	Enabled             bool       `bun:"user_enabled"`
	Profile             string     `bun:"user_profile"` // JSON text
	Notes               *string    `bun:"user_notes"`
	LastOnline          *time.Time `bun:"user_lastonline"`
	SuperAdmin          bool       `bun:"user_superadmin" db:"default"`
	TwoFactor           bool       `bun:"user_2fa_enabled" db:"default"`
	TwoFactorOTP        bool       `bun:"user_2fa_otp_enabled" db:"default"`
	TwoFactorEmail      bool       `bun:"user_2fa_email_enabled" db:"default"`
	TwoFactorSecret     *string    `bun:"user_2fa_otp_secret"` // base32
	ForcePasswordChange bool       `bun:"user_force_password_change" db:"default"`
	SoftVersion
}

// FullName is the name shown to people.
func (u *User) FullName() string { return u.FirstName + " " + u.LastName }
