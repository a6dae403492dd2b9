package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// roleChange gives a group a role on a place; role 0 takes it away.
type roleChange struct {
	group, place, role int
}

// postPlaceAccess sets the roles of groups on places that the caller administers.
func (a *API) postPlaceAccess(c *call, k placeKind) (any, error) {
	list, err := c.wrappedList(k.body(), "Missing "+k.body())
	if err != nil {
		return nil, err
	}
	changes := make([]roleChange, len(list))
	for i, o := range list {
		if changes[i], err = a.readRoleChange(c, k, o); err != nil {
			return nil, err
		}
	}
	var rows []*store.ServiceAccess
	err = c.write(func(tx *store.Tx) error {
		for _, ch := range changes {
			row, err := k.set(c, tx, ch)
			if err != nil {
				return err
			}
			if row != nil {
				rows = append(rows, row)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Full, rows...)
	for _, o := range objects {
		o["id_"+k.body()], o[k.roleKey()] = o["id_service_access"], o["service_access_role_name"]
	}
	return objects, err
}

// set writes one change.
func (k placeKind) set(c *call, tx *store.Tx, ch roleChange) (*store.ServiceAccess, error) {
	if k.name == "site" {
		return tx.SetGroupRole(c.ctx(), ch.group, ch.place, 0, ch.role)
	}
	return tx.SetGroupRole(c.ctx(), ch.group, 0, ch.place, ch.role)
}

// readRoleChange checks one item. The role must be one of the OpenTera server on that very place, and the group one
// that the caller sees or a new one; upstream asks for neither when a role's id is given.
func (a *API) readRoleChange(c *call, k placeKind, o object) (ch roleChange, err error) {
	if ch.group, err = o.looseID("id_user_group"); err != nil {
		return ch, err
	}
	if ch.place, err = o.looseID(k.idKey()); err != nil {
		return ch, err
	}
	byID := ""
	for _, key := range k.idRole {
		if byID == "" && o.has(key) {
			byID = key
		}
	}
	if byID == "" && !o.has(k.roleKey()) {
		return ch, fail(http.StatusBadRequest, "Missing role name or id")
	}
	if err := k.admin(c, errForbidden, ch.place); err != nil {
		return ch, err
	}
	if err := a.mayGiveRole(c, ch.group); err != nil {
		return ch, err
	}
	return a.readRole(c, k, o, byID, ch)
}

func (a *API) mayGiveRole(c *call, groups ...int) error {
	ok, err := a.store.MayWithGroups(c.ctx(), c.access(), store.GroupGiveRole, groups...)
	if err == nil && !ok {
		return errForbidden
	}
	return err
}

func (a *API) readRole(c *call, k placeKind, o object, byID string, ch roleChange) (roleChange, error) {
	if o[k.roleKey()] == "" {
		return ch, nil
	}
	invalid := fail(http.StatusBadRequest, "Invalid role name or id for that "+k.name)
	if byID != "" {
		id, err := o.looseID(byID)
		if err != nil || id == 0 {
			return ch, err
		}
		role, err := find[store.ServiceRole](c, id, invalid)
		if err != nil {
			return ch, err
		}
		if at := k.role(role); at == nil || *at != ch.place {
			return ch, invalid
		}
		named, err := a.namedRole(c, k, ch.place, role.Name) // only the OpenTera server's count
		if err == nil && (named == nil || named.ID != id) {
			err = invalid
		}
		ch.role = id
		return ch, err
	}
	name, err := o.text(k.roleKey())
	if err != nil {
		return ch, err
	}
	if inherits, err := a.inheritsUser(c, k, ch, name); err != nil || inherits {
		return ch, err
	}
	role, err := a.namedRole(c, k, ch.place, name)
	if err == nil && role == nil {
		err = invalid
	}
	if err != nil {
		return ch, err
	}
	ch.role = role.ID
	return ch, nil
}

// namedRole is the role of the OpenTera server on a place, nil when there is none of that name.
func (a *API) namedRole(c *call, k placeKind, at int, name string) (*store.ServiceRole, error) {
	site, project := at, 0
	if k.name == "project" {
		site, project = 0, at
	}
	role, err := a.store.PlaceRole(c.ctx(), site, project, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return role, err
}

// inheritsUser: the role user of a site is not stored for groups that have it through a project.
func (a *API) inheritsUser(c *call, k placeKind, ch roleChange, name string) (bool, error) {
	if k.name != "site" || name != core.RoleUser {
		return false, nil
	}
	return a.store.HasProjectRole(c.ctx(), ch.group, ch.place)
}

// deletePlaceAccess takes one role away from whoever has it.
func (a *API) deletePlaceAccess(c *call, k placeKind) (any, error) {
	row, err := find[store.ServiceAccess](c, c.args.int("id"), fail(http.StatusBadRequest, "No "+k.name+" access to delete"))
	if err != nil {
		return nil, err
	}
	role, err := find[store.ServiceRole](c, row.RoleID, errForbidden)
	if err != nil {
		return nil, err
	}
	at := k.role(role)
	if at == nil {
		return nil, errForbidden
	}
	if err := k.admin(c, errForbidden, *at); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ServiceAccess](c, row.ID, nil)
}
