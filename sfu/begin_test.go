package sfu

import (
	"testing"

	"github.com/pion/rtp"
)

// A keyframe whose first packet comes last, because it was lost and sent again, is forwarded whole: what came before it
// would otherwise be missing for good, and the subscriber would see nothing until the next keyframe.
func TestBeginsWithAPacketThatWasSentAgain(t *testing.T) {
	l := benchLayer(1)
	s := (*l.receiver.senders.Load())[0]
	out := &kept{}
	b := &binding{writer: out, ssrc: 7}
	b.payloads[codecVP8] = 96
	s.binding.Store(b)
	receive := func(seq uint16, payload byte, recovered bool) {
		h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 1, SequenceNumber: seq, Timestamp: 3000 * uint32(seq/4), Marker: seq%4 == 3}
		l.receive(&h, codecVP8, []byte{payload, 0, byte(seq), 0}, recovered)
	}
	const key, inside = 0x10, 0x00
	for seq := uint16(100); seq < 108; seq++ { // nothing that a subscriber could begin with
		receive(seq, inside, false)
	}
	receive(109, inside, false)
	receive(110, inside, false)
	receive(111, inside, false)
	receive(113, inside, false) // of the next picture, whose first packet is missing as well
	if len(out.packets) != 0 {
		t.Fatalf("%d packets were sent before the keyframe", len(out.packets))
	}
	receive(108, key, true)
	receive(112, inside, true)
	receive(114, inside, false)
	first := uint16(0)
	got := map[uint16]byte{}
	for i, p := range out.packets {
		if i == 0 {
			first = p.SequenceNumber
		}
		got[p.SequenceNumber-first] = p.Payload[2]
	}
	if len(out.packets) != 7 || len(got) != 7 {
		t.Fatalf("%d packets with %d numbers were sent, want 7", len(out.packets), len(got))
	}
	for i := range uint16(7) {
		if got[i] != byte(108+i) {
			t.Errorf("packet %d has number %d", got[i], i)
		}
	}
}
