package rest

import "net/http"

var userLogin2FAIn = params{strict: true, doc: "Ends a login with the code of the second factor.", list: []param{
	{name: "otp_code", kind: text, required: true, help: "2FA otp code"},
	{name: "with_websocket", kind: boolean, help: "If set, requires that a websocket url is returned. If not possible to do so, return a 403 error."},
}}

// userLogin2FA follows userLogin, by GET or POST, with its cookie (core.md 3.6).
func (a *API) userLogin2FA(c *call) (any, error) {
	u := c.id.User
	service, err := a.authCode(c)
	if err != nil {
		return nil, err
	}
	switch {
	case u.ForcePasswordChange:
		return nil, fail(http.StatusForbidden, "Password change required for this user.")
	case !u.TwoFactor:
		return nil, fail(http.StatusForbidden, "User does not have 2FA enabled")
	case !u.TwoFactorOTP || u.TwoFactorSecret == nil || *u.TwoFactorSecret == "":
		return nil, fail(http.StatusForbidden, "User does not have 2FA OTP enabled or secret set")
	}
	if err := a.login.CheckOTP(c.Request, u, *u.TwoFactorSecret, c.args.text("otp_code")); err != nil {
		return nil, err
	}
	reply, err := a.checkVersion(c)
	if err != nil {
		return nil, err
	}
	return a.finishUserLogin(c, u, reply, service)
}
