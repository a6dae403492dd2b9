package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceServiceAccessIn = params{doc: "Lists the roles of the service that a user group has.", list: []param{
	{name: "id_user_group", kind: integer, help: "Usergroup ID to query service access"},
	tokenParam,
}}

func (a *API) getServiceServiceAccess(c *call) (any, error) {
	group := c.args.int("id_user_group")
	if group == 0 {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	rows, err := a.store.ServiceAccesses(c.ctx(), c.access(), store.ServiceAccessQuery{Group: group})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, rows...)
}

var serviceServiceAccessPostIn = params{body: "service_access", list: []param{tokenParam},
	doc: "Gives roles of the service to user groups, participant groups or devices; without a role, an access is removed."}

func (a *API) postServiceServiceAccess(c *call) (any, error) { return a.postRoleAccess(c) }

var serviceServiceAccessDeleteIn = params{doc: "Takes a role of the service away.", list: []param{
	{name: "id", kind: integer, help: "Specific service access ID to delete. Be careful: this is not the service or service role ID, but the ID of the association itself!", required: true},
	tokenParam,
}}

func (a *API) deleteServiceServiceAccess(c *call) (any, error) { return a.deleteRoleAccess(c) }
