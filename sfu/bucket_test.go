package sfu

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestBucket(t *testing.T) {
	for _, tt := range []struct {
		name string
		rate int // packets per second
		want int // of those of 10 s
	}{
		{"media", 3000, 30_000},
		{"as much as may be", maxArrivals, 10 * maxArrivals},
		{"a flood", 5 * maxArrivals, 10*maxArrivals + maxBurst},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b bucket
				passed := 0
				for range 1000 {
					for range tt.rate / 100 {
						if b.take() {
							passed++
						}
					}
					time.Sleep(10 * time.Millisecond)
				}
				if passed > tt.want || passed < tt.want-maxArrivals/50 {
					t.Errorf("%d packets passed, want %d", passed, tt.want)
				}
			})
		})
	}
}

// What a path held back passes at once, and what comes after it too.
func TestBucketTakesABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bucket
		for range 5 {
			time.Sleep(2 * time.Second)
			for i := range maxBurst {
				if !b.take() {
					t.Fatalf("packet %d of the burst was dropped", i)
				}
			}
		}
	})
}

// Of a flood nothing is opened, nor given to Pion, beyond what may be.
func TestExcessIsDroppedUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Peer{}
		p.link.peer = p
		from := netip.MustParseAddrPort("192.0.2.1:9")
		var l links
		l.byAddr.Store(&map[netip.AddrPort]*link{from: &p.link})
		ways := map[string]func() bool{ // whether a packet of DTLS is kept from Pion
			"socket": func() bool { return l.took([]byte{23, 254, 253}, from) },
			"mux":    func() bool { return p.link.cameBy([]byte{23, 254, 253}, from, true) },
		}
		for name, dropped := range ways {
			before := p.inflow.excess.Load()
			for i := range maxBurst {
				if dropped() {
					t.Fatalf("%s: packet %d was dropped", name, i)
				}
			}
			if !dropped() {
				t.Errorf("%s: one more than the burst passed", name)
			}
			if n := p.inflow.excess.Load() - before; n != 1 {
				t.Errorf("%s: %d packets counted as excess, want 1", name, n)
			}
			time.Sleep(time.Second)
			if dropped() {
				t.Errorf("%s: a second later nothing passes", name)
			}
		}
	})
}
