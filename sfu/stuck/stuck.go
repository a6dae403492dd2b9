// Package stuck sees when nothing gets through a lossy data channel any more. What Pion was given cannot be taken back: it counts
// the life of a message (RFC 8832, section 5.1) anew each time it sends it again, and not at all until it sends it first. So
// after an interruption all of it would come, however old.
package stuck

import "time"

const (
	// Little is how many bytes may be under way all the same: no harm, and they find out whether the network is back.
	Little = 1 << 10
	// Settle is what a message has beyond its life, for a round trip and an acknowledgement, which may come 200 ms late
	// (RFC 9260, section 6.2).
	Settle = 500 * time.Millisecond
)

// Watch follows how much of what a channel was given gets through. Its zero value is ready for use.
type Watch struct {
	got int64     // bytes; less what Pion itself sends, as the opening of the channel (RFC 8832, section 5)
	at  time.Time // when that last grew, or nothing was under way, or of the first look
}

// Look reports whether nothing has got through for longer than life, of a message, and Settle, and more than Little waits. given
// is how many bytes the channel has been given so far, buffered how many of them have not been acknowledged.
func (w *Watch) Look(given, buffered int64, life time.Duration, now time.Time) bool {
	if got := given - buffered; w.at.IsZero() || got > w.got || buffered <= 0 {
		w.got, w.at = got, now
	}
	return buffered > Little && now.Sub(w.at) > life+Settle
}
