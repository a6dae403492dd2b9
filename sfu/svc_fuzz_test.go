package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/allocation"
)

// FuzzLayersWithinAStream sends a subscriber whatever a publisher may send of codecs with layers in one stream: no packet
// may harm the room, and no sequence number may be sent twice.
func FuzzLayersWithinAStream(f *testing.F) {
	for kind, c := range []codecID{codecVP9, codecAV1, codecH264Constrained} {
		s := newLayeredStream(c)
		var seed []byte
		for s.picture = range 3 {
			for spatial := range 3 {
				payload := s.describe(spatial, 0, s.picture == 0)
				extension := s.header.GetExtension(testDependencyID)
				payload = payload[:min(len(payload), 40)]
				seed = append(seed, byte(len(extension)), byte(len(payload)), byte(spatial), 1)
				seed = append(append(seed, extension...), payload...)
				s.number++
			}
		}
		s.end()
		f.Add(uint8(kind), seed)
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		c := []codecID{codecVP9, codecAV1, codecH264Constrained}[kind%3]
		s := newLayeredStream(c)
		defer s.end()
		for len(b) > 4 {
			extension, payload, what, step := int(b[0]), int(b[1]), b[2], b[3]
			b = b[4:]
			extension = min(extension, len(b))
			payload = min(payload, len(b)-extension)
			h := rtp.Header{Version: 2, SSRC: 1, SequenceNumber: s.header.SequenceNumber + uint16(int8(step)), Marker: what&0x80 != 0}
			h.Timestamp = s.header.Timestamp + uint32(what>>4&1)*3000
			s.header.SequenceNumber, s.header.Timestamp = h.SequenceNumber, h.Timestamp
			_ = h.SetExtension(testDependencyID, b[:extension])
			s.sender.setTarget(allocation.Layer{Spatial: int8(what&3) - 1, Temporal: int8(what >> 2 & 3)})
			s.receive(&h, c, b[extension:extension+payload], what&0x40 != 0)
			s.sender.demand(time.Now())
			b = b[extension+payload:]
		}
		seen := map[uint16]bool{}
		for _, p := range s.out.packets {
			if seen[p.SequenceNumber] {
				t.Fatalf("sequence number %d was sent twice", p.SequenceNumber)
			}
			seen[p.SequenceNumber] = true
		}
	})
}
