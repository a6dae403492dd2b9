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

// CheckOTP checks a code of the second factor. It counts the attempt first, so that many at once are not more.
func (l *Login) CheckOTP(r *http.Request, u *store.User, secret, code string) error {
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
	if err == nil && ok && counted <= maxFailures {
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

// CheckProposedOTP accepts the secret that was proposed to u last, if the code proves that an authenticator has it.
func (l *Login) CheckProposedOTP(r *http.Request, u *store.User, secret, code string) error {
	proposed, err := l.cfg.Bus.Get(r.Context(), proposalVar(u.UUID))
	if errors.Is(err, bus.ErrNotSet) {
		return deniedOTP
	}
	if err != nil {
		return err
	}
	if err := l.CheckOTP(r, u, proposed, code); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(proposed), []byte(secret)) != 1 {
		return deniedOTP
	}
	return l.cfg.Bus.Delete(r.Context(), proposalVar(u.UUID))
}
