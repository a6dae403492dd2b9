package bwe

import "time"

// Constants of probes.
const (
	// probeFor is how long one lasts: five steps of a wheel of 20 ms, so that jitter does not decide. At twice the
	// capacity it fills the bottleneck's queue with as much.
	probeFor = 100 * time.Millisecond

	// A probe is aborted at this queue.
	probeQueue = 150 * time.Millisecond

	probeAgain   = 300 * time.Millisecond // after one that went through
	firstBackoff = 1 * time.Second        // after one that did not; doubled up to the last
	lastBackoff  = 4 * time.Second

	probeGain  = 2.0  // of the estimate
	carefully  = 1.5  // after one that did not go through
	atStart    = 3.0  // while no probe has found the end yet
	wentThru   = 0.85 // of the rate sent that must arrive
	probeMin   = 10   // packets that must be told of
	probeExtra = 1.2  // of what is wanted
)

// probe sends more for a moment to see whether it arrives. The rate is the slope of received bytes over arrival times,
// by least squares: with fifty packets it is known to some percent even when each is late by up to 50 ms.
type probe struct {
	rate       float64 // bit/s; 0: none
	begin, end time.Duration
	next       time.Duration // not before
	backoff    time.Duration
	gain       float64

	first            time.Duration // arrival
	firstSent        time.Duration
	sent, got        line
	bytes, sentBytes float64
}

// line sums what a least-squares line through times over bytes takes.
type line struct{ n, x, y, xx, xy float64 }

func (l *line) add(x, y float64) {
	l.n++
	l.x += x
	l.y += y
	l.xx += x * x
	l.xy += x * y
}

// rate is bit/s when y is in seconds; 0 when it has none.
func (l *line) rate() float64 {
	cov, spread := l.n*l.xy-l.x*l.y, l.n*l.xx-l.x*l.x
	if cov <= 0 || spread <= 0 {
		return 0
	}
	return 8 * spread / cov
}

// start begins a probe.
func (p *probe) start(now time.Duration, rate float64) {
	*p = probe{rate: rate, begin: now, end: now + probeFor, next: p.next, backoff: p.backoff, gain: p.gain}
}

// add takes a packet that was sent meanwhile.
func (p *probe) add(sent, arrived time.Duration, size int, lost bool) {
	if p.rate == 0 || sent < p.begin || sent > p.end {
		return
	}
	if p.sent.n == 0 {
		p.firstSent = sent
	}
	p.sent.add(p.sentBytes, (sent - p.firstSent).Seconds())
	p.sentBytes += float64(size)
	if lost {
		return
	}
	if p.got.n == 0 {
		p.first = arrived
	}
	p.got.add(p.bytes, (arrived - p.first).Seconds())
	p.bytes += float64(size)
}

// result is the rate that arrived, and whether that is all that was sent but for the usual loss; ok is false when too
// little is known.
func (p *probe) result(usual float64) (rate float64, through, ok bool) {
	if p.got.n < probeMin {
		return 0, false, false
	}
	sent, got := p.sent.rate(), p.got.rate()/(1-min(usual, 0.5))
	if sent == 0 {
		return 0, false, false
	}
	return min(sent, got), got >= wentThru*sent, true
}
