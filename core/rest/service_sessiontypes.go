package rest

import "github.com/gotera/gotera/core/store"

var serviceSessionTypesIn = params{doc: "Lists session types: the service's own, or those of one of its sites, projects or participants.", list: []param{
	{name: "id_site", kind: integer, help: "ID of the site to query session types for"},
	{name: "id_project", kind: integer, help: "ID of the project to query session types for"},
	{name: "id_participant", kind: integer, help: "ID of the participant to query types for"},
	{name: "id_session_type", kind: integer, help: "ID of the session type to query"},
}}

func (a *API) getServiceSessionTypes(c *call) (any, error) {
	q, access, err := a.serviceSessionTypeQuery(c)
	if err != nil {
		empty, err := nothing[store.SessionType](err)
		if err != nil {
			return nil, err
		}
		return store.JSON(c.ctx(), a.store, store.Full, empty...)
	}
	types, err := a.store.SessionTypes(c.ctx(), access, q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, types...)
}

// serviceSessionTypeQuery: of its sites and projects a service sees every session type; errNothing for those of others.
func (a *API) serviceSessionTypeQuery(c *call) (q store.SessionTypeQuery, access store.Access, err error) {
	access = store.Everything()
	switch {
	case c.args.int("id_site") != 0:
		q.Site = c.args.int("id_site")
		err = must[store.Site](c, errNothing, q.Site)
	case c.args.int("id_project") != 0:
		q.Project = c.args.int("id_project")
		err = must[store.Project](c, errNothing, q.Project)
	case c.args.int("id_participant") != 0:
		id := c.args.int("id_participant")
		if err = must[store.Participant](c, errNothing, id); err != nil {
			return q, access, err
		}
		var p *store.Participant
		if p, err = store.Get[store.Participant](c.ctx(), a.store, id); err == nil {
			q.Project = p.ProjectID
		}
	case c.args.int("id_session_type") != 0:
		q.IDs = []int{c.args.int("id_session_type")}
		access = c.access()
	default:
		access = c.access()
	}
	return q, access, err
}
