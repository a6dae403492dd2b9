package rest

import "github.com/gotera/gotera/core/store"

var userProjectsIn = params{doc: "Lists projects: those asked for, or all that the caller may see.", list: []param{
	{name: "id_project", kind: integer, help: "ID of the project to query"},
	{name: "id", kind: integer, help: `Alias for "id_project"`},
	{name: "id_site", kind: integer, help: "ID of the site from which to get all projects"},
	{name: "id_service", kind: integer, help: "ID of the service from which to get all projects"},
	{name: "user_uuid", kind: text, help: "User UUID from which to get all projects that are accessible"},
	{name: "name", kind: text, help: "Project to query by name"},
	{name: "enabled", kind: boolean, help: "Flag that limits the returned data to the enabled projects"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getUserProjects(c *call) (any, error) {
	user, projects, err := a.findProjects(c)
	if err != nil {
		return nil, err
	}
	if !c.args.bool("list") {
		return a.projectsWithRoles(c, user, projects)
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Min, projects...)
	if err != nil {
		return nil, err
	}
	ids := idsOf(projects, func(p *store.Project) int { return p.ID })
	groups, err := a.store.ParticipantGroupCounts(c.ctx(), ids)
	if err != nil {
		return nil, err
	}
	people, err := a.store.ParticipantCounts(c.ctx(), ids)
	for i, id := range ids {
		objects[i]["project_participant_group_count"], objects[i]["project_participant_count"] = groups[id], people[id]
	}
	return objects, err
}

// findProjects chooses by the first argument that is given, in upstream's order. The user is the one whose roles are
// shown.
func (a *API) findProjects(c *call) (*store.User, []*store.Project, error) {
	q := store.ProjectQuery{Enabled: c.args.optionalBool("enabled")}
	user := c.id.User
	id := c.args.first("id", "id_project")
	switch {
	case id != 0:
		q.IDs = []int{id}
	case c.args.text("user_uuid") != "":
		return a.projectsOfUser(c, c.args.text("user_uuid"), q)
	case c.args.int("id_service") != 0:
		if err := must[store.Service](c, errNothing, c.args.int("id_service")); err != nil {
			projects, err := nothing[store.Project](err)
			return user, projects, err
		}
		q.Service, q.Site = c.args.int("id_service"), c.args.int("id_site")
	case c.args.int("id_site") != 0:
		q.Site = c.args.int("id_site")
	case c.args.text("name") != "":
		q.Name = c.args.text("name")
	}
	projects, err := a.store.Projects(c.ctx(), c.access(), q)
	return user, projects, err
}

// projectsOfUser lists what another user may see, as far as the caller may see it too (upstream shows everything,
// core.md 13.2, 23).
func (a *API) projectsOfUser(c *call, uuid string, q store.ProjectQuery) (*store.User, []*store.Project, error) {
	u, err := a.visibleUser(c, uuid)
	if err != nil || u == nil {
		return c.id.User, nil, err
	}
	theirs, err := a.store.Projects(c.ctx(), u.Access(), q)
	if err != nil {
		return u, nil, err
	}
	q.IDs = idsOf(theirs, func(p *store.Project) int { return p.ID })
	shared, err := a.store.Projects(c.ctx(), c.access(), q)
	return u, shared, err
}

// projectsWithRoles is the JSON of projects with project_role, what u is there; null for nothing.
func (a *API) projectsWithRoles(c *call, u *store.User, projects []*store.Project) ([]store.Object, error) {
	objects, err := store.JSON(c.ctx(), a.store, store.Full, projects...)
	if err != nil {
		return nil, err
	}
	roles, err := a.store.ProjectRoles(c.ctx(), u)
	for i, p := range projects {
		objects[i]["project_role"] = roleName(roles, p.ID)
	}
	return objects, err
}
