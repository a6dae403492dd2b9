package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userParticipantsDeleteIn = params{doc: "Deletes a participant without data.", list: []param{
	{name: "id", kind: integer, help: "Participant ID to delete", required: true},
}}

// deleteUserParticipants needs the role admin on the project.
func (a *API) deleteUserParticipants(c *call) (any, error) {
	id := c.args.int("id")
	ok, err := store.Can[store.Participant](c.ctx(), a.store, c.access().Admin(), id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errForbidden
	}
	err = a.store.Write(c.ctx(), func(tx *store.Tx) error { return store.Delete[store.Participant](c.ctx(), tx, id) })
	var integrity *store.IntegrityError
	if errors.As(err, &integrity) {
		return nil, fail(http.StatusInternalServerError, "Can't delete participant: "+map[string]string{
			"t_sessions_participants": "please remove all related sessions beforehand.",
			"t_sessions":              "please remove all sessions created by this participant beforehand.",
			"t_assets":                "please remove all related assets beforehand.",
			"t_tests":                 "please remove all related tests beforehand.",
		}[integrity.Table])
	}
	return "", stored(err)
}
