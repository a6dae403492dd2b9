package rehab

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/token"
)

// Redis variables with the core's keys (core.md 8.1). The core makes new ones each time it starts.
const (
	varUserKey        = "UserTokenAPIKey"
	varParticipantKey = "ParticipantTokenAPIKey"
	varLinkKey        = "ParticipantStaticTokenAPIKey"
	varDeviceKey      = "DeviceStaticTokenAPIKey"
	varServiceKey     = "ServiceTokenAPIKey"
	varUserDisabled   = "user_disabled_tokens"
	varPartDisabled   = "participant_disabled_tokens"
	varService        = "service." // + service_key
)

const (
	keyLife  = time.Minute // a key is read again after this
	keyRetry = time.Second // and, when a token does not match it, not sooner than this
)

var errNoServiceKey = errors.New("service key is not in Redis")

// keyring holds the core's keys.
type keyring struct {
	bus     *bus.Bus
	service string // uuid
	renewed func() // called when the core has a new service key, hence was restarted; must not wait

	mu    sync.Mutex // guards the fields below; held during a read, so that one read serves all who wait
	user  cachedKey
	svc   cachedKey
	part  cachedKey // of participants' tokens that expire
	link  cachedKey // of those that do not
	dev   cachedKey
	token string
}

type cachedKey struct {
	value string
	read  time.Time
}

func newKeyring(b *bus.Bus, service string) *keyring {
	return &keyring{bus: b, service: service, renewed: func() {}}
}

// load reads a key again if it is older than age.
func (k *keyring) load(ctx context.Context, c *cachedKey, name string, age time.Duration) error {
	if c.value != "" && time.Since(c.read) < age {
		return nil
	}
	v, err := k.bus.Get(ctx, name)
	if err != nil {
		return err
	}
	c.value, c.read = v, time.Now()
	return nil
}

// serviceToken is this service's own token (backend.TokenSource).
func (k *keyring) serviceToken(ctx context.Context, renew bool) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.svc.value
	age := 24 * time.Hour // until the core refuses it
	if renew {
		age = 0
	}
	if err := k.load(ctx, &k.svc, varServiceKey, age); err != nil {
		return "", errors.Join(errNoServiceKey, err)
	}
	if k.token == "" || k.svc.value != old {
		t, err := token.SignService(k.svc.value, token.ServiceClaims{Standard: token.SelfIssued(), ServiceUUID: k.service})
		if err != nil {
			return "", err
		}
		k.token = t
		if old != "" {
			k.renewed()
		}
	}
	return k.token, nil
}

// verifyUser returns who a user token speaks for.
func (k *keyring) verifyUser(ctx context.Context, text string) (token.UserClaims, error) {
	claims, err := verified(ctx, k, &k.user, varUserKey, text, token.VerifyUser)
	if err != nil {
		return claims, err
	}
	return claims, k.enabled(ctx, varUserDisabled, text)
}

// verifyParticipant returns whose token text is. One that does not expire may have been replaced since: that the core
// knows.
func (k *keyring) verifyParticipant(ctx context.Context, text string) (token.ParticipantClaims, error) {
	claims, err := verified(ctx, k, &k.part, varParticipantKey, text, token.VerifyParticipant)
	if err == nil && claims.Expires().IsZero() {
		err = token.ErrInvalid
	}
	if errors.Is(err, token.ErrInvalid) {
		claims, err = verified(ctx, k, &k.link, varLinkKey, text, token.VerifyParticipant)
	}
	if err != nil {
		return claims, err
	}
	return claims, k.enabled(ctx, varPartDisabled, text)
}

// verifyDevice returns whose token text is; it, too, may have been replaced.
func (k *keyring) verifyDevice(ctx context.Context, text string) (token.DeviceClaims, error) {
	return verified(ctx, k, &k.dev, varDeviceKey, text, token.VerifyDevice)
}

// enabled fails with ErrInvalid for a token whose owner has logged out.
func (k *keyring) enabled(ctx context.Context, set, text string) error {
	disabled, err := k.bus.InSet(ctx, set, text)
	if err == nil && disabled {
		err = token.ErrInvalid
	}
	return err
}

// verified checks a token with a key of Redis, which is read again when the token does not fit: the core may have been
// restarted.
func verified[C any](ctx context.Context, k *keyring, c *cachedKey, name, text string, verify func(key, t string) (C, error)) (C, error) {
	try := func(age time.Duration) (none C, err error) {
		k.mu.Lock()
		err = k.load(ctx, c, name, age)
		key := c.value
		k.mu.Unlock()
		if err != nil {
			return none, err
		}
		return verify(key, text)
	}
	claims, err := try(keyLife)
	if errors.Is(err, token.ErrInvalid) {
		claims, err = try(keyRetry)
	}
	return claims, err
}
