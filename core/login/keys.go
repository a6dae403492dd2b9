package login

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// Names of the token keys in Redis (core.md 8.1). Services read them when they start.
const (
	userKeyVar              = "UserTokenAPIKey"
	participantKeyVar       = "ParticipantTokenAPIKey"
	serviceKeyVar           = "ServiceTokenAPIKey"
	deviceKeyVar            = "DeviceTokenAPIKey"
	deviceStaticKeyVar      = "DeviceStaticTokenAPIKey"
	participantStaticKeyVar = "ParticipantStaticTokenAPIKey"
)

// keys sign tokens. They stay the same as long as this process lives, and over its restarts as long as Redis keeps
// them: services hold on to what they read at their start.
type keys struct {
	mu   sync.RWMutex // guards vars
	vars map[string]string
}

func (k *keys) get(name string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.vars[name]
}

// Start reads or makes the token keys and writes them to Redis, and reads the disabled tokens. It fails when Redis or
// the database does not answer.
func (l *Login) Start(ctx context.Context) error {
	vars := map[string]string{}
	for _, name := range []string{userKeyVar, participantKeyVar, serviceKeyVar} {
		v, err := l.cfg.Bus.Get(ctx, name)
		if errors.Is(err, bus.ErrNotSet) {
			v, err = newKey(), nil
		}
		if err != nil {
			return fmt.Errorf("token keys: %w", err)
		}
		vars[name] = v
	}
	l.keys.mu.Lock()
	l.keys.vars = vars
	l.keys.mu.Unlock()
	if err := l.ReadSettings(ctx); err != nil {
		return err
	}
	return l.readDisabled(ctx)
}

// ReadSettings reads the static keys from the database and writes all keys to Redis.
func (l *Login) ReadSettings(ctx context.Context) error {
	device, err := l.setting(ctx, store.SettingDeviceTokenKey)
	if err != nil {
		return err
	}
	participant, err := l.setting(ctx, store.SettingParticipantTokenKey)
	if err != nil {
		return err
	}
	l.keys.mu.Lock()
	l.keys.vars[deviceKeyVar] = device
	l.keys.vars[deviceStaticKeyVar] = device
	l.keys.vars[participantStaticKeyVar] = participant
	l.keys.mu.Unlock()
	return l.WriteKeys(ctx)
}

func (l *Login) setting(ctx context.Context, name string) (string, error) {
	v, err := l.cfg.Store.Setting(ctx, name)
	if err != nil {
		return "", fmt.Errorf("server setting %s: %w", name, err)
	}
	return v, nil
}

// WriteKeys puts the token keys and the disabled tokens into Redis.
func (l *Login) WriteKeys(ctx context.Context) error {
	l.keys.mu.RLock()
	vars := make(map[string]string, len(l.keys.vars))
	for name, v := range l.keys.vars {
		vars[name] = v
	}
	l.keys.mu.RUnlock()
	for name, v := range vars {
		if err := l.cfg.Bus.Set(ctx, name, v, 0); err != nil {
			return fmt.Errorf("token keys: %w", err)
		}
	}
	return l.writeDisabled(ctx)
}

// SettingsChanged makes Run read the settings again.
func (l *Login) SettingsChanged() {
	select {
	case l.settings <- struct{}{}:
	default:
	}
}

func (l *Login) followSettings(ctx context.Context) error {
	for {
		select {
		case <-l.settings:
			if err := l.ReadSettings(ctx); err != nil && ctx.Err() == nil {
				l.cfg.Log.Error("settings not read", "error", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func newKey() string {
	const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	key := make([]byte, 32)
	for i := range key {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphanumerics))))
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		key[i] = alphanumerics[n.Int64()]
	}
	return string(key)
}
