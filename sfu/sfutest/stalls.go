package sfutest

import (
	"sync/atomic"
	"testing"
	"time"
)

// Pace of what measures stalls, and what of its lateness is none.
const (
	stallPace  = 5 * time.Millisecond
	stallLeast = 20 * time.Millisecond
)

// Stalls measures how long this process had to wait for a processor until the test ends: the sum since the last call. A limit on real time that is to
// hold on a busy machine, too, is that much longer.
func Stalls(t *testing.T) func() time.Duration {
	var sum atomic.Int64
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		tick := time.NewTimer(stallPace)
		for {
			due := time.Now().Add(stallPace)
			tick.Reset(stallPace)
			select {
			case <-tick.C:
				if late := time.Since(due); late > stallLeast {
					sum.Add(int64(late))
				}
			case <-done:
				return
			}
		}
	}()
	return func() time.Duration { return time.Duration(sum.Swap(0)) }
}
