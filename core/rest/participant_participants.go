package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var participantParticipantsIn = params{strict: true, doc: "Describes the caller; to the static token, by name only.", list: []param{
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getParticipantParticipants(c *call) (any, error) {
	p := c.id.Participant
	if !c.id.Full {
		return object{"participant_name": p.Name}, nil
	}
	return store.JSONOf(c.ctx(), a.store, mode(c.args.bool("list")), p)
}

var participantParticipantsPostIn = params{doc: "Not implemented, as in OpenTera."}

func (a *API) postParticipantParticipants(*call) (any, error) {
	return nil, fail(http.StatusNotImplemented, "Not implemented")
}
