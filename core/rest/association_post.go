package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

func (s association[T]) postIn() params {
	in := params{body: s.added(), many: true, doc: "Adds pairs of " + s.doc + "."}
	if s.right.list != "" {
		in.others = s.left.model + ", " + s.right.model
		in.doc = fmt.Sprintf("Adds pairs of %s, or replaces those of one %s (with a list of %s in it) or of one %s (with %s).",
			s.doc, s.left.what(), s.right.list, s.right.what(), s.left.list)
	}
	return in
}

// added is the name of the body that adds pairs.
func (s association[T]) added() string {
	if s.body != "" {
		return s.body
	}
	return s.model
}

// change is what a POST asks for: the set of one row, or more pairs.
type change struct {
	near, far end // of a replacement; else without model
	id        int
	ids       []int
	pairs     []store.Object
}

func (s association[T]) post(a *API, c *call) (any, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	change, err := s.parse(body)
	if err != nil {
		return nil, err
	}
	err = c.write(func(tx *store.Tx) error {
		if err := tx.LockAssociations(c.ctx()); err != nil {
			return err
		}
		if change.near.model != "" {
			change.pairs, err = s.replace(c, tx, change)
			return err
		}
		return s.add(c, tx, change.pairs)
	})
	return change.pairs, err
}

func (s association[T]) parse(body object) (change, error) {
	switch {
	case s.right.list != "" && body.has(s.left.model):
		return parseSet(body, s.left, s.right)
	case s.left.list != "" && body.has(s.right.model):
		return parseSet(body, s.right, s.left)
	case body.has(s.added()):
		items, err := body.objects(s.added())
		pairs := make([]store.Object, len(items))
		for i, item := range items {
			pairs[i] = item
		}
		return change{pairs: pairs}, err
	}
	return change{}, fail(http.StatusBadRequest, "Unknown format")
}

// parseSet reads {"device": {"id_device": 1, "sites": [{"id_site": 1}]}}.
func parseSet(body object, near, far end) (change, error) {
	ch := change{near: near, far: far}
	set, err := body.object(near.model)
	if err != nil {
		return ch, err
	}
	if ch.id, err = set.id(near.key); err != nil {
		return ch, err
	}
	if set[far.list] == nil {
		return ch, fail(http.StatusBadRequest, "Missing "+far.list)
	}
	items, err := set.objects(far.list)
	if err != nil {
		return ch, err
	}
	for _, item := range items {
		id, err := item.id(far.key)
		if err != nil {
			return ch, err
		}
		ch.ids = append(ch.ids, id)
	}
	slices.Sort(ch.ids)
	ch.ids = slices.Compact(ch.ids)
	return ch, nil
}

// replace makes the pairs of one row those that are asked for, as far as the caller may, and returns the new ones.
func (s association[T]) replace(c *call, tx *store.Tx, ch change) ([]store.Object, error) {
	near, far := ch.near, ch.far
	if err := near.must(c, tx, near.owns, ch.id); err != nil {
		return nil, err
	}
	rows, err := store.Rows[T](c.ctx(), tx, store.Everything(), store.Columns{near.key: ch.id})
	if err != nil {
		return nil, err
	}
	current, err := s.objects(c, tx, rows)
	if err != nil {
		return nil, err
	}
	pairs, missing := s.wanted(ch, current)
	if err := far.must(c, tx, far.joins, missing...); err != nil {
		return nil, err
	}
	if err := s.takeOff(c, tx, ch, current); err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		if !object(pair).has(s.key()) {
			if err := s.insert(c, tx, pair); err != nil {
				return nil, err
			}
		}
	}
	return pairs, nil
}

// wanted lists the pairs to answer with, and the far ends of those that are not current.
func (s association[T]) wanted(ch change, current []store.Object) (pairs []store.Object, missing []int) {
	known := map[int]any{}
	for _, o := range current {
		known[o[ch.far.key].(int)] = o[s.key()]
	}
	pairs = []store.Object{}
	for _, id := range ch.ids {
		pair := store.Object{ch.near.key: ch.id, ch.far.key: id}
		if key, ok := known[id]; !ok {
			missing = append(missing, id)
		} else if ch.near.echoes {
			pair[s.key()] = key
		} else {
			continue
		}
		pairs = append(pairs, pair)
	}
	return pairs, missing
}

// takeOff deletes the pairs whose far end is not asked for and is the caller's to take off.
func (s association[T]) takeOff(c *call, tx *store.Tx, ch change, current []store.Object) error {
	near, far, wanted, gone := ch.near, ch.far, setOf(ch.ids), []int{}
	for _, o := range current {
		if id := o[far.key].(int); !wanted[id] {
			gone = append(gone, id)
		}
	}
	mine, err := far.joins(c, tx, gone)
	if err != nil {
		return err
	}
	allowed := setOf(mine)
	if near.whole && len(allowed) < len(setOf(gone)) {
		return far.forbidden()
	}
	for _, o := range current {
		if id := o[far.key].(int); !allowed[id] {
			continue
		}
		err := store.Delete[T](c.ctx(), tx, o[s.key()].(int))
		if f, ok := errors.AsType[*failure](refused(err, s.inUse)); ok {
			return &failure{cmp.Or(near.blocked, f.status), f.value}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add adds pairs; those that exist are left alone. Each gets its key.
func (s association[T]) add(c *call, tx *store.Tx, pairs []store.Object) error {
	for _, e := range []end{s.left, s.right} {
		ids := []int{}
		for _, pair := range pairs {
			if err := e.lookUp(c, tx, pair); err != nil {
				return err
			}
			id, err := object(pair).id(e.key)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		if err := e.must(c, tx, e.joins, ids...); err != nil {
			return err
		}
	}
	for _, pair := range pairs {
		if err := s.insert(c, tx, pair); err != nil {
			return err
		}
	}
	return nil
}

// lookUp puts the id for the uuid that a pair gives in its place.
func (e end) lookUp(c *call, tx *store.Tx, pair object) error {
	key := e.model + "_uuid"
	if e.byUUID == nil || !pair.has(key) {
		return nil
	}
	uuid, err := pair.text(key)
	if err != nil {
		return err
	}
	id, err := e.byUUID(c, tx, uuid)
	if errors.Is(err, store.ErrNotFound) {
		return e.forbidden()
	}
	pair[e.key] = id
	delete(pair, key)
	return err
}

// insert stores a pair, unless it is there, and puts its key into it.
func (s association[T]) insert(c *call, tx *store.Tx, pair object) error {
	if s.sites != nil && s.sites.add != nil {
		if err := s.sites.add(c, tx, pair[s.left.key].(int), pair[s.right.key].(int)); err != nil {
			return err
		}
	}
	row, err := store.InsertJSON[T](c.ctx(), tx, store.Object{s.left.key: pair[s.left.key], s.right.key: pair[s.right.key]})
	if integrity, ok := errors.AsType[*store.IntegrityError](err); ok && s.outside[integrity.Table] != "" {
		return fail(http.StatusForbidden, s.outside[integrity.Table])
	}
	if err != nil {
		return err
	}
	o, err := s.objects(c, tx, []*T{row})
	if err != nil {
		return err
	}
	pair[s.key()] = o[0][s.key()]
	return nil
}
