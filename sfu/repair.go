package sfu

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu/wheel"
)

// repair is what retransmission keeps.
type repair struct {
	header  outHeader
	seq     atomic.Uint32 // last of the retransmission stream
	payload []byte
	scratch []byte
	recent  [64]struct {
		seq   uint16
		times uint8
		at    time.Time
	}
	window time.Time
	budget int
}

// Bounds of retransmission: a subscriber may not make the server send without end.
const (
	repairWindow = 100 * time.Millisecond
	repairBudget = 300 // packets in a window
	repairTimes  = 10  // of one packet
)

// nacked sends again what the subscriber asks for.
func (s *sender) nacked(pairs []rtcp.NackPair, now time.Time) {
	b := s.binding.Load()
	if b == nil || !s.live.Load() {
		return
	}
	if now.Sub(s.repair.window) > repairWindow {
		s.repair.window, s.repair.budget = now, repairBudget
	}
	fresh := 0
	for i := range pairs {
		pairs[i].Range(func(seq uint16) bool {
			s.nacks.Add(1)
			if s.repair.budget > 0 && s.fresh(seq, now) && s.affords(now) {
				s.resend(b, seq, now)
				if s.twice() {
					s.resend(b, seq, now)
				}
				fresh++
			}
			return s.repair.budget > 0
		})
	}
	if s.receiver.track.Kind == KindAudio {
		sent, _ := s.peer.audioSent()
		s.peer.redundancy.again(fresh, sent, now)
	}
}

// slowRepair is the round trip from which a lost retransmission shows: the next one comes too late for the picture.
const slowRepair = 40 * time.Millisecond

// twice reports whether to send what was lost twice over, because a loss of that, too, would be seen: on a long path that
// loses packets for another reason than being full.
func (s *sender) twice() bool {
	return s.receiver.track.Kind == KindVideo && s.peer.roundTrip() > slowRepair && s.peer.redundancy.depth.Load() > 0
}

// fresh reports whether seq was not sent again a moment ago, and notes that it now is.
func (s *sender) fresh(seq uint16, now time.Time) bool {
	r := &s.repair.recent[seq%uint16(len(s.repair.recent))]
	if r.seq != seq || r.at.IsZero() {
		r.times = 0
	} else if now.Sub(r.at) < max(wheel.Tick/2, s.peer.roundTrip()/2) || r.times >= repairTimes {
		return false
	}
	r.seq, r.at = seq, now
	r.times++
	return true
}

// affords reports whether a packet may be sent again without harm to what is sent first: retransmissions of pictures take
// a quarter of the bandwidth at most, and none while the picture is paused.
func (s *sender) affords(now time.Time) bool {
	if s.receiver.track.Kind == KindAudio {
		return true
	}
	return !s.paused() && s.peer.down.mayRepair(now.Sub(s.peer.since))
}

// resend takes a packet from the publisher's history, or does nothing: a packet that the server itself waits for is
// forwarded when it comes. For one that will not be sent any more, it sends a filler, so that nobody waits for it.
func (s *sender) resend(b *binding, seq uint16, now time.Time) {
	s.mu.Lock()
	from, ok := s.out.Find(seq)
	fill := ok && !from.Sent && from.Over
	if fill {
		s.out.Fill(seq)
	}
	s.mu.Unlock()
	h := &s.repair.header
	if ok && from.Sent && b.rtx == 0 || from.Filled { // the number itself again
		if payload, ok := s.kept.take(seq, &h.Header, &s.repair.payload); ok {
			s.resent(s.peer.link.write(b, h, payload, true))
		}
		return
	}
	if !ok || !from.Sent && !fill {
		return
	}
	p := from.Source.ring.Take(from.Seq)
	if p == nil {
		return
	}
	defer p.Release()
	payloadType, repairType := b.payloads[p.Codec], b.repairs[p.Codec]
	switch {
	case payloadType == 0:
		return
	case fill:
		h.filler(b, payloadType, seq, p.Timestamp+from.TS)
		n, err := s.write(b, h, nil, now)
		if err == nil && n > 0 {
			s.kept.put(&h.Header, nil)
		}
		s.resent(n, err)
		return
	case repairType == 0:
		if payload, ok := s.kept.take(seq, &h.Header, &s.repair.payload); ok {
			s.resent(s.peer.link.write(b, h, payload, true))
		}
		return
	}
	h.fill(b, p, repairType, uint16(s.repair.seq.Add(1)), p.Timestamp+from.TS)
	h.SSRC = b.rtx
	payload := p.Payload()
	if rewritten := codecs[p.Codec].rewrite; rewritten != nil {
		payload, h.Marker = rewritten(room(&s.repair.scratch), p, from.Mark)
	}
	h.describe(b, p, from.Mark)
	s.repair.payload = binary.BigEndian.AppendUint16(s.repair.payload[:0], seq)
	s.repair.payload = append(s.repair.payload, payload...)
	s.resent(s.write(b, h, s.repair.payload, now))
}

// resent counts what was sent again.
func (s *sender) resent(n int, err error) {
	s.repair.budget--
	if err == nil {
		s.rtx.Add(1)
		s.bytes.Add(uint64(n))
		s.peer.down.repaired.Add(uint64(n + sealing))
	}
}
