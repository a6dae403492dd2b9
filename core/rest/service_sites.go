package rest

import (
	"errors"

	"github.com/gotera/gotera/core/store"
)

var serviceSitesIn = params{strict: true, doc: "Lists the sites of the service: one, those of a user, or all.", list: []param{
	{name: "id_site", kind: integer, help: "ID of the site to query"},
	{name: "id_user", kind: integer, help: "ID of the user to query sites for"},
	tokenParam,
}}

func (a *API) getServiceSites(c *call) (any, error) {
	var q store.SiteQuery
	switch {
	case c.args.int("id_site") != 0:
		q.IDs = []int{c.args.int("id_site")}
		if err := must[store.Site](c, errForbidden, q.IDs...); err != nil {
			return nil, err
		}
	case c.args.int("id_user") != 0:
		if ok, err := may[store.User](c, c.args.int("id_user")); err != nil || !ok {
			return []store.Object{}, err
		}
		u, err := store.Get[store.User](c.ctx(), a.store, c.args.int("id_user"))
		if errors.Is(err, store.ErrNotFound) {
			return []store.Object{}, nil
		}
		if err != nil {
			return nil, err
		}
		theirs, err := a.store.Sites(c.ctx(), u.Access(), store.SiteQuery{})
		if err != nil {
			return nil, err
		}
		q.IDs = idsOf(theirs, func(s *store.Site) int { return s.ID })
	}
	sites, err := a.store.Sites(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Min, sites...)
}
