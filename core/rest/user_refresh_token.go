package rest

import "github.com/gotera/gotera/core"

var userRefreshTokenIn = params{doc: "Exchanges a token for a new one.", list: []param{
	{name: "with_websocket", kind: boolean, help: "If set, requires that a websocket url is returned. If not possible to do so, return a 403 error."},
}}

func (a *API) userRefreshToken(c *call) (any, error) {
	u := c.id.User
	t, err := a.login.UserTokenFor(c.ctx(), u, true)
	if err != nil {
		return nil, err
	}
	reply := object{"refresh_token": t}
	if c.args.bool("with_websocket") && !a.reg.IsOnline(core.KindUser, u.UUID) {
		if reply["websocket_url"], err = c.websocketURL(core.KindUser, u.UUID); err != nil {
			return nil, err
		}
	}
	return reply, a.login.DisableToken(c.ctx(), c.id)
}
