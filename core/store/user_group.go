package store

import (
	"context"

	"github.com/uptrace/bun"
)

// UserGroup gives roles (ServiceAccess) to its users (UserUserGroup).
type UserGroup struct {
	bun.BaseModel `bun:"table:t_users_groups,alias:t_users_groups"`

	ID   int    `bun:"id_user_group,pk"`
	Name string `bun:"user_group_name"`
	SoftVersion
}

// UserUserGroup makes a user a member of a group.
type UserUserGroup struct {
	bun.BaseModel `bun:"table:t_users_users_groups,alias:t_users_users_groups"`

	ID          int `bun:"id_user_user_group,pk"`
	UserID      int `bun:"id_user" db:"fk=t_users.id_user cascade"`
	UserGroupID int `bun:"id_user_group" db:"fk=t_users_groups.id_user_group cascade"`
	SoftVersion
}

func (g *UserGroup) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_users", "user group still has users", `t_users_users_groups m JOIN t_users u ON u.id_user = m.id_user
		WHERE m.id_user_group = ? AND m.deleted_at IS NULL AND u.deleted_at IS NULL`, g.ID)
}

func (g *UserGroup) afterSave(ctx context.Context, tx *Tx, _ Row, _ columnSet) error {
	return tx.twoFactorForGroup(ctx, g.ID)
}

func (m *UserUserGroup) afterSave(ctx context.Context, tx *Tx, _ Row, _ columnSet) error {
	return tx.twoFactorForGroup(ctx, m.UserGroupID)
}
