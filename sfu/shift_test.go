package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu/reception"
)

// The reports of two layers tie their timestamps together, whenever each of them came.
func TestShiftOfTwoLayers(t *testing.T) {
	from := benchLayer(0)
	to := from.receiver.bind("h", 2)
	now := time.Now()
	if s := shift(from, to, now); s.Known {
		t.Error("a shift without reports")
	}
	from.reception.ClockRate, to.reception.ClockRate = 90000, 90000
	clock := reception.NTP(now)
	from.senderReport(&rtcp.SenderReport{NTPTime: clock, RTPTime: 1_000_000}, now)
	to.senderReport(&rtcp.SenderReport{NTPTime: clock - 1<<31, RTPTime: 1<<32 - 20_000}, now) // half a second before, and close to its wrap
	s := shift(from, to, now)
	// A picture of the new layer at its timestamp 25,000 is at clock; the old layer has it as 1,000,000.
	if got := uint32(25_000) + s.RTP; !s.Known || got < 999_999 || got > 1_000_001 {
		t.Errorf("the same picture is at %d (%v), want 1000000", got, s.Known)
	}
	if back := shift(to, from, now); back.RTP != -s.RTP && back.RTP != -s.RTP+1 && back.RTP != -s.RTP-1 {
		t.Errorf("there %d, back %d", s.RTP, back.RTP)
	}
	if s := shift(nil, to, now); s.Known {
		t.Error("a shift from nothing")
	}
}
