package login

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/token"
)

// disabledTokens are dynamic tokens that were given back before they expired (core.md 3.9). They are in memory, so that
// each request need not ask Redis, and in Redis for the services. A token leaves when it expires: it is useless then.
type disabledTokens struct {
	name   string // of the Redis set
	verify func(string) (expires time.Time, err error)

	mu     sync.RWMutex // guards tokens
	tokens map[string]time.Time
}

func (d *disabledTokens) has(t string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, ok := d.tokens[t]
	return ok
}

// add disables a token. Expired ones and those that are not ours need not be kept.
func (d *disabledTokens) add(t string) bool {
	expires, err := d.verify(t)
	if err != nil || expires.IsZero() {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens[t] = expires
	return true
}

// expired takes out and returns what is no longer valid.
func (d *disabledTokens) expired(now time.Time) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var gone []string
	for t, expires := range d.tokens {
		if !expires.After(now) {
			gone = append(gone, t)
			delete(d.tokens, t)
		}
	}
	return gone
}

func (d *disabledTokens) all() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]string, 0, len(d.tokens))
	for t := range d.tokens {
		all = append(all, t)
	}
	return all
}

func (l *Login) newDisabled() {
	l.users = &disabledTokens{name: "user_disabled_tokens", tokens: map[string]time.Time{}}
	l.users.verify = func(t string) (time.Time, error) {
		c, err := token.VerifyUser(l.keys.get(userKeyVar), t)
		return c.Expires(), err
	}
	l.participants = &disabledTokens{name: "participant_disabled_tokens", tokens: map[string]time.Time{}}
	l.participants.verify = func(t string) (time.Time, error) {
		c, err := token.VerifyParticipant(l.keys.get(participantKeyVar), t)
		return c.Expires(), err
	}
}

// readDisabled fills the sets from Redis and throws useless members away.
func (l *Login) readDisabled(ctx context.Context) error {
	for _, d := range []*disabledTokens{l.users, l.participants} {
		members, err := l.cfg.Bus.SetMembers(ctx, d.name)
		if err != nil {
			return fmt.Errorf("disabled tokens: %w", err)
		}
		var useless []string
		for _, t := range members {
			if !d.add(t) {
				useless = append(useless, t)
			}
		}
		if len(useless) > 0 {
			if err := l.cfg.Bus.RemoveFromSet(ctx, d.name, useless...); err != nil {
				return fmt.Errorf("disabled tokens: %w", err)
			}
		}
	}
	return nil
}

// writeDisabled puts the sets into a Redis that has lost them.
func (l *Login) writeDisabled(ctx context.Context) error {
	for _, d := range []*disabledTokens{l.users, l.participants} {
		if all := d.all(); len(all) > 0 {
			if err := l.cfg.Bus.AddToSet(ctx, d.name, all...); err != nil {
				return fmt.Errorf("disabled tokens: %w", err)
			}
		}
	}
	return nil
}

func (l *Login) disable(ctx context.Context, d *disabledTokens, t string) error {
	if !d.add(t) {
		return nil
	}
	return l.cfg.Bus.AddToSet(ctx, d.name, t)
}

// DisableToken makes the dynamic token that id came with useless.
func (l *Login) DisableToken(ctx context.Context, id Identity) error {
	switch {
	case id.Token == "":
		return nil
	case id.User != nil:
		return l.disable(ctx, l.users, id.Token)
	case id.Participant != nil:
		return l.disable(ctx, l.participants, id.Token)
	}
	return nil
}

// cleanDisabled throws expired tokens away until ctx ends.
func (l *Login) cleanDisabled(ctx context.Context) error {
	tick := time.NewTicker(cleanInterval)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			for _, d := range []*disabledTokens{l.users, l.participants} {
				if gone := d.expired(now); len(gone) > 0 {
					if err := l.cfg.Bus.RemoveFromSet(ctx, d.name, gone...); err != nil {
						l.cfg.Log.Warn("expired tokens not removed", "error", err)
					}
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
