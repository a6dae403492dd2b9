package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userTestsIn = params{doc: "Lists tests: one, those of a session, or those of somebody.", list: []param{
	{name: "id_test", kind: integer, help: "Specific ID of test to query information."},
	{name: "test_uuid", kind: text, help: "Specific UUID of test to query information."},
	{name: "id_device", kind: integer, help: "ID of the device from which to request all tests"},
	{name: "id_session", kind: integer, help: "ID of session from which to request all tests"},
	{name: "id_participant", kind: integer, help: "ID of participant from which to request all tests"},
	{name: "id_user", kind: integer, help: "ID of the user from which to request all tests."},
	withURLsParam,
	onlyTokenParam,
	{name: "full", kind: boolean, help: "Also include names of sessions, users, services, ... in the reply"},
}}

func (a *API) getUserTests(c *call) (any, error) {
	return a.listTests(c, mode(!c.args.bool("full")))
}

var userTestsPostIn = params{doc: "Refused: tests are made at the service that offers them."}

func (a *API) postUserTests(*call) (any, error) {
	return nil, fail(http.StatusNotImplemented,
		"Test information update and creation must be done directly into a service (such as Test service)")
}

var userTestsDeleteIn = params{strict: true, doc: "Deletes a test.", list: []param{
	{name: "id", kind: integer, help: "Test ID to delete", required: true},
}}

func (a *API) deleteUserTests(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.Test](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Test](c, id, nil)
}
