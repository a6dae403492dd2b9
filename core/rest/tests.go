package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// What the tests of users and services have in common.

var testsBy = []byPerson{byDeviceID, bySessionID, byParticipantID, byUserID}

// listTests lists what the arguments and the caller's access leave.
func (a *API) listTests(c *call, m store.Mode) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "No arguments specified")
	}
	arg, id, err := c.firstPerson(testsBy)
	if err != nil {
		return nil, err
	}
	access := c.access()
	var q store.TestQuery
	switch {
	case arg == "id_device":
		q.Device = id
	case arg == "id_session":
		q.Session, access = id, store.Everything() // the session was checked
	case arg == "id_participant":
		q.Participant = id
	case arg == "id_user":
		q.User = id
	case c.args.int("id_test") != 0:
		q.IDs = []int{c.args.int("id_test")}
	case c.args.text("test_uuid") != "":
		q.UUIDs = []string{c.args.text("test_uuid")}
	case c.args.text("service_uuid") != "":
		services, err := a.store.Services(c.ctx(), store.Everything(), store.ServiceQuery{UUIDs: []string{c.args.text("service_uuid")}})
		if err != nil || len(services) == 0 {
			return []store.Object{}, err
		}
		q.Service = services[0].ID
	default:
		return nil, fail(http.StatusBadRequest, "Missing argument")
	}
	tests, err := a.store.Tests(c.ctx(), access, q)
	if err != nil {
		return nil, err
	}
	return a.testObjects(c, tests, m)
}

// testObjects is the JSON of tests with what with_urls and with_only_token ask for.
func (a *API) testObjects(c *call, tests []*store.Test, m store.Mode) ([]store.Object, error) {
	withURLs, onlyToken := c.args.bool("with_urls"), c.args.bool("with_only_token")
	objects := make([]store.Object, len(tests))
	var err error
	if onlyToken {
		for i, t := range tests {
			objects[i] = store.Object{"test_uuid": t.UUID}
		}
	} else if objects, err = store.JSON(c.ctx(), a.store, m, tests...); err != nil {
		return nil, err
	}
	if withURLs || onlyToken {
		for i, t := range tests {
			if objects[i]["access_token"], err = a.login.TestToken(t.UUID, c.requester()); err != nil {
				return nil, err
			}
		}
	}
	if withURLs {
		err = a.addTestURLs(c, tests, objects)
	}
	return objects, err
}

// addTestURLs adds where the answers of tests are: at the service of the test's type.
func (a *API) addTestURLs(c *call, tests []*store.Test, objects []store.Object) error {
	urls, err := c.enabledURLs()
	if err != nil {
		return err
	}
	types, err := store.ByIDs[store.TestType](c.ctx(), a.store, idsOf(tests, func(t *store.Test) int { return t.TypeID }))
	if err != nil {
		return err
	}
	for i, t := range tests {
		objects[i]["test_answers_url"], objects[i]["test_answers_web_url"] = nil, nil
		testType := types[t.TypeID]
		if testType == nil {
			continue
		}
		s := urls.byID[testType.ServiceID]
		objects[i]["test_answers_url"] = urls.at(s, "/api/tests/answers")
		if testType.HasWebFormat {
			objects[i]["test_answers_web_url"] = urls.at(s, "/api/tests/answers/web")
		}
	}
	return nil
}
