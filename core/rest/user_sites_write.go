package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userSitesPostIn = params{body: "site", doc: "Creates a site (id 0, super-administrators only) or changes one that the caller administers."}

func (a *API) postUserSites(c *call) (any, error) {
	o, err := c.wrapped("site", "Missing site")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_site")
	if err != nil {
		return nil, err
	}
	if id == 0 {
		err = c.superAdmin()
	} else {
		err = mustAdmin[store.Site](c, errForbidden, id)
	}
	if err != nil {
		return nil, err
	}
	return saved[store.Site](c, id, o)
}

var userSitesDeleteIn = params{doc: "Deletes a site with its projects, as long as no participant of it has data.", list: []param{
	{name: "id", kind: integer, help: "Site ID to delete", required: true},
}}

func (a *API) deleteUserSites(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	id := c.args.int("id")
	if _, err := find[store.Site](c, id, fail(http.StatusBadRequest, "Invalid site")); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Site](c, id, map[string]string{
		"t_projects": "Can't delete site: please delete all participants with sessions before deleting.",
	})
}
