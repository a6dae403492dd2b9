package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userUsersDeleteIn = params{doc: "Deletes a user without data; for a site administrator, out of the groups of the sites.", list: []param{
	{name: "id", kind: integer, help: "User ID to delete", required: true},
}}

// deleteUserUsers deletes a user. A site administrator does so only when all the user's rights are on sites of theirs;
// else the user leaves the groups of those sites, and is there for others still (core.md 4.2).
func (a *API) deleteUserUsers(c *call) (any, error) {
	id := c.args.int("id")
	if id == c.id.User.ID {
		return nil, fail(http.StatusForbidden, "Sorry, you can't delete yourself!")
	}
	target, err := find[store.User](c, id, fail(http.StatusBadRequest, "Invalid id"))
	if err != nil {
		return nil, err
	}
	if !c.superUser() {
		own, all, err := a.ownGroupsOf(c, target)
		if err != nil {
			return nil, err
		}
		if !all {
			return "", c.write(func(tx *store.Tx) error { return leaveGroups(c, tx, id, own) })
		}
	}
	return "", deleteRow[store.User](c, id, map[string]string{
		"t_sessions_users": "Can't delete user: please remove all sessions that this user is part of before deleting.",
		"t_sessions":       "Can't delete user: please remove all sessions created by this user before deleting.",
		"t_assets":         "Can't delete user: please remove all assets created by this user before deleting.",
		"t_tests":          "Can't delete user: please remove all tests created by this user before deleting.",
	})
}

// ownGroupsOf lists the groups of a user that belong to the caller's sites alone; all when the user has no other, and
// no right that the caller may not give. Upstream lets site administrators delete users without any group,
// super-administrators for instance.
func (a *API) ownGroupsOf(c *call, u *store.User) (own []*store.UserGroup, all bool, err error) {
	edit, whole, err := a.store.MayEditUser(c.ctx(), c.access(), u.ID)
	if err != nil {
		return nil, false, err
	}
	if !edit {
		return nil, false, errForbidden
	}
	own, err = a.store.UserGroups(c.ctx(), c.access().Admin(), store.UserGroupQuery{User: u.ID, BySite: true, Own: true})
	if err != nil {
		return nil, false, err
	}
	if len(own) == 0 {
		return nil, false, errForbidden
	}
	groups, err := a.store.GroupsOfUsers(c.ctx(), store.Everything(), []int{u.ID})
	return own, whole && len(own) == len(groups[u.ID]), err
}

func leaveGroups(c *call, tx *store.Tx, user int, groups []*store.UserGroup) error {
	rows, err := store.Rows[store.UserUserGroup](c.ctx(), tx, store.Everything(), store.Columns{
		"id_user": user, "id_user_group": idsOf(groups, func(g *store.UserGroup) int { return g.ID }),
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := tx.Delete(c.ctx(), row); err != nil {
			return err
		}
	}
	return nil
}
