package sfu

import (
	"sync"
	"time"
)

// Limits of the packets that are looked at on one connection. What is more is dropped where it is read, before any work:
// the others' packets do not wait for it. It counts as flood, so a peer that goes on is ended (flood.go). A burst of half a
// second is what a path that was stuck for some seconds lets go at once.
const (
	maxArrivals = maxRTP          // packets per second, of all kinds
	maxBurst    = maxArrivals / 2 // packets
)

// bucket lets maxArrivals packets per second pass. It looks at the clock only when it is empty.
type bucket struct {
	mu    sync.Mutex
	left  int
	since time.Time // when it was filled last; zero: never
}

// take reports whether one more packet may pass.
func (b *bucket) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 {
		b.fill(time.Now())
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

func (b *bucket) fill(now time.Time) {
	passed := now.Sub(b.since)
	if b.since.IsZero() || passed >= time.Second*maxBurst/maxArrivals {
		b.left, b.since = maxBurst, now
		return
	}
	n := int(passed * maxArrivals / time.Second)
	b.left = n
	b.since = b.since.Add(time.Duration(n) * time.Second / maxArrivals)
}
