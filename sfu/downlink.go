package sfu

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/bwe"
	"github.com/gotera/gotera/sfu/red"
	"github.com/gotera/gotera/sfu/twcc"
	"github.com/gotera/gotera/sfu/wheel"
)

// downlink is the path to a subscriber: what is known of its bandwidth, and how that is spent.
type downlink struct {
	sent     twcc.History
	narrow   atomic.Bool   // too little for redundant audio: what it would cost is the picture
	repaired atomic.Uint64 // bytes sent again, or only to measure the path

	mu       sync.Mutex // guards the fields below; never held while writing to the network
	path     *bwe.Estimator
	reports  bwe.Reports
	answered bool // feedback has come: path knows something
	budget   uint64
	sending  uint64        // bit/s, retransmissions included
	squeezed bool          // one picture is sent though it takes a little more than there seems to be
	tokens   float64       // bytes that may be sent again
	filled   time.Duration // when that was
	starved  time.Duration // since when the lowest levels do not fit; 0: they do

	told       []twcc.Packet // only used on the peer's RTCP goroutine
	probeTimer *wheel.Timer

	// Only used by the allocator.
	demands     []allocation.Demand
	header      outHeader
	repairs     uint64 // repaired at the last allocation
	bytes       uint64 // sent until then
	repairRate  float64
	allocatedAt time.Time
	short       []ReducedTrack // what gets less than it could, now
	shortSince  time.Time      // since when that differs from what the peer was told
	reduced     atomic.Pointer[[]ReducedTrack]
}

// ReducedTrack is a track of which a peer is sent less than it shows, for lack of bandwidth on the way to it.
type ReducedTrack struct {
	Track
	Paused bool // nothing of it is sent
}

// takeFeedback reads the transport-wide feedback in b, a compound RTCP packet, that concerns an SSRC, or all of it. only
// is whether there was nothing else in it.
func (p *Peer) takeFeedback(about *uint32, b []byte, now time.Time) (only bool) {
	only = true
	for len(b) >= 4 {
		size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		if size > len(b) {
			return false
		}
		if !twcc.Is(b) {
			only = false
		} else if f, err := twcc.Parse(b[:size]); err == nil && (about == nil || f.MediaSSRC == *about) {
			p.inflow.rtcp.Add(uint64(f.Count) / toldAtOnce)
			p.pathFeedback(&f, now)
		}
		b = b[size:]
	}
	return only
}

// pathFeedback estimates anew, and has the bandwidth divided anew at once if there is clearly less of it.
func (p *Peer) pathFeedback(f *twcc.Feedback, now time.Time) {
	d := &p.down
	d.told = d.sent.Read(f, d.told[:0])
	if len(d.told) == 0 {
		return
	}
	d.mu.Lock()
	d.answered = true
	d.path.SetRTT(p.roundTrip())
	d.path.Feedback(now.Sub(p.since), d.told)
	budget, limited := d.path.Budget(), d.path.Limited()
	less := budget < d.budget-d.budget/20
	d.mu.Unlock()
	limit := red.MaxDepth
	if limited {
		_, voices := p.audioSent()
		limit = affordable(budget, voices)
	}
	p.redundancy.told(d.told, limit, now)
	if less {
		p.allocateTimer.SetEarlier(now)
	}
}

// mayRepair reports whether a packet may be sent again now: while the path is known to be narrow, as many as a bucket of
// half a second of its share has.
func (d *downlink) mayRepair(now time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.answered || !d.path.Limited() {
		return true
	}
	share := float64(d.path.Budget()) / 8 / repairShare
	d.tokens = min(d.tokens+share*(now-d.filled).Seconds(), max(share/2, 4*repairBytes))
	d.filled = now
	if d.tokens < repairBytes {
		return false
	}
	d.tokens -= repairBytes
	return true
}

// repairBytes is what a packet that is sent again counts for.
const repairBytes = 1200

// An estimate below the first, in bit/s, until it is above the second, is too narrow for redundant audio, which takes some
// 60 to 120 kbit/s for each voice and would be switched on by the very losses of a queue that overflows. Opus's own
// redundancy stays.
const (
	narrowBelow = 400_000
	wideAbove   = 500_000
)

// squeeze is by what part of themselves sound and one picture may be above the estimate, as a divisor, while no queue
// stands: both are measured with some percent of doubt, and the other choice is no picture.
const squeeze = 5

// repairShare is the most that is set aside for retransmissions, as a divisor: what asks for more is not repaired by it.
const repairShare = 4

// bandwidth is what there is to spend on first transmissions, in bit/s on the wire; ok is false when nothing is known.
// repairs is what retransmissions take, one is what sound and the lowest level of one picture take, least is that with all
// pictures: a path that has not shown an end is not taken for narrower than that, nor one that only just has, nor one that
// nothing comes back from: then it is not known whether the picture arrives, and package watchdog is to find out.
func (d *downlink) bandwidth(least, one, repairs, remb uint64, now time.Duration) (budget uint64, congested, ok bool) {
	since, any := d.sent.Waiting()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.answered || any { // its packets are numbered: feedback is to come
		d.path.Tick(now, since, any)
		d.budget = d.path.Budget()
		budget = d.budget - min(repairs, d.budget/repairShare)
		if budget >= least {
			d.starved = 0
		} else if d.starved == 0 {
			d.starved = now
		}
		if d.path.Queue() >= pauseQueue && d.path.Limited() && budget < least {
			d.starved = now - pauseAfter // no second try before it fits
		}
		estimate := d.path.Estimate()
		d.narrow.Store(d.path.Limited() && (estimate < narrowBelow || estimate < wideAbove && d.narrow.Load()))
		queue := d.path.Queue()
		d.squeezed = estimate >= one-one/squeeze && (queue < cutQueue || d.squeezed && queue < pauseQueue)
		if d.squeezed {
			budget = max(budget, one)
		}
		if !d.path.Limited() || d.path.Silent() || d.path.Queue() < pauseQueue && now-d.starved < pauseAfter {
			budget = max(budget, least)
		}
		return budget, d.path.Queue() > cutQueue && d.path.Congested(), true
	}
	d.budget, ok = d.reports.Estimate(remb)
	return max(d.budget-min(repairs, d.budget/repairShare), least), false, ok // it cannot be probed: the lowest levels stay
}

// A picture is paused for lack of bandwidth after a while, or at once when this much waits in front of the sound.
const (
	pauseAfter = 2 * time.Second
	pauseQueue = 250 * time.Millisecond
)

// cutQueue is the standing queue from which on a layer that has to go is not sent until the lower one begins: better a
// picture that stops for a moment than sound that comes late or not at all.
const cutQueue = 80 * time.Millisecond

// stats adds what is known of the path. remb is the peer's own estimate.
func (d *downlink) stats(out *PeerStats, remb uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out.Estimate, _ = d.reports.Estimate(remb)
	if d.answered {
		out.Estimate, out.Queue, out.Loss = d.path.Estimate(), d.path.Queue(), d.path.Loss()
		out.Probes, out.Overuses = d.path.Counts()
	}
}
