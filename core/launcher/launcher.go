// Package launcher registers services: it keeps the variable service.<key> in Redis, which services read when they start
// (core.md 9.1, 9.3). Starting their processes is left to `gotera serve`, to `gotera core --python-services` or to the
// operator. Start at Launcher.
package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// Launcher keeps the variables as the database has them.
type Launcher struct {
	store  *store.Store
	bus    *bus.Bus
	log    *slog.Logger
	change chan struct{} // capacity 1: something changed, look again

	written map[string]bool // keys of the services that are registered; used by Run alone
}

// New returns a Launcher. Write registers the services, Run keeps them registered.
func New(s *store.Store, b *bus.Bus, log *slog.Logger) *Launcher {
	return &Launcher{store: s, bus: b, log: log, change: make(chan struct{}, 1), written: map[string]bool{}}
}

func variable(key string) string { return "service." + key }

// Changed makes Run look at the database again: services changed, or Redis lost its variables.
func (l *Launcher) Changed() {
	select {
	case l.change <- struct{}{}:
	default:
	}
}

// Write sets the variable of each enabled service but the core's own, and deletes those that were written before and
// are not enabled any more.
func (l *Launcher) Write(ctx context.Context) error {
	services, err := l.store.EnabledServices(ctx)
	if err != nil {
		return fmt.Errorf("register services: %w", err)
	}
	objects, err := store.JSON(ctx, l.store, store.Full, services...)
	if err != nil {
		return fmt.Errorf("register services: %w", err)
	}
	written := map[string]bool{}
	for i, s := range services {
		if s.Key == core.ServiceOpenTera {
			continue
		}
		raw, err := json.Marshal(objects[i])
		if err != nil {
			return fmt.Errorf("register service %s: %w", s.Key, err)
		}
		if err := l.bus.Set(ctx, variable(s.Key), string(raw), 0); err != nil {
			return fmt.Errorf("register service %s: %w", s.Key, err)
		}
		written[s.Key] = true
	}
	for key := range l.written {
		if !written[key] {
			if err := l.bus.Delete(ctx, variable(key)); err != nil {
				return fmt.Errorf("take service %s off: %w", key, err)
			}
		}
	}
	l.written = written
	return nil
}

// retryAfter is the wait after a failed Write.
const retryAfter = 2 * time.Second

// Run writes again whenever Changed was called, until ctx ends.
func (l *Launcher) Run(ctx context.Context) error {
	for {
		select {
		case <-l.change:
		case <-ctx.Done():
			return ctx.Err()
		}
		for {
			err := l.Write(ctx)
			if err == nil || errors.Is(err, context.Canceled) {
				break
			}
			l.log.Warn("services not registered, trying again", "error", err)
			select {
			case <-time.After(retryAfter):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
