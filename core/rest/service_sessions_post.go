package rest

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var serviceSessionsPostIn = params{body: "session", doc: "Creates a session (id 0) or changes one."}

// postServiceSessions checks the people, and the session that is changed, which upstream does not (core.md 13.2, 27).
func (a *API) postServiceSessions(c *call) (any, error) {
	o, err := c.wrapped("session", "Missing session")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_session")
	if err != nil {
		return nil, err
	}
	members, err := c.takeMemberUUIDs(o)
	if err != nil {
		return nil, err
	}
	if id > 0 {
		err = c.checkServiceSession(o, id)
	} else {
		err = a.completeNewSession(c, o)
	}
	if err != nil {
		return nil, err
	}
	delete(o, "session_uuid") // given at creation, and running sessions are known by it
	if err := c.checkPostedCreators(o, id); err != nil {
		return nil, err
	}
	s, err := a.saveServiceSession(c, id, o, members)
	if err != nil {
		return nil, stored(err)
	}
	return store.JSON(c.ctx(), a.store, store.Full, s)
}

// checkServiceSession: the session must be the service's, and stay of a type that it may use.
func (c *call) checkServiceSession(o object, id int) error {
	if err := must[store.Session](c, errForbidden, id); err != nil {
		return err
	}
	kind, given, err := o.optionalID("id_session_type")
	if err != nil || !given {
		return err
	}
	s, err := find[store.Session](c, id, errForbidden)
	if err != nil || s.TypeID == kind {
		return err
	}
	return c.mustUseSessionType(kind)
}

func (c *call) mustUseSessionType(id int) error {
	ok, err := c.api.store.MayUseSessionType(c.ctx(), c.access(), id)
	if err == nil && !ok {
		err = fail(http.StatusForbidden, "Service doesn't have access to that session type.")
	}
	return err
}

// takeMemberUUIDs takes the lists of uuids out of a posted session and turns them into ids. Empty lists change nothing.
func (c *call) takeMemberUUIDs(o object) (m sessionMembers, err error) {
	for _, l := range []struct {
		key, noun string
		kind      core.Kind
		into      *[]int
	}{
		{"session_participants_uuids", "participant", core.KindParticipant, &m.participants},
		{"session_users_uuids", "user", core.KindUser, &m.users},
		{"session_devices_uuids", "device", core.KindDevice, &m.devices},
	} {
		uuids, _, err := o.texts(l.key)
		if err != nil {
			return m, err
		}
		delete(o, l.key)
		if len(uuids) > maxMembers {
			return m, failArgument(l.key, "too many")
		}
		refusal := fail(http.StatusForbidden, "Service doesn't have access to at least one "+l.noun+" of that session.")
		ids, err := c.accountIDs(l.kind, uuids)
		if errors.Is(err, store.ErrNotFound) {
			return m, refusal
		}
		if err != nil {
			return m, err
		}
		if ok, err := c.mayUUIDs(l.kind, uuids); err != nil {
			return m, err
		} else if !ok {
			return m, refusal
		}
		if len(ids) > 0 {
			*l.into = ids
		}
	}
	return m, nil
}

// completeNewSession fills in what a service leaves out (core.md 4.5).
func (a *API) completeNewSession(c *call, o object) error {
	if !o.has("id_service") {
		o["id_creator_service"] = c.id.Service.ID
	}
	if !o.has("id_session_type") {
		return fail(http.StatusBadRequest, "Missing id_session_type")
	}
	typeID, err := o.id("id_session_type")
	if err != nil {
		return err
	}
	t, err := find[store.SessionType](c, typeID, failArgument("id_session_type", "there is no such session type"))
	if err != nil {
		return err
	}
	if err := c.mustUseSessionType(typeID); err != nil {
		return err
	}
	if o["session_start_datetime"] == nil {
		o["session_start_datetime"] = a.store.Timestamp(time.Now())
	}
	if o["session_status"] == nil {
		o["session_status"] = int(core.SessionInProgress)
	}
	if o["session_name"] == nil {
		n, err := a.store.CountSessions(c.ctx(), 0)
		if err != nil {
			return err
		}
		year := time.Now().In(a.store.Location()).Year()
		if at, err := time.Parse(time.RFC3339, fmt.Sprint(o["session_start_datetime"])); err == nil {
			year = at.Year()
		}
		o["session_name"] = fmt.Sprintf("%s [%d.%d]", t.Name, year, n)
	}
	return nil
}

// saveServiceSession creates or changes a session. Its participants become those given; users and devices are only added.
func (a *API) saveServiceSession(c *call, id int, o object, m sessionMembers) (s *store.Session, err error) {
	err = a.store.Write(c.ctx(), func(tx *store.Tx) error {
		if id > 0 {
			s, err = store.UpdateJSON[store.Session](c.ctx(), tx, id, store.Object(o))
		} else {
			s, err = store.InsertJSON[store.Session](c.ctx(), tx, store.Object(o))
		}
		if err != nil {
			return err
		}
		if m.participants != nil {
			if err := tx.SetSessionMembers(c.ctx(), s.ID, core.KindParticipant, m.participants); err != nil {
				return err
			}
		}
		if err := tx.AddSessionMembers(c.ctx(), s.ID, core.KindUser, m.users); err != nil {
			return err
		}
		return tx.AddSessionMembers(c.ctx(), s.ID, core.KindDevice, m.devices)
	})
	return s, err
}
