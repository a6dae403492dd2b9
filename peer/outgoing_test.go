package peer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
)

// sentBy makes an outgoing whose packets are collected; numbers and times count from the first.
func sentBy(t *testing.T, mime string) (*outgoing, func() []rtp.Header) {
	t.Helper()
	o, err := newOutgoing(mime, "id", "stream")
	if err != nil {
		t.Fatal(err)
	}
	var sent []rtp.Header
	seq, base := o.seq, o.base
	o.write = func(p *rtp.Packet) error {
		h := p.Header
		h.SequenceNumber -= seq
		h.Timestamp -= base
		sent = append(sent, h)
		return nil
	}
	return o, func() []rtp.Header { return sent }
}

func TestLiveFramesAreStampedWhenTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, sent := sentBy(t, "video/VP8")
		key := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0}
		for _, wait := range []time.Duration{0, 40 * time.Millisecond, 100 * time.Millisecond, 0} {
			time.Sleep(wait)
			if _, err := o.frame(key, 0, false); err != nil {
				t.Fatal(err)
			}
		}
		want := []uint32{1, 3600, 12600, 12601} // never the same twice
		if len(sent()) != len(want) {
			t.Fatalf("got %+v", sent())
		}
		for i, h := range sent() {
			if h.Timestamp != want[i] || h.SequenceNumber != uint16(i) || !h.Marker {
				t.Errorf("frame %d: %+v, want timestamp %d", i, h, want[i])
			}
		}
	})
}

// Sound keeps its own time, until its source has paused.
func TestSoundKeepsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, sent := sentBy(t, "audio/opus")
		for _, wait := range []time.Duration{0, 25 * time.Millisecond, 5 * time.Millisecond, 2 * time.Second} {
			time.Sleep(wait)
			if _, err := o.frame([]byte{1}, 20*time.Millisecond, false); err != nil {
				t.Fatal(err)
			}
		}
		want := []uint32{0, 960, 1920, 48 * 2030}
		if len(sent()) != len(want) {
			t.Fatalf("got %+v", sent())
		}
		for i, h := range sent() {
			if h.Timestamp != want[i] {
				t.Errorf("packet %d: timestamp %d, want %d", i, h.Timestamp, want[i])
			}
		}
	})
}

// Numbers and times of another sender are moved, with their gaps and their order; pauses leave no gap, and another sender
// goes on where the last one ended.
func TestRelayedPacketsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, sent := sentBy(t, "video/H264")
		idr, other := []byte{0x65, 0x88}, []byte{0x41, 0x9a}
		for _, p := range []struct {
			ssrc    uint32
			seq     uint16
			ts      uint32
			payload []byte
			quiet   bool
		}{
			{1, 65534, 1000, idr, false}, {1, 65535, 4000, other, false},
			{1, 2, 10000, other, false}, {1, 1, 7000, other, false}, // 0 is lost, 1 comes late
			{1, 3, 13000, other, true}, {1, 4, 16000, other, true},
			{1, 5, 19000, other, false}, // not before a keyframe
			{1, 6, 22000, idr, false},
			{9, 500, 77, idr, false}, {9, 501, 3077, other, false},
		} {
			if _, err := o.relay(&rtp.Packet{Header: rtp.Header{SSRC: p.ssrc, SequenceNumber: p.seq, Timestamp: p.ts}, Payload: p.payload}, p.quiet); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / 30)
		}
		want := []struct {
			seq uint16
			ts  uint32
		}{{0, 1}, {1, 3001}, {4, 9001}, {3, 6001}, {5, 21001}, {6, 21001 + 3000 + 1}, {7, 27002}}
		got := sent()
		if len(got) != len(want) {
			t.Fatalf("got %+v", got)
		}
		for i, h := range got {
			if h.SequenceNumber != want[i].seq || h.Timestamp-want[i].ts > 2 && want[i].ts-h.Timestamp > 2 {
				t.Errorf("packet %d: number %d at %d, want %+v", i, h.SequenceNumber, h.Timestamp, want[i])
			}
		}
	})
}
