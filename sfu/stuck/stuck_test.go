package stuck

import (
	"testing"
	"time"
)

// A channel is stuck when nothing gets through although more than a little waits, and not any more when something does.
func TestLossyChannelIsStuck(t *testing.T) {
	const life = 100 * time.Millisecond
	const limit = life + Settle
	begin := time.Unix(1000, 0)
	var w Watch
	for i, tt := range []struct {
		at              time.Duration
		given, buffered int64
		want            bool
	}{
		{0, 0, 0, false},
		{time.Hour, 5000, 0, false},                       // it was idle
		{time.Hour + limit, 9000, 4000, false},            // not for longer
		{time.Hour + limit + 1, 9000, 4000, true},         // since it was idle
		{time.Hour + 2*limit, 9000, Little, false},        // some got through
		{time.Hour + 4*limit, 9000, Little, false},        // a lost message delays no others
		{time.Hour + 4*limit, 9100, Little + 100, true},   // not more
		{time.Hour + 5*limit, 9100, Little + 99, false},   // the network is back
		{time.Hour + 6*limit, 10000, Little + 900, false}, // and slow
	} {
		if got := w.Look(tt.given, tt.buffered, life, begin.Add(tt.at)); got != tt.want {
			t.Errorf("%d: stuck %v, want %v", i, got, tt.want)
		}
	}
}

// A channel is not stuck when it is given much at once before its opening has been acknowledged.
func TestNewChannelIsNotStuck(t *testing.T) {
	begin := time.Unix(1000, 0)
	var w Watch
	for i, tt := range []struct {
		at              time.Duration
		given, buffered int64
		want            bool
	}{
		{0, 0, 4, false},
		{time.Millisecond, 9000, 9004, false},
		{Settle, 9000, 9000, false},
		{2 * Settle, 9000, 9000, false}, // its opening got through at Settle
		{2*Settle + 1, 9000, 9000, true},
	} {
		if got := w.Look(tt.given, tt.buffered, 0, begin.Add(tt.at)); got != tt.want {
			t.Errorf("%d: stuck %v, want %v", i, got, tt.want)
		}
	}
}
