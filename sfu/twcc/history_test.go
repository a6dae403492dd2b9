package twcc

import (
	"testing"
	"time"
)

// TestHistoryKeepsItsTime sends faster and faster: the last historyTime, or historySize packets, are remembered.
func TestHistoryKeepsItsTime(t *testing.T) {
	for _, gap := range []time.Duration{20 * time.Millisecond, 5 * time.Millisecond, 2 * time.Millisecond, 100 * time.Microsecond} {
		var h History
		now := time.Duration(0)
		for i := range 6000 {
			now += gap
			if seq := h.Send(now, 100); seq != uint16(i) {
				t.Fatalf("packet %d is number %d", i, seq)
			}
		}
		want := min(uint64(historyTime/gap), historySize, 6000)
		if got := h.Since(now-historyTime+gap) / 100; got != want {
			t.Errorf("a packet each %v: %d are remembered, want %d", gap, got, want)
		}
		for seq := h.next - int64(want); seq < h.next; seq++ {
			if e := h.slot(seq); e.at != time.Duration(seq+1)*gap || e.total != uint64(seq)*100 {
				t.Fatalf("a packet each %v: packet %d is lost from memory", gap, seq)
			}
		}
		if limit := max(firstSize, 2*int(want)); len(h.ring) > limit {
			t.Errorf("a packet each %v: %d places, at most %d needed", gap, len(h.ring), limit)
		}
	}
}
