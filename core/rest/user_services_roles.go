package rest

import (
	"net/http"
	"strings"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userServicesRolesIn = params{doc: "Lists the roles of one service, or of all that the caller may see.", list: []param{
	{name: "id_service", kind: integer, help: "Specific service ID to query roles for"},
	{name: "globals", kind: boolean, help: "Only return global roles, e.g. not related to a site or a project"},
	{name: "list", kind: boolean, help: "Return minimal information about the roles"},
}}

// getUserServicesRoles leaves out the roles of the OpenTera server itself when that one is asked for, as upstream.
func (a *API) getUserServicesRoles(c *call) (any, error) {
	where := store.Columns{}
	if id := c.args.int("id_service"); id != 0 {
		own, err := a.store.ServiceByKey(c.ctx(), core.ServiceOpenTera)
		if err != nil {
			return nil, err
		}
		if id == own.ID {
			return []store.Object{}, nil
		}
		where["id_service"] = id
	}
	if c.args.bool("globals") {
		where["id_site"], where["id_project"] = nil, nil
	}
	roles, err := store.Rows[store.ServiceRole](c.ctx(), a.store, c.access(), where)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), roles...)
}

var userServicesRolesPostIn = params{body: "service_role", doc: "Creates a role of a service (id 0) or changes one; super-administrators only. Answers one object."}

func (a *API) postUserServicesRoles(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	o, err := c.wrapped("service_role", "Missing service_role")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_service_role")
	if err != nil {
		return nil, err
	}
	if id > 0 {
		if _, err := find[store.ServiceRole](c, id, fail(http.StatusBadRequest, "Invalid service role")); err != nil {
			return nil, err
		}
	}
	return saveServiceRole(c, id, o)
}

// saveServiceRole creates or changes a role. What it refers to must be live and the caller's to see.
func saveServiceRole(c *call, id int, o object) (any, error) {
	if missing := store.MissingFields[store.ServiceRole](store.Object(o), "id_service_role"); id == 0 && len(missing) > 0 {
		return nil, fail(http.StatusBadRequest, "Missing fields: ['"+strings.Join(missing, "', '")+"']")
	}
	for _, ref := range []struct {
		key  string
		must func(*call, error, ...int) error
	}{{"id_service", must[store.Service]}, {"id_project", must[store.Project]}, {"id_site", must[store.Site]}} {
		far, given, err := o.optionalID(ref.key)
		if err != nil {
			return nil, err
		}
		if !given {
			continue
		}
		if far == 0 && ref.key != "id_service" {
			o[ref.key] = nil
			continue
		}
		if err := ref.must(c, errForbidden, far); err != nil {
			return nil, err
		}
	}
	return savedOne[store.ServiceRole](c, id, o)
}

var userServicesRolesDeleteIn = params{doc: "Deletes a role of a service; super-administrators only.", list: []param{
	{name: "id", kind: integer, help: "Specific service role ID to delete.", required: true},
}}

func (a *API) deleteUserServicesRoles(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	id := c.args.int("id")
	if _, err := find[store.ServiceRole](c, id, fail(http.StatusBadRequest, "Invalid service role")); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ServiceRole](c, id, nil)
}
