package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userSessionsPostIn = params{body: "session", doc: "Creates a session (id 0) or changes one."}

func (a *API) postUserSessions(c *call) (any, error) {
	o, err := c.wrapped("session", "Missing session")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_session")
	if err != nil {
		return nil, err
	}
	if id == 0 && !o.has("session_participants_ids") && !o.has("session_users_ids") {
		return nil, fail(http.StatusBadRequest, "Missing session participants and users")
	}
	old := 0 // the type of a session that is there: it may be one that is no longer offered
	if id > 0 {
		sessions, err := a.oneSession(c, id)
		if errors.Is(err, errNothing) {
			return nil, fail(http.StatusForbidden, "No access to session.")
		}
		if err != nil {
			return nil, err
		}
		old = sessions[0].TypeID
	}
	if kind, given, err := o.optionalID("id_session_type"); err != nil {
		return nil, err
	} else if given && kind != old {
		if err := must[store.SessionType](c, fail(http.StatusForbidden, "User doesn't have access to that session type."), kind); err != nil {
			return nil, err
		}
	}
	delete(o, "session_uuid") // given at creation, and running sessions are known by it
	members, err := c.postedMembers(o)
	if err != nil {
		return nil, err
	}
	if err := c.checkPostedCreators(o, id); err != nil {
		return nil, err
	}
	s, err := a.saveSession(c, id, o, members)
	if err != nil {
		return nil, stored(err)
	}
	return store.JSON(c.ctx(), a.store, store.Full, s)
}

// sessionMembers are the ids of a session's people; nil lists stay as they are.
type sessionMembers struct{ participants, users, devices []int }

// postedMembers takes the lists of ids out of a posted session. Empty lists change nothing (core.md 4.2).
func (c *call) postedMembers(o object) (m sessionMembers, err error) {
	for _, l := range []struct {
		key, noun string
		into      *[]int
		may       func(ids ...int) (bool, error)
	}{
		{"session_participants_ids", "participant", &m.participants, func(ids ...int) (bool, error) { return may[store.Participant](c, ids...) }},
		{"session_users_ids", "user", &m.users, func(ids ...int) (bool, error) { return may[store.User](c, ids...) }},
		{"session_devices_ids", "device", &m.devices, func(ids ...int) (bool, error) { return may[store.Device](c, ids...) }},
	} {
		ids, _, err := o.ids(l.key)
		if err != nil {
			return m, err
		}
		delete(o, l.key)
		ok, err := l.may(ids...)
		if err != nil {
			return m, err
		}
		if !ok {
			return m, fail(http.StatusForbidden, "User doesn't have access to at least one "+l.noun+" of that session.")
		}
		if len(ids) > 0 {
			*l.into = ids
		}
	}
	return m, nil
}

// checkPostedCreators refuses a creator whom the caller may not see; upstream takes any. A service may make sessions for
// another one.
func (c *call) checkPostedCreators(o object, session int) error {
	who := "User"
	service := func(id int) (bool, error) { return may[store.Service](c, id) }
	if c.id.Service != nil {
		who = "Service"
		service = func(id int) (bool, error) {
			return store.Can[store.Service](c.ctx(), c.api.store, store.Everything(), id)
		}
	}
	for _, k := range []struct {
		key string
		may func(id int) (bool, error)
	}{
		{"id_creator_user", func(id int) (bool, error) { return may[store.User](c, id) }},
		{"id_creator_participant", func(id int) (bool, error) { return may[store.Participant](c, id) }},
		{"id_creator_device", func(id int) (bool, error) { return may[store.Device](c, id) }},
		{"id_creator_service", service},
	} {
		id, given, err := o.optionalID(k.key)
		if err != nil {
			return err
		}
		if !given {
			continue
		}
		if id == 0 {
			o[k.key] = nil
			continue
		}
		ok, err := k.may(id)
		if err != nil {
			return err
		}
		if !ok && session == 0 {
			return fail(http.StatusForbidden, who+" doesn't have access to the creator of that session.")
		}
		if !ok {
			delete(o, k.key) // the form sends back what it was given
		}
	}
	return nil
}

// saveSession creates or changes a session and replaces those lists of people that are given.
func (a *API) saveSession(c *call, id int, o object, m sessionMembers) (s *store.Session, err error) {
	err = a.store.Write(c.ctx(), func(tx *store.Tx) error {
		if id > 0 {
			s, err = store.UpdateJSON[store.Session](c.ctx(), tx, id, store.Object(o))
		} else {
			s, err = store.InsertJSON[store.Session](c.ctx(), tx, store.Object(o))
		}
		if err != nil {
			return err
		}
		for _, l := range []struct {
			kind core.Kind
			ids  []int
		}{{core.KindParticipant, m.participants}, {core.KindUser, m.users}, {core.KindDevice, m.devices}} {
			if l.ids == nil {
				continue
			}
			if err := tx.SetSessionMembers(c.ctx(), s.ID, l.kind, l.ids); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}
