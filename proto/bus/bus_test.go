package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

// onBoth runs test on the embedded Redis and on a redis-server.
func onBoth(t *testing.T, test func(t *testing.T, s *bustest.Server)) {
	for _, k := range []struct {
		name  string
		start func(testing.TB) *bustest.Server
	}{
		{"embedded", bustest.StartEmbedded},
		{"redis-server", bustest.StartRedis},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k.start(t))
		})
	}
}

// within returns a context for one wait of a test: long enough for a loaded machine.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// collect subscribes and returns the channel of what arrives.
func collect(t *testing.T, b *bus.Bus, patterns ...string) (<-chan bus.Message, *bus.Subscription) {
	t.Helper()
	c := make(chan bus.Message, 100)
	s, err := b.Subscribe(within(t), func(_ context.Context, m bus.Message) { c <- m }, patterns...)
	if err != nil {
		t.Fatalf("Subscribe(%q): %v", patterns, err)
	}
	return c, s
}

// next returns the next message.
func next(t *testing.T, c <-chan bus.Message) bus.Message {
	t.Helper()
	select {
	case m := <-c:
		return m
	case <-within(t).Done():
		t.Fatal("no message came")
		return bus.Message{}
	}
}

func publish(t *testing.T, b *bus.Bus, topic, payload string) {
	t.Helper()
	if err := b.Publish(within(t), topic, []byte(payload)); err != nil {
		t.Fatalf("Publish(%s): %v", topic, err)
	}
}
