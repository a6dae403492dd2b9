package sfu

import (
	"slices"
	"time"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/wheel"
)

// allocateInterval is how often it is decided anew which layers a peer is sent. What cannot wait for it makes
// allocateTimer due at once.
const allocateInterval = 200 * time.Millisecond

// What encryption, UDP and IP add to a stream: a share of video, whose packets are large, and bit/s of 50 packets of
// audio a second.
const (
	videoOverhead = 20 // one part in so many
	audioOverhead = 50 * sealing * 8
)

// Priorities of pictures.
const (
	speakingPriority = 1
	pinnedPriority   = 2
)

// allocate decides which layers the peer is sent: what fits the size at which it shows each track, and its bandwidth.
func (p *Peer) allocate(now time.Time) {
	if !p.connected.Load() {
		return
	}
	d := &p.down
	senders := *p.senders.Load()
	d.demands = d.demands[:0]
	want, least := uint64(0), uint64(0)
	for _, s := range senders {
		demand := p.demand(s, now)
		d.demands = append(d.demands, demand)
		if top := min(demand.Max, len(demand.Levels)-1); top >= 0 {
			want += demand.Levels[top].Bitrate
			least += demand.Levels[0].Bitrate
		}
	}
	repairs, one := p.repairRate(now), onePicture(d.demands)
	budget, congested, known := d.bandwidth(least+least/8, one+one/8, repairs, p.estimate.Load(), now.Sub(p.since))
	if !known {
		budget = unlimited
	}
	chosen := allocation.Allocate(budget, d.demands)
	d.short = d.short[:0]
	for i, s := range senders {
		demand := &d.demands[i]
		switch {
		case chosen[i] < 0:
			s.setTarget(allocation.Paused)
		case chosen[i] < len(demand.Levels):
			s.setTarget(demand.Levels[chosen[i]].Layer)
			s.allocated.Store(demand.Levels[chosen[i]].Bitrate)
		}
		if chosen[i] < 0 {
			s.allocated.Store(0)
		}
		s.cut(congested && !demand.Audio)
		if chosen[i] < min(demand.Max, len(demand.Levels)-1) && !demand.Audio {
			d.short = append(d.short, ReducedTrack{Track: s.receiver.track, Paused: chosen[i] < 0})
		}
	}
	p.tellReduced(now)
	p.probe(now, want+want/8+repairs)
	p.allocateTimer.SetEarlier(p.room.wheel.Next(now, allocateInterval))
}

// onePicture is what sound and the lowest level of the picture take that is shown when there is room for one, in bit/s.
func onePicture(demands []allocation.Demand) uint64 {
	sound, best := uint64(0), -1
	for i := range demands {
		d := &demands[i]
		switch {
		case len(d.Levels) == 0 || d.Max < 0:
		case d.Audio:
			sound += d.Levels[0].Bitrate
		case best < 0 || allocation.Before(d, &demands[best]):
			best = i
		}
	}
	if best < 0 {
		return sound
	}
	return sound + demands[best].Levels[0].Bitrate
}

// unlimited is the budget while nothing is known.
const unlimited = 1 << 40

// demand is what s could be sent as, with what it costs on the wire. What was decided last counts as what is sent: a
// change that waits for its keyframe is not decided again.
func (p *Peer) demand(s *sender, now time.Time) allocation.Demand {
	d := s.demand(now)
	for i := range d.Levels {
		if d.Audio {
			d.Levels[i].Bitrate *= 1 + uint64(s.depth(s.binding.Load()))
			d.Levels[i].Bitrate += audioOverhead
		} else {
			d.Levels[i].Bitrate += d.Levels[i].Bitrate / videoOverhead
		}
	}
	s.mu.Lock()
	target := s.target
	s.mu.Unlock()
	d.Current = -1
	for i, level := range d.Levels {
		if target.Spatial >= 0 && !above(level.Layer, target) {
			d.Current = i
		}
	}
	if view, _ := p.view(s.receiver.track.ID); view.Pinned {
		d.Priority = pinnedPriority
	} else if p.room.speaks(s.receiver.track) {
		d.Priority = speakingPriority
	}
	return d
}

// repairRate measures what is sent, and returns what retransmissions take of the bandwidth, in bit/s, smoothed over about a second.
func (p *Peer) repairRate(now time.Time) uint64 {
	d := &p.down
	passed := now.Sub(d.allocatedAt)
	if passed < wheel.Tick {
		return uint64(d.repairRate)
	}
	bytes := d.repaired.Load()
	sent := uint64(0)
	for _, s := range *p.senders.Load() {
		sent += s.bytes.Load()
	}
	if passed < time.Minute && sent > d.bytes {
		d.mu.Lock()
		d.sending = uint64(float64(sent-d.bytes) * 8 / passed.Seconds())
		d.mu.Unlock()
	}
	if passed < time.Minute {
		rate := float64(bytes-d.repairs) * 8 / passed.Seconds()
		d.repairRate += (rate - d.repairRate) * min(1, passed.Seconds())
	}
	d.repairs, d.bytes, d.allocatedAt = bytes, sent, now
	return uint64(d.repairRate)
}

// Time that pictures must have been reduced, or no more be, until the peer is told: not each passing shortage is news.
const (
	toldReduced = 1500 * time.Millisecond
	toldBetter  = 1 * time.Second
)

// tellReduced tells the peer which of its pictures are reduced for lack of bandwidth, when that has changed for a while.
func (p *Peer) tellReduced(now time.Time) {
	d := &p.down
	told := *d.reduced.Load()
	if slices.Equal(told, d.short) {
		d.shortSince = time.Time{}
		return
	}
	if d.shortSince.IsZero() {
		d.shortSince = now
	}
	wait := toldReduced
	if len(d.short) < len(told) {
		wait = toldBetter
	}
	if now.Sub(d.shortSince) < wait {
		return
	}
	d.shortSince = time.Time{}
	list := slices.Clone(d.short)
	if list == nil {
		list = []ReducedTrack{}
	}
	d.reduced.Store(&list)
	p.event(func() { p.handler.Reduced(list) })
}
