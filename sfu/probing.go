package sfu

import (
	"time"

	"github.com/gotera/gotera/sfu/wheel"
)

// Padding of a probe goes on a retransmission stream, where receivers drop what has no payload (RFC 4588, section 4),
// and in packets as large as RTP allows padding to be.
const (
	paddingSize  = 255
	paddingBurst = 64 // packets in one step of the wheel
)

// idleAfter is how long nothing was sent when there is nothing that feedback could tell of: everything is paused.
const idleAfter = time.Second

// probe has more sent for a moment, when want, in bit/s, is more than the path is known to carry.
func (p *Peer) probe(now time.Time, want uint64) {
	d := &p.down
	if s, _ := p.paddable(); s == nil {
		return
	}
	last, ok := d.sent.Last()
	idle := !ok || now.Sub(p.since)-last > idleAfter
	d.mu.Lock()
	begun := d.path.Probe(now.Sub(p.since), want, idle)
	d.mu.Unlock()
	if begun {
		p.pad(now)
	}
}

// pad sends what is missing of the probe's rate, each step of the wheel.
func (p *Peer) pad(now time.Time) {
	d, at := &p.down, now.Sub(p.since)
	d.mu.Lock()
	rate, since := d.path.Probing(at)
	d.mu.Unlock()
	s, b := p.paddable()
	if rate == 0 || s == nil || !p.connected.Load() {
		return
	}
	due := int(float64(rate) / 8 * (at - since + wheel.Tick).Seconds())
	size := 0
	for missing := due - int(d.sent.Since(since)); missing > 0 && size < paddingBurst*paddingSize; {
		n := s.writePadding(b, &d.header, now)
		if n == 0 {
			return
		}
		missing -= n
		size += n
	}
	d.probeTimer.Set(now.Add(wheel.Tick))
}

// paddable is a video track with a retransmission stream that is being sent to the peer, or nil.
func (p *Peer) paddable() (*sender, *binding) {
	for _, s := range *p.senders.Load() {
		b := s.binding.Load()
		if b != nil && b.rtx != 0 && b.transport != 0 && s.live.Load() && s.receiver.track.Kind == KindVideo && s.repairType(b) != 0 {
			return s, b
		}
	}
	return nil, nil
}

// repairType is the payload type of retransmissions of what s sends, or could.
func (s *sender) repairType(b *binding) uint8 {
	s.mu.Lock()
	c := s.codec
	s.mu.Unlock()
	if c != codecNone {
		return b.repairs[c]
	}
	for _, t := range b.repairs {
		if t != 0 {
			return t
		}
	}
	return 0
}

// writePadding sends one packet of padding and returns its bytes on the wire; 0 when it could not.
func (s *sender) writePadding(b *binding, h *outHeader, now time.Time) int {
	h.filler(b, s.repairType(b), uint16(s.repair.seq.Add(1)), 0)
	h.SSRC, h.PaddingSize = b.rtx, paddingSize
	s.mu.Lock()
	h.Timestamp = s.out.LastTimestamp()
	s.mu.Unlock()
	n, err := s.write(b, h, nil, now)
	if err != nil || n == 0 {
		return 0
	}
	s.peer.down.repaired.Add(uint64(n + sealing))
	s.padding.Add(1)
	return n + sealing
}
