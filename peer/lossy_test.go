package peer

import (
	"testing"
	"time"
)

// A channel is stuck when nothing gets through although more than a little waits, and not any more when something does.
func TestLossyChannelIsStuck(t *testing.T) {
	const limit = 600 * time.Millisecond
	begin := time.Unix(1000, 0)
	var u underway
	for i, tt := range []struct {
		at              time.Duration
		given, buffered int64
		want            bool
	}{
		{0, 0, 0, false},
		{time.Hour, 5000, 0, false},                            // it was idle
		{time.Hour + limit, 9000, 4000, false},                 // not for longer
		{time.Hour + limit + 1, 9000, 4000, true},              // since it was idle
		{time.Hour + 2*limit, 9000, lossyLittle, false},        // some got through
		{time.Hour + 4*limit, 9000, lossyLittle, false},        // a lost message delays no others
		{time.Hour + 4*limit, 9100, lossyLittle + 100, true},   // not more
		{time.Hour + 5*limit, 9100, lossyLittle + 99, false},   // the network is back
		{time.Hour + 6*limit, 10000, lossyLittle + 900, false}, // and slow
	} {
		if got := u.stuck(tt.given, tt.buffered, limit, begin.Add(tt.at)); got != tt.want {
			t.Errorf("%d: stuck %v, want %v", i, got, tt.want)
		}
	}
}
