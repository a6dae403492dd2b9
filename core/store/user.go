package store

import (
	"context"
	"time"

	"github.com/google/uuid"
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

func (u *User) beforeInsert(_ context.Context, tx *Tx) (err error) {
	if w := PasswordWeaknesses(u.Password); len(w) > 0 {
		return &WeakPasswordError{w}
	}
	u.UUID = uuid.NewString()
	u.LastOnline = nil
	u.Password, err = tx.hash(u.Password)
	return err
}

func (u *User) beforeUpdate(_ context.Context, tx *Tx, oldRow Row, set columnSet) error {
	old := oldRow.(*User)
	delete(set, "user_uuid")
	u.UUID = old.UUID
	if !set["user_password"] {
		return nil
	}
	plain := u.Password
	u.Password = old.Password
	if plain == "" {
		delete(set, "user_password")
		return nil
	}
	return u.setPassword(tx, plain)
}

// setPassword checks and hashes a new password (core.md 3.7).
func (u *User) setPassword(tx *Tx, plain string) (err error) {
	if w := PasswordWeaknesses(plain); len(w) > 0 {
		return &WeakPasswordError{w}
	}
	if u.Enabled && CheckPassword(u.Password, plain) {
		return ErrSamePassword
	}
	u.Password, err = tx.hash(plain)
	return err
}

// SetPassword gives a user a new password and ends a forced change: *WeakPasswordError, ErrSamePassword, ErrStale.
func (tx *Tx) SetPassword(ctx context.Context, u *User, plain string) error {
	if err := u.setPassword(tx, plain); err != nil {
		return err
	}
	u.ForcePasswordChange = false
	return tx.Update(ctx, u, "user_password", "user_force_password_change")
}

func (u *User) afterSave(ctx context.Context, tx *Tx, _ Row, _ columnSet) error {
	return tx.twoFactorForUser(ctx, u)
}

func (u *User) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseFirst(ctx, u.ID, []refusal{
		{"t_sessions_users", "user still has sessions", "t_sessions_users WHERE id_user = ? AND deleted_at IS NULL"},
		{"t_sessions", "user still has created sessions", "t_sessions WHERE id_creator_user = ? AND deleted_at IS NULL"},
		{"t_assets", "user still has assets", "t_assets WHERE id_user = ? AND deleted_at IS NULL"},
		{"t_tests", "user still has tests", "t_tests WHERE id_user = ? AND deleted_at IS NULL"},
	})
}

// userJSON adds the full name, in both modes.
func userJSON(_ context.Context, _ *Reader, rows []Row, out []Object, _ Mode) error {
	for i, row := range rows {
		out[i]["user_name"] = row.(*User).FullName()
	}
	return nil
}
