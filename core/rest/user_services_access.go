package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userServicesAccessIn = params{doc: "Lists who has which role of a service. One id at a time.", list: []param{
	{name: "id_user_group", kind: integer, help: "Usergroup ID to query service access"},
	{name: "id_user", kind: integer, help: "User ID to query service access"},
	{name: "id_participant_group", kind: integer, help: "Participant group ID to query service access"},
	{name: "id_device", kind: integer, help: "Device ID to query service access"},
	{name: "id_service", kind: integer, help: "Service ID to query associated access from"},
}}

// getUserServicesAccess shows roles of visible services that visible groups and devices have (upstream shows whoever has
// a role of a visible service).
func (a *API) getUserServicesAccess(c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	var q store.ServiceAccessQuery
	var visible bool
	var err error
	switch {
	case c.args.int("id_user_group") != 0:
		q.Group = c.args.int("id_user_group")
		visible, err = may[store.UserGroup](c, q.Group)
	case c.args.int("id_participant_group") != 0:
		q.ParticipantGroup = c.args.int("id_participant_group")
		visible, err = may[store.ParticipantGroup](c, q.ParticipantGroup)
	case c.args.int("id_device") != 0:
		q.Device = c.args.int("id_device")
		visible, err = may[store.Device](c, q.Device)
	case c.args.int("id_service") != 0:
		q.Service = c.args.int("id_service")
		visible, err = may[store.Service](c, q.Service)
	case c.args.int("id_user") != 0:
		q.User = c.args.int("id_user")
		visible, err = may[store.User](c, q.User)
	}
	if err != nil || !visible {
		return []store.Object{}, err
	}
	rows, err := a.store.ServiceAccesses(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, rows...)
}

var userServicesAccessPostIn = params{body: "service_access",
	doc: "Gives roles of services to user groups, participant groups or devices; without a role, an access is removed."}

func (a *API) postUserServicesAccess(c *call) (any, error) { return a.postRoleAccess(c) }

var userServicesAccessDeleteIn = params{doc: "Takes a role of a service away.", list: []param{
	{name: "id", kind: integer, help: "Specific service access ID to delete. Be careful: this is not the service or service role ID, but the ID of the association itself!", required: true},
}}

func (a *API) deleteUserServicesAccess(c *call) (any, error) { return a.deleteRoleAccess(c) }
