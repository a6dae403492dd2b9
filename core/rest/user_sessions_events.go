package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userSessionsEventsIn = params{doc: "Lists the events of a session.", list: []param{
	{name: "id_session", kind: integer, help: "ID of the session to query events for", required: true},
}}

func (a *API) getUserSessionsEvents(c *call) (any, error) {
	id := c.args.int("id_session")
	if id == 0 {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	ok, err := a.store.MaySeeSession(c.ctx(), c.access(), id)
	if err != nil || !ok {
		return []store.Object{}, err
	}
	return a.sessionEvents(c, id)
}

func (a *API) sessionEvents(c *call, session int) (any, error) {
	events, err := a.store.SessionEvents(c.ctx(), session)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, events...)
}

var userSessionsEventsPostIn = params{body: "session_event", doc: "Adds an event to a session (id 0) or changes one."}

func (a *API) postUserSessionsEvents(c *call) (any, error) {
	return a.postSessionEvent(c, func(session int) (bool, error) {
		return a.store.MaySeeSession(c.ctx(), c.access(), session)
	})
}

// postSessionEvent stores an event of a session that allowed lets the caller write to. An existing event must belong to
// that session, which upstream does not check (core.md 13.2, 27).
func (a *API) postSessionEvent(c *call, allowed func(session int) (bool, error)) (any, error) {
	o, err := c.wrapped("session_event", "Missing session_event field")
	if err != nil {
		return nil, err
	}
	if !o.has("id_session") || !o.has("id_session_event") {
		return nil, fail(http.StatusBadRequest, "Missing id_session or id_session_event fields")
	}
	if n, ok := o["id_session"].(int); ok && (n < 1 || n > maxID) {
		return nil, errForbidden // nobody's session
	}
	session, err := o.id("id_session")
	if err != nil {
		return nil, err
	}
	if ok, err := allowed(session); err != nil {
		return nil, err
	} else if !ok {
		return nil, errForbidden
	}
	id, err := o.id("id_session_event")
	if err != nil {
		return nil, err
	}
	var event *store.SessionEvent
	err = a.store.Write(c.ctx(), func(tx *store.Tx) (err error) {
		if id == 0 {
			event, err = store.InsertJSON[store.SessionEvent](c.ctx(), tx, store.Object(o))
			return err
		}
		if event, err = store.Get[store.SessionEvent](c.ctx(), tx, id); err != nil {
			return err
		}
		if event.SessionID != session {
			return store.ErrNotFound
		}
		event, err = store.UpdateJSON[store.SessionEvent](c.ctx(), tx, id, store.Object(o))
		return err
	})
	if err != nil {
		return nil, stored(err)
	}
	return store.JSON(c.ctx(), a.store, store.Full, event)
}

var userSessionsEventsDeleteIn = params{doc: "Deletes an event of a session.", list: []param{
	{name: "id", kind: integer, help: "Session event ID to delete", required: true},
}}

func (a *API) deleteUserSessionsEvents(c *call) (any, error) {
	event, err := store.Get[store.SessionEvent](c.ctx(), a.store, c.args.int("id"))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errForbidden
	}
	if err != nil {
		return nil, err
	}
	if ok, err := a.store.MaySeeSession(c.ctx(), c.access(), event.SessionID); err != nil {
		return nil, err
	} else if !ok {
		return nil, errForbidden
	}
	err = a.store.Write(c.ctx(), func(tx *store.Tx) error { return store.Delete[store.SessionEvent](c.ctx(), tx, event.ID) })
	return "", stored(err)
}
