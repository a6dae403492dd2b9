package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var errServicePermission = fail(http.StatusForbidden, "Service doesn't have permission to access the requested data")

var serviceUsersIn = params{strict: true, doc: "Describes one user.", list: []param{
	{name: "id_user", kind: integer, help: "User id of the user to query"},
	{name: "user_uuid", kind: text, help: "User uuid of the user to query"},
	tokenParam,
}}

func (a *API) getServiceUsers(c *call) (any, error) {
	var q store.UserQuery
	switch {
	case c.args.text("user_uuid") != "":
		q.UUIDs = []string{c.args.text("user_uuid")}
	case c.args.int("id_user") != 0:
		q.IDs = []int{c.args.int("id_user")}
	default:
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	users, err := a.store.Users(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	if len(users) == 0 {
		return nil, errServicePermission
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, users[0])
}

var serviceUsersAccessIn = params{strict: true, doc: "Tells the role of a user on a project or a site.", list: []param{
	{name: "id_project", kind: integer, help: "ID of the project to query"},
	{name: "id_site", kind: integer, help: "ID of the site to query"},
	{name: "uuid_user", kind: text, help: "UUID of the user", required: true},
	tokenParam,
}}

// getServiceUsersAccess answers null when the service may not see the user, the project or the site (core.md 5.3).
func (a *API) getServiceUsersAccess(c *call) (any, error) {
	project, site := c.args.int("id_project"), c.args.int("id_site")
	if project == 0 && site == 0 {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	key := "site_role"
	if project != 0 {
		key = "project_role"
	}
	role, err := a.roleForService(c, c.args.text("uuid_user"), project, site)
	return object{key: role}, err
}

func (a *API) roleForService(c *call, uuid string, project, site int) (any, error) {
	u, err := a.store.UserByUUID(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if ok, err := may[store.User](c, u.ID); err != nil || !ok {
		return nil, err
	}
	if project != 0 {
		if ok, err := may[store.Project](c, project); err != nil || !ok {
			return nil, err
		}
		roles, err := a.store.ProjectRoles(c.ctx(), u)
		return roleName(roles, project), err
	}
	if ok, err := may[store.Site](c, site); err != nil || !ok {
		return nil, err
	}
	roles, err := a.store.SiteRoles(c.ctx(), u)
	return roleName(roles, site), err
}
