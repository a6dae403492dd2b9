package sfu

import (
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu/reception"
)

// sentReport remembers a sender report until the subscriber answers it.
type sentReport struct {
	id uint32 // middle bits of the NTP time
	at time.Time
}

// report makes a sender report in the publisher's clock; nil when nothing was sent or its clock is not known.
func (s *sender) report(now time.Time) *rtcp.SenderReport {
	b := s.binding.Load()
	if b == nil || !s.live.Load() {
		return nil
	}
	s.mu.Lock()
	l := s.cur
	offset, ok := s.out.Offset()
	s.mu.Unlock()
	if l == nil || !ok { // paused, or not begun
		return nil
	}
	m, clockRate, ok := l.mapping(now)
	if !ok {
		return nil
	}
	ntp, ts := m.Advance(now, clockRate)
	s.mu.Lock()
	s.sentSR[s.nextSR] = sentReport{uint32(ntp >> 16), now}
	s.nextSR = (s.nextSR + 1) % len(s.sentSR)
	s.mu.Unlock()
	return &rtcp.SenderReport{
		SSRC: b.ssrc, NTPTime: ntp, RTPTime: ts + offset,
		PacketCount: uint32(s.before.packets + s.packets.Load()), OctetCount: uint32(s.before.octets + s.octets.Load()),
	}
}

// reported takes the subscriber's report on this track.
func (s *sender) reported(r *rtcp.ReceptionReport, now time.Time) {
	lost := int64(int32(r.TotalLost<<8) >> 8) // 24 bits, signed
	s.lost.Store(lost - s.before.lost)
	all, missed := s.progress.since(r.LastSequenceNumber, lost, s.packets.Load())
	s.peer.redundancy.reported(all, missed, now)
	s.peer.down.mu.Lock()
	s.peer.down.reports.Reported(int64(all), int64(max(missed, 0)), s.peer.down.sending)
	s.peer.down.mu.Unlock()
	s.peer.reportedAt.Store(now.UnixNano())
	if s.highest.Swap(r.LastSequenceNumber) != r.LastSequenceNumber || s.advancedAt.Load() == 0 {
		s.advancedAt.Store(now.UnixNano())
	}
	var clock uint32 = 90000
	if s.receiver.track.Kind == KindAudio {
		clock = 48000
	}
	s.jitter.Store(int64(r.Jitter) * int64(time.Second) / int64(clock))
	if r.LastSenderReport == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sr := range s.sentSR {
		if sr.id == r.LastSenderReport && !sr.at.IsZero() {
			rtt := reception.RoundTrip(sr.at, now, r.Delay)
			s.rtt.Store(int64(rtt))
			s.peer.measured(rtt)
		}
	}
}
