package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userSessionsIn = params{doc: "Lists sessions. One id is needed.", list: append([]param{
	{name: "id_session", kind: integer, help: "ID of the session to query"},
	{name: "id_participant", kind: integer, help: "ID of the participant from which to get all sessions"},
	{name: "id_user", kind: integer, help: "ID of the user from which to get all sessions"},
	{name: "id_device", kind: integer, help: "ID of the device from which to get all sessions"},
	{name: "session_uuid", kind: text, help: "Session UUID to query"},
	{name: "with_session_type", kind: boolean, help: "Include session type informations"},
}, sessionParams...)}

func (a *API) getUserSessions(c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	sessions, err := a.findUserSessions(c)
	if errors.Is(err, errNothing) {
		return []store.Object{}, nil
	}
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), sessions...)
	if err != nil {
		return nil, err
	}
	if c.args.bool("with_session_type") {
		err = a.withSessionTypes(c.ctx(), sessions, func(i int, t *store.SessionType) error {
			objects[i]["session_type_name"], objects[i]["session_type_color"] = t.Name, t.Color
			return nil
		})
	}
	return objects, err
}

// findUserSessions chooses by the first id that is given, in upstream's order. Sessions of a participant whom the caller may
// see are listed whoever else is in them. Users and devices may be of several sites: of theirs, the sessions with participants
// whom the caller may not see are left out (upstream shows them, names and all).
func (a *API) findUserSessions(c *call) ([]*store.Session, error) {
	q := c.sessionQuery()
	switch {
	case c.args.int("id_participant") != 0:
		q.Participant = c.args.int("id_participant")
		if err := must[store.Participant](c, errNothing, q.Participant); err != nil {
			return nil, err
		}
	case c.args.int("id_session") != 0:
		return a.oneSession(c, c.args.int("id_session"))
	case c.args.int("id_user") != 0:
		q.User, q.KnownTo = c.args.int("id_user"), c.access()
		if err := must[store.User](c, errNothing, q.User); err != nil {
			return nil, err
		}
	case c.args.int("id_device") != 0:
		q.Device, q.KnownTo = c.args.int("id_device"), c.access()
		if err := must[store.Device](c, errNothing, q.Device); err != nil {
			return nil, err
		}
	case c.args.text("session_uuid") != "":
		s, err := a.store.SessionByUUID(c.ctx(), c.args.text("session_uuid"))
		if errors.Is(err, store.ErrNotFound) {
			return nil, errNothing
		}
		if err != nil {
			return nil, err
		}
		return a.oneSession(c, s.ID)
	default:
		return nil, errNothing
	}
	return a.store.Sessions(c.ctx(), store.Everything(), q)
}

// oneSession is the session, if the caller may see it by the rule for one session (core.md 5.2); else errNothing.
func (a *API) oneSession(c *call, id int) ([]*store.Session, error) {
	ok, err := a.store.MaySeeSession(c.ctx(), c.access(), id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNothing
	}
	s, err := store.Get[store.Session](c.ctx(), a.store, id)
	if err != nil {
		return nil, err
	}
	return []*store.Session{s}, nil
}
