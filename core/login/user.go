package login

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/token"
)

// Lifetimes of dynamic tokens (core.md 3.2).
const (
	tokenLife   = time.Hour
	refreshLife = 30 * time.Minute
)

// User accepts HTTP Basic or a token. Basic is refused to accounts that must change their password or have a second
// factor: they go through /login.
func (l *Login) User(r *http.Request) (Identity, error) {
	if scheme, t := authorization(r); scheme == tokenScheme {
		return l.userToken(r, t)
	}
	id, err := l.UserPassword(r)
	if err != nil {
		return id, err
	}
	switch {
	case id.User.ForcePasswordChange:
		return Identity{}, &Denied{http.StatusUnauthorized, "Unauthorized - User must login first to change password", Message}
	case id.User.TwoFactor:
		return Identity{}, &Denied{http.StatusUnauthorized, "Unauthorized - 2FA is enabled, must login first and use token", Message}
	}
	return id, nil
}

// UserToken accepts a token only.
func (l *Login) UserToken(r *http.Request) (Identity, error) {
	scheme, t := authorization(r)
	if scheme != tokenScheme {
		return Identity{}, denied
	}
	return l.userToken(r, t)
}

// UserPassword accepts HTTP Basic only, whatever the account still has to do (core.md 3.3).
func (l *Login) UserPassword(r *http.Request) (Identity, error) {
	ctx := r.Context()
	name, password, ok := r.BasicAuth()
	if !ok {
		return Identity{}, denied
	}
	if limited, err := l.addressLimited(r); err != nil || limited {
		return Identity{}, refuse(err)
	}
	u, err := l.cfg.Store.UserByUsername(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		if _, err := l.check(ctx, "", password); err != nil {
			return Identity{}, err
		}
		l.addressFailed(r)
		l.log(r, attempt{how: byPassword, status: wrongUsername})
		return Identity{}, denied
	}
	if err != nil {
		return Identity{}, err
	}
	key := userAttempts(u.UUID)
	release, err := l.turns.take(ctx, key)
	if errors.Is(err, errTooMany) {
		return Identity{}, denied
	}
	if err != nil {
		return Identity{}, err
	}
	defer release()
	if ok, err := l.begin(ctx, key); err != nil || !ok {
		l.log(r, attempt{how: byPassword, status: maxAttempts, kind: core.KindUser, uuid: u.UUID})
		return Identity{}, refuse(err)
	}
	ok, err = l.check(ctx, u.Password, password)
	if err != nil {
		return Identity{}, err
	}
	if !ok || !u.Enabled {
		l.addressFailed(r)
		status := wrongPassword
		if !u.Enabled {
			status = disabled
		}
		l.log(r, attempt{how: byPassword, status: status, kind: core.KindUser, uuid: u.UUID})
		return Identity{}, denied
	}
	l.succeeded(ctx, key)
	if due(u.LastOnline) {
		l.seen(ctx, func(tx *store.Tx) error {
			fresh, err := store.Get[store.User](ctx, tx, u.ID)
			if err != nil {
				return err
			}
			fresh.LastOnline = now()
			return tx.Update(ctx, fresh, "user_lastonline")
		})
	}
	return Identity{User: u, Password: true}, nil
}

// refuse is err, or the refusal when there is none.
func refuse(err error) error {
	if err != nil {
		return err
	}
	return denied
}

func (l *Login) userToken(r *http.Request, t string) (Identity, error) {
	fail := func(status loginStatus, uuid string) (Identity, error) {
		l.log(r, attempt{how: byToken, status: status, kind: core.KindUser, uuid: uuid})
		return Identity{}, denied
	}
	if t == "" || l.users.has(t) {
		return fail(invalidToken, "")
	}
	c, err := token.VerifyUser(l.keys.get(userKeyVar), t)
	switch {
	case errors.Is(err, token.ErrExpired):
		return fail(expiredToken, c.UserUUID)
	case err != nil:
		return fail(invalidToken, "")
	}
	u, err := l.cfg.Store.UserByUUID(r.Context(), c.UserUUID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fail(invalidToken, c.UserUUID)
	case err != nil:
		return Identity{}, err
	case !u.Enabled:
		return fail(disabled, u.UUID)
	case u.ForcePasswordChange, c.Subject != "" && !hmac.Equal([]byte(c.Subject), []byte(l.mark(u))):
		return fail(invalidToken, u.UUID) // issued before the password or the second factor changed (core.md 13.1, 7)
	}
	return Identity{User: u, Token: t}, nil
}

// mark changes when the account's password or second factor does. Our tokens and cookies carry it, so older ones die.
func (l *Login) mark(u *store.User) string {
	secret := ""
	if u.TwoFactorSecret != nil {
		secret = *u.TwoFactorSecret
	}
	h := hmac.New(sha256.New, []byte(l.keys.get(userKeyVar)))
	fmt.Fprintf(h, "%s\n%s\n%t %t\n%s", u.UUID, u.Password, u.TwoFactor, u.TwoFactorOTP, secret)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// UserTokenFor issues a token; refresh makes it the shorter-lived kind.
func (l *Login) UserTokenFor(ctx context.Context, u *store.User, refresh bool) (string, error) {
	c := token.UserClaims{
		Standard: token.Dynamic(life(refresh)),
		UserUUID: u.UUID, UserID: u.ID, FullName: u.FullName(), SuperAdmin: u.SuperAdmin,
	}
	c.Subject = l.mark(u)
	if !u.SuperAdmin {
		roles, err := l.cfg.Store.GlobalRoles(ctx, u.ID)
		if err != nil {
			return "", err
		}
		c.ServiceAccess = roles
	}
	return token.SignUser(l.keys.get(userKeyVar), c)
}

func life(refresh bool) time.Duration {
	if refresh {
		return refreshLife
	}
	return tokenLife
}

// tokenScheme is the word before a token in the Authorization header, in this case exactly.
const tokenScheme = "OpenTera"

// authorization splits the Authorization header.
func authorization(r *http.Request) (scheme, credentials string) {
	scheme, credentials, _ = strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	return scheme, strings.TrimSpace(credentials)
}
