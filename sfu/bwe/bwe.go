// Package bwe estimates the bandwidth of the path to one subscriber from its transport-wide feedback. The ideas are
// those of Google's congestion control (draft-ietf-rmcat-gcc-02) and of what LiveKit and Jitsi made of it: delay that
// grows, loss, additive or multiplicative increase, probes. It differs in what it takes for a sign: not a slope of mean
// delays but the least delay of the last tenth of a second, which neither jitter nor a frame's own burst raises; and loss
// only if less is lost when less is sent.
//
// It has no clock and sends nothing: the caller passes feedback on, calls Tick, and sends what Probing asks for. All
// times are on the caller's clock. Start with New.
package bwe

import (
	"math"
	"time"

	"github.com/gotera/gotera/sfu/twcc"
)

// Bounds and factors of the estimate, bit/s.
const (
	Start = 800_000 // carries the lowest layer of several pictures at once, and the next of one
	Min   = 60_000  // audio of one with its headers
	Max   = 50_000_000

	// decrease is what is left of the rate at which a standing queue drained: the rest empties it (GoogCC: 0.85).
	decrease = 0.9

	saturated = 0.95 // of what arrived of a probe that the path could not carry

	growFast   = 0.12   // of the estimate, each second, while the capacity is not known (GoogCC: 0.08)
	growSlow   = 0.01   // near the last known capacity
	growNear   = 10_000 // bit/s more, each second
	growLeast  = 40_000 // the same while the capacity is not known
	limitGain  = 1.5    // of what arrives: more is not proved by it (GoogCC: the same)
	limitExtra = 50_000

	capacityFor = 30 * time.Second // a capacity is known
	near        = 0.1              // this close to it

	// drainBegin and drainAll are the standing queues at which less than the estimate is spent, and least.
	drainBegin = 100 * time.Millisecond
	drainAll   = 700 * time.Millisecond
	drainLeast = 0.25

	// acceptAfter is how long a queue may stand, though less is sent, before it is taken for the path's own delay:
	// another route, or others who fill the queue and would have all the rest.
	acceptAfter = 2 * time.Second

	// A delay that leaps, and then stays as it is for so long, is that of another route at once.
	flatFor = 300 * time.Millisecond

	// A queue that grows this much in a tenth of a second is acted on at once, one that only stands after a while: a device
	// that was busy for a moment looks like the latter. One that drains is left alone.
	grows       = 5 * time.Millisecond
	drains      = 2 * time.Millisecond
	standsAfter = 400 * time.Millisecond

	// What the bottleneck lets through is measured since the queue stands, but for so long at most, and at least so much is
	// measured: a single packet is not to decide.
	longestPeriod = 300 * time.Millisecond
	leastBytes    = 5000

	silence = 400 * time.Millisecond // without feedback, and twice the round-trip time: congestion
)

// Estimator is the state of one path. Its methods must not be called concurrently.
type Estimator struct {
	estimate float64
	rtt      time.Duration

	queue    queue
	received rate
	loss     loss
	probe    probe

	updated   time.Duration // last growth
	decreased time.Duration // last decrease
	over      time.Duration // since when the queue stands; 0: it does not
	overs     int           // feedbacks in a row
	leap      time.Duration // by which the delay leapt before that; 0: it did not
	capacity  float64       // when it was last found; 0: never
	found     time.Duration
	heard     time.Duration // last feedback
	answered  bool          // there was one
	limited   bool          // the path has shown that it has an end
	silent    float64       // estimate before the feedback stopped; 0: it has not

	probes, overuses uint64
}

// New returns an estimator with the estimate Start.
func New(now time.Duration) *Estimator {
	return &Estimator{
		estimate: Start, updated: now, decreased: now - time.Hour, heard: now,
		loss: loss{begin: now}, probe: probe{next: now, backoff: firstBackoff, gain: atStart},
	}
}

// Estimate is what the path carries, in bit/s, with what encryption, UDP and IP add.
func (e *Estimator) Estimate() uint64 { return uint64(e.estimate) }

// Budget is what to send now, in bit/s: the estimate, or less while a queue has to drain.
func (e *Estimator) Budget() uint64 {
	over := e.queue.standing() - drainBegin
	if over <= 0 || e.over == 0 {
		return uint64(e.estimate)
	}
	return uint64(e.estimate * max(drainLeast, 1-(1-drainLeast)*float64(over)/float64(drainAll-drainBegin)))
}

// Limited reports whether the path has ever shown that it carries no more than the estimate. Until then the estimate says
// only what was tried.
func (e *Estimator) Limited() bool { return e.limited }

// Silent reports whether no feedback comes: whether packets arrive is not known.
func (e *Estimator) Silent() bool { return e.silent != 0 }

// Queue is how long packets wait in the bottleneck at least.
func (e *Estimator) Queue() time.Duration { return e.queue.standing() }

// Congested reports whether a queue stands that has to drain before anything is added.
func (e *Estimator) Congested() bool { return e.over != 0 || e.silent != 0 }

// Loss is the share of packets that was lost in the last half second, 0 to 1.
func (e *Estimator) Loss() float64 { return e.loss.share }

// Counts are those of probes and of overuse, from the start.
func (e *Estimator) Counts() (probes, overuses uint64) { return e.probes, e.overuses }

// SetRTT tells the round-trip time; until then it is taken for 100 ms.
func (e *Estimator) SetRTT(rtt time.Duration) { e.rtt = rtt }

func (e *Estimator) roundTrip() time.Duration {
	if e.rtt == 0 {
		return 100 * time.Millisecond
	}
	return min(e.rtt, time.Second)
}

// Feedback takes what one feedback packet tells of, in the order of sending. Then Estimate and Budget may have changed.
func (e *Estimator) Feedback(now time.Duration, packets []twcc.Packet) {
	arrived := false
	for i := range packets {
		p := &packets[i]
		e.probe.add(p.Sent, p.Arrived, p.Size, p.Lost)
		if p.Late {
			e.loss.late()
		} else {
			e.loss.add(p.Lost)
		}
		if p.Lost {
			continue
		}
		arrived = true
		e.received.add(p.Arrived, p.Size)
		e.queue.add(p.Sent, p.Arrived)
	}
	if !arrived {
		return
	}
	if !e.answered {
		e.answered = true
		e.probe.next = now + probeAgain // a path that cannot even carry the start shows it first
	}
	e.heard = now
	if e.silent != 0 {
		e.set(max(e.estimate, e.silent/2)) // the way back may have been what failed
		e.silent = 0
		e.updated = now
		e.probe.next, e.probe.backoff, e.probe.gain = now+probeAgain, firstBackoff, probeGain
	}
	e.react(now)
	e.judgeLoss(now)
	e.judgeProbe(now)
}

// react follows the delay.
func (e *Estimator) react(now time.Duration) {
	standing, limit := e.queue.standing(), e.queue.threshold()
	switch {
	case standing > limit:
		if e.over == 0 {
			e.over, e.leap = now, e.queue.leaped()
		}
		e.overs++
		e.congested(now, standing, limit)
	case standing < limit/2:
		e.over, e.overs = 0, 0
		e.grow(now)
	}
	e.updated = now
}

// congested lowers the estimate to what the bottleneck lets through, when its queue stands and does not drain.
func (e *Estimator) congested(now, standing, limit time.Duration) {
	if e.probe.rate > 0 && standing < probeQueue {
		return // the probe's own
	}
	if standing >= probeQueue && e.probe.rate > 0 {
		e.probe.end = min(e.probe.end, now)
	}
	if e.leap > 0 && standing > e.leap/2 && standing < e.leap+e.leap/3 && !e.full(now) {
		if now-e.over > flatFor {
			e.queue.accept()
			e.over, e.overs = 0, 0
		}
		return
	}
	growth := e.queue.growth()
	if growth < -drains || e.overs < 2 && standing < 2*limit || growth < grows && now-e.over < standsAfter {
		return
	}
	if now-e.over > acceptAfter {
		e.queue.accept()
		e.over, e.overs = 0, 0
		return
	}
	if now-e.decreased < e.roundTrip()+standingFor {
		return
	}
	period := min(max(now-e.over, standingFor), longestPeriod)
	rate := e.received.through(period)
	if rate*period.Seconds() < 8*leastBytes {
		rate = e.received.through(longestPeriod)
	}
	if rate == 0 {
		return
	}
	e.overuses++
	e.limited = true
	e.decreased = now
	e.capacity, e.found = rate, now
	e.set(min(e.estimate, decrease*rate))
	e.probe.next = max(e.probe.next, now+e.probe.backoff)
	e.probe.gain = min(e.probe.gain, probeGain)
}

// full reports whether what arrives is near what the path was found to carry.
func (e *Estimator) full(now time.Duration) bool {
	return e.capacity > 0 && now-e.found < capacityFor && e.received.over(flatFor) > 0.7*e.capacity
}

// grow raises the estimate while the path shows no sign of being full.
func (e *Estimator) grow(now time.Duration) {
	passed := min(now-e.updated, time.Second).Seconds()
	limit := limitGain*e.received.over(500*time.Millisecond) + limitExtra
	if e.estimate >= limit || e.loss.trial != 0 {
		return
	}
	factor, least := growFast, float64(growLeast)
	if e.capacity > 0 && now-e.found < capacityFor && math.Abs(e.estimate-e.capacity) < 2*near*e.capacity {
		factor, least = growSlow, growNear
	}
	e.set(min(e.estimate+(e.estimate*factor+least)*passed, limit))
}

func (e *Estimator) judgeLoss(now time.Duration) {
	switch e.loss.judge(now, e.estimate) {
	case tryLess:
		e.limited = true
		e.set(min(e.estimate, 0.95*e.received.over(lossWindow)))
		e.decreased = now
	case notOurs:
		if e.over == 0 {
			e.set(max(e.estimate, e.loss.restored))
		}
	}
}

func (e *Estimator) set(estimate float64) { e.estimate = min(max(estimate, Min), Max) }

// Tick is to be called each 100 ms or so while packets are sent. waiting is when the oldest packet was sent that is
// newer than all that arrived, if there is one.
func (e *Estimator) Tick(now, waiting time.Duration, any bool) {
	e.judgeProbe(now)
	limit := silence + 2*e.roundTrip()
	if !any || now-waiting < limit || now-e.heard < limit {
		return
	}
	e.limited = true
	if e.silent == 0 {
		e.silent = e.estimate
	} else if now-e.decreased < silence {
		return
	}
	e.decreased = now
	e.set(e.estimate / 2)
}

// Probe begins a probe when want, in bit/s, is more than the estimate and it is a good moment for it. The caller then
// sends what Probing says. idle is whether nothing is sent now of which feedback could tell.
func (e *Estimator) Probe(now time.Duration, want uint64, idle bool) bool {
	if e.probe.rate > 0 || now < e.probe.next || e.loss.trial != 0 || float64(want) <= e.estimate {
		return false
	}
	if !idle && (e.over != 0 || e.silent != 0 || !e.answered || now-e.heard > silence) {
		return false
	}
	e.probes++
	e.probe.start(now, min(e.probe.gain*e.estimate, probeExtra*float64(want)))
	return true
}

// Probing is the rate at which to send now, media included, in bit/s, and since when; 0 when there is no probe.
func (e *Estimator) Probing(now time.Duration) (rate uint64, since time.Duration) {
	if e.probe.rate == 0 || now > e.probe.end {
		return 0, 0
	}
	return uint64(e.probe.rate), e.probe.begin
}

// judgeProbe ends a probe when what it sent has been told of.
func (e *Estimator) judgeProbe(now time.Duration) {
	p := &e.probe
	if p.rate == 0 || now < p.end+e.roundTrip()+150*time.Millisecond {
		return
	}
	rate, through, ok := p.result(e.loss.usual)
	p.rate = 0
	switch {
	case ok && through && e.queue.standing() < e.queue.threshold():
		e.set(max(e.estimate, rate))
		p.next, p.backoff, p.gain = now, firstBackoff, max(p.gain, probeGain)
		if p.gain < atStart {
			p.gain = probeGain
		}
	default:
		if ok && e.over == 0 {
			e.set(max(e.estimate, saturated*rate))
		}
		if ok {
			e.limited = true
			e.capacity, e.found = max(rate, e.estimate), now
		}
		p.next, p.gain = now+p.backoff, carefully
		p.backoff = min(2*p.backoff, lastBackoff)
	}
}
