package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userUserGroupsDeleteIn = params{doc: "Deletes a user group without users.", list: []param{
	{name: "id", kind: integer, help: "User group ID to delete", required: true},
}}

// groupInUse says, by table, why a user group stays.
var groupInUse = map[string]string{
	"t_users": "Can't delete user group: please delete all users part of that user group before deleting.",
}

// deleteUserUserGroups is for administrators of the group's sites; a group without role is the super-administrators'.
func (a *API) deleteUserUserGroups(c *call) (any, error) {
	id := c.args.int("id")
	q := store.UserGroupQuery{IDs: []int{id}, BySite: true, Own: true}
	groups, err := a.store.UserGroups(c.ctx(), c.access().Admin(), q)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, fail(http.StatusForbidden, "")
	}
	return "", deleteRow[store.UserGroup](c, id, groupInUse)
}
