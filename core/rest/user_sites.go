package rest

import (
	"errors"

	"github.com/gotera/gotera/core/store"
)

var userSitesIn = params{doc: "Lists sites with the caller's role: those asked for, or all that the caller may see.", list: []param{
	{name: "id_site", kind: integer, help: "ID of the site to query"},
	{name: "id", kind: integer, help: `Alias for "id_site"`},
	{name: "id_device", kind: integer, help: "ID of the device from which to get all related sites"},
	{name: "user_uuid", kind: text, help: "User UUID from which to get all sites that are accessible"},
	{name: "name", kind: text, help: "Site name to query"},
}}

func (a *API) getUserSites(c *call) (any, error) {
	var q store.SiteQuery
	user := c.id.User // whose roles are shown
	id := c.args.first("id", "id_site")
	switch {
	case c.args.text("user_uuid") != "":
		queried, sites, err := a.sitesOfUser(c, c.args.text("user_uuid"))
		if err != nil || queried == nil {
			return []store.Object{}, err
		}
		return a.sitesWithRoles(c, queried, sites)
	case id != 0:
		q.IDs = []int{id}
	case c.args.int("id_device") != 0:
		q.Device = c.args.int("id_device")
	case c.args.text("name") != "":
		q.Name = c.args.text("name")
	}
	sites, err := a.store.Sites(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	objects, err := a.sitesWithRoles(c, user, sites)
	if q.Device != 0 {
		for _, o := range objects {
			o["id_device"] = q.Device
		}
	}
	return objects, err
}

// sitesOfUser lists the sites that both the caller and another user may see. Users whom the caller may not see have none
// (upstream shows anybody's, core.md 13.2, 23).
func (a *API) sitesOfUser(c *call, uuid string) (*store.User, []*store.Site, error) {
	u, err := a.visibleUser(c, uuid)
	if u == nil || err != nil {
		return nil, nil, err
	}
	theirs, err := a.store.Sites(c.ctx(), u.Access(), store.SiteQuery{})
	if err != nil {
		return nil, nil, err
	}
	shared, err := a.store.Sites(c.ctx(), c.access(), store.SiteQuery{IDs: idsOf(theirs, func(s *store.Site) int { return s.ID })})
	return u, shared, err
}

// visibleUser is the user with that uuid, nil when there is none or the caller may not see it.
func (a *API) visibleUser(c *call, uuid string) (*store.User, error) {
	u, err := a.store.UserByUUID(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ok, err := may[store.User](c, u.ID)
	if !ok {
		return nil, err
	}
	return u, err
}

// sitesWithRoles is the JSON of sites with site_role, what u is there; null for nothing.
func (a *API) sitesWithRoles(c *call, u *store.User, sites []*store.Site) ([]store.Object, error) {
	objects, err := store.JSON(c.ctx(), a.store, store.Full, sites...)
	if err != nil {
		return nil, err
	}
	roles, err := a.store.SiteRoles(c.ctx(), u)
	for i, s := range sites {
		objects[i]["site_role"] = roleName(roles, s.ID)
	}
	return objects, err
}

func roleName(roles map[int]store.Role, id int) any {
	if r, ok := roles[id]; ok {
		return r.Name
	}
	return nil
}
