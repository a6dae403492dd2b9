package peer_test

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
)

// stall makes packets that leave wait in a queue, as in a router's, instead of getting lost; nil as its end lets all of them go at
// once. Only one may be under way.
type stall struct {
	n    *badNet
	mu   sync.Mutex
	wait []func()
}

func (s *stall) WriteTo(c *badConn, b []byte, to net.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := append([]byte{}, b...)
	s.wait = append(s.wait, func() { c.UDPConn.WriteTo(own, to) }) //nolint:errcheck // it may have been closed
}

func (s *stall) end() {
	s.n.hold(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, send := range s.wait {
		send()
	}
	s.wait = nil
}

// follower obeys commands as a robot does, and notes how old they were.
type follower struct {
	*driven
	name   string
	timed  bool
	obeyed int
	oldest time.Duration
}

// tooOld is the age of a command that must not be obeyed: Limit, and what a busy machine adds.
const tooOld = 600 * time.Millisecond

// Commands go over real data channels, reliable and lossy, and the operator's network loses everything, or holds it back, for two
// seconds, or the robot's does. What comes of them afterwards moves nothing, whether they tell their time or not, and then driving goes on.
func TestDeadmanOverAPathThatStalls(t *testing.T) {
	began := time.Now()
	var mu sync.Mutex // guards sent and the followers
	var sent []time.Duration
	late := 0 // lossy messages that came when they were of no use any more
	topics := map[string][]*follower{}
	for _, topic := range []string{"reliable", "lossy"} {
		for name, timed := range map[string]bool{"timed": true, "without times": false} {
			topics[topic] = append(topics[topic], &follower{driven: newDriven(t, 0), name: topic + ", " + name, timed: timed})
		}
	}
	each := func(f func(*follower)) {
		mu.Lock()
		defer mu.Unlock()
		for _, list := range topics {
			for _, r := range list {
				f(r)
			}
		}
	}
	r, n, robots := peertest.StartRoom(t, ""), newBadNet(t), newBadNet(t)
	robot := join(t, r.URL("devices"), peer.Options{OnMessage: func(m peer.Message) {
		var c peer.Command
		if json.Unmarshal(m.Data, &c) != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		age := time.Since(began) - sent[c.Seq-1]
		if m.Topic == "lossy" && age > tooOld {
			late++
		}
		for _, f := range topics[m.Topic] {
			own := c
			if !f.timed {
				own.At = nil
			}
			if f.Do(m.From, own, func() {}) {
				f.obeyed++
				f.oldest = max(f.oldest, age)
			}
		}
	}}.WithSettings(robots.settings))
	operator := join(t, r.URL("users"), peer.Options{}.WithSettings(n.settings))
	done, stop := make(chan struct{}), make(chan struct{})
	go func() { // 20 commands per second
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			mu.Lock()
			now := time.Since(began)
			sent = append(sent, now)
			data := fmt.Sprintf(`{"seq":%d,"at":%f}`, len(sent), float64(now)/1e6)
			mu.Unlock()
			operator.Send(robot.ID(), "reliable", json.RawMessage(data))   //nolint:errcheck // as an operator's page
			operator.SendLossy(robot.ID(), "lossy", json.RawMessage(data)) //nolint:errcheck // likewise
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	defer func() { close(stop); <-done }()
	goesOn := func(what string) {
		t.Helper()
		before := map[*follower]int{}
		each(func(f *follower) { before[f] = f.obeyed })
		waitFor(t, what, func() (err error) {
			each(func(f *follower) {
				if f.obeyed < before[f]+10 {
					err = fmt.Errorf("%s: %d more commands obeyed", f.name, f.obeyed-before[f])
				}
			})
			return err
		})
	}
	goesOn("driving")
	for _, kind := range []string{"lost", "held back", "lost on the way to the robot"} {
		each(func(f *follower) { f.oldest, late = 0, 0 })
		queue := &stall{n: n}
		switch kind {
		case "lost":
			n.lose(func(_ int, out bool, _ []byte) bool { return out })
		case "held back":
			n.hold(queue.WriteTo)
		default:
			robots.lose(func(_ int, out bool, _ []byte) bool { return !out })
		}
		<-time.After(2 * time.Second)
		n.lose(nil)
		robots.lose(nil)
		queue.end()
		goesOn("driving after packets were " + kind)
		each(func(f *follower) {
			t.Logf("%s, %s: %d obeyed, the oldest %v old", kind, f.name, f.obeyed, f.oldest.Round(time.Millisecond))
			if f.oldest > tooOld {
				t.Errorf("%s, %s: a command that was %v old was obeyed", kind, f.name, f.oldest.Round(time.Millisecond))
			}
		})
		mu.Lock()
		t.Logf("%s: %d lossy messages came late", kind, late)
		if kind != "held back" && late > 20 { // of 40: what was under way when the network went
			t.Errorf("%d lossy messages came when they were older than %v", late, tooOld)
		}
		mu.Unlock()
	}
}
