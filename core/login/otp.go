package login

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// otpOptions: SHA-1, 6 digits, 30 s, one period early or late (core.md 3.6).
var otpOptions = totp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

const (
	otpSecretBytes = 20 // 32 base32 characters
	proposalLife   = 15 * time.Minute
)

var (
	deniedOTP      = &Denied{http.StatusUnauthorized, "Invalid OTP code", String}
	deniedOTPTries = &Denied{http.StatusForbidden, "Too many 2FA attempts. Please wait and try again.", String}
)

// CheckOTPAttempts refuses an account whose second factor failed too often.
func (l *Login) CheckOTPAttempts(r *http.Request, u *store.User) error {
	n, err := l.failures(r.Context(), otpAttempts(u.UUID))
	if err != nil {
		return err
	}
	if n >= maxFailures {
		l.log(r, attempt{how: byPassword, status: maxAttempts, kind: core.KindUser, uuid: u.UUID})
		return deniedOTPTries
	}
	return nil
}

// usedLife is longer than any code is good for.
const usedLife = 2 * time.Minute

func usedVar(uuid, code string) string { return "User2FAUsed." + uuid + "." + strings.TrimSpace(code) }

// CheckOTP checks a code of the second factor, which serves once.
func (l *Login) CheckOTP(r *http.Request, u *store.User, secret, code string) error {
	return l.checkOTP(r, u, secret, code, func() (bool, error) {
		uses, err := l.cfg.Bus.Increment(r.Context(), usedVar(u.UUID, code), usedLife)
		return uses == 1, err
	})
}

// checkOTP counts the attempt first, so that many at once are not more. fresh is asked about a right code.
func (l *Login) checkOTP(r *http.Request, u *store.User, secret, code string, fresh func() (bool, error)) error {
	n, err := l.failures(r.Context(), otpAttempts(u.UUID))
	if err != nil {
		return err
	}
	if n >= maxFailures {
		return deniedOTPTries
	}
	counted, err := l.cfg.Bus.Increment(r.Context(), otpAttempts(u.UUID), lockTime2FA)
	if err != nil {
		return err
	}
	ok, err := totp.ValidateCustom(code, secret, time.Now(), otpOptions)
	if ok = ok && err == nil && counted <= maxFailures; ok {
		if ok, err = fresh(); err != nil {
			return err
		}
	}
	if ok {
		l.succeeded(r.Context(), otpAttempts(u.UUID))
		return nil
	}
	l.log(r, attempt{how: byPassword, status: unknown, kind: core.KindUser, uuid: u.UUID, message: "Invalid OTP code"})
	if counted >= maxFailures {
		return deniedOTPTries
	}
	return deniedOTP
}

func proposalVar(uuid string) string { return "User2FAProposal." + uuid }

// ProposeOTP makes a secret for u, and the picture (base64 PNG) by which an authenticator takes it.
func (l *Login) ProposeOTP(ctx context.Context, u *store.User, server string) (secret, picture string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: "OpenTera-" + server, AccountName: u.Username, SecretSize: otpSecretBytes,
		Period: otpOptions.Period, Digits: otpOptions.Digits, Algorithm: otpOptions.Algorithm,
	})
	if err != nil {
		return "", "", fmt.Errorf("second factor: %w", err)
	}
	img, err := key.Image(300, 300)
	if err != nil {
		return "", "", fmt.Errorf("second factor: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", "", fmt.Errorf("second factor: %w", err)
	}
	if err := l.cfg.Bus.Set(ctx, proposalVar(u.UUID), key.Secret(), proposalLife); err != nil {
		return "", "", err
	}
	return key.Secret(), base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// CheckProposedOTP accepts the secret that was proposed to u last, if the code proves that an authenticator has it. The
// code is still good for the login that follows.
func (l *Login) CheckProposedOTP(r *http.Request, u *store.User, secret, code string) error {
	proposed, err := l.cfg.Bus.Get(r.Context(), proposalVar(u.UUID))
	if errors.Is(err, bus.ErrNotSet) {
		return deniedOTP
	}
	if err != nil {
		return err
	}
	if err := l.checkOTP(r, u, proposed, code, func() (bool, error) { return true, nil }); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(proposed), []byte(secret)) != 1 {
		return deniedOTP
	}
	return l.cfg.Bus.Delete(r.Context(), proposalVar(u.UUID))
}
