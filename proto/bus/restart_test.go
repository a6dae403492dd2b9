package bus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

// logged is a log that a test reads while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.buf.String()), "\n")
}

func TestRestartIsNoticedByTheLogOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		log := &logged{}
		cfg := s.Config()
		cfg.Log = slog.New(slog.NewTextHandler(log, nil))
		b := bus.Open(cfg)
		defer b.Close()
		other := s.Open(t)
		plain, sub := collect(t, b, "a")
		glob, _ := collect(t, b, "x.*")
		server, err := b.Serve(within(t), map[string]bus.Method{
			"echo": func(_ context.Context, args bus.Args) (any, error) { return args, nil },
		}, "rpc")
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if _, err := other.Call(within(t), "rpc", "echo"); err != nil {
			t.Fatal(err)
		}
		back := make(chan struct{}, 10)
		b.OnReconnect(func(ctx context.Context) {
			if err := b.Set(ctx, "key", "again", 0); err != nil {
				t.Error(err)
			}
			back <- struct{}{}
		})
		for range 3 {
			s.Stop()
			set := make(chan error, 1)
			go func() { set <- b.Set(t.Context(), "while away", "1", 0) }() // waits for the server
			called := make(chan error, 1)
			go func() {
				r, err := other.Call(t.Context(), "rpc", "echo", "hello")
				if err == nil && string(r) != `["hello"]` {
					err = errors.New("got " + string(r))
				}
				called <- err
			}()
			added := make(chan error, 1)
			go func() { added <- sub.Add(t.Context(), "late") }()
			s.Start(t)
			for name, c := range map[string]chan error{"variable": set, "call": called, "subscription": added} {
				select {
				case err := <-c:
					if err != nil {
						t.Errorf("%s during a restart: %v", name, err)
					}
				case <-within(t).Done():
					t.Fatalf("%s during a restart does not end", name)
				}
			}
			select {
			case <-back:
			case <-within(t).Done():
				t.Fatal("the hook was not called")
			}
			if v, err := other.Get(within(t), "key"); v != "again" || err != nil {
				t.Errorf("variable of the hook: got %q, %v", v, err)
			}
			for _, topic := range []string{"a", "late"} {
				publish(t, other, topic, "")
				if m := next(t, plain); m.Topic != topic {
					t.Errorf("got %s, want %s", m.Topic, topic)
				}
			}
			publish(t, other, "x.y", "")
			if m := next(t, glob); m.Topic != "x.y" {
				t.Errorf("got %s, want x.y", m.Topic)
			}
		}
		lines := log.lines()
		if len(lines) != 6 {
			t.Fatalf("got %d lines of log, want 6:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		for i, line := range lines {
			want := []string{"redis lost", "redis is back"}[i%2]
			if !strings.Contains(line, want) {
				t.Errorf("line %d of the log: got %s, want %s", i, line, want)
			}
		}
	})
}

func TestOpenBeforeRedis(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		s.Stop()
		b := s.Open(t)
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := b.Subscribe(short, func(context.Context, bus.Message) {}, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Subscribe without Redis: got %v, want the deadline", err)
		}
		if _, err := b.Call(short, "rpc", "x"); !errors.Is(err, bus.ErrTimeout) {
			t.Errorf("Call without Redis: got %v, want ErrTimeout", err)
		}
		if err := b.Ping(short); err == nil {
			t.Error("Ping without Redis is fine")
		}
		s.Start(t)
		c, _ := collect(t, b, "a")
		publish(t, b, "a", "")
		next(t, c)
	})
}

func TestUnreachableRedisFailsInTime(t *testing.T) {
	b := bus.Open(bus.Config{Addr: "127.0.0.1:1", Log: slog.New(slog.DiscardHandler)})
	defer b.Close()
	start := time.Now()
	if err := b.Set(t.Context(), "k", "v", 0); err == nil {
		t.Fatal("Set without Redis is fine")
	}
	if took := time.Since(start); took < 2*time.Second || took > 15*time.Second {
		t.Errorf("gave up after %v, want about 3s", took)
	}
}

func TestWrongPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		cfg := s.Config()
		cfg.Password = "wrong"
		b := bus.Open(cfg)
		defer b.Close()
		if err := b.Set(within(t), "k", "v", 0); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
			t.Errorf("got %v, want WRONGPASS", err)
		}
	})
}
