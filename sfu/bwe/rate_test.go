package bwe

import (
	"math"
	"testing"
	"time"
)

// TestRateThrough: a receiver that stops for a moment does not make the bottleneck slower, but packets that are far
// apart because it is slow do.
func TestRateThrough(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every time.Duration // from one packet of 1250 bytes to the next
		gap   time.Duration // in the middle
		want  float64
	}{
		{"steady", 10 * ms, 0, 1e6},
		{"a gap", 10 * ms, 150 * ms, 1e6},
		{"slow", 40 * ms, 0, 2.5e5},
		{"slow, and a gap", 40 * ms, 160 * ms, 2.5e5},
	} {
		var r rate
		for at := time.Duration(0); at < sec; at += tt.every {
			if at < 700*ms || at >= 700*ms+tt.gap {
				r.add(at, 1250)
			}
		}
		if got := r.through(500 * ms); math.Abs(got-tt.want) > 0.2*tt.want {
			t.Errorf("%s: %.0f bit/s, want %.0f", tt.name, got, tt.want)
		}
	}
	var none rate
	if got := none.through(100 * ms); got != 0 {
		t.Errorf("%.0f bit/s of nothing", got)
	}
}
