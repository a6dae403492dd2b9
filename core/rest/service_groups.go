package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceGroupsIn = params{doc: "Describes a participant group, or lists those of a project.", list: []param{
	{name: "id_participant_group", kind: integer, help: "ID to query"},
	{name: "id_project", kind: integer, help: "ID project to query information"},
}}

// getServiceGroups answers an empty list for a project without groups, where upstream says that arguments are missing.
func (a *API) getServiceGroups(c *call) (any, error) {
	if id := c.args.int("id_participant_group"); id != 0 {
		if err := must[store.ParticipantGroup](c, errForbidden, id); err != nil {
			return nil, err
		}
		g, err := find[store.ParticipantGroup](c, id, errForbidden)
		if err != nil {
			return nil, err
		}
		return store.JSONOf(c.ctx(), a.store, store.Min, g)
	}
	project := c.args.int("id_project")
	if project == 0 {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	if err := must[store.Project](c, errForbidden, project); err != nil {
		return nil, err
	}
	groups, err := store.Rows[store.ParticipantGroup](c.ctx(), a.store, c.access(), store.Columns{"id_project": project})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Min, groups...)
}

var serviceGroupsPostIn = params{body: "participant_group", doc: "Creates a participant group (id 0) in one of the service's projects or changes one. Answers one object."}

func (a *API) postServiceGroups(c *call) (any, error) {
	o, err := c.wrapped("participant_group", "Missing participant_group")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_participant_group")
	if err != nil {
		return nil, err
	}
	project, given, err := o.optionalID("id_project")
	if err != nil {
		return nil, err
	}
	switch {
	case id == 0 && !given:
		return nil, fail(http.StatusBadRequest, "Missing id_project")
	case id == 0 && o["participant_group_name"] == nil:
		return nil, fail(http.StatusBadRequest, "Missing group name")
	case id > 0:
		if err := must[store.ParticipantGroup](c, errForbidden, id); err != nil {
			return nil, err
		}
	}
	if given {
		if err := must[store.Project](c, errForbidden, project); err != nil {
			return nil, err
		}
	}
	return savedOne[store.ParticipantGroup](c, id, o)
}

var serviceGroupsDeleteIn = params{doc: "Deletes a participant group with its participants, as long as none of them has data.", list: []param{
	{name: "id", kind: integer, help: "ID to delete"},
}}

func (a *API) deleteServiceGroups(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.ParticipantGroup](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ParticipantGroup](c, id, map[string]string{
		"t_participants": "Deletion impossible: Participant group still has participant(s)",
	})
}
