package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var (
	errMembershipUser  = fail(http.StatusForbidden, "No access to specified user")
	errMembershipGroup = fail(http.StatusForbidden, "No access to specified user group")
)

var userUsersUserGroupsPostIn = params{body: "user_user_group", doc: "Adds users to groups; those who are in them already stay."}

// postUserUsersUserGroups adds memberships. A new member has all roles of the group, so whoever adds one must be able to
// give each of them (upstream asks for one administered project in common, which makes a project administrator the
// administrator of the site).
func (a *API) postUserUsersUserGroups(c *call) (any, error) {
	list, err := c.wrappedList("user_user_group", "Missing user user group")
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		if err := a.checkMembership(c, o); err != nil {
			return nil, err
		}
	}
	err = c.write(func(tx *store.Tx) error {
		for _, o := range list {
			m := &store.UserUserGroup{UserID: o["id_user"].(int), UserGroupID: o["id_user_group"].(int)}
			if err := tx.Insert(c.ctx(), m); err != nil {
				return err
			}
			o["id_user_user_group"] = m.ID
		}
		return nil
	})
	return list, err
}

func (a *API) checkMembership(c *call, o object) error {
	user, err := o.looseID("id_user")
	if err != nil {
		return err
	}
	group, err := o.looseID("id_user_group")
	if err != nil {
		return err
	}
	if err := mustAdmin[store.User](c, errMembershipUser, user); err != nil {
		return err
	}
	common, err := a.store.UserGroups(c.ctx(), c.access().Admin(), store.UserGroupQuery{IDs: []int{group}})
	if err != nil {
		return err
	}
	if len(common) == 0 {
		return errMembershipGroup
	}
	target, err := find[store.User](c, user, errMembershipUser)
	if err != nil {
		return err
	}
	if target.SuperAdmin {
		return fail(http.StatusBadRequest, "Super admins can't be associated to an user group")
	}
	have, err := store.Rows[store.UserUserGroup](c.ctx(), a.store, store.Everything(), store.Columns{"id_user": user, "id_user_group": group})
	if err != nil || len(have) > 0 {
		return err
	}
	ok, err := a.store.MayWithGroups(c.ctx(), c.access(), store.GroupAddMember, group)
	if err == nil && !ok {
		err = errMembershipGroup
	}
	return err
}

var userUsersUserGroupsDeleteIn = params{doc: "Takes a user out of a group.", list: []param{
	{name: "id", kind: integer, help: "User - User group relationship ID to delete", required: true},
}}

func (a *API) deleteUserUsersUserGroups(c *call) (any, error) {
	m, err := find[store.UserUserGroup](c, c.args.int("id"), fail(http.StatusBadRequest, "Can't delete specified relationship"))
	if err != nil {
		return nil, err
	}
	if err := mustAdmin[store.User](c, fail(http.StatusForbidden, "No access to relationship's user"), m.UserID); err != nil {
		return nil, err
	}
	if err := mustAdmin[store.UserGroup](c, fail(http.StatusForbidden, "No access to relationship's user group"), m.UserGroupID); err != nil {
		return nil, err
	}
	return "", deleteRow[store.UserUserGroup](c, m.ID, nil)
}
