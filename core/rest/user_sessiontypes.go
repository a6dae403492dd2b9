package rest

import "github.com/gotera/gotera/core/store"

var userSessionTypesIn = params{doc: "Lists session types: those asked for, or all that the caller may see.", list: []param{
	{name: "id_session_type", kind: integer, help: "ID of the session type to query"},
	{name: "id_project", kind: integer, help: "ID of the project to get session type for"},
	{name: "id_site", kind: integer, help: "ID of the site to get session types for"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getUserSessionTypes(c *call) (any, error) {
	var q store.SessionTypeQuery
	switch {
	case c.args.int("id_session_type") != 0:
		q.IDs = []int{c.args.int("id_session_type")}
	case c.args.int("id_project") != 0:
		if ok, err := may[store.Project](c, c.args.int("id_project")); err != nil || !ok {
			return []store.Object{}, err
		}
		q.Project = c.args.int("id_project")
	case c.args.int("id_site") != 0:
		if err := must[store.Site](c, errForbidden, c.args.int("id_site")); err != nil {
			return nil, err
		}
		q.Site = c.args.int("id_site")
	}
	types, err := a.store.SessionTypes(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, mode(c.args.has("list")), types...)
}
