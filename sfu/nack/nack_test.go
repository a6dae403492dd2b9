package nack

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAsksForGapsAtOnce(t *testing.T) {
	var g Generator
	now := time.Now()
	for _, seq := range []int64{65533, 65534, 65537, 65539} {
		g.Received(seq, false, now)
	}
	if !g.Next().Equal(now) {
		t.Errorf("next is %v later, want now", g.Next().Sub(now))
	}
	if seqs, want := g.Due(nil, now, 0), []uint16{65535, 0, 2}; !slices.Equal(seqs, want) {
		t.Errorf("asked for %v, want %v", seqs, want)
	}
	if want := now.Add(defaultRTT + defaultRTT/8); !g.Next().Equal(want) {
		t.Errorf("asks again %v later, want %v", g.Next().Sub(now), want.Sub(now))
	}
}

func TestWaitsOnAPathThatReorders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Generator
		late := func(seq int64) []uint16 { // seq comes 5 ms after the one that follows it; returns what was asked for
			g.Received(seq+1, false, time.Now())
			asked := g.Due(nil, time.Now(), 0)
			time.Sleep(5 * time.Millisecond)
			g.Received(seq, false, time.Now())
			return append(asked, g.Due(nil, time.Now(), 0)...)
		}
		g.Received(1, false, time.Now())
		if asked := late(2); len(asked) != 1 {
			t.Errorf("asked for %v at first, want one packet", asked)
		}
		if asked := late(4); len(asked) != 0 || !g.Next().IsZero() {
			t.Errorf("asked for %v, want nothing", asked)
		}
		// Losses take the wait back: the packets come again only because they were asked for.
		for seq := int64(6); seq < 100; seq += 2 {
			g.Received(seq+1, false, time.Now())
			time.Sleep(maxWait)
			g.Due(nil, time.Now(), 0)
			g.Received(seq, true, time.Now())
		}
		g.Received(101, false, time.Now())
		if wait := time.Until(g.Next()); wait > time.Millisecond {
			t.Errorf("waits %v after many losses, want hardly anything", wait)
		}
	})
}

func TestSpacingFollowsRTT(t *testing.T) {
	for _, rtt := range []time.Duration{time.Millisecond, 80 * time.Millisecond, 300 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			var g Generator
			start := time.Now()
			g.Received(1, false, start)
			g.Received(3, false, start)
			var asked []time.Duration
			for !g.Next().IsZero() {
				time.Sleep(time.Until(g.Next()))
				if len(g.Due(nil, time.Now(), rtt)) > 0 {
					asked = append(asked, time.Since(start))
				}
			}
			if len(asked) == 0 || len(asked) > maxTries {
				t.Fatalf("rtt %v: asked %d times", rtt, len(asked))
			}
			for i := 1; i < len(asked); i++ {
				if d := asked[i] - asked[i-1]; d < max(rtt, minInterval) {
					t.Errorf("rtt %v: asked again after %v", rtt, d)
				}
			}
			if last := asked[len(asked)-1]; last > maxAge {
				t.Errorf("rtt %v: asked %v after the loss", rtt, last)
			}
			if g.Lost() != 1 {
				t.Errorf("rtt %v: lost = %d, want 1", rtt, g.Lost())
			}
		})
	}
}

func TestOutageIsGivenUp(t *testing.T) {
	var g Generator
	now := time.Now()
	g.Received(1, false, now)
	if g.Received(1+maxMissing+2, false, now) {
		t.Error("an outage was taken for loss")
	}
	if g.Missing() != 0 || g.Lost() != maxMissing+1 {
		t.Errorf("missing %d, lost %d; want 0, %d", g.Missing(), g.Lost(), maxMissing+1)
	}
	if !g.Received(1+maxMissing+4, false, now) || g.Missing() != 1 {
		t.Errorf("after the outage: missing %d, want 1", g.Missing())
	}
}
