package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userSessionsDeleteIn = params{doc: "Deletes a session that is not in progress.", list: []param{
	{name: "id", kind: integer, help: "Session ID to delete", required: true},
}}

// deleteUserSessions needs access to everybody in the session (core.md 4.2).
func (a *API) deleteUserSessions(c *call) (any, error) {
	id := c.args.int("id")
	s, err := store.Get[store.Session](c.ctx(), a.store, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errForbidden
	}
	if err != nil {
		return nil, err
	}
	m, err := a.store.SessionMembers(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	if err := c.checkAllMembers(m, id); err != nil {
		return nil, err
	}
	if s.Status == core.SessionInProgress {
		return nil, fail(http.StatusForbidden, "Session is in progress: can't delete that session.")
	}
	err = a.store.Write(c.ctx(), func(tx *store.Tx) error { return store.Delete[store.Session](c.ctx(), tx, id) })
	return "", stored(err)
}

func (c *call) checkAllMembers(m store.Members, session int) error {
	if len(m.Participants)+len(m.Users)+len(m.Devices) == 0 { // nobody's: the rule for one session
		if _, err := c.api.oneSession(c, session); errors.Is(err, errNothing) {
			return errForbidden
		} else if err != nil {
			return err
		}
	}
	refusal := func(noun string) error {
		return fail(http.StatusForbidden, "User doesn't have access to at least one "+noun+" of that session.")
	}
	if err := must[store.Participant](c, refusal("participant"), idsOf(m.Participants, func(p *store.Participant) int { return p.ID })...); err != nil {
		return err
	}
	if err := must[store.User](c, refusal("user"), idsOf(m.Users, func(u *store.User) int { return u.ID })...); err != nil {
		return err
	}
	return must[store.Device](c, refusal("device"), idsOf(m.Devices, func(d *store.Device) int { return d.ID })...)
}
