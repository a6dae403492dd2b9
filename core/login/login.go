// Package login says who makes a request: users by password or token, participants by password, dynamic or static token,
// devices and services by token (core.md 3). It issues tokens, remembers the ones that were given back, counts failed
// attempts, hands out the one-time ids of websocket URLs and keeps the token keys in Redis. Start at Login; every way to
// authenticate is a file of its own.
package login

import (
	"context"
	"crypto/rand"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// Config configures a Login.
type Config struct {
	Store *store.Store
	Bus   *bus.Bus
	// ClientCertificates believes the X-SSL headers of a proxy on this machine, which must overwrite what clients send.
	ClientCertificates bool
	Log                *slog.Logger // default slog.Default()
}

// Login is safe for concurrent use.
type Login struct {
	cfg                 Config
	cookieKey           []byte
	keys                keys
	users, participants *disabledTokens
	journal             chan entry
	settings            chan struct{} // capacity 1: the server's settings changed
	endless             sync.Map      // uuids of services that were seen with tokens without end
	turns               turns         // of password checks, by account
	hashing             chan struct{} // bounds the password checks that run at once: each takes a core for 0.2 s
}

// Identity is who makes a request. Exactly one of the first four is set.
type Identity struct {
	User        *store.User
	Participant *store.Participant
	Device      *store.Device
	Service     *store.Service

	Full     bool   // a participant who gave a password or a dynamic token (core.md 3.4)
	Password bool   // by HTTP Basic
	Token    string // the token presented, if any
}

// New returns a Login; Start must succeed before it is used.
func New(cfg Config) *Login {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	l := &Login{
		cfg: cfg, cookieKey: make([]byte, 32),
		journal: make(chan entry, journalSize), settings: make(chan struct{}, 1),
		hashing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1)),
	}
	_, _ = rand.Read(l.cookieKey) // does not fail
	l.newDisabled()
	return l
}

// cleanInterval is how often expired tokens leave the disabled sets.
const cleanInterval = 30 * time.Minute

// Run keeps the journal and the disabled sets until ctx ends.
func (l *Login) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.keepJournal(ctx) })
	g.Go(func() error { return l.cleanDisabled(ctx) })
	g.Go(func() error { return l.followSettings(ctx) })
	return g.Wait()
}
