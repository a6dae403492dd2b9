package rest

import (
	"net/http"
	"strings"

	"github.com/gotera/gotera/core/store"
)

var serviceTestTypesIn = params{strict: true, doc: "Lists test types: the service's own, or those of one of its sites, projects or participants.", list: []param{
	{name: "id_site", kind: integer, help: "ID of the site to query test types for"},
	{name: "id_project", kind: integer, help: "ID of the project to query test types for"},
	{name: "id_participant", kind: integer, help: "ID of the participant to query types for"},
	{name: "test_type_key", kind: text, help: "Test type key to query for"},
	{name: "id_test_type", kind: integer, help: "ID of the test type to query for"},
	{name: "test_type_uuid", kind: text, help: "UUID of the test type to query for"},
}}

// getServiceTestTypes: of its sites and projects a service sees every test type; nothing of those of others.
func (a *API) getServiceTestTypes(c *call) (any, error) {
	var q store.TestTypeQuery
	access := store.Everything()
	ok, err := true, error(nil)
	switch {
	case c.args.int("id_site") != 0:
		q.Site = c.args.int("id_site")
		ok, err = may[store.Site](c, q.Site)
	case c.args.int("id_project") != 0:
		q.Project = c.args.int("id_project")
		ok, err = may[store.Project](c, q.Project)
	case c.args.int("id_participant") != 0:
		var people []*store.Participant
		people, err = a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{IDs: []int{c.args.int("id_participant")}})
		if ok = len(people) > 0; ok {
			q.Project = people[0].ProjectID
		}
	case c.args.int("id_test_type") != 0:
		q.IDs, access = []int{c.args.int("id_test_type")}, c.access()
	case c.args.text("test_type_uuid") != "":
		q.UUIDs, access = []string{c.args.text("test_type_uuid")}, c.access()
	case c.args.text("test_type_key") != "":
		q.Keys, access = []string{c.args.text("test_type_key")}, c.access()
	default:
		access = c.access()
	}
	if err != nil || !ok {
		return []store.Object{}, err
	}
	types, err := a.store.TestTypes(c.ctx(), access, q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, types...)
}

var serviceTestTypesPostIn = params{body: "test_type", doc: "Creates a test type of the service (id 0) or changes one."}

// postServiceTestTypes answers with one object.
func (a *API) postServiceTestTypes(c *call) (any, error) {
	o, err := c.wrapped("test_type", "Missing test_type")
	if err != nil {
		return nil, err
	}
	if !o.has("id_test_type") && !o.has("test_type_uuid") {
		return nil, fail(http.StatusBadRequest, "Missing id_test_type or test_type_uuid")
	}
	if o.has("id_service") {
		if id, err := o.id("id_service"); err != nil {
			return nil, err
		} else if id != c.id.Service.ID {
			return nil, errForbidden
		}
	}
	id, err := a.ownTestType(c, o)
	if err != nil {
		return nil, err
	}
	if id == 0 {
		o["id_service"] = c.id.Service.ID
		if missing := store.MissingFields[store.TestType](store.Object(o)); len(missing) > 0 {
			return nil, fail(http.StatusBadRequest, "Missing fields: ['"+strings.Join(missing, "', '")+"']")
		}
	}
	delete(o, "test_type_uuid") // made by the server, and never another
	var t *store.TestType
	err = c.write(func(tx *store.Tx) (err error) {
		t, err = save[store.TestType](c, tx, id, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, t)
}

// ownTestType is the id of the service's own test type that is posted by id or by uuid; 0 for a new one.
func (a *API) ownTestType(c *call, o object) (int, error) {
	if !o.has("id_test_type") {
		if err := c.takeUUID(o, "test_type_uuid", "id_test_type", "Invalid test type", a.testTypeID); err != nil {
			return 0, err
		}
	}
	id, err := o.id("id_test_type")
	if err != nil || id == 0 && !o.has("test_type_uuid") {
		return 0, err
	}
	return id, must[store.TestType](c, errForbidden, id)
}

var serviceTestTypesDeleteIn = params{doc: "Deletes a test type of the service that has no tests.", list: []param{
	{name: "uuid", kind: text, help: "Test type UUID to delete", required: true},
}}

func (a *API) deleteServiceTestTypes(c *call) (any, error) {
	t, err := byUUID(c, a.store.TestTypeByUUID)
	if err != nil {
		return nil, err
	}
	if err := must[store.TestType](c, fail(http.StatusForbidden, "Test type not related to this service. Can't delete."), t.ID); err != nil {
		return nil, err
	}
	return "", deleteRow[store.TestType](c, t.ID, nil)
}
