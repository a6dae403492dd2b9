package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceParticipantsIn = params{strict: true, doc: "Describes one participant, or lists those of a project, of a group, or with a name.", list: []param{
	{name: "participant_uuid", kind: text, help: "Participant uuid of the participant to query"},
	{name: "id_participant", kind: integer, help: "Participant ID to query"},
	{name: "id_project", kind: integer, help: "Project ID to query all participants for"},
	{name: "id_participant_group", kind: integer, help: "Participant group to query all participants for"},
	{name: "name", kind: text, help: "Return participants with at least a partial match on their name."},
	tokenParam,
}}

func (a *API) getServiceParticipants(c *call) (any, error) {
	q := store.ParticipantQuery{NameContains: c.args.text("name")}
	min := store.Full
	switch {
	case c.args.text("participant_uuid") != "":
		return a.oneServiceParticipant(c, store.ParticipantQuery{UUIDs: []string{c.args.text("participant_uuid")}})
	case c.args.int("id_participant") != 0:
		return a.oneServiceParticipant(c, store.ParticipantQuery{IDs: []int{c.args.int("id_participant")}})
	case c.args.int("id_project") != 0:
		q.Project = c.args.int("id_project")
		if err := must[store.Project](c, errForbidden, q.Project); err != nil {
			return nil, err
		}
	case c.args.int("id_participant_group") != 0:
		q.Group = c.args.int("id_participant_group")
		if err := must[store.ParticipantGroup](c, errForbidden, q.Group); err != nil {
			return nil, err
		}
	case q.NameContains != "":
		min = store.Min
	default:
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	participants, err := a.store.Participants(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, min, participants...)
}

func (a *API) oneServiceParticipant(c *call, q store.ParticipantQuery) (any, error) {
	participants, err := a.store.Participants(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	if len(participants) == 0 {
		return nil, errForbidden
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, participants[0])
}

var serviceParticipantsPostIn = params{body: "participant", doc: "Creates a participant (id 0) in one of the service's projects or changes one."}

// postServiceParticipants checks the project and the participant, which upstream does not (core.md 13.2, 27).
func (a *API) postServiceParticipants(c *call) (any, error) {
	o, err := c.wrapped("participant", "Missing arguments")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_participant")
	if err != nil {
		return nil, err
	}
	if err := a.checkServiceParticipant(c, id, o); err != nil {
		return nil, err
	}
	delete(o, "participant_token") // made by the server, never given
	var p *store.Participant
	err = a.store.Write(c.ctx(), func(tx *store.Tx) (err error) {
		if id > 0 {
			p, err = store.UpdateJSON[store.Participant](c.ctx(), tx, id, store.Object(o))
			return err
		}
		p, err = store.InsertJSON[store.Participant](c.ctx(), tx, store.Object{
			"id_project": o["id_project"], "participant_name": o["participant_name"], "participant_email": o["participant_email"],
			"participant_enabled": true, "participant_login_enabled": true,
		})
		return err
	})
	if err != nil {
		return nil, participantRefused(err, id)
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, p)
}

func (a *API) checkServiceParticipant(c *call, id int, o object) error {
	project, err := o.id("id_project")
	if err != nil {
		return err
	}
	if project == 0 {
		return fail(http.StatusForbidden, "Unknown project")
	}
	for _, f := range []struct{ key, refusal string }{
		{"participant_name", "Invalid participant name"}, {"participant_email", "Invalid participant email"},
	} {
		if !o.has(f.key) {
			return fail(http.StatusBadRequest, "Missing "+f.key)
		}
		if v, err := o.text(f.key); err != nil {
			return err
		} else if v == "" {
			return fail(http.StatusForbidden, f.refusal)
		}
	}
	_, err = store.Get[store.Project](c.ctx(), a.store, project)
	if errors.Is(err, store.ErrNotFound) {
		return fail(http.StatusBadRequest, "Can't insert participant: participant's project is disabled or invalid.")
	}
	if err != nil {
		return err
	}
	if id == 0 {
		delete(o, "id_participant_group") // a new one is in no group
	}
	return a.checkParticipantPlace(c, id, o)
}
