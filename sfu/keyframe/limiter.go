package keyframe

import "time"

// Interval is the least time between two requests (RFC 4585, section 6.3.1) for one layer: an encoder answers each
// with a large frame, so asking more often makes congestion worse.
const Interval = 500 * time.Millisecond

// Limiter merges the requests of all subscribers of one layer. A request that comes too soon is not lost: it is sent
// when the interval is over, unless a keyframe came meanwhile. The zero value is ready; methods must not be called
// concurrently.
type Limiter struct {
	last    time.Time
	pending bool
}

// Ask is a subscriber's wish. It returns whether to send a request now, or else when to call Due.
func (l *Limiter) Ask(now time.Time) (send bool, due time.Time) {
	next := l.last.Add(Interval)
	if l.last.IsZero() || !next.After(now) {
		l.last, l.pending = now, false
		return true, time.Time{}
	}
	l.pending = true
	return false, next
}

// Due reports whether the request that Ask put off is to be sent now.
func (l *Limiter) Due(now time.Time) bool {
	if !l.pending || l.last.Add(Interval).After(now) {
		return false
	}
	l.last, l.pending = now, false
	return true
}

// Got notes that a keyframe came: whoever waited has it.
func (l *Limiter) Got() { l.pending = false }
