package rest

import "github.com/gotera/gotera/core/store"

// userSessionTypesProjects: which session types of a site are offered in which of its projects. A session type that a
// service runs brings the service along.
var userSessionTypesProjects = association[store.SessionTypeProject]{
	model: "session_type_project", doc: "session types and projects", rightFirst: true, also: []param{withSitesOfProjects},
	left: end{
		entity: sessionTypeEntity, list: "sessiontypes", with: "with_session_type",
		owns: sessionTypeEntity.administered, joins: sessionTypeEntity.visible, leaves: sessionTypeEntity.administered,
	},
	right: end{
		entity: projectEntity, list: "projects", with: "with_projects",
		owns: projectEntity.administered, joins: projectEntity.administered,
	},
	sites:   siteLinksOf(func(l *store.SessionTypeSite) int { return l.SessionTypeID }),
	outside: map[string]string{"t_sessions_types_sites": "At least one session type is not in the site of its project"},
	inUse:   map[string]string{"t_sessions": "Can't remove the session type from the project: there are sessions of it."},
}
