package sfu

import (
	"time"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/rewrite"
)

// forward sends a packet of layer l, if that is the layer in use, or the one to change to and here it can begin, and if
// the packet belongs to what the subscriber is to get of it. When it begins with a packet that was sent again, what came
// before that and follows it is sent, too.
func (s *sender) forward(l *layer, f forwarded) {
	if !s.forwardOne(l, f) {
		return
	}
	for seq := f.packet.Seq + 1; seq <= f.highest; seq++ {
		if p := l.ring.Take(seq); p != nil {
			s.forwardOne(l, forwarded{p, codecID(p.Codec), f.now, f.highest})
			p.Release()
		}
	}
}

// forwardOne is forward for one packet. It reports whether l has begun with it.
func (s *sender) forwardOne(l *layer, f forwarded) (begun bool) {
	b := s.binding.Load()
	if b == nil || !s.live.Load() {
		return false
	}
	p := f.packet
	payloadType := b.payloads[f.codec]
	if payloadType == 0 {
		return false
	}
	s.mu.Lock()
	if !s.live.Load() { // another may go on in its place
		s.mu.Unlock()
		return false
	}
	if l != s.cur || f.codec != s.codec {
		begun = s.beginLocked(l, f)
		if !begun {
			s.mu.Unlock()
			return false
		}
	}
	if s.pauseLocked(f) {
		s.mu.Unlock()
		return false
	}
	late := s.out.Late(p.Seq)
	inside := s.dropped && p.Timestamp == s.frame
	mark, ok := s.pick.Take(p, s.target, late)
	if !late {
		s.frame, s.dropped = p.Timestamp, !ok
	}
	var seq uint16
	var ts uint32
	filler := false
	if ok {
		seq, ts, ok = s.out.Keep(p.Seq, p.Timestamp, mark, f.now)
	} else {
		seq, filler = s.out.Drop(p.Seq, inside)
		ts = s.out.LastTimestamp()
	}
	s.mu.Unlock()
	switch {
	case ok:
		payload, payloadType := s.redundant(b, l, p, payloadType)
		marker := p.Marker
		if rewritten := codecs[f.codec].rewrite; rewritten != nil {
			payload, marker = rewritten(room(&s.scratch), p, mark)
		}
		s.header.fill(b, p, payloadType, seq, ts)
		s.header.Marker = marker
		s.header.describe(b, p, mark)
		if n, err := s.write(b, &s.header, payload, f.now); err == nil && n > 0 {
			if b.rtx == 0 || b.repairs[f.codec] == 0 {
				s.kept.put(&s.header.Header, payload)
			}
			s.packets.Add(1)
			s.octets.Add(uint64(len(payload)))
			s.bytes.Add(uint64(n))
		}
	case filler:
		s.header.filler(b, payloadType, seq, ts)
		if n, err := s.write(b, &s.header, nil, f.now); err == nil && n > 0 {
			s.kept.put(&s.header.Header, nil)
			s.bytes.Add(uint64(n))
		}
	}
	return begun
}

// room returns scratch with room for every payload.
func room(scratch *[]byte) []byte {
	if *scratch == nil {
		*scratch = make([]byte, history.MaxPayload)
	}
	return *scratch
}

// beginLocked makes l the layer in use if it is wanted and can begin with this packet.
func (s *sender) beginLocked(l *layer, f forwarded) bool {
	p := f.packet
	if codecs[f.codec].keyframe != nil && !p.Keyframe || !s.acceptsLocked(l, f.now) {
		return false
	}
	if p.Seq < f.highest && len(p.Descriptor()) > 0 { // those of the packets that follow cannot be read any more
		return false
	}
	if s.codec != f.codec {
		s.codec, s.pick = f.codec, codecs[f.codec].selection()
	}
	s.out.Switch(l, p.Seq, p.Timestamp, codecs[f.codec].clock, f.now, shift(s.last, l, f.now))
	s.pick.Begin(p, s.target)
	s.frame, s.dropped = p.Timestamp, false
	s.begunLocked(l)
	return true
}

// pauseLocked ends the sending, between two frames, when nothing is to be sent.
func (s *sender) pauseLocked(f forwarded) bool {
	cut := s.cutting && s.cur != nil && s.receiver.simulcast() && int8(s.cur.rank()) > s.target.Spatial
	if s.target.Spatial >= 0 && !cut || f.packet.Timestamp == s.frame {
		return false
	}
	s.cur = nil
	if cut {
		s.waitingSince.CompareAndSwap(0, f.now.UnixNano())
	}
	return true
}

// shift is what to add to the timestamps of layer to so that they show the publisher's clock as those of from do.
func shift(from, to *layer, now time.Time) rewrite.Shift {
	if from == nil || from == to {
		return rewrite.Shift{}
	}
	a, clockRate, okA := from.mapping(now)
	b, _, okB := to.mapping(now)
	if !okA || !okB {
		return rewrite.Shift{}
	}
	passed := float64(int64(b.NTP-a.NTP)) / (1 << 32)
	return rewrite.Shift{RTP: a.RTP - b.RTP + uint32(int64(passed*float64(clockRate))), Known: true}
}
