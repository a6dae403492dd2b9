package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userGroupsIn = params{doc: "Lists participant groups: one, those of a project, or all that the caller may see.", list: []param{
	{name: "id_group", kind: integer, help: "ID of the participant group to query"},
	{name: "id_project", kind: integer, help: "ID of the project from which to get all participant groups"},
	{name: "id", kind: integer, help: `Alias for "id_group"`},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getUserGroups(c *call) (any, error) {
	where := store.Columns{}
	if id := c.args.first("id", "id_group"); id != 0 {
		where["id_participant_group"] = id
	} else if project := c.args.int("id_project"); project != 0 {
		where["id_project"] = project
	}
	groups, err := store.Rows[store.ParticipantGroup](c.ctx(), a.store, c.access(), where)
	if err != nil {
		return nil, err
	}
	list := c.args.bool("list")
	objects, err := store.JSON(c.ctx(), a.store, mode(list), groups...)
	if err != nil || !list {
		return objects, err
	}
	ids := idsOf(groups, func(g *store.ParticipantGroup) int { return g.ID })
	counts, err := a.store.ParticipantCountsOfGroups(c.ctx(), ids)
	for i, id := range ids {
		objects[i]["group_participant_count"] = counts[id]
	}
	return objects, err
}

var userGroupsPostIn = params{body: "group", others: "participant_group", doc: "Creates a participant group (id 0) in a project that the caller administers, or changes one."}

// postUserGroups takes the group under the key group or participant_group. Upstream does not check the group that is
// changed, only the project that is told.
func (a *API) postUserGroups(c *call) (any, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	key := "group"
	if !body.has(key) {
		key = "participant_group"
	}
	o, err := c.wrapped(key, "Missing group")
	if err != nil {
		return nil, err
	}
	if !o.has("id_participant_group") || !o.has("id_project") {
		return nil, fail(http.StatusBadRequest, "Missing id_participant_group or id_project")
	}
	id, err := o.id("id_participant_group")
	if err != nil {
		return nil, err
	}
	project, err := o.id("id_project")
	if err != nil {
		return nil, err
	}
	if err := mustAdmin[store.Project](c, errForbidden, project); err != nil {
		return nil, err
	}
	if id > 0 {
		if err := mustAdmin[store.ParticipantGroup](c, errForbidden, id); err != nil {
			return nil, err
		}
	}
	return saved[store.ParticipantGroup](c, id, o)
}

var userGroupsDeleteIn = params{doc: "Deletes a participant group with its participants, as long as none of them has data.", list: []param{
	{name: "id", kind: integer, help: "Participant Group ID to delete", required: true},
}}

func (a *API) deleteUserGroups(c *call) (any, error) {
	id := c.args.int("id")
	if err := mustAdmin[store.ParticipantGroup](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ParticipantGroup](c, id, map[string]string{
		"t_participants": "Can't delete participant group: please delete all sessions from all participants before deleting.",
	})
}
