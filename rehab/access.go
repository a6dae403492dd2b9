package rehab

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	accessLife = 30 * time.Second // until a user's access is asked again
	accessTime = 5 * time.Second  // for one question
	maxAccess  = 1000             // users remembered
)

// access remembers which participants a user may see, as the core says.
type access struct {
	ask func(ctx context.Context, userUUID string) (map[string]bool, error)
	log *slog.Logger

	mu    sync.Mutex // guards users
	users map[string]accessible
}

type accessible struct {
	participants map[string]bool
	asked        time.Time
}

func newAccess(ask func(context.Context, string) (map[string]bool, error), log *slog.Logger) *access {
	return &access{ask: ask, log: log, users: map[string]accessible{}}
}

// participants is empty for a user of whom the core says nothing; while it does not answer, the last answer counts.
func (a *access) participants(ctx context.Context, user string) map[string]bool {
	a.mu.Lock()
	known, ok := a.users[user]
	a.mu.Unlock()
	if ok && time.Since(known.asked) < accessLife {
		return known.participants
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), accessTime) // the answer outlives the page that asked
	defer cancel()
	set, err := a.ask(ctx, user)
	if err != nil {
		a.log.Warn("access of a user is not known", "err", err)
		return known.participants // asked again the next time
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.users) >= maxAccess {
		clear(a.users)
	}
	a.users[user] = accessible{set, time.Now()}
	return set
}
