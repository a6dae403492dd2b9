package rest

import (
	"slices"

	"github.com/gotera/gotera/core/store"
)

// relink makes the links of one row lead to the rows want of Far: missing links are added, others removed as far as the
// far end is one that a covers. far gives the far end of a link, link makes a new one.
func relink[Far, Link any](c *call, tx *store.Tx, a store.Access, links []*Link, far func(*Link) int, want []int, link func(id int) store.Row) error {
	have := idsOf(links, far)
	for _, id := range want {
		if !slices.Contains(have, id) {
			if err := tx.Insert(c.ctx(), link(id)); err != nil {
				return err
			}
		}
	}
	removable, err := store.Among[Far](c.ctx(), tx, a, have)
	if err != nil {
		return err
	}
	for _, l := range links {
		if id := far(l); removable[id] && !slices.Contains(want, id) {
			if err := tx.Delete(c.ctx(), any(l).(store.Row)); err != nil {
				return err
			}
		}
	}
	return nil
}
