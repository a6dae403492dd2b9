package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// owner is a reference of an asset or a test to somebody it concerns.
type owner struct {
	kind core.Kind
	id   string // key of the id
	uuid string // key by which services may name them instead
	text string // of the 400 for an unknown uuid
	may  func(c *call, ids ...int) (bool, error)
}

var owners = []owner{
	{core.KindParticipant, "id_participant", "participant_uuid", "Invalid participant", may[store.Participant]},
	{core.KindUser, "id_user", "user_uuid", "Invalid user", may[store.User]},
	{core.KindDevice, "id_device", "device_uuid", "Invalid device", may[store.Device]},
}

// checkOwners turns uuids in o into ids and sees that each reference is one that the service may make: to somebody that
// it may see or who took part in the session, to itself or to a service of one of its projects. old holds what the row
// refers to already. Upstream checks none of them.
func (a *API) checkOwners(c *call, o object, session int, old map[string]*int) error {
	for _, w := range owners {
		if err := c.takeUUID(o, w.uuid, w.id, w.text, c.accountFinder(w.kind)); err != nil {
			return err
		}
		err := checkReference(o, w.id, old[w.id], func(id int) (bool, error) {
			if ok, err := w.may(c, id); err != nil || ok {
				return ok, err
			}
			return a.store.TookPart(c.ctx(), session, w.kind, id)
		})
		if err != nil {
			return err
		}
	}
	return checkReference(o, "id_service", old["id_service"], func(id int) (bool, error) {
		if id == c.id.Service.ID {
			return true, nil
		}
		return a.store.SharesProject(c.ctx(), c.access(), id)
	})
}

// takeUUID replaces the uuid under one key by the id under another. The uuid goes before an id that is given too.
func (c *call) takeUUID(o object, uuidKey, idKey, unknown string, find func(ctx context.Context, uuid string) (int, error)) error {
	if !o.has(uuidKey) {
		return nil
	}
	uuid, err := o.text(uuidKey)
	if err != nil {
		return err
	}
	id, err := find(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return fail(http.StatusBadRequest, unknown)
	}
	delete(o, uuidKey)
	o[idKey] = id
	return err
}

// checkReference checks the id under key, unless it is the old one. Zero means nobody.
func checkReference(o object, key string, old *int, may func(id int) (bool, error)) error {
	id, given, err := o.optionalID(key)
	switch {
	case err != nil || !given:
		return err
	case id == 0:
		o[key] = nil
		return nil
	case old != nil && *old == id:
		return nil
	}
	ok, err := may(id)
	if err == nil && !ok {
		return errForbidden
	}
	return err
}
