package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var deviceForbiddenIn = params{doc: "Always refused: devices write, they do not read or delete what they wrote."}

func (a *API) deviceForbidden(*call) (any, error) {
	return nil, fail(http.StatusForbidden, "Forbidden for security reasons")
}

var deviceSessionsPostIn = params{body: "session", doc: "Creates a session of the device's own (id 0) or changes one."}

func (a *API) postDeviceSessions(c *call) (any, error) {
	return a.postOwnSession(c, ownSession{"id_creator_device", c.id.Device.ID, func(s *store.Session) *int { return s.CreatorDeviceID }})
}

var deviceSessionsEventsPostIn = params{body: "session_event", doc: "Adds an event (id 0) to a session of the device's, or changes one."}

// postDeviceSessionsEvents takes sessions that the device created or takes part in.
func (a *API) postDeviceSessionsEvents(c *call) (any, error) {
	return a.postSessionEvent(c, func(session int) (bool, error) {
		return a.store.MaySeeSession(c.ctx(), c.access(), session)
	})
}
