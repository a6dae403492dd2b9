package red

import (
	"math"
	"time"
)

// When redundancy is worth its bits. With independent losses of p the share p^(n+1) is left with n earlier packets in each.
const (
	onceFrom  = 0.01             // loss from which each packet carries the one before it
	twiceFrom = 0.05             // and the two before it
	memory    = 3 * time.Second  // of the estimate of loss
	calm      = 15 * time.Second // below half of a limit before redundancy is taken back
	atLeast   = 50               // packets that an estimate is made of
)

// MaxDepth is the most that Policy answers.
const MaxDepth = 2

// Policy decides how many earlier packets each packet to one subscriber carries again: none on a path that loses nothing, so
// that redundancy costs nothing there. The zero value is ready; methods must not be called concurrently.
type Policy struct {
	Slack int // packets that may be reported as lost although they are only under way

	reported, asked loss
	depth           int
	bad             time.Time // when the loss was last too high to take anything back
}

// loss is a share of packets, of which older ones count less and less.
type loss struct {
	lost, total float64
	at          time.Time
}

func (l *loss) add(lost, total int, now time.Time) {
	if !l.at.IsZero() {
		keep := math.Exp(-now.Sub(l.at).Seconds() / memory.Seconds())
		l.lost *= keep
		l.total *= keep
	}
	l.at = now
	l.lost = max(l.lost+float64(lost), 0)
	l.total += float64(max(total, 0))
}

func (l *loss) share(slack int) float64 {
	return min(max(l.lost-float64(slack), 0)/max(l.total, atLeast), 1)
}

// Reported takes what the subscriber says of all that it is sent: so many of so many packets did not come. Some of an earlier
// call may have come after all: lost is then negative.
func (p *Policy) Reported(lost, expected int, now time.Time) { p.reported.add(lost, expected, now) }

// Asked takes how many audio packets the subscriber asked for again, of how many that were sent since the last call:
// browsers report on audio only every five seconds, but ask at once.
func (p *Policy) Asked(again, sent int, now time.Time) { p.asked.add(again, sent, now) }

// Loss is the share of packets that does not come, 0 to 1.
func (p *Policy) Loss() float64 { return max(p.reported.share(p.Slack), p.asked.share(0)) }

// Depth is how many earlier packets each packet is to carry, 0 to MaxDepth. More comes at once, less after a calm time.
func (p *Policy) Depth(now time.Time) int {
	loss := p.Loss()
	if want := depthFor(loss); want >= p.depth {
		p.depth = want
	}
	switch {
	case p.depth == 0:
	case depthFor(2*loss) >= p.depth:
		p.bad = now
	case now.Sub(p.bad) >= calm:
		p.depth--
		p.bad = now
	}
	return p.depth
}

func depthFor(loss float64) int {
	switch {
	case loss >= twiceFrom:
		return 2
	case loss >= onceFrom:
		return 1
	}
	return 0
}
