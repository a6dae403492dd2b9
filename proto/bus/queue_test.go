package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

func TestSlowHandlerLosesTheOldest(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		log := &logged{}
		cfg := s.Config()
		cfg.Log = slog.New(slog.NewTextHandler(log, nil))
		b := bus.Open(cfg)
		defer b.Close()
		got, release := make(chan string, 4000), make(chan struct{})
		_, err := b.Subscribe(within(t), func(_ context.Context, m bus.Message) {
			got <- string(m.Payload)
			<-release
		}, "a")
		if err != nil {
			t.Fatal(err)
		}
		fence, _ := collect(t, b, "fence") // the same connection: its message comes after the others
		publish(t, b, "a", "first")
		<-got
		const n = 3000
		for i := range n {
			publish(t, b, "a", fmt.Sprint(i))
		}
		publish(t, b, "fence", "")
		next(t, fence)
		close(release)
		for i := n - 1024; i < n; i++ {
			if m := <-got; m != fmt.Sprint(i) {
				t.Fatalf("got %s, want %d", m, i)
			}
		}
		lines := log.lines()
		if len(lines) != 2 || !strings.Contains(lines[0], "slow subscriber") || !strings.Contains(lines[1], "count=1976") {
			t.Errorf("log: got %q, want that it is slow and the count", lines)
		}
	})
}

func TestHandlerPanicsAndGoesOn(t *testing.T) {
	log := &logged{}
	cfg := bustest.StartEmbedded(t).Config()
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	b := bus.Open(cfg)
	defer b.Close()
	got := make(chan string, 1)
	_, err := b.Subscribe(within(t), func(_ context.Context, m bus.Message) {
		if len(m.Payload) == 0 {
			panic("with what was received")
		}
		got <- string(m.Payload)
	}, "a")
	if err != nil {
		t.Fatal(err)
	}
	publish(t, b, "a", "")
	publish(t, b, "a", "next")
	if m := <-got; m != "next" {
		t.Errorf("got %q, want next", m)
	}
	if text := strings.Join(log.lines(), "\n"); !strings.Contains(text, "queue_test.go") || strings.Contains(text, "what was received") {
		t.Errorf("log: got %s, want the place and not the value", text)
	}
}

func TestCloseFromTheHandler(t *testing.T) {
	b := bustest.Embedded(t)
	subs, ended := make(chan *bus.Subscription, 1), make(chan struct{})
	sub, err := b.Subscribe(within(t), func(ctx context.Context, _ bus.Message) {
		(<-subs).Close()
		<-ctx.Done()
		close(ended) // a second message would close it again
	}, "a")
	if err != nil {
		t.Fatal(err)
	}
	subs <- sub
	publish(t, b, "a", "")
	<-ended
	publish(t, b, "a", "")
	if err := sub.Add(within(t), "b"); err == nil {
		t.Error("Add to a closed subscription is fine")
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	for _, start := range []func(testing.TB) *bustest.Server{bustest.StartEmbedded, bustest.StartRedis} {
		s := start(t)
		before := ours(t)
		b := bus.Open(s.Config())
		collect(t, b, "a", "b.*")
		b.OnReconnect(func(context.Context) {})
		if _, err := b.Serve(within(t), map[string]bus.Method{
			"f": func(ctx context.Context, _ bus.Args) (any, error) { return nil, nil },
			"g": func(ctx context.Context, _ bus.Args) (any, error) { <-ctx.Done(); return nil, nil },
		}, "rpc"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Call(within(t), "rpc", "f"); err != nil {
			t.Fatal(err)
		}
		hanging := make(chan error, 1)
		go func() { _, err := b.Call(t.Context(), "rpc", "g"); hanging <- err }()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := <-hanging; err == nil {
			t.Error("a call on a closed bus was answered")
		}
		s.Stop()
		deadline := time.Now().Add(10 * time.Second)
		for len(ours(t)) > len(before) {
			if time.Now().After(deadline) {
				t.Fatalf("left over:\n%s", strings.Join(ours(t), "\n\n"))
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := b.Publish(t.Context(), "a", nil); err == nil {
			t.Error("Publish on a closed bus is fine")
		}
		if _, err := b.Subscribe(t.Context(), func(context.Context, bus.Message) {}, "a"); err == nil {
			t.Error("Subscribe on a closed bus is fine")
		}
		if err := b.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	}
}

// ours are the stacks of the goroutines that a bus, an embedded Redis or their clients started.
func ours(t *testing.T) (stacks []string) {
	t.Helper()
	buf := make([]byte, 4<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		_, creator, _ := strings.Cut(stack, "created by ")
		for _, name := range []string{"proto/bus.", "go-redis", "miniredis", "errgroup", "sync.(*WaitGroup).Go"} {
			if strings.Contains(creator, name) {
				stacks = append(stacks, stack)
				break
			}
		}
	}
	return stacks
}
