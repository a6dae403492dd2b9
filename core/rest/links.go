package rest

import (
	"context"

	"github.com/gotera/gotera/core/store"
)

// takeLinks takes a list of objects that hold one id each out of o; nil when it is missing or null.
func (o object) takeLinks(key, id string) ([]int, error) {
	links, err := o.objects(key)
	if err != nil || o[key] == nil {
		delete(o, key)
		return nil, err
	}
	delete(o, key)
	seen := make(map[int]bool, len(links))
	ids := make([]int, 0, len(links))
	for _, l := range links {
		n, err := l.id(id)
		if err != nil {
			return nil, err
		}
		if !seen[n] {
			seen[n] = true
			ids = append(ids, n)
		}
	}
	return ids, nil
}

// replaceLinks makes the association rows of one side, which of selects, those to ids: others are deleted as far as a
// covers them, missing ones added by add. A nil list changes nothing.
func replaceLinks[T any, P interface {
	*T
	store.Row
}](c *call, tx *store.Tx, a store.Access, of store.Columns, ids []int, add func(context.Context, store.Row) error, far func(P) int, link func(id int) P) error {
	if ids == nil {
		return nil
	}
	if err := tx.LockAssociations(c.ctx()); err != nil {
		return err
	}
	keep := make(map[int]bool, len(ids))
	for _, id := range ids {
		keep[id] = true
	}
	removable, err := store.Rows[T](c.ctx(), tx, a, of)
	if err != nil {
		return err
	}
	for _, row := range removable {
		if !keep[far(row)] {
			if err := tx.Delete(c.ctx(), P(row)); err != nil {
				return err
			}
		}
	}
	for _, id := range ids {
		if err := add(c.ctx(), link(id)); err != nil { // one that is there stays
			return err
		}
	}
	return nil
}
