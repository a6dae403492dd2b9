package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userUserGroupsPostIn = params{body: "user_group", doc: "Creates a user group (id 0) or changes one, with its roles on sites and projects."}

// userGroupPost is a user group on the way into the database.
type userGroupPost struct {
	*call
	o               object
	group           int
	sites, projects []object
	changes         []placeChange
}

type placeChange struct {
	kind placeKind
	roleChange
}

// postUserUserGroups creates or changes a user group; for administrators of at least one site (core.md 4.2).
func (a *API) postUserUserGroups(c *call) (any, error) {
	p := userGroupPost{call: c}
	var err error
	if p.o, err = c.wrapped("user_group", "Missing user_group"); err != nil {
		return nil, err
	}
	if p.group, err = p.o.id("id_user_group"); err != nil {
		return nil, err
	}
	if p.group == 0 && !p.o.has("user_group_name") {
		return nil, fail(http.StatusBadRequest, "Missing user group name")
	}
	for _, check := range []func() error{p.checkCaller, p.readSites, p.readProjects, p.checkGroup} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	row, err := p.save()
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Full, row)
	if err != nil {
		return nil, err
	}
	places := groupPlaces{call: c, ids: []int{row.ID}, objects: objects}
	return objects, places.add(len(p.sites) > 0, len(p.projects) > 0)
}

func (p *userGroupPost) checkCaller() error {
	sites, err := p.api.store.Sites(p.ctx(), p.access().Admin(), store.SiteQuery{})
	if err == nil && len(sites) == 0 {
		err = errForbidden
	}
	return err
}

// readSites reads the roles on sites, all of which the caller must administer.
func (p *userGroupPost) readSites() (err error) {
	if p.sites, err = p.take("user_group_sites_access"); err != nil {
		return err
	}
	ids := make([]int, len(p.sites))
	for i, o := range p.sites {
		if ids[i], err = o.looseID("id_site"); err != nil {
			return err
		}
	}
	refusal := fail(http.StatusForbidden, "No site admin access for at a least one site in the list")
	if err := mustAdmin[store.Site](p.call, refusal, ids...); err != nil {
		return err
	}
	return p.readChanges(siteAccess, p.sites, ids)
}

// readProjects reads the roles on projects, whose sites the caller must administer.
func (p *userGroupPost) readProjects() (err error) {
	if p.projects, err = p.take("user_group_projects_access"); err != nil {
		return err
	}
	ids := make([]int, len(p.projects))
	for i, o := range p.projects {
		if ids[i], err = o.looseID("id_project"); err != nil {
			return err
		}
	}
	refusal := fail(http.StatusForbidden, "No site admin access for at a least one project in the list")
	rows, err := store.ByIDs[store.Project](p.ctx(), p.api.store, ids)
	if err != nil {
		return err
	}
	sites := make([]int, len(ids))
	for i, id := range ids {
		if rows[id] == nil {
			return refusal
		}
		sites[i] = rows[id].SiteID
	}
	if err := mustAdmin[store.Site](p.call, refusal, sites...); err != nil {
		return err
	}
	return p.readChanges(projectAccess, p.projects, ids)
}

func (p *userGroupPost) take(key string) ([]object, error) {
	list, err := p.o.objects(key)
	delete(p.o, key)
	return list, err
}

// readChanges takes the role of each item; without one, or with an empty one, the group loses what it had there.
func (p *userGroupPost) readChanges(k placeKind, list []object, ids []int) error {
	for i, o := range list {
		ch := placeChange{k, roleChange{place: ids[i]}}
		name, err := o.text(k.roleKey())
		if err != nil {
			return err
		}
		if name != "" {
			role, err := p.api.namedRole(p.call, k, ids[i], name)
			if err != nil {
				return err
			}
			if role == nil {
				return fail(http.StatusBadRequest, "Invalid role name or id for that "+k.name)
			}
			ch.role = role.ID
		}
		p.changes = append(p.changes, ch)
	}
	return nil
}

// checkGroup: a group that exists is renamed by administrators of its sites only (upstream: of any site, core.md 13.2,
// 28), and given roles by those who see it.
func (p *userGroupPost) checkGroup() error {
	if p.group == 0 || p.superUser() {
		return nil
	}
	row, err := find[store.UserGroup](p.call, p.group, errForbidden)
	if err != nil {
		return err
	}
	right := store.GroupGiveRole
	if name, given := p.o["user_group_name"]; given && name != row.Name || len(p.changes) == 0 {
		right = store.GroupRename
	}
	ok, err := p.api.store.MayWithGroups(p.ctx(), p.access(), right, p.group)
	if err == nil && !ok {
		err = errForbidden
	}
	return err
}

func (p *userGroupPost) save() (row *store.UserGroup, err error) {
	err = p.write(func(tx *store.Tx) error {
		if row, err = save[store.UserGroup](p.call, tx, p.group, p.o); err != nil {
			return err
		}
		for _, ch := range p.changes {
			ch.group = row.ID
			if _, err := ch.kind.set(p.call, tx, ch.roleChange); err != nil {
				return err
			}
		}
		return nil
	})
	return row, err
}
