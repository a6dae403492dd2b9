package sfu

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// answers is a Handler that keeps all answers.
type answers struct {
	noted
	all []string
}

func (a *answers) Answer(sdp string) { a.all = append(a.all, sdp) }

// gatherer is a peer without its goroutine, which gathers nothing while stop is held.
type gatherer struct {
	*Peer
	t    *testing.T
	text string // what the client offers, without the session's name
	told *answers
	stop sync.Mutex

	ended int // how often it was told that gathering has ended: also with an answer, once it has
}

// newGatherer is a peer whose first ICE session has been answered, gathered for and started.
func newGatherer(t *testing.T) *gatherer {
	room, err := New(Config{Listen: "127.0.0.1:0", Loopback: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = room.Close() })
	g := &gatherer{t: t, text: realOffer(t), told: &answers{}}
	if g.Peer, err = newPeer(room, "gatherer", g.told, Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.leave)
	g.pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		g.stop.Lock()
		defer g.stop.Unlock()
		if c == nil {
			g.event(func() {
				g.ended++
				g.gathered(nil)
			})
		}
	})
	g.offer("first")
	g.waitFor("the first session", func() bool { return g.iceStarted && g.ended > 0 })
	return g
}

// offer gives the client's offer of an ICE session, and a candidate of it.
func (g *gatherer) offer(session string) {
	g.clientOffer(strings.NewReplacer("a=ice-ufrag:", "a=ice-ufrag:"+session, "a=ice-pwd:", "a=ice-pwd:"+session).Replace(g.text), nil)
	g.addCandidate(webrtc.ICECandidateInit{Candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host"})
}

// waitFor does what the peer's goroutine would until cond is true.
func (g *gatherer) waitFor(what string, cond func() bool) {
	g.t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			g.t.Fatalf("not within 10s: %s (%v)", what, g.err)
		}
		for _, task := range g.events.take() {
			task()
		}
	}
}

// check fails unless n offers have been answered, each with another ICE session, and session is the client's last one.
func (g *gatherer) check(n int, session string) {
	g.t.Helper()
	names := map[string]bool{}
	for _, a := range g.told.all {
		_, rest, _ := strings.Cut(a, "a=ice-ufrag:")
		name, _, _ := strings.Cut(rest, "\r\n")
		names[name] = true
	}
	if len(g.told.all) != n || len(names) != n {
		g.t.Errorf("%d answers of %d ICE sessions, want %d", len(g.told.all), len(names), n)
	}
	if text := g.pc.CurrentRemoteDescription().SDP; !strings.Contains(text, "a=ice-ufrag:"+session) {
		g.t.Errorf("the client's session is not the %s one", session)
	}
}

// A restart that comes while the room gathers waits for that to end, with its candidates, and gives way to a newer one.
func TestRestartWaitsForGathering(t *testing.T) {
	g := newGatherer(t)
	g.stop.Lock()
	goOn := sync.OnceFunc(g.stop.Unlock)
	defer goOn()
	g.offer("second") // nothing is gathered when it comes
	g.check(2, "second")
	g.gathering.until = time.Now().Add(time.Hour)
	g.offer("third")
	g.offer("fourth")
	g.check(2, "second")
	if n := len(g.candidates); n != 2 {
		t.Errorf("%d candidates wait, want 2", n)
	}
	goOn()
	g.waitFor("an answer", func() bool { return len(g.told.all) == 3 })
	g.check(3, "fourth")
	if n := len(g.candidates); n != 0 || g.tried != 2 {
		t.Errorf("%d candidates wait and %d were taken, want 0 and 2", n, g.tried)
	}
	g.waitFor("the end of gathering", func() bool { return g.ended >= 3 })
	g.check(3, "fourth")
}

// An offer that comes when gathering is over takes the place of one that waits to hear of that.
func TestNewerOfferEndsTheWait(t *testing.T) {
	g := newGatherer(t)
	g.stop.Lock()
	goOn := sync.OnceFunc(g.stop.Unlock)
	defer goOn()
	g.offer("second")
	g.gathering.until = time.Now().Add(time.Hour)
	g.offer("third")
	goOn()
	for g.pc.ICEGatheringState() != webrtc.ICEGatheringStateComplete { // the peer is not told yet
		time.Sleep(time.Millisecond)
	}
	g.offer("fourth")
	g.check(3, "fourth")
	g.waitFor("the end of gathering", func() bool { return g.ended >= 3 })
	g.check(3, "fourth")
}

// A restart does not wait for ever.
func TestRestartDoesNotWaitForEver(t *testing.T) {
	g := newGatherer(t)
	g.stop.Lock()
	defer g.stop.Unlock()
	began := time.Now()
	g.offer("second")
	if until := g.gathering.until; until.Before(began.Add(gatherLimit)) || until.After(time.Now().Add(gatherLimit)) {
		t.Errorf("a restart would wait for %v, want %v", time.Until(until), gatherLimit)
	}
	until := time.Now().Add(500 * time.Millisecond)
	g.gathering.until = until
	g.offer("third")
	if time.Now().Before(until) {
		g.check(2, "second")
	}
	g.waitFor("an answer", func() bool { return len(g.told.all) == 3 })
	g.check(3, "third")
}
