package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userLoginSetup2FAGetIn = params{strict: true, doc: "Proposes a secret for the second factor."}

var userLoginSetup2FAPostIn = params{strict: true, doc: "Takes the proposed secret, proved by a code, as the second factor.", list: []param{
	{name: "otp_secret", kind: text, required: true, help: "2FA otp secret"},
	{name: "otp_code", kind: text, required: true, help: "2FA otp code"},
	{name: "with_email_enabled", kind: boolean, help: "Enable 2FA email notifications"},
}}

// mayEnrol refuses users who have a second factor, or need none.
func mayEnrol(u *store.User) error {
	switch {
	case u.ForcePasswordChange:
		return fail(http.StatusForbidden, "Password change required for this user.")
	case !u.TwoFactor:
		return fail(http.StatusForbidden, "User does not have 2FA enabled")
	case u.TwoFactorOTP || u.TwoFactorSecret != nil && *u.TwoFactorSecret != "":
		return fail(http.StatusForbidden, "User already has 2FA OTP secret set")
	}
	return nil
}

// getUserLoginSetup2FA proposes a secret, also as the picture of a QR code; nothing is stored with the account yet.
func (a *API) getUserLoginSetup2FA(c *call) (any, error) {
	if _, err := a.authCode(c); err != nil {
		return nil, err
	}
	if err := mayEnrol(c.id.User); err != nil {
		return nil, err
	}
	secret, png, err := a.login.ProposeOTP(c.ctx(), c.id.User, a.cfg.Name)
	if err != nil {
		return nil, err
	}
	return object{"qr_code": png, "otp_secret": secret}, nil
}

// postUserLoginSetup2FA stores the secret that was proposed, not any other (core.md 13.1, 6).
func (a *API) postUserLoginSetup2FA(c *call) (any, error) {
	u := c.id.User
	if err := mayEnrol(u); err != nil {
		return nil, err
	}
	secret, code := c.args.text("otp_secret"), c.args.text("otp_code")
	if err := a.login.CheckProposedOTP(c.Request, u, secret, code); err != nil {
		return nil, err
	}
	u.TwoFactorOTP, u.TwoFactorSecret, u.TwoFactorEmail = true, &secret, c.args.bool("with_email_enabled")
	err := a.store.Write(c.ctx(), func(tx *store.Tx) error {
		return tx.Update(c.ctx(), u, "user_2fa_otp_enabled", "user_2fa_otp_secret", "user_2fa_email_enabled")
	})
	if err != nil {
		return nil, stored(err)
	}
	a.login.Begin(c.Writer, c.Request, u) // the former cookie went with the former state of the account
	return object{"message": "2FA enabled for this user.", "redirect_url": "/login_validate_2fa?code=" + code}, nil
}
