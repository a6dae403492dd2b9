package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/opentera"
)

// userSessionsManager sends the request to the service of the session (core.md 9.5).
func (a *API) userSessionsManager(c *call) (any, error) {
	g, err := c.newManage("User")
	if err != nil {
		return nil, err
	}
	if id, given, err := g.m.optionalID("id_creator_user"); err != nil {
		return nil, err
	} else if !given || id == 0 {
		g.m["id_creator_user"] = c.id.User.ID
	}
	if err := g.find(); err != nil {
		return nil, err
	}
	if g.session != nil {
		err = g.complete()
	} else {
		err = g.checkNewUserSession()
	}
	if err != nil {
		return nil, err
	}
	if err := g.checkUserRights(); err != nil {
		return nil, err
	}
	if g.action == "invite_reply" {
		if err := g.completeReply(); err != nil {
			return nil, err
		}
	}
	return g.ask()
}

func (g *manage) checkNewUserSession() error {
	id, given, err := g.m.optionalID("id_session_type")
	if err != nil {
		return err
	}
	if !given {
		return fail(http.StatusBadRequest, "Missing required id_session_type for new sessions")
	}
	// A start ends the creator's other session: nobody starts one in the name of somebody else.
	if creator, err := g.m.id("id_creator_user"); err != nil {
		return err
	} else if creator != g.id.User.ID && !g.id.User.SuperAdmin {
		return fail(http.StatusForbidden, "User doesn't have access to the creator of that session.")
	}
	return must[store.SessionType](g.call, fail(http.StatusForbidden, "User doesn't have access to that session type."), id)
}

func (g *manage) checkUserRights() error {
	id, given, err := g.m.optionalID("id_service")
	if err != nil {
		return err
	}
	if given {
		if err := must[store.Service](g.call, fail(http.StatusForbidden, "User doesn't have access to that service."), id); err != nil {
			return err
		}
	}
	if err := g.checkMembers(); err != nil {
		return err
	}
	return g.checkCreators()
}

// replyCodes are the words for the numbers of JoinSessionReplyEvent (core.md 9.5).
var replyCodes = map[string]opentera.JoinSessionReplyEvent_ReplyType{
	"accept":  opentera.JoinSessionReplyEvent_REPLY_ACCEPTED,
	"reject":  opentera.JoinSessionReplyEvent_REPLY_DENIED,
	"deny":    opentera.JoinSessionReplyEvent_REPLY_DENIED,
	"busy":    opentera.JoinSessionReplyEvent_REPLY_BUSY,
	"timeout": opentera.JoinSessionReplyEvent_REPLY_TIMEOUT,
}

// completeReply turns the reply code into its number and says who replies: the caller and nobody else.
func (g *manage) completeReply() error {
	parameters, err := g.m.object("parameters")
	if err != nil {
		return err
	}
	if parameters == nil {
		return fail(http.StatusBadRequest, "Missing parameters")
	}
	invalid := fail(http.StatusBadRequest, "Invalid reply code")
	switch code := parameters["reply_code"].(type) {
	case nil:
		return fail(http.StatusBadRequest, "Missing reply code in parameters")
	case string:
		n, ok := replyCodes[code]
		if !ok {
			return invalid
		}
		parameters["reply_code"] = int(n)
	case int:
		if code < 1 || code > int(opentera.JoinSessionReplyEvent_REPLY_TIMEOUT) {
			return invalid
		}
	default:
		return invalid
	}
	reply := object{"reply_code": parameters["reply_code"], "user_uuid": g.id.User.UUID}
	if msg := parameters["reply_msg"]; msg != nil {
		reply["reply_msg"] = msg
	}
	g.m["parameters"] = reply
	return nil
}
