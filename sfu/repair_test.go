package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// On a long path that loses packets a lost packet is sent again twice over, on a short or clean one once.
func TestRepairOfALongPathThatLosesIsSentTwice(t *testing.T) {
	l := benchLayer(1)
	s := (*l.receiver.senders.Load())[0]
	out := &kept{}
	b := &binding{writer: out, ssrc: 7, rtx: 8}
	b.payloads[codecVP8], b.repairs[codecVP8] = 96, 97
	s.binding.Store(b)
	h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 1, SequenceNumber: 10}
	payload := make([]byte, 100)
	payload[0] = 0x10
	for range 6 {
		l.receive(&h, codecVP8, payload, false)
		h.SequenceNumber++
		payload[1] = 1
	}
	first := out.packets[0].SequenceNumber
	for i, tt := range []struct {
		rtt   time.Duration
		depth int32
		want  int
	}{{100 * time.Millisecond, 0, 1}, {10 * time.Millisecond, 1, 1}, {100 * time.Millisecond, 1, 2}} {
		s.peer.rtt.Store(int64(tt.rtt))
		s.peer.redundancy.depth.Store(tt.depth)
		before := len(out.packets)
		s.nacked([]rtcp.NackPair{{PacketID: first + uint16(i)}}, time.Now())
		again := out.packets[before:]
		if len(again) != tt.want {
			t.Errorf("round trip %v, depth %d: sent again %d times, want %d", tt.rtt, tt.depth, len(again), tt.want)
		}
		for j, p := range again {
			if p.SSRC != 8 || j > 0 && p.SequenceNumber != again[j-1].SequenceNumber+1 {
				t.Errorf("packet %d: SSRC %d, number %d", j, p.SSRC, p.SequenceNumber)
			}
		}
	}
}
