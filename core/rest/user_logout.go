package rest

import (
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
)

var userLogoutIn = params{doc: "Logs out: the token is no longer good, the websocket is closed."}

func (a *API) userLogout(c *call) (any, error) {
	if err := a.login.DisableToken(c.ctx(), c.id); err != nil {
		return nil, err
	}
	a.cfg.Disconnect(core.KindUser, c.id.User.UUID)
	login.EndSession(c.Writer)
	return "User logged out.", nil
}
