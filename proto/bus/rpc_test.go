package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/opentera"
)

func serve(t *testing.T, b *bus.Bus, methods map[string]bus.Method, topics ...string) *bus.Server {
	t.Helper()
	s, err := b.Serve(within(t), methods, topics...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestCall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		var got atomic.Value
		topic := bus.ServiceRPC("VideoRehabService")
		serve(t, s.Open(t), map[string]bus.Method{
			"echo":  func(_ context.Context, args bus.Args) (any, error) { got.Store(args); return len(args), nil },
			"null":  func(context.Context, bus.Args) (any, error) { return nil, nil },
			"fails": func(context.Context, bus.Args) (any, error) { return 1, errors.New("session_uuid is missing") },
			"panic": func(context.Context, bus.Args) (any, error) { panic("with a secret") },
			"chan":  func(context.Context, bus.Args) (any, error) { return make(chan int), nil },
		}, topic)
		b := s.Open(t)
		args := []any{true, 1.5, int64(-7), "text", []byte{0, 255}}
		if r, err := b.Call(within(t), topic, "echo", args...); string(r) != "5" || err != nil {
			t.Errorf("echo: got %s, %v, want 5", r, err)
		}
		if got := got.Load(); !reflect.DeepEqual(got, bus.Args(args)) {
			t.Errorf("arguments: got %#v, want %#v", got, args)
		}
		if r, err := b.Call(within(t), topic, "null"); string(r) != "null" || err != nil {
			t.Errorf("null: got %s, %v", r, err)
		}
		for method, text := range map[string]string{
			"fails": "session_uuid is missing", "panic": "internal error", "none": `unknown method "none"`, "chan": "unsupported type",
		} {
			start := time.Now()
			_, err := b.Call(within(t), topic, method)
			if !errors.Is(err, bus.ErrRPC) || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: got %v, want ErrRPC with %q", method, err, text)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: answered after %v, want at once", method, took)
			}
		}
		if _, err := b.Call(within(t), topic, "echo", 1, struct{}{}); err == nil || !strings.Contains(err.Error(), "argument 2") {
			t.Errorf("an argument that cannot be sent: got %v", err)
		}
	})
}

func TestCallTimesOut(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		release := make(chan struct{})
		defer close(release)
		serve(t, b, map[string]bus.Method{"slow": func(context.Context, bus.Args) (any, error) { <-release; return nil, nil }}, "rpc")
		for topic, what := range map[string]string{"rpc": "slow server", "nobody": "no server"} {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if _, err := b.Call(ctx, topic, "slow"); !errors.Is(err, bus.ErrTimeout) {
				t.Errorf("%s: got %v, want ErrTimeout", what, err)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := b.Call(ctx, "rpc", "slow"); !errors.Is(err, context.Canceled) || errors.Is(err, bus.ErrTimeout) {
			t.Errorf("cancelled: got %v, want Canceled", err)
		}
	})
}

func TestCallsOfTwoCallersDoNotMix(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		serve(t, s.Open(t), map[string]bus.Method{"echo": func(_ context.Context, args bus.Args) (any, error) { return args[0], nil }}, "rpc")
		var wg sync.WaitGroup
		for _, b := range []*bus.Bus{s.Open(t), s.Open(t)} {
			for i := range 100 {
				wg.Go(func() {
					if r, err := b.Call(within(t), "rpc", "echo", i); string(r) != fmt.Sprint(i) || err != nil {
						t.Errorf("got %s, %v, want %d", r, err, i)
					}
				})
			}
		}
		wg.Wait()
	})
}

func TestAtMost64CallsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		var running atomic.Int32
		var once sync.Once
		full, release := make(chan struct{}), make(chan struct{})
		serve(t, b, map[string]bus.Method{"wait": func(context.Context, bus.Args) (any, error) {
			switch n := running.Add(1); {
			case n == 64:
				once.Do(func() { close(full) })
			case n > 64:
				t.Errorf("%d calls at once", n)
			}
			<-release
			running.Add(-1)
			return nil, nil
		}}, "rpc")
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := b.Call(within(t), "rpc", "wait"); err != nil {
					t.Error(err)
				}
			})
		}
		<-full
		close(release)
		wg.Wait()
	})
}

// TestAnswerOnTheWire checks the exact JSON that OpenTera's clients parse, and the order of answer and After.
func TestAnswerOnTheWire(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		after := make(chan struct{})
		serve(t, b, map[string]bus.Method{
			"f": func(context.Context, bus.Args) (any, error) {
				return bus.WithAfter{Value: map[string]int{"a": 1}, After: func() { b.Publish(within(t), "r", []byte("after")); close(after) }}, nil
			},
		}, "t.*")
		c, _ := collect(t, b, "r")
		for _, tt := range []struct{ method, want string }{
			{"f", `{"method":"f","id":7,"pattern":"t.rpc","status":"OK","return_value":{"a":1}}`},
			{"g", `{"method":"g","id":7,"pattern":"t.rpc","status":"Error","return_value":null,"error":"unknown method \"g\""}`},
		} {
			raw, err := proto.Marshal(&opentera.RPCMessage{Method: tt.method, ReplyTo: "r", Id: 7})
			if err != nil {
				t.Fatal(err)
			}
			publish(t, b, "t.rpc", string(raw))
			if got := string(next(t, c).Payload); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.method, got, tt.want)
			}
			if tt.method == "f" {
				<-after
				if got := string(next(t, c).Payload); got != "after" {
					t.Errorf("then got %s, want after", got)
				}
			}
		}
		publish(t, b, "t.rpc", "\xff not a call") // is ignored, as is the second of these
		raw, err := proto.Marshal(&opentera.RPCMessage{Method: "g", ReplyTo: "r", Id: 8})
		if err != nil {
			t.Fatal(err)
		}
		publish(t, b, "t.rpc", string(raw))
		publish(t, b, "t.rpc", string(raw))
		if _, err := b.Call(within(t), "t.rpc", "g"); !errors.Is(err, bus.ErrRPC) {
			t.Errorf("after a malformed call: got %v, want ErrRPC", err)
		}
		next(t, c)
		publish(t, b, "r", "end")
		if got := string(next(t, c).Payload); got != "end" {
			t.Errorf("a repeated call was answered again: %s", got)
		}
	})
}

func TestServerCloseWaitsForCalls(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		started, release := make(chan struct{}), make(chan struct{})
		server := serve(t, b, map[string]bus.Method{"f": func(context.Context, bus.Args) (any, error) {
			close(started)
			<-release
			return "done", nil
		}}, "rpc")
		answer := make(chan json.RawMessage, 1)
		go func() { r, _ := b.Call(t.Context(), "rpc", "f"); answer <- r }()
		<-started
		closed := make(chan struct{})
		go func() { server.Close(); close(closed) }()
		select {
		case <-closed:
			t.Error("Close returned before the call")
		case <-time.After(50 * time.Millisecond):
		}
		close(release)
		<-closed
		if r := <-answer; string(r) != `"done"` {
			t.Errorf("got %s, want the answer", r)
		}
	})
}
