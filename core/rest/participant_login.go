package rest

import (
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/store"
)

var participantLoginIn = params{doc: "Logs a participant in.", list: []param{
	{name: "with_websocket", kind: boolean, help: "If set, requires that a websocket url is returned. If not possible to do so, return a 403 error."},
}}

func (a *API) participantLogin(c *call) (any, error) {
	p := c.id.Participant
	reply := object{"participant_name": p.Name, "participant_uuid": p.UUID, "base_token": p.Token}
	switch {
	case !a.reg.IsOnline(core.KindParticipant, p.UUID):
		url, err := c.websocketURL(core.KindParticipant, p.UUID)
		if err != nil {
			return nil, err
		}
		reply["websocket_url"] = url
	case c.args.bool("with_websocket"):
		a.login.AlreadyOnline(c.Request, c.id)
		return nil, fail(http.StatusForbidden, "Participant already logged in.")
	}
	types, err := a.store.SessionTypes(c.ctx(), c.access(), store.SessionTypeQuery{})
	if err != nil {
		return nil, err
	}
	if reply["session_types_info"], err = store.JSON(c.ctx(), a.store, store.Min, types...); err != nil {
		return nil, err
	}
	if c.id.Full {
		if reply["participant_token"], err = a.login.ParticipantTokenFor(p, false); err != nil {
			return nil, err
		}
	}
	a.login.Seen(c.ctx(), c.id)
	a.login.Succeeded(c.Request, c.id)
	return reply, nil
}

var participantLogoutIn = params{doc: "Logs a participant out: a dynamic token is no longer good, the websocket is closed."}

func (a *API) participantLogout(c *call) (any, error) {
	if c.id.Full {
		if err := a.login.DisableToken(c.ctx(), c.id); err != nil {
			return nil, err
		}
	}
	a.cfg.Disconnect(core.KindParticipant, c.id.Participant.UUID)
	login.EndSession(c.Writer)
	return "Participant logged out.", nil
}

var participantRefreshTokenIn = params{doc: "Exchanges a dynamic token for a new one."}

func (a *API) participantRefreshToken(c *call) (any, error) {
	t, err := a.login.ParticipantTokenFor(c.id.Participant, true)
	if err != nil {
		return nil, err
	}
	return object{"refresh_token": t}, a.login.DisableToken(c.ctx(), c.id)
}
