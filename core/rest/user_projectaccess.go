package rest

import "github.com/gotera/gotera/core/store"

var projectAccess = placeKind{
	name:   "project",
	roles:  func(r store.PlaceRoles) map[int]store.Role { return r.Projects },
	list:   projectPlaces,
	admin:  mustAdmin[store.Project],
	admins: func(a args) bool { return a.bool("admins") },
	idRole: []string{"id_service_role", "id_project_role"},
	role:   func(r *store.ServiceRole) *int { return r.ProjectID },
}

// projectPlaces tells the site of each project only when asked to, or to those who answer for it.
func projectPlaces(c *call, access store.Access) ([]place, error) {
	projects, err := c.api.store.Projects(c.ctx(), access, store.ProjectQuery{})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), c.api.store, store.Full, projects...)
	places := make([]place, len(objects))
	for i, o := range objects {
		if !c.args.bool("with_sites") {
			delete(o, "id_site")
			delete(o, "site_name")
		}
		places[i] = place{projects[i].ID, o}
	}
	byName(places, "site_name", "project_name")
	return places, err
}

var userProjectAccessIn = params{doc: "Lists roles on projects: of a user, of a user group, or on one project. One id at a time.", list: []param{
	{name: "id_user", kind: integer, help: "ID of the user from which to request all projects roles"},
	{name: "id_user_group", kind: integer, help: "ID of the user group from which to request all projects roles"},
	{name: "id_project", kind: integer, help: "ID of the project from which to request all users groups roles"},
	{name: "admins", kind: boolean, help: "Flag to limit to projects from which the user is an admin or users in project that have the admin role"},
	{name: "with_sites", kind: boolean, help: "Include sites information for each project."},
	{name: "by_users", kind: boolean, help: "If specified, returns roles by users instead of by user groups"},
	{name: "with_empty", kind: boolean, help: "Used with id_user_group. Also return projects that don't have any access with that user group. Used with id_project. also return user groups that don't have any access to the project"},
}}

func (a *API) getUserProjectAccess(c *call) (any, error) { return a.getPlaceAccess(c, projectAccess) }

var userProjectAccessPostIn = params{body: "project_access", doc: "Sets the role of user groups on projects; an empty role or id 0 takes it away."}

func (a *API) postUserProjectAccess(c *call) (any, error) { return a.postPlaceAccess(c, projectAccess) }

var userProjectAccessDeleteIn = params{doc: "Takes a role on a project away.", list: []param{
	{name: "id", kind: integer, help: "Project Access ID to delete", required: true},
}}

func (a *API) deleteUserProjectAccess(c *call) (any, error) {
	return a.deletePlaceAccess(c, projectAccess)
}
