package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userProjectsPostIn = params{body: "project", doc: "Creates a project (id 0) in a site that the caller administers, or changes one that " +
	"the caller administers. The list sessiontypes replaces its session types, as far as the caller may see them."}

func (a *API) postUserProjects(c *call) (any, error) {
	o, err := c.wrapped("project", "Missing project")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_project")
	if err != nil {
		return nil, err
	}
	site, err := a.checkProjectSite(c, id, o)
	if err != nil {
		return nil, err
	}
	types, err := o.takeLinks("sessiontypes", "id_session_type")
	if err != nil {
		return nil, err
	}
	if err := a.checkSessionTypesOfSite(c, site, types); err != nil {
		return nil, err
	}
	var p *store.Project
	err = c.write(func(tx *store.Tx) error {
		if p, err = save[store.Project](c, tx, id, o); err != nil {
			return err
		}
		return refused(setSessionTypes(c, tx, p.ID, types), projectSessionTypeRefusals)
	})
	return c.saved(p, err)
}

// checkProjectSite returns the site where the project is going to be. Administrators of a project may change it; only
// those of both sites may move it from one to the other.
func (a *API) checkProjectSite(c *call, id int, o object) (int, error) {
	site, given, err := o.optionalID("id_site")
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if !given {
			return 0, fail(http.StatusBadRequest, "Missing id_site arguments")
		}
		return site, mustAdmin[store.Site](c, errForbidden, site)
	}
	if err := mustAdmin[store.Project](c, errForbidden, id); err != nil {
		return 0, err
	}
	p, err := find[store.Project](c, id, errForbidden)
	if err != nil {
		return 0, err
	}
	if !given || site == p.SiteID {
		return p.SiteID, nil
	}
	return site, mustAdmin[store.Site](c, errForbidden, site, p.SiteID)
}

func (a *API) checkSessionTypesOfSite(c *call, site int, types []int) error {
	if err := must[store.SessionType](c, fail(http.StatusForbidden, "No access to a session type for at least one of it"), types...); err != nil {
		return err
	}
	links, err := store.Rows[store.SessionTypeSite](c.ctx(), a.store, store.Everything(), store.Columns{"id_site": site, "id_session_type": types})
	if err == nil && len(links) != len(types) {
		return fail(http.StatusForbidden, "At least one session type is not associated to the project site")
	}
	return err
}

// setSessionTypes makes types the session types of a project, but for those that the caller may not see.
func setSessionTypes(c *call, tx *store.Tx, project int, types []int) error {
	return replaceLinks(c, tx, c.access(), store.Columns{"id_project": project}, types, tx.Insert,
		func(l *store.SessionTypeProject) int { return l.SessionTypeID },
		func(t int) *store.SessionTypeProject {
			return &store.SessionTypeProject{SessionTypeID: t, ProjectID: project}
		})
}

var projectSessionTypeRefusals = map[string]string{
	"t_sessions": "Can't delete session type from project: please delete all sessions of that type in the project before deleting.",
}

var userProjectsDeleteIn = params{doc: "Deletes a project of a site that the caller administers, as long as no participant of it has data.", list: []param{
	{name: "id", kind: integer, help: "Project ID to delete", required: true},
}}

// projectRefusals say why a project cannot be deleted.
var projectRefusals = map[string]string{
	"t_participants": "Can't delete project: please delete all participants with sessions before deleting.",
}

func (a *API) deleteUserProjects(c *call) (any, error) {
	p, err := find[store.Project](c, c.args.int("id"), errForbidden)
	if err != nil {
		return nil, err
	}
	if err := mustAdmin[store.Site](c, errForbidden, p.SiteID); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Project](c, p.ID, projectRefusals)
}
