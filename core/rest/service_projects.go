package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceProjectsIn = params{doc: "Describes a project, or lists those of a site that the service may see.", list: []param{
	{name: "id_project", kind: integer, help: "ID of the project to query"},
	{name: "id_site", kind: integer, help: "ID of the site to query projects for"},
}}

func (a *API) getServiceProjects(c *call) (any, error) {
	project, site := c.args.int("id_project"), c.args.int("id_site")
	if project == 0 && site == 0 {
		return nil, fail(http.StatusBadRequest, "Missing parameter")
	}
	var q store.ProjectQuery
	access := c.access()
	if project != 0 {
		q.IDs = []int{project}
		if err := must[store.Project](c, errForbidden, project); err != nil {
			return nil, err
		}
	}
	if site != 0 { // the last one wins, as upstream
		q = store.ProjectQuery{Site: site}
		access = store.Everything() // of its sites, a service sees every project
		if err := must[store.Site](c, errForbidden, site); err != nil {
			return nil, err
		}
	}
	projects, err := a.store.Projects(c.ctx(), access, q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Min, projects...)
}
