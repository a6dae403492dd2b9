// Package bustest gives tests a Redis of their own: the embedded one, or a real redis-server process, both on a free
// loopback port and with a password. Embedded and Redis return a bus straight away; with StartEmbedded and StartRedis a
// test can also stop and start the server. Everything ends with the test.
package bustest

import (
	"context"
	"errors"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/bus"
)

// Password is what every server started here asks for.
const Password = "bustest"

// Embedded returns a bus on an embedded Redis.
func Embedded(t testing.TB) *bus.Bus { t.Helper(); return StartEmbedded(t).Open(t) }

// Redis returns a bus on a redis-server process.
func Redis(t testing.TB) *bus.Bus { t.Helper(); return StartRedis(t).Open(t) }

// Server is a Redis of either kind.
type Server struct {
	Addr  string // host:port, kept over Stop and Start
	start func(addr string) (stop func(), err error)
	stop  func() // nil while stopped
}

// Config is how to open a bus on s.
func (s *Server) Config() bus.Config {
	return bus.Config{Addr: s.Addr, Password: Password, Log: slog.New(slog.DiscardHandler)}
}

// Open returns a bus on s that is closed with the test.
func (s *Server) Open(t testing.TB) *bus.Bus {
	t.Helper()
	b := bus.Open(s.Config())
	t.Cleanup(func() { b.Close() })
	return b
}

// Stop ends the server at once; a redis-server is killed. What it held is lost.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Start starts a stopped server again, empty, on the same address, and returns once it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	err := s.tryStart(t.Context())
	for range 50 { // a child process that a parallel test has just forked holds the old socket until it has called exec
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
		time.Sleep(20 * time.Millisecond)
		err = s.tryStart(t.Context())
	}
	if err != nil {
		t.Fatalf("start Redis on %s: %v", s.Addr, err)
	}
}

func (s *Server) tryStart(ctx context.Context) error {
	stop, err := s.start(s.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	b := bus.Open(s.Config())
	defer b.Close()
	for err = b.Ping(ctx); err != nil && ctx.Err() == nil; {
		err = b.Ping(ctx)
	}
	if err != nil {
		stop()
		return err
	}
	s.stop = stop
	return nil
}

// newServer starts a server on a free port, and on another one when somebody else was faster.
func newServer(t testing.TB, start func(string) (func(), error)) *Server {
	t.Helper()
	var err error
	for range 5 {
		s := &Server{Addr: freeAddr(t), start: start}
		if err = s.tryStart(t.Context()); err == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatalf("start Redis: %v", err)
	return nil
}
