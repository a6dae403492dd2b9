package rest

import "github.com/gotera/gotera/core/store"

// userSessionTypesSites: which session types are offered in which sites. Taking one off takes it off the site's
// projects.
var userSessionTypesSites = association[store.SessionTypeSite]{
	model: "session_type_site", doc: "session types and sites",
	left: end{
		entity: sessionTypeEntity, list: "sessiontypes", with: "with_session_type",
		owns: sessionTypeEntity.administered, joins: sessionTypeEntity.visible,
	},
	right: end{
		entity: siteEntity, list: "sites", with: "with_sites",
		owns: siteEntity.administered, joins: siteEntity.administered,
	},
	inUse: map[string]string{"t_sessions": "Can't remove the session type from the site: there are sessions of it."},
}
