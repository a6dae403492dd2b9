package selection

import (
	"math/rand/v2"
	"testing"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
)

var all = allocation.Layer{Spatial: 2, Temporal: All}

// packetsVP9 packetizes a picture, one to three packets a frame.
func packetsVP9(s *session, frames []*modelFrame) (out []*modelPacket) {
	for _, f := range frames {
		n := 1 + s.network.rand.IntN(3)
		for i := range n {
			m := &modelPacket{frame: f, seq: s.seq, p: &history.Packet{}}
			s.seq++
			m.p.Marker = f.last && i == n-1
			m.p.Timestamp = uint32(f.picture) * 3000
			h := &m.p.Frame
			*h = history.Frame{
				Spatial: f.spatial, Temporal: f.temporal, Start: i == 0, End: i == n-1,
				ID: uint16(f.picture+32000) & 0x7fff, IDMask: 0x7fff, InterLayer: f.below,
				Unused: f.last || s.encoder.keyOnly && !f.key,
			}
			h.References, h.Independent = -1, true
			for _, r := range f.refs {
				if r.picture == f.picture {
					continue
				}
				if h.Independent = false; s.encoder.flexible || s.encoder.group {
					h.References, h.Diffs[0] = 1, uint8(f.picture-r.picture)
				}
			}
			if !s.encoder.flexible {
				h.TL0, h.HasTL0 = uint8(f.tl0), true
				h.Sync = true // each picture of the generated groups is a switching-up point
			}
			m.p.Keyframe = h.Start && f.key && f.spatial == 0
			out = append(out, m)
		}
	}
	return out
}

func TestVP9SendsWhatCanBeDecodedAndNotMore(t *testing.T) {
	everyWay(t, func(_ *testing.T, s *session, r *rand.Rand) {
		s.selection, s.packets = &VP9{}, packetsVP9
		anyTargets(s, r)
	})
}

func TestVP9GoesOnWhenTheEncoderBeginsAnew(t *testing.T) {
	var s VP9
	last := uint16(0)
	for run, first := range []uint16{20000, 5, 16500, 16400} {
		for i := range uint16(200) {
			p := &history.Packet{Keyframe: i == 0, Marker: true}
			p.Frame = history.Frame{Start: true, End: true, ID: first + i, IDMask: 0x7fff, Independent: i == 0, References: 1, Diffs: [3]uint8{1}}
			if run == 0 && i == 0 {
				s.Begin(p, all)
			}
			mark, ok := s.Take(p, all, false)
			if !ok {
				t.Fatalf("run %d: picture %d was not sent", run, i)
			}
			if id := uint16(mark>>8) & 0x7fff; (run > 0 || i > 0) && id != last+1 {
				t.Fatalf("run %d: picture id %d after %d", run, id, last)
			} else {
				last = id
			}
		}
	}
}
