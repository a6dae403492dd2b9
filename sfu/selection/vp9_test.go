package selection

import (
	"math/rand/v2"
	"testing"

	"github.com/gotera/gotera/sfu/history"
)

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
