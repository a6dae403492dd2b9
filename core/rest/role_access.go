package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// What /api/user/services/access and /api/service/serviceaccess have in common: users act on what they administer,
// services on their own roles; the store's access knows which.

// accessTarget is what can have a role of a service.
type accessTarget struct {
	key   string
	admin func(*call, error, ...int) error
}

var accessTargets = []accessTarget{
	{"id_device", mustAdmin[store.Device]},
	{"id_participant_group", mustAdmin[store.ParticipantGroup]},
	{"id_user_group", mustAdmin[store.UserGroup]},
}

// roleItem is one item of a POST.
type roleItem struct {
	object
	id     int  // of the row; 0 for a new one
	remove bool // the row goes
	target string
	set    store.Object // what is written
}

func (a *API) postRoleAccess(c *call) (any, error) {
	list, err := c.wrappedList("service_access", "Missing service_access")
	if err != nil {
		return nil, err
	}
	items := make([]*roleItem, len(list))
	for i, o := range list {
		if items[i], err = readRoleItem(c, o); err != nil {
			return nil, err
		}
	}
	for _, item := range items {
		if err := item.checkRow(c); err != nil {
			return nil, err
		}
	}
	err = c.write(func(tx *store.Tx) error {
		for _, item := range items {
			if item.remove {
				if err := store.Delete[store.ServiceAccess](c.ctx(), tx, item.id); err != nil {
					return err
				}
				continue
			}
			row, err := save[store.ServiceAccess](c, tx, item.id, object(item.set))
			if err != nil {
				return err
			}
			item.object["id_service_access"] = row.ID
		}
		return nil
	})
	return list, err
}

// readRoleItem checks who is to have the role, and the role.
func readRoleItem(c *call, o object) (*roleItem, error) {
	item := &roleItem{object: o, set: store.Object{}}
	var err error
	if item.id, err = o.looseID("id_service_access"); err != nil {
		return nil, err
	}
	for _, t := range accessTargets {
		if !o.has(t.key) {
			continue
		}
		if item.target != "" {
			return nil, fail(http.StatusBadRequest, "Can't combine id_user_group, id_participant_group and id_device in request")
		}
		item.target = t.key
	}
	for _, t := range accessTargets {
		if item.target == "" {
			break
		}
		item.set[t.key] = nil // a row has one target
		if item.target != t.key {
			continue
		}
		id, err := o.looseID(t.key)
		if err != nil {
			return nil, err
		}
		if err := t.admin(c, errForbidden, id); err != nil {
			return nil, err
		}
		item.set[t.key] = id
	}
	if o.has("id_service_role") && o["id_service_role"] != "" {
		return item, item.readRole(c)
	}
	item.remove = item.id > 0
	return item, nil
}

// readRole checks that the caller may give the role, which needs more than that its service is visible (core.md 13.2, 31).
func (item *roleItem) readRole(c *call) error {
	missing := fail(http.StatusBadRequest, "Bad id_service_role")
	if item.object["id_service_role"] == nil {
		return missing
	}
	id, err := item.looseID("id_service_role")
	if err != nil {
		return err
	}
	role, err := find[store.ServiceRole](c, id, missing)
	if err != nil {
		return err
	}
	if err := mustAdmin[store.Service](c, errForbidden, role.ServiceID); err != nil {
		return err
	}
	item.set["id_service_role"] = id
	return mustAdmin[store.ServiceRole](c, errForbidden, id)
}

// checkRow checks the row that is changed or removed (upstream takes anybody's, core.md 13.2, 24), or that a new one is
// complete.
func (item *roleItem) checkRow(c *call) error {
	if item.id > 0 {
		if _, err := find[store.ServiceAccess](c, item.id, fail(http.StatusBadRequest, "Not found")); err != nil {
			return err
		}
		return mustAdmin[store.ServiceAccess](c, errForbidden, item.id)
	}
	if item.set["id_service_role"] == nil {
		return fail(http.StatusBadRequest, "Missing id_service_role")
	}
	if item.target == "" {
		return fail(http.StatusBadRequest, "Missing at least one id field")
	}
	return nil
}

func (a *API) deleteRoleAccess(c *call) (any, error) {
	id := c.args.int("id")
	if _, err := find[store.ServiceAccess](c, id, fail(http.StatusBadRequest, "Not found")); err != nil {
		return nil, err
	}
	if err := mustAdmin[store.ServiceAccess](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ServiceAccess](c, id, nil)
}
