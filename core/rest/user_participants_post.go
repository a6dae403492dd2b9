package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userParticipantsPostIn = params{body: "participant", doc: "Creates a participant (id 0) or changes one."}

// postUserParticipants creates or changes a participant of a project that the caller may see (core.md 4.2).
func (a *API) postUserParticipants(c *call) (any, error) {
	o, err := c.wrapped("participant", "Missing participant")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_participant")
	if err != nil {
		return nil, err
	}
	if err := a.checkParticipantPlace(c, id, o); err != nil {
		return nil, err
	}
	delete(o, "participant_token") // made by the server, never given
	var p *store.Participant
	err = a.store.Write(c.ctx(), func(tx *store.Tx) (err error) {
		if id > 0 {
			p, err = store.UpdateJSON[store.Participant](c.ctx(), tx, id, store.Object(o))
		} else {
			p, err = store.InsertJSON[store.Participant](c.ctx(), tx, store.Object(o))
		}
		return err
	})
	if err != nil {
		return nil, participantRefused(err, id)
	}
	object, err := store.JSONOf(c.ctx(), a.store, store.Full, p)
	if err != nil {
		return nil, err
	}
	addStatus(object, "participant", a.reg.Statuses(core.KindParticipant)[p.UUID])
	return []store.Object{object}, nil
}

func participantRefused(err error, id int) error {
	var integrity *store.IntegrityError
	if errors.As(err, &integrity) && integrity.Table == "t_projects" {
		if id > 0 {
			return fail(http.StatusBadRequest, "Can't update participant: participant's project is disabled.")
		}
		return fail(http.StatusBadRequest, "Can't insert participant: participant's project is disabled or invalid.")
	}
	return stored(err)
}

// checkParticipantPlace checks the participant, the project and the group, and makes them agree. Upstream does not check
// the participant (core.md 13.2, 22).
func (a *API) checkParticipantPlace(c *call, id int, o object) error {
	var current *store.Participant
	if id > 0 {
		if err := must[store.Participant](c, errForbidden, id); err != nil {
			return err
		}
		var err error
		if current, err = find[store.Participant](c, id, errForbidden); err != nil {
			return err
		}
	}
	project, hasProject, err := o.optionalID("id_project")
	if err != nil {
		return err
	}
	group, _, err := o.optionalID("id_participant_group")
	if err != nil {
		return err
	}
	if id == 0 && !o.has("id_project") && !o.has("id_participant_group") {
		return fail(http.StatusBadRequest, "Missing id_project or id_participant_group")
	}
	if !hasProject || project == 0 {
		delete(o, "id_project") // zero means "not told"
		project = 0
	} else if err := must[store.Project](c, fail(http.StatusForbidden, "No admin access to project"), project); err != nil {
		return err
	}
	if group == 0 {
		// A group is of one project: who moves to another one without being told a group leaves it.
		if o.has("id_participant_group") || current != nil && project != 0 && project != current.ProjectID {
			o["id_participant_group"] = nil
		}
		return nil
	}
	if err := must[store.ParticipantGroup](c, fail(http.StatusForbidden, "No admin access to group"), group); err != nil {
		return err
	}
	row, err := store.Get[store.ParticipantGroup](c.ctx(), a.store, group)
	if errors.Is(err, store.ErrNotFound) {
		return fail(http.StatusBadRequest, "Participant group not found.")
	}
	if err != nil {
		return err
	}
	if project != 0 && project != row.ProjectID {
		return fail(http.StatusBadRequest, "Mismatch between id_project and group's project")
	}
	o["id_project"] = row.ProjectID
	return nil
}
