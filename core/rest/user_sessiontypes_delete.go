package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userSessionTypesDeleteIn = params{doc: "Deletes a session type without sessions.", list: []param{
	{name: "id", kind: integer, help: "ID of the session type to delete", required: true},
}}

// deleteUserSessionTypes needs the role admin on all projects of the type. Upstream lets the administrator of any project
// delete a type without projects; here the projects must be of the type's sites.
func (a *API) deleteUserSessionTypes(c *call) (any, error) {
	id := c.args.int("id")
	ok, err := a.store.MayDeleteSessionType(c.ctx(), c.access(), id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(http.StatusForbidden, "Cannot delete because you are not admin in all projects.")
	}
	err = deleteRow[store.SessionType](c, id, map[string]string{
		"t_sessions": "Can't delete session type: please delete all sessions with that type before deleting.",
	})
	return "", err
}
