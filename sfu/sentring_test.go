package sfu

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// What is sent again is what was sent, bit for bit, though the arrays behind its header have been used again.
func TestSentPacketsLeaveAsTheyWere(t *testing.T) {
	var k sentRing
	var scratch []byte
	var again rtp.Header
	if _, ok := k.take(7, &again, &scratch); ok {
		t.Error("a packet from nothing")
	}
	transport := []byte{1, 2}
	h := rtp.Header{Version: 2, SSRC: 5, SequenceNumber: 7, Timestamp: 9, PayloadType: 63}
	if err := h.SetExtension(3, transport); err != nil {
		t.Fatal(err)
	}
	want, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	payload := []byte("first")
	k.put(&h, payload)
	transport[0], payload[0] = 9, 'x'
	h.SequenceNumber = 8
	k.put(&h, []byte("second"))
	p, ok := k.take(7, &again, &scratch)
	if !ok || string(p) != "first" {
		t.Fatalf("got %q, %v", p, ok)
	}
	if got, err := again.Marshal(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("header %x, want %x (%v)", got, want, err)
	}
	for _, seq := range []uint16{6, 7 + sentBefore} {
		if _, ok := k.take(seq, &again, &scratch); ok {
			t.Errorf("packet %d was never sent", seq)
		}
	}
	h.SequenceNumber = 7 + sentBefore
	k.put(&h, nil)
	if _, ok := k.take(7, &again, &scratch); ok {
		t.Error("an old packet in the place of a new one")
	}
}

// Sound goes out with redundancy, which ends; a packet from before that is asked for again is the same to the last bit,
// transport-wide number included.
func TestSoundIsSentAgainAsItWas(t *testing.T) {
	l := benchLayer(1)
	l.receiver.track.Kind = KindAudio
	s := (*l.receiver.senders.Load())[0]
	out := &kept{}
	b := &binding{writer: out, ssrc: 7, transport: 3}
	b.payloads[codecOpus], b.payloads[codecRED] = 111, 63
	s.binding.Store(b)
	h := rtp.Header{Version: 2, PayloadType: 111, SSRC: 1, SequenceNumber: 10}
	s.peer.redundancy.depth.Store(2)
	for i := range 6 {
		l.receive(&h, codecOpus, []byte{0x78, byte(i), 3}, false)
		h.SequenceNumber++
		h.Timestamp += 960
	}
	s.peer.redundancy.depth.Store(0)
	first := out.packets[4]
	if first.PayloadType != 63 || len(first.Payload) < 10 {
		t.Fatalf("no redundancy: %+v", first)
	}
	s.nacked([]rtcp.NackPair{{PacketID: first.SequenceNumber}}, time.Now())
	again := out.packets[len(out.packets)-1]
	want, _ := first.Marshal()
	if got, _ := again.Marshal(); len(out.packets) != 7 || !bytes.Equal(got, want) {
		t.Errorf("%d packets, the last %x, want %x", len(out.packets), got, want)
	}
}
