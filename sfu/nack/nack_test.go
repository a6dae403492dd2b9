package nack

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAsksForGapsAfterReorderDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Generator
		for _, seq := range []int64{65533, 65534, 65537, 65539} {
			g.Received(seq, time.Now())
		}
		if seqs, next := g.Due(nil, time.Now(), 0); len(seqs) != 0 || time.Until(next) != reorderDelay {
			t.Fatalf("at once: asked for %v, next in %v; want nothing and %v", seqs, time.Until(next), reorderDelay)
		}
		time.Sleep(reorderDelay)
		seqs, _ := g.Due(nil, time.Now(), 0)
		if want := []uint16{65535, 0, 2}; !slices.Equal(seqs, want) {
			t.Fatalf("asked for %v, want %v", seqs, want)
		}
	})
}

func TestReorderedPacketIsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Generator
		g.Received(1, time.Now())
		g.Received(3, time.Now())
		time.Sleep(5 * time.Millisecond)
		g.Received(2, time.Now())
		time.Sleep(reorderDelay)
		if seqs, next := g.Due(nil, time.Now(), 0); len(seqs) != 0 || !next.IsZero() {
			t.Errorf("asked for %v, next %v; want nothing", seqs, next)
		}
	})
}

func TestSpacingFollowsRTT(t *testing.T) {
	for _, rtt := range []time.Duration{time.Millisecond, 80 * time.Millisecond, 300 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			var g Generator
			start := time.Now()
			g.Received(1, start)
			g.Received(3, start)
			var asked []time.Duration
			next := start
			for !next.IsZero() {
				time.Sleep(time.Until(next))
				var seqs []uint16
				seqs, next = g.Due(nil, time.Now(), rtt)
				if len(seqs) > 0 {
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
	g.Received(1, now)
	if g.Received(1+maxMissing+2, now) {
		t.Error("an outage was taken for loss")
	}
	if g.Missing() != 0 || g.Lost() != maxMissing+1 {
		t.Errorf("missing %d, lost %d; want 0, %d", g.Missing(), g.Lost(), maxMissing+1)
	}
	if !g.Received(1+maxMissing+4, now) || g.Missing() != 1 {
		t.Errorf("after the outage: missing %d, want 1", g.Missing())
	}
}
