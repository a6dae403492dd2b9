package rest

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

var serviceSessionsIn = params{doc: "Lists sessions. One id is needed.", list: append([]param{
	{name: "id_session", kind: integer, help: "ID of the session to query"},
	{name: "uuid_session", kind: text, help: "UUID of the session to query"},
	{name: "id_participant", kind: integer, help: "ID of the participant to query"},
	{name: "id_user", kind: integer, help: "ID of the user to query"},
	{name: "id_device", kind: integer, help: "ID of the device to query"},
	{name: "with_events", kind: boolean, help: "Also includes session events"},
	{name: "with_session_type", kind: boolean, help: "Also includes session type information"},
}, sessionParams...)}

func (a *API) getServiceSessions(c *call) (any, error) {
	sessions, err := a.findServiceSessions(c)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), sessions...)
	if err != nil {
		return nil, err
	}
	if c.args.bool("with_session_type") {
		if err := a.addSessionTypes(c, sessions, objects); err != nil {
			return nil, err
		}
	}
	if c.args.bool("with_events") {
		err = a.addSessionEvents(c, sessions, objects)
	}
	return objects, err
}

// findServiceSessions chooses by the first id that is given, in upstream's order. Of users and devices, which may be of
// several tenants, only the sessions that the service may see are listed; upstream lists all.
func (a *API) findServiceSessions(c *call) ([]*store.Session, error) {
	q, access := c.sessionQuery(), store.Everything()
	q.OneByOne = true
	switch {
	case c.args.int("id_session") != 0:
		return a.oneServiceSession(c, c.args.int("id_session"))
	case c.args.text("uuid_session") != "":
		s, err := a.store.SessionByUUID(c.ctx(), c.args.text("uuid_session"))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return a.oneServiceSession(c, s.ID)
	case c.args.int("id_participant") != 0:
		q.Participant = c.args.int("id_participant")
		if err := must[store.Participant](c, errForbidden, q.Participant); err != nil {
			return nil, err
		}
	case c.args.int("id_user") != 0:
		q.User, access = c.args.int("id_user"), c.access()
		if err := must[store.User](c, errForbidden, q.User); err != nil {
			return nil, err
		}
	case c.args.int("id_device") != 0:
		q.Device, access = c.args.int("id_device"), c.access()
		if err := must[store.Device](c, errForbidden, q.Device); err != nil {
			return nil, err
		}
	default:
		return nil, fail(http.StatusBadRequest, "Missing arguments: at least one id is required")
	}
	return a.store.Sessions(c.ctx(), access, q)
}

func (a *API) oneServiceSession(c *call, id int) ([]*store.Session, error) {
	if err := must[store.Session](c, errForbidden, id); err != nil {
		return nil, err
	}
	s, err := store.Get[store.Session](c.ctx(), a.store, id)
	if err != nil {
		return nil, err
	}
	return []*store.Session{s}, nil
}

// addSessionTypes adds the type of each session as an object.
func (a *API) addSessionTypes(c *call, sessions []*store.Session, objects []store.Object) error {
	found, err := store.ByIDs[store.SessionType](c.ctx(), a.store, idsOf(sessions, func(s *store.Session) int { return s.TypeID }))
	if err != nil {
		return err
	}
	types := slices.Collect(maps.Values(found))
	full, err := store.JSON(c.ctx(), a.store, store.Full, types...)
	if err != nil {
		return err
	}
	byID := map[int]store.Object{}
	for i, t := range types {
		byID[t.ID] = full[i]
	}
	for i, s := range sessions {
		if o := byID[s.TypeID]; o != nil {
			objects[i]["session_type"] = o
		}
	}
	return nil
}

func (a *API) addSessionEvents(c *call, sessions []*store.Session, objects []store.Object) error {
	events, err := a.store.SessionEventsOf(c.ctx(), idsOf(sessions, func(s *store.Session) int { return s.ID }))
	if err != nil {
		return err
	}
	for i, s := range sessions { // no further statement: events are columns alone
		if objects[i]["session_events"], err = store.JSON(c.ctx(), a.store, store.Full, events[s.ID]...); err != nil {
			return err
		}
	}
	return nil
}

var serviceSessionsEventsIn = params{doc: "Lists the events of a session.", list: []param{
	{name: "id_session", kind: integer, help: "ID of the session to query events for", required: true},
}}

// getServiceSessionsEvents answers nothing for sessions of others; upstream answers everybody (core.md 13.2, 27).
func (a *API) getServiceSessionsEvents(c *call) (any, error) {
	id := c.args.int("id_session")
	if id == 0 {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	ok, err := may[store.Session](c, id)
	if err == nil && !ok {
		ok, err = a.store.MaySeeSession(c.ctx(), c.access(), id) // as the session manager has it
	}
	if err != nil || !ok {
		return []store.Object{}, err
	}
	return a.sessionEvents(c, id)
}

var serviceSessionsEventsPostIn = params{body: "session_event", doc: "Adds an event to a session (id 0) or changes one."}

func (a *API) postServiceSessionsEvents(c *call) (any, error) {
	return a.postSessionEvent(c, func(session int) (bool, error) { return may[store.Session](c, session) })
}
