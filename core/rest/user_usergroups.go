package rest

import (
	"maps"

	"github.com/gotera/gotera/core/store"
)

var userUserGroupsIn = params{doc: "Lists user groups with their roles: those asked for, or all that the caller may see.", list: []param{
	{name: "id_user_group", kind: integer, help: "ID of the user group to query"},
	{name: "id_user", kind: integer, help: "ID of the user to get all user groups"},
	{name: "id_site", kind: integer, help: "ID of the site to get all user groups with access in that site"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getUserUserGroups(c *call) (any, error) {
	groups, err := a.findUserGroups(c)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), groups...)
	if err != nil || c.args.bool("list") {
		return objects, err
	}
	g := groupPlaces{call: c, ids: idsOf(groups, func(g *store.UserGroup) int { return g.ID }), objects: objects}
	return objects, g.add(true, true)
}

func (a *API) findUserGroups(c *call) ([]*store.UserGroup, error) {
	var q store.UserGroupQuery
	switch {
	case c.args.int("id_user_group") != 0:
		q.IDs = []int{c.args.int("id_user_group")}
	case c.args.int("id_user") != 0:
		q.User = c.args.int("id_user")
		if err := must[store.User](c, errNothing, q.User); err != nil {
			return nothing[store.UserGroup](err)
		}
	case c.args.int("id_site") != 0:
		q.BySite, q.Site = true, c.args.int("id_site")
		if err := must[store.Site](c, errNothing, q.Site); err != nil {
			return nothing[store.UserGroup](err)
		}
	}
	return a.store.UserGroups(c.ctx(), c.access(), q)
}

// groupPlaces adds to user groups their roles on the sites and projects that the caller may see.
type groupPlaces struct {
	*call
	ids     []int
	objects []store.Object
}

func (g groupPlaces) add(withSites, withProjects bool) error {
	if !withSites && !withProjects {
		return nil
	}
	roles, err := g.api.store.RolesOfGroups(g.ctx(), g.ids)
	if err != nil {
		return err
	}
	for _, k := range []placeKind{siteAccess, projectAccess} {
		if k.bySite && !withSites || !k.bySite && !withProjects {
			continue
		}
		places, err := k.list(g.call, g.access())
		if err != nil {
			return err
		}
		for i, id := range g.ids {
			list := []store.Object{}
			for _, p := range places {
				r, have := k.roles(roles[id])[p.id]
				if !have {
					continue
				}
				o := maps.Clone(p.object)
				o[k.roleKey()] = r.Name
				if r.Inherited {
					o[k.inherited()] = true
				}
				list = append(list, o)
			}
			g.objects[i]["user_group_"+k.name+"s_access"] = list
		}
	}
	return nil
}
