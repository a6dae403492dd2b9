package rest

import (
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/store"
)

var userLoginIn = params{strict: true, doc: "Logs in by HTTP Basic.", list: []param{
	{name: "with_websocket", kind: boolean, help: "If set, requires that a websocket url is returned. If not possible to do so, return a 403 error."},
}}

// userLogin answers with a token, or says what has to come first (core.md 3.6).
func (a *API) userLogin(c *call) (any, error) {
	u := c.id.User
	reply, err := a.checkVersion(c)
	if err != nil {
		return nil, err
	}
	code, err := a.authCode(c)
	if err != nil {
		return nil, err
	}
	switch {
	case u.ForcePasswordChange:
		next(reply, "password_change", "/login_change_password", "Password change required for this user.")
	case u.TwoFactor:
		if err := a.login.CheckOTPAttempts(c.Request, u); err != nil {
			return nil, err
		}
		if u.TwoFactorOTP && u.TwoFactorSecret != nil && *u.TwoFactorSecret != "" {
			next(reply, "2fa", "/login_validate_2fa", "2FA required for this user.")
		} else {
			next(reply, "2fa_setup", "/login_setup_2fa", "2FA enabled but OTP not set for this user. Please setup 2FA.")
		}
	default:
		return a.finishUserLogin(c, u, reply, code)
	}
	a.login.Begin(c.Writer, c.Request, u)
	return reply, nil
}

// authCode is the code of the service that sent the browser to log in, if any. A bad one ends the session.
func (a *API) authCode(c *call) (*login.AuthCode, error) {
	code, err := a.login.AuthCode(c.Request)
	if err != nil {
		login.EndSession(c.Writer)
	}
	return code, err
}

func next(reply object, reason, url, message string) {
	reply["message"], reply["reason"], reply["redirect_url"] = message, reason, url
}

// finishUserLogin gives a user who has proved everything a token; or gives it to the service that asked, and the user
// the way back there.
func (a *API) finishUserLogin(c *call, u *store.User, reply object, code *login.AuthCode) (any, error) {
	if c.args.bool("with_websocket") {
		if a.reg.IsOnline(core.KindUser, u.UUID) {
			a.login.AlreadyOnline(c.Request, c.id)
			return nil, fail(http.StatusForbidden, "User already logged in.")
		}
		url, err := c.websocketURL(core.KindUser, u.UUID)
		if err != nil {
			return nil, err
		}
		reply["websocket_url"] = url
	}
	t, err := a.login.UserTokenFor(c.ctx(), u, false)
	if err != nil {
		return nil, err
	}
	reply["user_uuid"], reply["user_fullname"], reply["user_token"] = u.UUID, u.FullName(), t
	if code != nil {
		url, err := a.login.Finish(c.ctx(), code, reply)
		if err != nil {
			return nil, err
		}
		reply = object{"redirect_url": url}
		login.EndSession(c.Writer) // the code is used up
	} else {
		a.login.Begin(c.Writer, c.Request, u)
	}
	a.login.Succeeded(c.Request, c.id)
	return reply, nil
}
