package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// serviceSessionsManager is the session manager for services (core.md 9.5). It may manage sessions that another service
// runs.
func (a *API) serviceSessionsManager(c *call) (any, error) {
	g, err := c.newManage("Service")
	if err != nil {
		return nil, err
	}
	if !g.hasCreator() && !g.m.has("id_session") {
		g.m["id_creator_service"] = c.id.Service.ID
	}
	if err := g.find(); err != nil {
		return nil, err
	}
	if g.session != nil {
		err = g.complete()
	} else {
		err = g.takeServiceOfType()
	}
	if err != nil {
		return nil, err
	}
	if err := g.checkMembers(); err != nil {
		return nil, err
	}
	if err := g.checkCreators(); err != nil {
		return nil, err
	}
	return g.ask()
}

func (g *manage) hasCreator() bool {
	return g.m.has("id_creator_user") || g.m.has("id_creator_participant") || g.m.has("id_creator_device") || g.m.has("id_creator_service")
}

// takeServiceOfType: the session type of a new session says which service runs it, whatever was sent.
func (g *manage) takeServiceOfType() error {
	id, given, err := g.m.optionalID("id_session_type")
	if err != nil {
		return err
	}
	if !given {
		return fail(http.StatusBadRequest, "Missing required id_session_type for new sessions")
	}
	t, err := find[store.SessionType](g.call, id, fail(http.StatusBadRequest, "Invalid session type"))
	if err != nil {
		return err
	}
	if t.ServiceID != nil {
		g.m["id_service"] = *t.ServiceID
	}
	return g.mustUseSessionType(id)
}
