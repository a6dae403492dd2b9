package rest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gotera/gotera/core/store"
)

var serviceTestsIn = params{doc: "Lists tests: one, those of a session, or those of somebody.", list: []param{
	{name: "id_test", kind: integer, help: "Specific ID of test to query information."},
	{name: "id_device", kind: integer, help: "ID of the device from which to request all tests"},
	{name: "id_session", kind: integer, help: "ID of session from which to request all tests"},
	{name: "id_participant", kind: integer, help: "ID of participant from which to request all tests"},
	{name: "id_user", kind: integer, help: "ID of the user from which to request all tests."},
	{name: "service_uuid", kind: text, help: "Query all tests associated with that service uuid"},
	withURLsParam,
	onlyTokenParam,
}}

func (a *API) getServiceTests(c *call) (any, error) { return a.listTests(c, store.Full) }

var serviceTestsPostIn = params{body: "test", doc: "Creates a test (id 0) or changes one."}

var errNoTestSession = fail(http.StatusForbidden, "Service can't create tests for that session")

func (a *API) postServiceTests(c *call) (any, error) {
	o, err := c.wrapped("test", "Missing test field")
	if err != nil {
		return nil, err
	}
	if !o.has("id_test") {
		return nil, fail(http.StatusBadRequest, "Missing id_test field")
	}
	id, err := o.id("id_test")
	if err != nil {
		return nil, err
	}
	var old store.Test
	if id > 0 {
		row, err := find[store.Test](c, id, errNoTestSession)
		if err != nil {
			return nil, err
		}
		old = *row
	}
	if err := a.takeTestUUIDs(c, o, id == 0); err != nil {
		return nil, err
	}
	session, err := c.dataSession(o, old.SessionID, errNoTestSession)
	if err != nil {
		return nil, err
	}
	if err := a.checkTestType(c, o, session, old.TypeID); err != nil {
		return nil, err
	}
	err = a.checkOwners(c, o, session, map[string]*int{
		"id_participant": old.ParticipantID, "id_user": old.UserID, "id_device": old.DeviceID, "id_service": old.ServiceID,
	})
	if err != nil {
		return nil, err
	}
	delete(o, "test_uuid") // made by the server, and never another
	var test *store.Test
	err = c.write(func(tx *store.Tx) (err error) {
		test, err = save[store.Test](c, tx, id, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, test)
}

// takeTestUUIDs turns the uuids of session and type into ids, which a new test needs.
func (a *API) takeTestUUIDs(c *call, o object, create bool) error {
	if create && !o.has("id_session") && !o.has("session_uuid") {
		return fail(http.StatusBadRequest, "Unknown session")
	}
	if o.has("id_session") {
		delete(o, "session_uuid") // the id goes before it
	}
	err := c.takeUUID(o, "session_uuid", "id_session", "Unknown session", a.sessionID)
	if err != nil {
		return err
	}
	if create && !o.has("id_test_type") && !o.has("test_type_uuid") {
		return fail(http.StatusBadRequest, "Missing id_test_type field")
	}
	return c.takeUUID(o, "test_type_uuid", "id_test_type", "Invalid test type", a.testTypeID)
}

// checkTestType sees that the type of a test is one of the service, or offered in one of its projects, and completes a new
// test: the name is the type's key with a number in that session. old is the type of a test that is changed.
func (a *API) checkTestType(c *call, o object, session, old int) error {
	id, given, err := o.optionalID("id_test_type")
	if err != nil {
		return err
	}
	if !given || id == old {
		delete(o, "id_test_type")
		if old == 0 {
			return fail(http.StatusBadRequest, "Missing id_test_type field")
		}
		return nil
	}
	t, err := find[store.TestType](c, id, fail(http.StatusBadRequest, "Invalid test type"))
	if err != nil {
		return err
	}
	if t.ServiceID != c.id.Service.ID {
		links, err := store.Rows[store.TestTypeProject](c.ctx(), a.store, store.Everything(), store.Columns{"id_test_type": id})
		if err != nil {
			return err
		}
		ids := idsOf(links, func(l *store.TestTypeProject) int { return l.ProjectID })
		projects, err := a.store.Projects(c.ctx(), c.access(), store.ProjectQuery{IDs: ids})
		if err != nil {
			return err
		}
		if len(projects) == 0 {
			return errForbidden
		}
	}
	if old != 0 {
		return nil
	}
	if o["test_datetime"] == nil {
		o["test_datetime"] = a.store.Timestamp(time.Now())
	}
	if o["test_name"] == nil {
		n, err := a.store.CountTests(c.ctx(), session, id)
		if err != nil {
			return err
		}
		name := t.Name
		if t.Key != nil && *t.Key != "" {
			name = *t.Key
		}
		o["test_name"] = fmt.Sprintf("%s #%d", name, n+1)
	}
	return nil
}

var serviceTestsDeleteIn = params{doc: "Deletes a test.", list: []param{
	{name: "uuid", kind: text, help: "Test UUID to delete", required: true},
}}

func (a *API) deleteServiceTests(c *call) (any, error) {
	test, err := byUUID(c, a.store.TestByUUID)
	if err != nil {
		return nil, err
	}
	if err := must[store.Session](c, fail(http.StatusForbidden, "Service can't delete tests for that session"), test.SessionID); err != nil {
		return nil, err
	}
	return "", deleteRow[store.Test](c, test.ID, nil)
}
