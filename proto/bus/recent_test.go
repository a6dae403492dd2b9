package bus

import (
	"fmt"
	"testing"
)

func TestRecentForgetsTheOldest(t *testing.T) {
	var r recent
	for i := range 3 * maxRecent {
		if r.seen(fmt.Append(nil, i)) {
			t.Fatalf("%d was seen before", i)
		}
		if !r.seen(fmt.Append(nil, max(0, i-maxRecent+1))) {
			t.Fatalf("after %d: the oldest of %d is forgotten", i, maxRecent)
		}
	}
	if len(r.calls) != maxRecent || len(r.ring) != maxRecent {
		t.Errorf("remembers %d and %d, want %d", len(r.calls), len(r.ring), maxRecent)
	}
}
