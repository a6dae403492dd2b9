package rest

import (
	"slices"

	"github.com/gotera/gotera/core/rest/forms"
	"github.com/gotera/gotera/core/store"
)

// sessionFormLists are the choices for a session that is edited, for a new one in a project, or for any. What the session
// has already is always among them.
func (a *API) sessionFormLists(c *call) (lists, error) {
	session, project, err := a.formSession(c)
	if err != nil {
		return nil, err
	}
	l := lists{}
	for _, f := range []func(*call, *store.Session, int, lists) error{
		a.sessionTypeChoices, a.userChoices, a.deviceChoices, a.participantChoices, a.serviceChoices,
	} {
		if err := f(c, session, project, l); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// formSession is the session with the id that is asked for, nil without one that the caller may see, and the project that
// limits the choices, 0 for none.
func (a *API) formSession(c *call) (*store.Session, int, error) {
	var session *store.Session
	project := c.args.int("id_project")
	if id := c.args.int("id"); id != 0 {
		ok, err := a.store.MaySeeSession(c.ctx(), c.access(), id)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			if session, err = store.Get[store.Session](c.ctx(), a.store, id); err != nil {
				return nil, 0, err
			}
			if project, err = a.store.ProjectOfSession(c.ctx(), id); err != nil {
				return nil, 0, err
			}
		}
	}
	if ok, err := may[store.Project](c, project); err != nil || !ok {
		return session, 0, err
	}
	return session, project, nil
}

// sessionTypeChoices: of a project, those whose service the caller may use.
func (a *API) sessionTypeChoices(c *call, session *store.Session, project int, l lists) error {
	types, err := a.store.SessionTypes(c.ctx(), c.access(), store.SessionTypeQuery{Project: project, Usable: project != 0})
	if err != nil {
		return err
	}
	l["session_types"] = valuesOf(types, sessionTypeValue)
	if session == nil {
		return nil
	}
	return addChoice(c, l, "session_types", &session.TypeID, sessionTypeValue)
}

// userChoices: of a project, everybody with a role on it; super-administrators for their like; and the caller.
func (a *API) userChoices(c *call, session *store.Session, project int, l lists) error {
	access := c.access()
	if project != 0 {
		access = store.Everything() // colleagues, on a project that the caller may see
	}
	users, err := a.store.Users(c.ctx(), access, store.UserQuery{Project: project, SuperAdmins: c.id.User.SuperAdmin})
	if err != nil {
		return err
	}
	l["users"] = valuesOf(users, userValue)
	if err := addChoice(c, l, "users", &c.id.User.ID, userValue); err != nil || session == nil {
		return err
	}
	return addChoice(c, l, "users", session.CreatorUserID, userValue)
}

func (a *API) deviceChoices(c *call, session *store.Session, project int, l lists) error {
	devices, err := a.store.Devices(c.ctx(), c.access(), store.DeviceQuery{Project: project})
	if err != nil {
		return err
	}
	l["devices"] = valuesOf(devices, deviceValue)
	if session == nil {
		return nil
	}
	return addChoice(c, l, "devices", session.CreatorDeviceID, deviceValue)
}

func (a *API) participantChoices(c *call, session *store.Session, project int, l lists) error {
	participants, err := a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{Project: project})
	if err != nil {
		return err
	}
	l["participants"] = valuesOf(participants, participantValue)
	if session == nil {
		return nil
	}
	return addChoice(c, l, "participants", session.CreatorParticipantID, participantValue)
}

func (a *API) serviceChoices(c *call, session *store.Session, project int, l lists) error {
	services, err := a.store.Services(c.ctx(), c.access(), store.ServiceQuery{Project: project})
	if err != nil {
		return err
	}
	l["services"] = valuesOf(services, serviceValue)
	if session == nil {
		return nil
	}
	return addChoice(c, l, "services", session.CreatorServiceID, serviceValue)
}

func sessionTypeValue(t *store.SessionType) (int, string) { return t.ID, t.Name }
func userValue(u *store.User) (int, string)               { return u.ID, u.FullName() }
func deviceValue(d *store.Device) (int, string)           { return d.ID, d.Name }
func participantValue(p *store.Participant) (int, string) { return p.ID, p.Name }

// addChoice adds the row with that id, if there is one, to a list that lacks it.
func addChoice[T any](c *call, l lists, name string, id *int, value func(*T) (int, string)) error {
	if id == nil || slices.ContainsFunc(l[name], func(v forms.Value) bool { return v.ID == *id }) {
		return nil
	}
	rows, err := store.ByIDs[T](c.ctx(), c.api.store, []int{*id})
	if row := rows[*id]; row != nil {
		id, text := value(row)
		l[name] = append(l[name], forms.Value{ID: id, Text: text})
	}
	return err
}
