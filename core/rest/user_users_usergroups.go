package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userUsersUserGroupsIn = params{doc: "Lists who is a member of a group, or the groups of a user.", list: []param{
	{name: "id_user_group", kind: integer, help: "ID of the user group to query"},
	{name: "id_user", kind: integer, help: "ID of the user to get all user groups"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
	{name: "with_empty", kind: boolean, help: "Used with id_user, also returns users groups that the user is not part of. Used with id_user_group, also returns users not part of that user group."},
}}

func (a *API) getUserUsersUserGroups(c *call) (any, error) {
	var objects []store.Object
	var err error
	switch {
	case c.args.int("id_user_group") != 0:
		objects, err = a.membersOf(c, c.args.int("id_user_group"))
	case c.args.int("id_user") != 0:
		objects, err = a.groupsOf(c, c.args.int("id_user"))
	default:
		return nil, fail(http.StatusBadRequest, "At least one id must be specified")
	}
	if err != nil {
		return nil, err
	}
	if c.args.bool("list") {
		for _, o := range objects {
			delete(o, "user_fullname")
			delete(o, "user_group_name")
		}
	}
	return objects, nil
}

// membership describes one; without one, the other ends are null.
func membership(m *store.UserUserGroup) store.Object {
	o := store.Object{"id_user_user_group": nil, "id_user": nil, "id_user_group": nil, "user_fullname": nil, "user_group_name": nil}
	if m != nil {
		o["id_user_user_group"], o["id_user"], o["id_user_group"] = m.ID, m.UserID, m.UserGroupID
	}
	return o
}

// membersOf lists the users of a group, and with_empty those who are not in it, but no super-administrators.
func (a *API) membersOf(c *call, group int) ([]store.Object, error) {
	objects := []store.Object{}
	groups, err := store.Rows[store.UserGroup](c.ctx(), a.store, c.access(), store.Columns{"id_user_group": group})
	if err != nil || len(groups) == 0 {
		return objects, err
	}
	q := store.UserQuery{Groups: []int{group}}
	if c.args.bool("with_empty") {
		q.Groups = nil
	}
	users, err := a.store.Users(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	rows, err := store.Rows[store.UserUserGroup](c.ctx(), a.store, store.Everything(), store.Columns{"id_user_group": group})
	if err != nil {
		return nil, err
	}
	byUser := map[int]*store.UserUserGroup{}
	for _, m := range rows {
		byUser[m.UserID] = m
	}
	for _, u := range users {
		m := byUser[u.ID]
		if m == nil && u.SuperAdmin {
			continue
		}
		o := membership(m)
		o["id_user"], o["user_fullname"] = u.ID, u.FullName()
		if m != nil {
			o["user_group_name"] = groups[0].Name
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// groupsOf lists the groups of a user, and with_empty those that the user is not in.
func (a *API) groupsOf(c *call, user int) ([]store.Object, error) {
	objects := []store.Object{}
	users, err := store.Rows[store.User](c.ctx(), a.store, c.access(), store.Columns{"id_user": user})
	if err != nil || len(users) == 0 {
		return objects, err
	}
	q := store.UserGroupQuery{User: user}
	if c.args.bool("with_empty") {
		q.User = 0
	}
	groups, err := a.store.UserGroups(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	rows, err := store.Rows[store.UserUserGroup](c.ctx(), a.store, store.Everything(), store.Columns{"id_user": user})
	if err != nil {
		return nil, err
	}
	byGroup := map[int]*store.UserUserGroup{}
	for _, m := range rows {
		byGroup[m.UserGroupID] = m
	}
	for _, g := range groups {
		m := byGroup[g.ID]
		o := membership(m)
		o["id_user_group"], o["user_group_name"] = g.ID, g.Name
		if m != nil {
			o["user_fullname"] = users[0].FullName()
		}
		objects = append(objects, o)
	}
	return objects, nil
}
