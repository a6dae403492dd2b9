package rest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// placeKind tells /siteaccess from /projectaccess, which do the same for sites and for projects.
type placeKind struct {
	name  string // site, project
	roles func(store.PlaceRoles) map[int]store.Role
	list  func(*call, store.Access) ([]place, error) // those that an access sees, by name
	admin func(*call, error, ...int) error           // refuses those who do not administer the places

	bySite bool            // how groups are compared with the caller
	admins func(args) bool // whether only the role admin is asked for
	idRole []string        // keys of a role's id in a POST body, besides the role's name
	role   func(*store.ServiceRole) *int
}

// place is a site or a project.
type place struct {
	id     int
	object store.Object
}

func (k placeKind) idKey() string     { return "id_" + k.name }
func (k placeKind) body() string      { return k.name + "_access" }
func (k placeKind) roleKey() string   { return k.name + "_access_role" }
func (k placeKind) inherited() string { return k.name + "_access_inherited" }

// placeQuery is one GET of /siteaccess or /projectaccess.
type placeQuery struct {
	*call
	placeKind
	access store.Access // that of the caller, or what the caller administers
	places []place
}

// getPlaceAccess lists roles (core.md 4.2): the places of a user or a group, the groups of a place, or all this by user.
func (a *API) getPlaceAccess(c *call, k placeKind) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	q := placeQuery{call: c, placeKind: k, access: c.access()}
	if k.admins(c.args) {
		q.access = q.access.Admin()
	}
	var err error
	if q.places, err = k.list(c, q.access); err != nil {
		return nil, err
	}
	objects := []store.Object{}
	switch {
	case c.args.int(k.idKey()) != 0:
		err = q.ofPlace(&objects, c.args.int(k.idKey()))
	case c.args.int("id_user_group") != 0:
		err = q.ofGroup(&objects, c.args.int("id_user_group"))
	case c.args.int("id_user") != 0:
		err = q.ofUser(&objects, c.args.int("id_user"))
	}
	return objects, err
}

// wanted reports whether a role, which may be missing, is one of those asked for.
func (q placeQuery) wanted(r store.Role, have bool) bool {
	return have && (!q.admins(q.args) || r.Name == core.RoleAdmin)
}

// item is the object of a place or a group with a role.
func (q placeQuery) item(o store.Object, r store.Role, have bool) store.Object {
	o = maps.Clone(o)
	o[q.roleKey()] = nil
	if have {
		o[q.roleKey()] = r.Name
		if r.Inherited {
			o[q.inherited()] = true
		}
	}
	return o
}

// ofPlace lists the groups with a role on a place, with_empty also the others.
func (q placeQuery) ofPlace(objects *[]store.Object, id int) error {
	at := slices.IndexFunc(q.places, func(p place) bool { return p.id == id })
	if at < 0 {
		return nil
	}
	groups, err := q.api.store.UserGroups(q.ctx(), q.access, store.UserGroupQuery{BySite: q.bySite})
	if err != nil {
		return err
	}
	roles, err := q.api.store.RolesOfGroups(q.ctx(), idsOf(groups, func(g *store.UserGroup) int { return g.ID }))
	if err != nil {
		return err
	}
	role := func(g *store.UserGroup) (store.Role, bool) {
		r, have := q.roles(roles[g.ID])[id]
		return r, q.wanted(r, have)
	}
	if !q.args.bool("with_empty") {
		groups = slices.DeleteFunc(groups, func(g *store.UserGroup) bool { _, have := role(g); return !have })
	}
	if q.args.bool("by_users") {
		return q.byUsers(objects, groups, q.places[at:at+1])
	}
	rows, err := store.JSON(q.ctx(), q.api.store, store.Full, groups...)
	for i, g := range groups {
		if q.args.bool("with_sites") {
			rows[i]["id_site"], rows[i]["site_name"] = q.places[at].object["id_site"], q.places[at].object["site_name"]
		}
		r, have := role(g)
		*objects = append(*objects, q.item(rows[i], r, have))
	}
	return err
}

// ofGroup lists the places where a group has a role, with_empty also the others.
func (q placeQuery) ofGroup(objects *[]store.Object, id int) error {
	if err := must[store.UserGroup](q.call, errNothing, id); err != nil {
		return orNothing(err)
	}
	roles, err := q.api.store.RolesOfGroups(q.ctx(), []int{id})
	if err != nil {
		return err
	}
	var places []place
	for _, p := range q.places {
		r, have := q.roles(roles[id])[p.id]
		if have = q.wanted(r, have); !have && !q.args.bool("with_empty") {
			continue
		}
		places = append(places, p)
		*objects = append(*objects, q.item(p.object, r, have))
	}
	if q.args.bool("by_users") {
		*objects = (*objects)[:0]
		return q.byUsers(objects, []*store.UserGroup{{ID: id}}, places)
	}
	return nil
}

// ofUser lists the places where a user has a role.
func (q placeQuery) ofUser(objects *[]store.Object, id int) error {
	users, err := store.Rows[store.User](q.ctx(), q.api.store, q.call.access(), store.Columns{"id_user": id})
	if err != nil || len(users) == 0 {
		return err
	}
	role, err := q.rolesOfUsers(users)
	if err != nil {
		return err
	}
	for _, p := range q.places {
		if r, have := role(users[0], p.id); q.wanted(r, have) {
			*objects = append(*objects, q.item(p.object, r, true))
		}
	}
	return nil
}

// rolesOfUsers returns what tells the role of each of them on a place.
func (q placeQuery) rolesOfUsers(users []*store.User) (func(*store.User, int) (store.Role, bool), error) {
	roles, err := q.api.store.RolesOfUsers(q.ctx(), idsOf(users, func(u *store.User) int { return u.ID }))
	return func(u *store.User, id int) (store.Role, bool) {
		if u.SuperAdmin {
			return store.Role{Name: core.RoleAdmin, Inherited: true}, true
		}
		r, have := q.roles(roles[u.ID])[id]
		return r, have
	}, err
}

// byUsers lists each visible member of the groups with the role on each of the places.
func (q placeQuery) byUsers(objects *[]store.Object, groups []*store.UserGroup, places []place) error {
	users, err := q.api.store.Users(q.ctx(), q.call.access(), store.UserQuery{Groups: idsOf(groups, func(g *store.UserGroup) int { return g.ID })})
	if err != nil {
		return err
	}
	role, err := q.rolesOfUsers(users)
	if err != nil {
		return err
	}
	for _, u := range users {
		for _, p := range places {
			o := store.Object{q.idKey(): p.id, "id_user": u.ID, "user_name": u.FullName(), "user_enabled": u.Enabled, q.roleKey(): nil, q.inherited(): nil}
			if r, have := role(u, p.id); have && (!q.bySite || !q.args.bool("admins") || r.Name == core.RoleAdmin) {
				o[q.roleKey()], o[q.inherited()] = r.Name, r.Inherited
			}
			if q.args.bool("with_sites") {
				o["id_site"], o["site_name"] = p.object["id_site"], p.object["site_name"]
			}
			*objects = append(*objects, o)
		}
	}
	if !q.args.bool("with_usergroups") {
		return nil
	}
	return q.addGroups(*objects, users)
}

// addGroups adds the visible groups of the user of each item.
func (q placeQuery) addGroups(objects []store.Object, users []*store.User) error {
	groups, err := q.api.store.GroupsOfUsers(q.ctx(), q.call.access(), idsOf(users, func(u *store.User) int { return u.ID }))
	if err != nil {
		return err
	}
	for _, o := range objects {
		if o["user_groups"], err = store.JSON(q.ctx(), q.api.store, store.Full, groups[o["id_user"].(int)]...); err != nil {
			return err
		}
	}
	return nil
}

// byName orders places; projects with sites by site first.
func byName(places []place, keys ...string) {
	slices.SortStableFunc(places, func(x, y place) int {
		for _, key := range keys {
			a, _ := x.object[key].(string)
			b, _ := y.object[key].(string)
			if n := strings.Compare(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
}
