// Package servertest runs the whole core for a test: on a database with OpenTera's test data, a Redis of the test's own
// and a free port. Requests go over HTTP, as everybody else's. Start at Start.
package servertest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strconv"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

// Server is a core that runs until the test ends, or Stop.
type Server struct {
	URL     string // http://127.0.0.1:port
	Redis   *bustest.Server
	Bus     *bus.Bus     // a bus of the test's own
	Store   *store.Store // the same database, opened by the test; its changes are not announced
	Started server.Started

	cfg  server.Config
	stop func()
}

// Option changes the configuration before the start.
type Option func(*server.Config)

// Start runs the core on a database of its own engine, which is given the test data when it is empty and the core in test
// mode, and on an embedded Redis.
func Start(t testing.TB, db configs.Database, options ...Option) *Server {
	t.Helper()
	return StartOn(t, db, bustest.StartEmbedded(t), options...)
}

// StartOn is Start on a given Redis.
func StartOn(t testing.TB, db configs.Database, redis *bustest.Server, options ...Option) *Server {
	t.Helper()
	return start(t, db, redis, storetest.Fill, options)
}

// StartEmpty is Start for tests of what the core itself makes in an empty database.
func StartEmpty(t testing.TB, db configs.Database, options ...Option) *Server {
	t.Helper()
	return start(t, db, bustest.StartEmbedded(t), func(testing.TB, configs.Database) {}, options)
}

func start(t testing.TB, db configs.Database, redis *bustest.Server, fill func(testing.TB, configs.Database), options []Option) *Server {
	t.Helper()
	cfg := server.Config{
		Core: coreConfig(t, db, redis), Tests: true, BcryptCost: bcrypt.MinCost, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, o := range options {
		o(&cfg)
	}
	if cfg.Tests {
		fill(t, db)
	}
	s := &Server{Redis: redis, cfg: cfg}
	s.Run(t)
	s.Bus = redis.Open(t)
	s.Store = storetest.Open(t, db, nil)
	return s
}

func coreConfig(t testing.TB, db configs.Database, redis *bustest.Server) configs.Core {
	t.Helper()
	host, port, err := net.SplitHostPort(redis.Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return configs.Core{
		Server: configs.Server{
			Name: "test", Hostname: "core.example.org", Port: 40075,
			SSLPath: t.TempDir(), CACertificate: "ca_cert.pem", CAPrivateKey: "ca_key.pem",
		},
		Database: db,
		Redis:    configs.Redis{Hostname: host, Port: n, Password: bustest.Password},
	}
}

// Run starts a stopped core again, on another port.
func (s *Server) Run(t testing.TB) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.cfg
	cfg.Listener = ln
	started := make(chan server.Started, 1)
	cfg.OnStarted = func(st server.Started) { started <- st }
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, cfg) }()
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("core ended: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("core does not stop")
		}
	}
	t.Cleanup(s.stop)
	select {
	case s.Started = <-started:
	case err := <-ended:
		stopped = true
		t.Fatalf("core did not start: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("core does not start")
	}
	s.URL = "http://" + s.Started.Addr
}

// Stop ends the core and waits for it.
func (s *Server) Stop() { s.stop() }
