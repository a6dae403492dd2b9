package store

import "github.com/uptrace/bun"

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
