package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// UserPreference is what one client program stores for one user. Really deleted when emptied.
type UserPreference struct {
	bun.BaseModel `bun:"table:t_users_preferences,alias:t_users_preferences"`

	ID         int    `bun:"id_user_preference,pk"`
	UserID     int    `bun:"id_user" db:"fk=t_users.id_user cascade"`
	AppTag     string `bun:"user_preference_app_tag"`
	Preference string `bun:"user_preference_preference"` // JSON text
	Version
}

// Preference returns what an application stored for a user, ErrNotFound if nothing.
func (r *Reader) Preference(ctx context.Context, user int, appTag string) (*UserPreference, error) {
	rows, err := list[UserPreference](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_user = ? AND user_preference_app_tag = ?", user, appTag).Limit(1)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, ErrNotFound
	}
	return rows[0], nil
}

// SetPreference stores JSON text for a user and an application; empty text deletes, and nil is returned.
func (tx *Tx) SetPreference(ctx context.Context, user int, appTag, text string) (*UserPreference, error) {
	if err := tx.lock(ctx, tableFor[User](), user); err != nil { // there must be no second row
		return nil, err
	}
	p, err := tx.Preference(ctx, user, appTag)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	case err != nil && text == "":
		return nil, nil
	case err != nil:
		p = &UserPreference{UserID: user, AppTag: appTag, Preference: text}
		return p, tx.Insert(ctx, p)
	case text == "":
		return nil, tx.Delete(ctx, p)
	}
	p.Preference = text
	return p, tx.Update(ctx, p, "user_preference_preference")
}
