package bus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

func TestSubscriptionIsLiveWhenItReturns(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, other := s.Open(t), s.Open(t)
		for i := range 50 {
			topic := fmt.Sprintf("webrtc.%d", i)
			c, sub := collect(t, b, topic)
			publish(t, other, topic, "Ready!")
			if m := next(t, c); m.Topic != topic || string(m.Payload) != "Ready!" {
				t.Fatalf("got %s %q, want %s %q", m.Topic, m.Payload, topic, "Ready!")
			}
			sub.Close()
		}
	})
}

func TestSubscriptionMatches(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		odd := "a*b?[c]\\d"
		for _, tt := range []struct {
			pattern, topic string
			want           bool
		}{
			{"webrtc.*", "webrtc.x", true},
			{"webrtc.*", "webrtcx", false},
			{bus.WebsocketEvents("user", "1-2"), "websocket.user.1-2.events", true},
			{bus.WebsocketEvents("user", "1-2"), "websocket.user.1-3.events", false},
			{bus.Escape(odd), odd, true},
			{bus.Escape(odd), "aXb?[c]\\d", false},
			{bus.Escape("a[b]"), "ab", false},
		} {
			last := "last"
			if strings.ContainsAny(tt.pattern, `*?[\`) {
				last = "las[t]" // the embedded Redis keeps the order of globs, and of plain topics
			}
			c, sub := collect(t, b, tt.pattern, last)
			publish(t, b, tt.topic, "x")
			publish(t, b, "last", "")
			if got := next(t, c).Topic == tt.topic; got != tt.want {
				t.Errorf("pattern %s, topic %s: delivered %v, want %v", tt.pattern, tt.topic, got, tt.want)
			}
			sub.Close()
		}
	})
}

func TestSubscriptionAddRemove(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b := s.Open(t)
		first, sub := collect(t, b, "a")
		second, _ := collect(t, b, "a", "end")
		for range 20 { // each time live again when Add returns, however fast it follows Remove
			if err := sub.Add(within(t), "b", "end"); err != nil {
				t.Fatal(err)
			}
			publish(t, b, "b", "")
			if m := next(t, first); m.Topic != "b" {
				t.Fatalf("got %s, want b", m.Topic)
			}
			if err := sub.Remove(within(t), "b", "a"); err != nil {
				t.Fatal(err)
			}
			publish(t, b, "a", "") // the other subscription keeps it
			publish(t, b, "end", "")
			if m := next(t, first); m.Topic != "end" {
				t.Fatalf("got %s after Remove, want end", m.Topic)
			}
			if got := next(t, second).Topic + next(t, second).Topic; got != "aend" {
				t.Fatalf("the other subscription got %s, want a, end", got)
			}
		}
	})
}
