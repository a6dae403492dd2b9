package rest

import "github.com/gotera/gotera/core/store"

var siteAccess = placeKind{
	name:   "site",
	roles:  func(r store.PlaceRoles) map[int]store.Role { return r.Sites },
	list:   sitePlaces,
	admin:  mustAdmin[store.Site],
	bySite: true,
	admins: func(a args) bool { return a.has("admins") }, // false too
	idRole: []string{"id_service_role"},
	role:   func(r *store.ServiceRole) *int { return r.SiteID },
}

func sitePlaces(c *call, access store.Access) ([]place, error) {
	sites, err := c.api.store.Sites(c.ctx(), access, store.SiteQuery{})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), c.api.store, store.Full, sites...)
	places := make([]place, len(objects))
	for i, o := range objects {
		places[i] = place{sites[i].ID, o}
	}
	byName(places, "site_name")
	return places, err
}

var userSiteAccessIn = params{doc: "Lists roles on sites: of a user, of a user group, or on one site. One id at a time.", list: []param{
	{name: "id_user", kind: integer, help: "ID of the user from which to request all site roles"},
	{name: "id_user_group", kind: integer, help: "ID of the user group from which to request all site roles"},
	{name: "id_site", kind: integer, help: "ID of the site from which to request all user groups roles"},
	{name: "admins", kind: boolean, help: "Flag to limit to sites from which the user group is an admin or users in site that have the admin role"},
	{name: "by_users", kind: boolean, help: "If specified, returns roles by users instead of by user groups"},
	{name: "with_usergroups", kind: boolean, help: `Used With the "by_users" parameter, it instead returns the usergroups of each user.`},
	{name: "with_empty", kind: boolean, help: "Used with id_site, also return user or user groups that don't have any access to the site. Used with id_user_group, also return sites that don't have any access with that user group"},
}}

func (a *API) getUserSiteAccess(c *call) (any, error) { return a.getPlaceAccess(c, siteAccess) }

var userSiteAccessPostIn = params{body: "site_access", doc: "Sets the role of user groups on sites; an empty role or id 0 takes it away."}

func (a *API) postUserSiteAccess(c *call) (any, error) { return a.postPlaceAccess(c, siteAccess) }

var userSiteAccessDeleteIn = params{doc: "Takes a role on a site away.", list: []param{
	{name: "id", kind: integer, help: "Site Access ID to delete", required: true},
}}

func (a *API) deleteUserSiteAccess(c *call) (any, error) { return a.deletePlaceAccess(c, siteAccess) }
