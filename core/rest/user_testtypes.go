package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userTestTypesIn = params{doc: "Lists test types: one, those of a site or a project, or all that the caller may see.", list: []param{
	{name: "id_test_type", kind: integer, help: "ID of the test type to query"},
	{name: "test_type_uuid", kind: text, help: "UUID of the test type to query"},
	{name: "test_type_key", kind: text, help: "Key of the test type to query"},
	{name: "id_project", kind: integer, help: "ID of the project to get test types for"},
	{name: "id_site", kind: integer, help: "ID of the site to get test types for"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
	withURLsParam,
	onlyTokenParam,
}}

// getUserTestTypes answers 404 for one test type that is unknown or of others.
func (a *API) getUserTestTypes(c *call) (any, error) {
	var q store.TestTypeQuery
	one := true
	switch {
	case c.args.int("id_test_type") != 0:
		q.IDs = []int{c.args.int("id_test_type")}
	case c.args.text("test_type_key") != "":
		q.Keys = []string{c.args.text("test_type_key")}
	case c.args.text("test_type_uuid") != "":
		q.UUIDs = []string{c.args.text("test_type_uuid")}
	case c.args.int("id_project") != 0:
		q.Project, one = c.args.int("id_project"), false
		if err := must[store.Project](c, errForbidden, q.Project); err != nil {
			return nil, err
		}
	case c.args.int("id_site") != 0:
		q.Site, one = c.args.int("id_site"), false
		if err := must[store.Site](c, errForbidden, q.Site); err != nil {
			return nil, err
		}
	default:
		one = false
	}
	types, err := a.store.TestTypes(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	if one && len(types) == 0 {
		return nil, fail(http.StatusNotFound, "Test type not found")
	}
	return a.testTypeObjects(c, types)
}

// testTypeObjects is the JSON of test types with what with_urls and with_only_token ask for.
func (a *API) testTypeObjects(c *call, types []*store.TestType) ([]store.Object, error) {
	withURLs, onlyToken := c.args.bool("with_urls"), c.args.bool("with_only_token")
	objects := make([]store.Object, len(types))
	var err error
	if onlyToken {
		for i, t := range types {
			objects[i] = store.Object{"test_type_uuid": t.UUID}
		}
	} else if objects, err = store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), types...); err != nil {
		return nil, err
	}
	if withURLs || onlyToken {
		if err := a.addTestTypeTokens(c, types, objects); err != nil {
			return nil, err
		}
	}
	if withURLs {
		urls, err := c.enabledURLs()
		if err != nil {
			return nil, err
		}
		for i, t := range types {
			urls.testTypeURLs(t, objects[i])
		}
	}
	return objects, nil
}

// addTestTypeTokens adds access tokens. Who administers a project that offers the type may edit it.
func (a *API) addTestTypeTokens(c *call, types []*store.TestType, objects []store.Object) error {
	edit, err := a.store.AdministeredTestTypes(c.ctx(), c.access(), idsOf(types, func(t *store.TestType) int { return t.ID }))
	if err != nil {
		return err
	}
	for i, t := range types {
		if objects[i]["access_token"], err = a.login.TestTypeToken(t.UUID, c.requester(), edit[t.ID]); err != nil {
			return err
		}
	}
	return nil
}
