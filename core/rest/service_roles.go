package rest

import "github.com/gotera/gotera/core/store"

var serviceRolesIn = params{doc: "Lists the roles of the service."}

func (a *API) getServiceRoles(c *call) (any, error) {
	roles, err := store.Rows[store.ServiceRole](c.ctx(), a.store, c.access(), nil)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, roles...)
}

var serviceRolesPostIn = params{body: "service_role", doc: "Creates a role of the service (id 0) or changes one. Answers one object."}

// postServiceRoles changes the service's own roles only; upstream takes over any role.
func (a *API) postServiceRoles(c *call) (any, error) {
	o, err := c.wrapped("service_role", "Missing service_role field")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_service_role")
	if err != nil {
		return nil, err
	}
	if id > 0 {
		if err := must[store.ServiceRole](c, errForbidden, id); err != nil {
			return nil, err
		}
	}
	o["id_service"] = c.id.Service.ID
	return saveServiceRole(c, id, o)
}

var serviceRolesDeleteIn = params{doc: "Deletes a role of the service.", list: []param{
	{name: "id", kind: integer, help: "Service role to delete", required: true},
}}

func (a *API) deleteServiceRoles(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.ServiceRole](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ServiceRole](c, id, nil)
}
