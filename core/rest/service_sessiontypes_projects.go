package rest

import "github.com/gotera/gotera/core/store"

// serviceSessionTypesProjects: in which of its projects a service offers its session types. One that is not in the
// project's site yet gets there first. Those of other services are its affair as far as its sites have them.
var serviceSessionTypesProjects = association[store.SessionTypeProject]{
	model: "session_type_project", body: "sessions_types_projects", doc: "session types and projects", rightFirst: true,
	also: []param{withSitesOfProjects},
	left: end{
		entity: sessionTypeEntity, list: "sessions_types", whole: true, sees: sessionTypeEntity.existing,
		owns:   sessionTypeEntity.visible,
		joins:  ownOrInSites(sessionTypeEntity, func(l *store.SessionTypeSite) int { return l.SessionTypeID }),
		leaves: sessionTypeEntity.visible,
	},
	right: end{
		entity: projectEntity, list: "projects",
		owns: projectEntity.visible, joins: projectEntity.visible,
	},
	sites: &siteLinks{add: func(c *call, tx *store.Tx, id, project int) error {
		return addToSiteOf(c, tx, project, func(site int) store.Row { return &store.SessionTypeSite{SessionTypeID: id, SiteID: site} })
	}},
	inUse: map[string]string{"t_sessions": "Can't remove the session type from the project: there are sessions of it."},
}

// addToSiteOf stores what link makes for the site of a project, unless it is there.
func addToSiteOf(c *call, tx *store.Tx, project int, link func(site int) store.Row) error {
	p, err := store.Get[store.Project](c.ctx(), tx, project)
	if err != nil {
		return err
	}
	return tx.Insert(c.ctx(), link(p.SiteID))
}

// ownOrInSites is a rule for what services offer: their own, and what their sites have.
func ownOrInSites[T any](e entity, id func(*T) int) rule {
	return func(c *call, db store.Conn, ids []int) ([]int, error) {
		own, err := e.visible(c, db, ids)
		if err != nil {
			return nil, err
		}
		sites, err := siteEntity.visible(c, db, nil)
		if err != nil {
			return nil, err
		}
		links, err := store.Rows[T](c.ctx(), db, store.Everything(), store.Columns{e.key: ids, "id_site": sites})
		return append(own, idsOf(links, id)...), err
	}
}
