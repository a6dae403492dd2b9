package sfu

import (
	"slices"
	"testing"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/selection"
)

// recorded keeps what a subscriber is sent.
type recorded struct{ packets []rtp.Packet }

func (w *recorded) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	w.packets = append(w.packets, rtp.Packet{Header: h.Clone(), Payload: slices.Clone(payload)})
	return len(payload), nil
}

func (w *recorded) Write(b []byte) (int, error) { return len(b), nil }

// h264Layer sends one simulcast layer of H.264: frames of two slices, of which every other is predicted from by none.
type h264Layer struct {
	layer  *layer
	header rtp.Header
	mark   byte
	n      int
}

func (e *h264Layer) packet(payload ...byte) {
	e.layer.receive(&e.header, codecH264Constrained, append(payload, e.mark), false)
	e.header.SequenceNumber++
}

func (e *h264Layer) frame(key bool) {
	e.header.Timestamp += 3000
	e.header.Marker = false
	if key {
		e.n = 0
		e.packet(0x67, 0x42, 0xe0, 0x1f) // SPS
		e.packet(0x68, 0xce)             // PPS
	}
	slice := byte(0x41)
	switch {
	case key:
		slice = 0x65
	case e.n%2 == 1:
		slice = 0x01 // nal_ref_idc 0
	}
	e.n++
	e.packet(slice, 0x9a)
	e.header.Marker = true
	e.packet(slice, 0x9b)
}

// A subscriber changes between layers of H.264 at keyframes only, and loses temporal layers without a hole.
func TestH264Simulcast(t *testing.T) {
	first := benchLayer(1)
	r := newReceiver(first.receiver.peer, Track{ID: "a:camera:video", Peer: "a", Source: "camera", Kind: KindVideo},
		&section{rids: []string{"l", "h"}}, &section{})
	s := newSender(first.receiver.peer, r)
	out := &recorded{}
	b := &binding{writer: out, ssrc: 9}
	b.payloads[codecH264Constrained] = 102
	s.binding.Store(b)
	s.live.Store(true)
	r.add(s)
	low := &h264Layer{layer: r.bind("l", 1), header: rtp.Header{Version: 2, SequenceNumber: 65530, Timestamp: 1 << 31}, mark: 'l'}
	high := &h264Layer{layer: r.bind("h", 2), header: rtp.Header{Version: 2, SequenceNumber: 7, Timestamp: 5}, mark: 'h'}
	frames := func(n int) {
		for range n {
			low.frame(false)
			high.frame(false)
		}
	}
	s.setTarget(allocation.Layer{Spatial: 0, Temporal: selection.All})
	frames(3)
	if len(out.packets) > 0 {
		t.Fatal("the stream begins without a keyframe")
	}
	high.frame(true)
	low.frame(true)
	frames(4)
	s.setTarget(allocation.Layer{Spatial: 1, Temporal: selection.All})
	frames(4) // the low layer goes on
	high.frame(true)
	frames(4)
	s.setTarget(allocation.Layer{Spatial: 1, Temporal: 0})
	frames(4)
	s.setTarget(allocation.Paused)
	frames(4)
	s.setTarget(allocation.Layer{Spatial: 0, Temporal: selection.All})
	frames(2)
	low.frame(true)

	marks, first264 := []byte{}, out.packets[0]
	if first264.Payload[0] != 0x67 {
		t.Errorf("the first packet is of type %x", first264.Payload[0])
	}
	for i, p := range out.packets {
		if want := first264.SequenceNumber + uint16(i); p.SequenceNumber != want {
			t.Fatalf("packet %d has number %d, want %d", i, p.SequenceNumber, want)
		}
		mark := p.Payload[len(p.Payload)-1]
		if i > 0 && int32(p.Timestamp-out.packets[i-1].Timestamp) < 0 {
			t.Errorf("packet %d goes back in time", i)
		}
		if len(marks) == 0 || marks[len(marks)-1] != mark {
			if p.Payload[0] != 0x67 {
				t.Errorf("layer %c begins with type %x", mark, p.Payload[0])
			}
			marks = append(marks, mark)
		}
	}
	if string(marks) != "lhl" {
		t.Errorf("layers %q, want lhl", marks)
	}
	// Two packets a frame: low 1 key (4) + 8 frames; high 1 key (4) + 4 frames + half of 4; low 1 key (4).
	if want := 4 + 16 + 4 + 8 + 4 + 4; len(out.packets) != want {
		t.Errorf("%d packets, want %d", len(out.packets), want)
	}
}
