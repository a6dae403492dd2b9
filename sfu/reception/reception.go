// Package reception keeps the receiver side of RTCP for one incoming stream (RFC 3550, sections 6.4 and appendix A):
// loss, interarrival jitter, and the publisher's mapping between its clock and its RTP timestamps.
package reception

import "time"

// window is how many sequence numbers late a packet is still told from a duplicate.
const window = 1024

// Stream is the state of one stream. The zero value is ready once ClockRate is set; methods must not be called
// concurrently.
type Stream struct {
	ClockRate uint32 // Hz

	started       bool
	base, highest int64
	received      int64 // packets that came by themselves, not by retransmission
	expectedPrior int64
	receivedPrior int64
	seen          [window / 64]uint64 // which of the last window sequence numbers came, by seq modulo window

	transit int64   // of the last packet, in clock units
	jitter  float64 // in clock units
	first   time.Time

	mapping Mapping
	lastSR  uint32 // middle bits of the last sender report's NTP time
}

// Mapping ties a wall clock of the publisher to its RTP timestamps.
type Mapping struct {
	NTP uint64 // of the publisher's clock, 32.32 seconds since 1900
	RTP uint32
	At  time.Time // when we learnt it; zero: nothing known
}

// Received counts a packet; duplicates, and what is later than any reordering, are not counted. Retransmitted packets are
// left out, so that loss reports stay a sign of congestion.
func (s *Stream) Received(seq int64, timestamp uint32, now time.Time) {
	if !s.fresh(seq) {
		return
	}
	s.received++
	if !s.started {
		s.started = true
		s.base, s.highest, s.first = seq, seq, now
		s.transit = s.arrival(now) - int64(timestamp)
		return
	}
	if seq < s.base {
		s.base = seq
	}
	if seq <= s.highest {
		return // late: no measure of jitter
	}
	s.highest = seq
	transit := s.arrival(now) - int64(timestamp)
	d := int64(int32(uint32(transit) - uint32(s.transit))) // timestamps wrap at 2^32
	s.transit = transit
	if d < 0 {
		d = -d
	}
	if d < int64(s.ClockRate) { // a jump of more than a second is a new timeline, not jitter
		s.jitter += (float64(d) - s.jitter) / 16
	}
}

// fresh notes that seq came, and reports whether it had not before.
func (s *Stream) fresh(seq int64) bool {
	word, bit := &s.seen[uint64(seq)%window/64], uint64(1)<<(uint64(seq)%64)
	switch {
	case !s.started:
	case seq <= s.highest-window:
		return false
	case seq > s.highest:
		for n := max(s.highest+1, seq-window+1); n < seq; n++ {
			s.seen[uint64(n)%window/64] &^= 1 << (uint64(n) % 64)
		}
		*word &^= bit
	}
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}

// arrival is now in clock units.
func (s *Stream) arrival(now time.Time) int64 {
	return int64(now.Sub(s.first).Seconds() * float64(s.ClockRate))
}

// SenderReport notes the publisher's report.
func (s *Stream) SenderReport(ntp uint64, rtp uint32, now time.Time) {
	s.mapping = Mapping{NTP: ntp, RTP: rtp, At: now}
	s.lastSR = uint32(ntp >> 16)
}

// Mapping is the last one known.
func (s *Stream) Mapping() Mapping { return s.mapping }

// Advance moves m on to now, for a stream of the given clock rate.
func (m Mapping) Advance(now time.Time, clockRate uint32) (ntp uint64, rtp uint32) {
	d := now.Sub(m.At).Seconds()
	return m.NTP + uint64(d*(1<<32)), m.RTP + uint32(int64(d*float64(clockRate)))
}

// Report is one reception report block, as of now, with loss since the last call.
type Report struct {
	FractionLost uint8  // of 256
	TotalLost    int64  // may be negative when packets came from before the first
	Highest      uint32 // extended sequence number
	Jitter       uint32 // clock units
	LastSR       uint32
	Delay        uint32 // since LastSR, 1/65536 s
}

// Report returns the block for now; ok is false when nothing came since the last call (RFC 3550, section 6.4): the sender sees
// from the reports that what it sends arrives.
func (s *Stream) Report(now time.Time) (r Report, ok bool) {
	if !s.started || s.received == s.receivedPrior {
		return Report{}, false
	}
	expected := s.highest - s.base + 1
	interval := expected - s.expectedPrior
	lost := interval - (s.received - s.receivedPrior)
	s.expectedPrior, s.receivedPrior = expected, s.received
	if interval > 0 && lost > 0 {
		r.FractionLost = uint8(min(255, lost*256/interval))
	}
	r.TotalLost = expected - s.received
	r.Highest = uint32(s.highest)
	r.Jitter = uint32(s.jitter)
	if s.lastSR != 0 {
		r.LastSR = s.lastSR
		r.Delay = uint32(now.Sub(s.mapping.At).Seconds() * 65536)
	}
	return r, true
}

// Missing counts the packets that did not come by themselves, whether or not they came by retransmission. Negative when
// packets came twice.
func (s *Stream) Missing() int64 {
	if !s.started {
		return 0
	}
	return s.highest - s.base + 1 - s.received
}

// Jitter is the interarrival jitter.
func (s *Stream) Jitter() time.Duration {
	if s.ClockRate == 0 {
		return 0
	}
	return time.Duration(s.jitter / float64(s.ClockRate) * float64(time.Second))
}

// ntpEpoch is the start of NTP time, in seconds before the Unix epoch.
const ntpEpoch = 2208988800

// NTP is t in NTP's 32.32 format.
func NTP(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// RoundTrip is the time from a sender report to the receiver report that answers it (RFC 3550, section 6.4.1), given
// when the first was sent and the delay field of the second; 0 when they do not fit.
func RoundTrip(sent, now time.Time, delay uint32) time.Duration {
	rtt := now.Sub(sent) - time.Duration(float64(delay)/65536*float64(time.Second))
	return max(rtt, 0)
}
