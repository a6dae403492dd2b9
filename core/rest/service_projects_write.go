package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceProjectsPostIn = params{body: "project", doc: "Creates a project (id 0) in one of the service's sites, for the service, or changes one of its projects. Answers one object."}

func (a *API) postServiceProjects(c *call) (any, error) {
	o, err := c.wrapped("project", "Missing project")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_project")
	if err != nil {
		return nil, err
	}
	site, given, err := o.optionalID("id_site")
	if err != nil {
		return nil, err
	}
	if id == 0 && !given {
		return nil, fail(http.StatusBadRequest, "Missing id_site arguments")
	}
	if given {
		if err := must[store.Site](c, errForbidden, site); err != nil {
			return nil, err
		}
	}
	if id > 0 {
		if err := must[store.Project](c, errForbidden, id); err != nil {
			return nil, err
		}
	}
	var p *store.Project
	err = c.write(func(tx *store.Tx) error {
		if p, err = save[store.Project](c, tx, id, o); err != nil || id > 0 {
			return err
		}
		return tx.Insert(c.ctx(), &store.ServiceProject{ServiceID: c.id.Service.ID, ProjectID: p.ID})
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, p)
}

var serviceProjectsDeleteIn = params{doc: "Deletes a project of the service, as long as no participant of it has data.", list: []param{
	{name: "id", kind: integer, help: "Project ID to delete", required: true},
}}

func (a *API) deleteServiceProjects(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.Project](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Project](c, id, projectRefusals)
}
