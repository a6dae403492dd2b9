// Package bus is how gotera's processes, and OpenTera's own, talk to one another: Redis variables, publish/subscribe
// and the RPC protocol on top of it (core.md 8). The same code speaks to a redis-server and to the Embedded one of this
// package. A Redis that goes away is waited for: commands ride out a short restart, subscriptions come back by
// themselves. Start at Open; topics.go names the topics, rpc.go and serve.go hold the calls.
package bus

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ErrClosed is what every method of a closed Bus fails with.
var ErrClosed = errors.New("bus closed")

const (
	defaultTimeout = 10 * time.Second // of Subscribe and Call when the context has no deadline; OpenTera's, for calls
	bufferSize     = 4 << 10          // bytes, each way and connection; larger values pass through unbuffered
)

// Config says which Redis. A zero optional field means its default.
type Config struct {
	Addr               string // host:port; required
	DB                 int
	Username, Password string       // optional
	Name               string       // shown by CLIENT LIST; optional
	Log                *slog.Logger // default slog.Default()
}

// Bus is one process's link to Redis. Its methods may be called from any goroutine.
type Bus struct {
	log    *slog.Logger
	client *redis.Client
	hub    *hub
	caller *caller

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // the hub, and one goroutine per subscription and per call being served
}

// Open returns a Bus without waiting for Redis: it connects on use, and again for ever.
func Open(cfg Config) *Bus {
	quiet()
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	b := &Bus{
		log: cfg.Log.With("redis", cfg.Addr),
		client: redis.NewClient(&redis.Options{
			Addr: cfg.Addr, DB: cfg.DB, Username: cfg.Username, Password: cfg.Password, ClientName: clientName(cfg.Name),
			Dialer:                dial,
			Protocol:              2,  // what OpenTera's own clients speak; RESP3 brings nothing we use
			MaxRetries:            -1, // see try: only what is safe to repeat is repeated
			DialerRetries:         1,
			ContextTimeoutEnabled: true,
			ReadBufferSize:        bufferSize, WriteBufferSize: bufferSize,
			PipelinePoolSize:         -1,
			DisableIdentity:          true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		}),
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.hub = newHub(b)
	b.caller = newCaller(b)
	return b
}

// Close ends every subscription, server and running command, and waits for handlers to return. It must not be called
// from a handler.
func (b *Bus) Close() error {
	b.hub.close() // from here on nothing is added to b.wg
	b.cancel()
	err := b.client.Close()
	b.wg.Wait()
	if errors.Is(err, redis.ErrClosed) {
		return nil // closed twice
	}
	return err
}

// Ping reports whether Redis answers.
func (b *Bus) Ping(ctx context.Context) error {
	return b.try(ctx, "ping", safe, func(ctx context.Context) error { return b.client.Ping(ctx).Err() })
}

var quietOnce sync.Once

// quiet silences go-redis's own logger, which is global and writes a line per failed dial: this package logs one line
// when Redis is lost and one when it is back.
func quiet() { quietOnce.Do(func() { redis.SetLogger(noLog{}) }) }

type noLog struct{}

func (noLog) Printf(context.Context, string, ...any) {}

// clientName is name as Redis takes it: printable ASCII without spaces.
func clientName(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, name)
}
