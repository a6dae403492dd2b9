package rest

import (
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userParticipantsIn = params{doc: "Lists participants. One id, or another way to choose, is needed.", list: []param{
	{name: "id_participant", kind: integer, help: "ID of the participant to query"},
	{name: "id", kind: integer, help: `Alias for "id_participant"`},
	{name: "username", kind: text, help: "Username of the participant to query"},
	{name: "participant_uuid", kind: text, help: "Participant uuid of the participant to query"},
	{name: "uuid", kind: text, help: `Alias for "participant_uuid"`},
	{name: "id_site", kind: integer, help: "ID of the site from which to get all participants"},
	{name: "id_project", kind: integer, help: "ID of the project from which to get all participants"},
	{name: "id_group", kind: integer, help: "ID of the participant groups from which to get all participants"},
	{name: "id_session", kind: integer, help: "ID of the session from which to get all participants"},
	{name: "id_device", kind: integer, help: "ID of the device from which to get all participants associated"},
	{name: "name", kind: text, help: "Name of the participant to query"},
	{name: "enabled", kind: boolean, help: "Flag that limits the returned data to the enabled participants"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
	{name: "full", kind: boolean, help: "Flag that expands the returned data to include all information"},
	{name: "orderby_recents", kind: boolean, help: "Returns participants ordered by most recently updated"},
	{name: "limit", kind: integer, help: `Returns at most "limit" participants`},
	{name: "no_group", kind: boolean, help: "Flag that limits the returned data with only participants without a group"},
}}

func (a *API) getUserParticipants(c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	participants, err := a.findParticipants(c)
	if err != nil {
		return nil, err
	}
	if len(participants) == 0 {
		return a.noParticipants(c)
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), participants...)
	if err != nil {
		return nil, err
	}
	if !c.args.bool("list") {
		p := participantList{call: c, participants: participants, objects: objects}
		if err := p.add(); err != nil {
			return nil, err
		}
	}
	status := a.reg.Statuses(core.KindParticipant)
	for i, p := range participants {
		addStatus(objects[i], "participant", status[p.UUID])
	}
	return objects, nil
}

// noParticipants is null when there is nobody to choose from (core.md 4.2), an empty list when the flags leave nobody.
func (a *API) noParticipants(c *call) (any, error) {
	q := participantQuery(c)
	if q == nil || q.Username == "" && q.Enabled == nil && !q.NoGroup {
		return nil, nil
	}
	if q.Username != "" {
		return []store.Object{}, nil
	}
	if q.Enabled != nil && (q.Site != 0 || q.Project != 0) {
		*q.Enabled = true // of places, upstream chooses from the enabled ones
	} else {
		q.Enabled = nil
	}
	q.NoGroup, q.Limit = false, 1
	if some, err := a.store.Participants(c.ctx(), c.access(), *q); err != nil || len(some) == 0 {
		return nil, err
	}
	return []store.Object{}, nil
}

func (a *API) findParticipants(c *call) ([]*store.Participant, error) {
	q := participantQuery(c)
	if q == nil {
		return nil, nil
	}
	return a.store.Participants(c.ctx(), c.access(), *q)
}

// participantQuery chooses by the first argument that is given, in upstream's order; nil without one. Upstream shows
// anybody by username (core.md 13.2, 21); here access goes with the query.
func participantQuery(c *call) *store.ParticipantQuery {
	q := &store.ParticipantQuery{
		Enabled: c.args.optionalBool("enabled"), NoGroup: c.args.bool("no_group"),
		Recent: c.args.bool("orderby_recents"), Limit: c.args.int("limit"),
	}
	id, uuid := c.args.first("id", "id_participant"), c.args.firstText("uuid", "participant_uuid")
	switch {
	case id != 0:
		q.IDs = []int{id}
	case c.args.text("username") != "":
		q.Username = c.args.text("username")
	case uuid != "":
		q.UUIDs = []string{uuid}
	case c.args.int("id_site") != 0:
		q.Site = c.args.int("id_site")
	case c.args.int("id_project") != 0:
		q.Project = c.args.int("id_project")
	case c.args.int("id_group") != 0:
		q.Group = c.args.int("id_group")
	case c.args.int("id_device") != 0:
		q.Device = c.args.int("id_device")
	case c.args.int("id_session") != 0:
		q.Session = c.args.int("id_session")
	case c.args.text("name") != "":
		q.Name = c.args.text("name")
	default:
		return nil
	}
	return q
}

var userParticipantsOnlineIn = params{doc: "Lists the participants that are online or busy.", list: []param{
	{name: "with_sites", kind: boolean, help: "Include site informations for each participant."},
	{name: "with_projects", kind: boolean, help: "Include project informations for each participant."},
}}

func (a *API) getUserParticipantsOnline(c *call) (any, error) {
	status := a.reg.Statuses(core.KindParticipant)
	participants, err := a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{UUIDs: keys(status)})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Min, participants...)
	if err != nil {
		return nil, err
	}
	projects, err := store.ByIDs[store.Project](c.ctx(), a.store, idsOf(participants, func(p *store.Participant) int { return p.ProjectID }))
	if err != nil {
		return nil, err
	}
	var siteIDs []int
	for _, p := range projects {
		siteIDs = append(siteIDs, p.SiteID)
	}
	sites, err := store.ByIDs[store.Site](c.ctx(), a.store, siteIDs)
	if err != nil {
		return nil, err
	}
	for i, p := range participants {
		o, project := objects[i], projects[p.ProjectID]
		addStatus(o, "participant", status[p.UUID])
		if project == nil {
			continue
		}
		if c.args.bool("with_projects") {
			o["id_project"], o["project_name"] = p.ProjectID, project.Name
		}
		if site := sites[project.SiteID]; c.args.bool("with_sites") && site != nil {
			o["id_site"], o["site_name"] = site.ID, site.Name
		}
	}
	return objects, nil
}
