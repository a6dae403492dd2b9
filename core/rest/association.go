package rest

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

// association is a table of pairs, such as which devices are in which sites. Its endpoints list the pairs of one row,
// replace them, add some and remove one (core.md 4.1, AP). The file of each resource configures one.
//
// Both ends of every pair are checked, in each form of the body. A replacement touches only what the caller could have
// added: what they may not see stays as it is.
type association[T any] struct {
	model       string // "device_site" names the key, id_device_site, and the body that adds pairs
	body        string // name of that body where it is another
	doc         string // "devices and sites"
	left, right end
	sites       *siteLinks        // when the right end is a project: in which sites the left end is
	also        []param           // arguments of the listing besides the usual
	leftOnly    bool              // a listing is always that of a left one
	rightFirst  bool              // a listing asked for by both ids is that of the right one
	outside     map[string]string // 403 texts when a rule of the store refuses a new pair, by the table it misses a row in
	inUse       map[string]string // 500 texts when it refuses to delete one, by the table that stands in the way
	unknown     int               // status for an unknown pair; default 400
	finish      func(c *call, objects []store.Object) error
}

// end is one side of an association.
type end struct {
	entity
	list    string // "devices": where a body that replaces the set of the other end has these; empty when none does
	with    string // argument that lists, with no pair, those that have none
	sees    rule   // of those in a pair, the ones that a listing shows; default visible
	offers  rule   // of those in no pair, the ones that a listing shows; default visible
	owns    rule   // whose set the caller may replace
	joins   rule   // which the caller may put into pairs and take off them
	leaves  rule   // which the caller may take off a single pair; default joins
	refusal string // text of the 403; default "Forbidden"
	echoes  bool   // a replacement of the set of one answers with all pairs posted, not only the new ones
	whole   bool   // a replacement of the set of one that would take off a pair of somebody else is refused, not cut short
	blocked int    // status of a replacement of the set of one that is refused; default 500
}

func (e end) forbidden() error { return fail(http.StatusForbidden, cmp.Or(e.refusal, "Forbidden")) }

// must fails unless r allows all of ids.
func (e end) must(c *call, db store.Conn, r rule, ids ...int) error {
	if len(ids) == 0 {
		return nil
	}
	allowed, err := r(c, db, ids)
	if err == nil && len(setOf(allowed)) < len(setOf(ids)) {
		return e.forbidden()
	}
	return err
}

func (s association[T]) key() string { return "id_" + s.model }

func (s association[T]) getIn() params {
	in := params{doc: "Lists pairs of " + s.doc + "."}
	for _, e := range []end{s.left, s.right} {
		if !s.leftOnly || e.model == s.left.model {
			in.list = append(in.list, param{name: e.key, kind: integer, help: "ID of the " + e.what() + " whose pairs are listed"})
		}
		if e.with != "" {
			in.list = append(in.list, param{name: e.with, kind: boolean, help: "Also lists each " + e.what() + " that is in no pair"})
		}
	}
	in.list = append(in.list, param{name: "list", kind: boolean, help: "Limits the answer to ids"})
	in.list = append(in.list, s.also...)
	return in
}

func (s association[T]) get(a *API, c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	near, far := s.left, s.right
	if right := c.args.int(s.right.key); right != 0 && (s.rightFirst || c.args.int(s.left.key) == 0) {
		near, far = s.right, s.left
	}
	id := c.args.int(near.key)
	if seen, err := near.visible(c, a.store, []int{id}); err != nil || len(seen) == 0 {
		return []store.Object{}, err
	}
	rows, err := store.Rows[T](c.ctx(), a.store, store.Everything(), store.Columns{near.key: id})
	if err != nil {
		return nil, err
	}
	objects, err := s.shown(c, far, rows)
	if err != nil {
		return nil, err
	}
	if far.with != "" && c.args.bool(far.with) {
		if objects, err = s.addOthers(c, objects, near, far, id); err != nil {
			return nil, err
		}
	}
	return s.listed(c, objects, far)
}

// shown is the JSON of the pairs whose far end the caller may see.
func (s association[T]) shown(c *call, far end, rows []*T) ([]store.Object, error) {
	objects, err := s.objects(c, c.api.store, rows)
	if err != nil {
		return nil, err
	}
	ids, err := orElse(far.sees, far.visible)(c, c.api.store, column(objects, far.key))
	seen := setOf(ids)
	return slices.DeleteFunc(objects, func(o store.Object) bool { return !seen[o[far.key].(int)] }), err
}

// addOthers adds what is in no pair: objects that have the far id alone (core.md 5.2). For a project those are offered
// that its site has.
func (s association[T]) addOthers(c *call, objects []store.Object, near, far end, id int) ([]store.Object, error) {
	var candidates []int // everything
	if s.sites != nil && near.key == s.right.key {
		project, err := store.Get[store.Project](c.ctx(), c.api.store, id)
		if err != nil {
			return nil, err
		}
		if candidates, err = s.sites.in(c, project.SiteID); err != nil {
			return nil, err
		}
	}
	others, err := orElse(far.offers, far.visible)(c, c.api.store, candidates)
	paired := setOf(column(objects, far.key))
	for _, other := range others {
		if !paired[other] {
			objects = append(objects, store.Object{s.key(): nil, near.key: nil, far.key: other})
		}
	}
	return objects, err
}

// listed completes the objects with names, unless only ids are asked for, and orders them by the name of the far end.
func (s association[T]) listed(c *call, objects []store.Object, far end) ([]store.Object, error) {
	names := map[int]string{}
	for _, e := range []end{s.left, s.right} {
		described, err := e.describe(c, column(objects, e.key))
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			id, _ := o[e.key].(int)
			more, ok := described[id]
			if !ok {
				more = e.none
			}
			if e.key == far.key {
				names[id], _ = more[e.model+"_name"].(string)
			}
			if !c.args.bool("list") {
				for k, v := range more {
					o[k] = v
				}
			}
		}
	}
	slices.SortStableFunc(objects, func(a, b store.Object) int {
		return cmp.Compare(names[a[far.key].(int)], names[b[far.key].(int)])
	})
	if s.finish != nil {
		return objects, s.finish(c, objects)
	}
	return objects, nil
}

// objects is the JSON of rows.
func (s association[T]) objects(c *call, db store.Conn, rows []*T) ([]store.Object, error) {
	list := make([]store.Row, len(rows))
	for i, r := range rows {
		list[i] = any(r).(store.Row)
	}
	return store.JSON(c.ctx(), db, store.Full, list...)
}

// column lists the ids under key, those that are there.
func column(objects []store.Object, key string) []int {
	ids := []int{}
	for _, o := range objects {
		if id, ok := o[key].(int); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// orElse is cmp.Or for rules.
func orElse(r, fallback rule) rule {
	if r != nil {
		return r
	}
	return fallback
}

func setOf(ids []int) map[int]bool {
	set := make(map[int]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
