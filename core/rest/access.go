package rest

import (
	"errors"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// access is what the caller may see.
func (c *call) access() store.Access {
	switch {
	case c.id.User != nil:
		return c.id.User.Access()
	case c.id.Participant != nil:
		return c.id.Participant.Access()
	case c.id.Device != nil:
		return c.id.Device.Access()
	}
	return c.id.Service.Access()
}

// may reports whether the caller may see all these rows.
func may[T any](c *call, ids ...int) (bool, error) {
	return store.Can[T](c.ctx(), c.api.store, c.access(), ids...)
}

// must is may with a refusal.
func must[T any](c *call, refusal error, ids ...int) error {
	ok, err := may[T](c, ids...)
	if err == nil && !ok {
		return refusal
	}
	return err
}

// mayUUIDs reports whether the caller may see the accounts of these uuids.
func (c *call) mayUUIDs(kind core.Kind, uuids []string) (bool, error) {
	ids, err := c.accountIDs(kind, uuids)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch kind {
	case core.KindUser:
		return may[store.User](c, ids...)
	case core.KindParticipant:
		return may[store.Participant](c, ids...)
	}
	return may[store.Device](c, ids...)
}

// accountIDs returns the ids of live accounts, in the order of uuids; ErrNotFound if one is unknown.
func (c *call) accountIDs(kind core.Kind, uuids []string) ([]int, error) {
	found, err := c.api.store.IDs(c.ctx(), kind, uuids)
	if err != nil {
		return nil, err
	}
	ids := make([]int, len(uuids))
	for i, uuid := range uuids {
		id, ok := found[uuid]
		if !ok {
			return nil, store.ErrNotFound
		}
		ids[i] = id
	}
	return ids, nil
}

func (c *call) accountID(kind core.Kind, uuid string) (int, error) {
	ids, err := c.accountIDs(kind, []string{uuid})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// mode is how much of an object a listing shows.
func mode(min bool) store.Mode {
	if min {
		return store.Min
	}
	return store.Full
}
