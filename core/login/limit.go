package login

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// Limits on failures (core.md 3.3, 3.6). The first two are OpenTera's; the third is against one address that tries many
// accounts, and spares private networks, where a proxy may stand for everybody.
const (
	maxFailures = 5
	lockTime    = 120 * time.Second
	lockTime2FA = 900 * time.Second

	maxAddressFailures = 100
)

func userAttempts(uuid string) string        { return "UserLoginAttempts." + uuid }
func participantAttempts(uuid string) string { return "ParticipantLoginAttempts." + uuid }
func otpAttempts(uuid string) string         { return "User2FALoginAttempts." + uuid }
func addressAttempts(ip string) string       { return "AddressLoginAttempts." + ip }

// failures is the number of failures counted under key.
func (l *Login) failures(ctx context.Context, key string) (int, error) {
	v, err := l.cfg.Bus.Get(ctx, key)
	if errors.Is(err, bus.ErrNotSet) {
		return 0, nil
	}
	n, _ := strconv.Atoi(v)
	return n, err
}

// begin counts an attempt as a failure, before the password is checked, so that one that is cut off counts too. It reports false when there were too many; locked accounts are not locked for longer.
func (l *Login) begin(ctx context.Context, key string) (bool, error) {
	n, err := l.failures(ctx, key)
	if err != nil || n >= maxFailures {
		return false, err
	}
	counted, err := l.cfg.Bus.Increment(ctx, key, lockTime)
	return counted <= maxFailures, err
}

// succeeded forgets the failures.
func (l *Login) succeeded(ctx context.Context, key string) {
	if err := l.cfg.Bus.Delete(ctx, key); err != nil {
		l.cfg.Log.Warn("login attempts not cleared", "error", err)
	}
}

// addressLimited reports whether the client's address failed too often.
func (l *Login) addressLimited(r *http.Request) (bool, error) {
	if !limited(ClientIP(r)) {
		return false, nil
	}
	n, err := l.failures(r.Context(), addressAttempts(ClientIP(r)))
	return n >= maxAddressFailures, err
}

func (l *Login) addressFailed(r *http.Request) {
	if !limited(ClientIP(r)) {
		return
	}
	if _, err := l.cfg.Bus.Increment(r.Context(), addressAttempts(ClientIP(r)), lockTime); err != nil {
		l.cfg.Log.Warn("login attempt not counted", "error", err)
	}
}

func limited(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && !addr.IsLoopback() && !addr.IsPrivate() && !addr.IsLinkLocalUnicast()
}

// check compares a password with a hash, in constant time for an empty hash too. Few checks run at once.
func (l *Login) check(ctx context.Context, hash, password string) (bool, error) {
	select {
	case l.hashing <- struct{}{}:
		defer func() { <-l.hashing }()
		return store.CheckPassword(hash, password), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
