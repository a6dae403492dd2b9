package rest

import (
	"maps"
	"net/http"
	"time"

	"github.com/gotera/gotera/core/store"
)

var userStatsIn = params{doc: "Statistics of one thing: the first of the ids that is given.", list: []param{
	{name: "id_user_group", kind: integer, help: "ID of the user group to query stats for."},
	{name: "id_user", kind: integer, help: "ID of the user to query stats for."},
	{name: "id_site", kind: integer, help: "ID of the site to query stats for."},
	{name: "id_project", kind: integer, help: "ID of the project to query stats for."},
	{name: "id_group", kind: integer, help: "ID of the participant group to query stats for."},
	{name: "id_session", kind: integer, help: "ID of the session to query stats for."},
	{name: "id_participant", kind: integer, help: "ID of the participant to query stats for."},
	{name: "id_device", kind: integer, help: "ID of the device to query stats for."},
	{name: "with_participants", kind: boolean, help: "Also includes related participants stats, of a site, project or group."},
	{name: "with_warnings", kind: boolean, help: "Also includes people of a site who have been away for long."},
}}

// statistics are the kinds, in upstream's order: who may ask, and the answer.
var statistics = []struct {
	id  string
	may func(c *call, id int) (bool, error)
	of  func(a *API, c *call, id int) (store.Object, error)
}{
	{"id_user_group", mayOne[store.UserGroup], func(a *API, c *call, id int) (store.Object, error) {
		return a.store.UserGroupStatistics(c.ctx(), c.access(), id)
	}},
	{"id_user", mayOne[store.User], func(a *API, c *call, id int) (store.Object, error) { return a.store.UserStatistics(c.ctx(), id) }},
	{"id_site", mayOne[store.Site], (*API).siteStats},
	{"id_project", mayOne[store.Project], func(a *API, c *call, id int) (store.Object, error) {
		o, err := a.store.ProjectStatistics(c.ctx(), id)
		return o, a.addAttendance(c, o, err, store.Scope{Project: id})
	}},
	{"id_group", mayOne[store.ParticipantGroup], func(a *API, c *call, id int) (store.Object, error) {
		o, err := a.store.ParticipantGroupStatistics(c.ctx(), id)
		return o, a.addAttendance(c, o, err, store.Scope{Group: id})
	}},
	{"id_session", func(c *call, id int) (bool, error) { return c.api.store.MaySeeSession(c.ctx(), c.access(), id) },
		func(a *API, c *call, id int) (store.Object, error) { return a.store.SessionStatistics(c.ctx(), id) }},
	{"id_participant", mayOne[store.Participant], func(a *API, c *call, id int) (store.Object, error) {
		return a.store.ParticipantStatistics(c.ctx(), id)
	}},
	{"id_device", mayOne[store.Device], func(a *API, c *call, id int) (store.Object, error) { return a.store.DeviceStatistics(c.ctx(), id) }},
}

func mayOne[T any](c *call, id int) (bool, error) { return may[T](c, id) }

func (a *API) getUserStats(c *call) (any, error) {
	for _, s := range statistics {
		id := c.args.int(s.id)
		if id == 0 {
			continue
		}
		ok, err := s.may(c, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errForbidden
		}
		return s.of(a, c, id)
	}
	return nil, fail(http.StatusBadRequest, "Missing id argument")
}

func (a *API) siteStats(c *call, id int) (store.Object, error) {
	o, err := a.store.SiteStatistics(c.ctx(), c.access(), id)
	if err := a.addAttendance(c, o, err, store.Scope{Site: id}); err != nil || !c.args.bool("with_warnings") {
		return o, err
	}
	warnings, err := a.store.SiteWarnings(c.ctx(), c.access(), id, time.Now())
	maps.Copy(o, warnings)
	return o, err
}

// addAttendance adds the participants, if they are asked for and err is nil.
func (a *API) addAttendance(c *call, o store.Object, err error, s store.Scope) error {
	if err != nil || !c.args.bool("with_participants") {
		return err
	}
	o["participants"], err = a.store.Attendance(c.ctx(), c.access(), s)
	return err
}
