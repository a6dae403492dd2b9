package selection

import (
	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/vp8"
)

// VP8 is the Selection of VP8: picture ids and TL0PICIDX (RFC 7741, section 4.2) go on over changes of stream, pauses
// and dropped frames. The zero value is ready.
type VP8 struct {
	temporal
	ids pictures

	tl0    uint8 // what is added to TL0PICIDX
	lastTL uint8 // highest outgoing one
	begun  bool
}

// Begin is for Selection.
func (s *VP8) Begin(p *history.Packet, want allocation.Layer) {
	s.begin(want)
	s.ids.begin(p.Frame.ID, p.Frame.IDMask)
	if !s.begun {
		s.lastTL, s.begun = p.Frame.TL0-1, true
	}
	s.tl0 = s.lastTL + 1 - p.Frame.TL0
}

// Take is for Selection.
func (s *VP8) Take(p *history.Packet, want allocation.Layer, late bool) (mark uint32, ok bool) {
	f := &p.Frame
	if !s.take(p, want, late) {
		s.ids.drop(f.ID, f.IDMask)
		return 0, false
	}
	id, ok := s.ids.keep(f.ID, f.IDMask)
	if !ok {
		return 0, false
	}
	tl0 := f.TL0 + s.tl0
	if f.HasTL0 && int8(tl0-s.lastTL) > 0 {
		s.lastTL = tl0
	}
	return uint32(id)<<8 | uint32(tl0), true
}

// RewriteVP8 returns the payload of p with the numbers of mark, written to scratch if they differ from its own.
// scratch has room for every payload.
func RewriteVP8(scratch []byte, p *history.Packet, mark uint32) []byte {
	payload, f := p.Payload(), &p.Frame
	id, tl0 := uint16(mark>>8), uint8(mark)
	if (f.IDMask == 0 || f.ID == id) && (!f.HasTL0 || f.TL0 == tl0) {
		return payload
	}
	var d vp8.Descriptor
	if !d.Parse(payload) {
		return payload
	}
	out := scratch[:copy(scratch, payload)]
	d.SetPictureID(out, id)
	d.SetTL0PICIDX(out, tl0)
	return out
}
