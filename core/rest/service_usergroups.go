package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceUserGroupsIn = params{doc: "Lists user groups that have a role of the service.", list: []param{
	{name: "id_user_group", kind: integer, help: "ID of the user group to query"},
	{name: "id_project", kind: integer, help: "ID of the project to query user group with access to"},
	{name: "id_site", kind: integer, help: "ID of the site to query user group with access to"},
	tokenParam,
}}

func (a *API) getServiceUserGroups(c *call) (any, error) {
	var q store.UserGroupQuery
	switch {
	case c.args.int("id_user_group") != 0:
		q.IDs = []int{c.args.int("id_user_group")}
	case c.args.int("id_project") != 0:
		q.Project = c.args.int("id_project")
		if err := must[store.Project](c, errForbidden, q.Project); err != nil {
			return nil, err
		}
	case c.args.int("id_site") != 0:
		q.Site = c.args.int("id_site")
		if err := must[store.Site](c, errForbidden, q.Site); err != nil {
			return nil, err
		}
	}
	groups, err := a.store.UserGroups(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, groups...)
}

var serviceUserGroupsPostIn = params{body: "user_group", list: []param{tokenParam},
	doc: "Creates a user group (id 0) or changes one; user_group_services_access sets its roles of the service."}

// postServiceUserGroups creates a user group with roles of the service, or changes one that has some already (upstream:
// any).
func (a *API) postServiceUserGroups(c *call) (any, error) {
	o, err := c.wrapped("user_group", "Missing user_group")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_user_group")
	if err != nil {
		return nil, err
	}
	list, err := o.objects("user_group_services_access")
	if err != nil {
		return nil, err
	}
	delete(o, "user_group_services_access")
	roles := make([]int, len(list))
	for i, item := range list {
		if roles[i], err = a.ownRole(c, item); err != nil {
			return nil, err
		}
	}
	if id > 0 {
		err = must[store.UserGroup](c, errForbidden, id)
	} else if len(roles) == 0 {
		err = fail(http.StatusBadRequest, "A new usergroup must have at least one service access")
	}
	if err != nil {
		return nil, err
	}
	var row *store.UserGroup
	err = c.write(func(tx *store.Tx) error {
		if row, err = save[store.UserGroup](c, tx, id, o); err != nil || len(roles) == 0 {
			return err
		}
		return tx.SetGroupRolesOf(c.ctx(), row.ID, c.id.Service.ID, roles)
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, row)
}

// ownRole is the id of the service's role that an item names, by id or by name and place.
func (a *API) ownRole(c *call, o object) (int, error) {
	if !o.has("service_role_name") && !o.has("id_service_role") {
		return 0, fail(http.StatusBadRequest, "Missing service role name or id_service_role")
	}
	self := c.id.Service.ID
	where := store.Columns{"id_service": self}
	if o.has("id_service_role") {
		id, err := o.looseID("id_service_role")
		if err != nil {
			return 0, err
		}
		role, err := find[store.ServiceRole](c, id, errForbidden)
		if err != nil {
			return 0, err
		}
		if role.ServiceID != self {
			return 0, errOtherService
		}
		return id, mayPlaces(c, role.SiteID, role.ProjectID)
	}
	service, given, err := o.optionalID("id_service")
	if err != nil {
		return 0, err
	}
	if given && service != self {
		return 0, errOtherService
	}
	places := map[string]*int{"id_site": nil, "id_project": nil}
	for key := range places {
		id, given, err := o.optionalID(key)
		if err != nil {
			return 0, err
		}
		where[key] = nil
		if given {
			places[key], where[key] = &id, id
		}
	}
	if err := mayPlaces(c, places["id_site"], places["id_project"]); err != nil {
		return 0, err
	}
	if where["service_role_name"], err = o.text("service_role_name"); err != nil {
		return 0, err
	}
	rows, err := store.Rows[store.ServiceRole](c.ctx(), a.store, store.Everything(), where)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, fail(http.StatusBadRequest, "Bad role name for service")
	}
	return rows[0].ID, nil
}

var errOtherService = fail(http.StatusForbidden, "Can't set access to service other than self")

// mayPlaces refuses a site or a project that the caller does not see.
func mayPlaces(c *call, site, project *int) error {
	if project != nil {
		if err := must[store.Project](c, fail(http.StatusForbidden, "No access for at a least one project in the list"), *project); err != nil {
			return err
		}
	}
	if site != nil {
		return must[store.Site](c, fail(http.StatusForbidden, "No access for at a least one site in the list"), *site)
	}
	return nil
}

var serviceUserGroupsDeleteIn = params{doc: "Deletes a user group without users.", list: []param{
	{name: "id", kind: integer, help: "User group ID to delete", required: true},
	tokenParam,
}}

func (a *API) deleteServiceUserGroups(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.UserGroup](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.UserGroup](c, id, groupInUse)
}
