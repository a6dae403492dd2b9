package rest

import (
	"cmp"
	"net/http"
)

func (s association[T]) removeIn() params {
	return params{doc: "Removes a pair of " + s.doc + ".", list: []param{
		{name: "id", kind: integer, help: "ID of the pair, not of one of its ends", required: true},
	}}
}

func (s association[T]) remove(a *API, c *call) (any, error) {
	id := c.args.int("id")
	row, err := find[T](c, id, fail(cmp.Or(s.unknown, http.StatusBadRequest), "Not found"))
	if err != nil {
		return nil, err
	}
	objects, err := s.objects(c, a.store, []*T{row})
	if err != nil {
		return nil, err
	}
	for _, e := range []end{s.left, s.right} {
		if err := e.must(c, a.store, orElse(e.leaves, e.joins), objects[0][e.key].(int)); err != nil {
			return nil, err
		}
	}
	return "", deleteRow[T](c, id, s.inUse)
}
