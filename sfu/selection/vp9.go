package selection

import (
	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/vp9"
)

// VP9 is the Selection of VP9, by its payload descriptor (RFC 9628), with or without SVC. A frame is sent when its layers
// are wanted and nothing that it is predicted from was left out; so a spatial layer is gone up to at a keyframe or where
// it is refreshed, and gone down from at the next picture if the lower layer was sent until then. Frames of lower layers
// that the picture does not need (as in K-SVC) are left out: there, going down waits for a keyframe, with the fewest
// pictures meanwhile.
//
// Picture ids keep their gaps: receivers find references by them, in flexible mode by difference and else by their place
// in the group of pictures. They and TL0PICIDX only go on without a jump over changes of stream. The zero value is ready.
type VP9 struct {
	memory  [pictureMemory]picture
	highest int64 // picture id, extended
	limit   allocation.Layer
	want    allocation.Layer
	live    uint8 // spatial layers whose last frame of temporal layer 0 was sent; a mask
	seen    uint8 // spatial layers of the last whole picture; a mask
	now     uint8 // the same of the picture at hand
	freely  bool  // a switching-up point was sent: the next picture may be of any temporal layer
	skip    bool  // the last picture did not need its lower layers
	stale   bool  // a picture ended with a layer that was left out: the publisher has stopped those above
	topT    int8  // the highest temporal layer that came
	missing int64 // a picture that temporal layer 0 needs and that has not come; 0: none

	begun   bool
	idShift uint16
	tlShift uint8
	lastID  uint16 // outgoing
	lastTL0 uint8
}

// pictureMemory is how many pictures are remembered: as far as a reference can reach.
const pictureMemory = 128

// pictureGiveUp is how many pictures after one that is missing it is given up for lost.
const pictureGiveUp = 24

// picture is what became of the frames of one.
type picture struct {
	id       int64
	sent     uint8 // spatial layers; a mask
	dropped  uint8
	top      int8 // the highest spatial layer that is sent
	temporal int8 // the highest temporal layer that is sent
	skip     bool // without the lower layers that say that the picture does not need them
}

// Begin is for Selection.
func (s *VP9) Begin(p *history.Packet, want allocation.Layer) {
	f := &p.Frame
	if s.begun {
		s.idShift = s.lastID + 1 - f.ID
		s.tlShift = s.lastTL0 + 1 - f.TL0
	}
	s.begun = true
	s.memory = [pictureMemory]picture{}
	s.highest = int64(f.ID) + numberOrigin - 1
	s.limit, s.want = want, want
	s.live, s.seen, s.now, s.topT = 0, 0, 0, 0
	s.freely, s.skip, s.stale, s.missing = false, false, false, 0
}

// Take is for Selection.
func (s *VP9) Take(p *history.Packet, want allocation.Layer, late bool) (mark uint32, ok bool) {
	f := &p.Frame
	s.want = allocation.Layer{Spatial: max(want.Spatial, 0), Temporal: max(want.Temporal, 0)}
	id := s.highest
	switch {
	case f.IDMask != 0:
		id = extended(s.highest, f.ID, f.IDMask)
	case f.Start && f.Spatial == 0 && !late:
		id++ // no picture ids: pictures are told apart as they come
	}
	if far := id <= s.highest-pictureMemory; far && !p.Keyframe {
		return 0, false
	} else if far || p.Keyframe && id > s.highest+pictureMemory { // the encoder has begun anew, with other numbers
		s.Begin(p, want)
		id = s.highest + 1
	}
	if id == s.missing {
		s.missing = 0 // it came late
	}
	e := s.picture(id, f)
	bit := uint8(1) << f.Spatial
	if (e.sent|e.dropped)&bit == 0 {
		s.decide(e, f, id)
	}
	if e.sent&bit == 0 {
		if p.Marker && f.Spatial < e.top && f.Temporal <= e.temporal {
			s.stale = true
		}
		return 0, false
	}
	outID, outTL0 := f.ID+s.idShift, f.TL0+s.tlShift
	if id == s.highest {
		s.lastID, s.lastTL0 = outID, outTL0
	}
	mark = uint32(outID&0x7fff)<<8 | uint32(outTL0) | marked(p.Marker || f.End && f.Spatial == e.top)
	return mark, true
}

// picture returns the entry of a picture, and begins it when it is new.
func (s *VP9) picture(id int64, f *history.Frame) *picture {
	e := &s.memory[id&(pictureMemory-1)]
	if e.id == id {
		return e
	}
	if id > s.highest {
		s.highest = id
		s.begin(f)
	}
	*e = picture{id: id, top: s.limit.Spatial, temporal: s.limit.Temporal, skip: s.skip}
	for next := id + 1; next <= s.highest; next++ { // late: as if it had come in time
		if n := &s.memory[next&(pictureMemory-1)]; n.id == next {
			e.top, e.temporal, e.skip = n.top, n.temporal, n.skip
			break
		}
	}
	return e
}

// begin adjusts the limits to what is wanted, before a picture of which nothing was sent.
func (s *VP9) begin(f *history.Frame) {
	if s.now != 0 {
		s.seen = s.now
	}
	s.now = 0
	if f.Spatial == 0 && f.Independent { // all layers begin anew
		s.limit, s.live, s.skip, s.stale, s.missing = s.want, 0, false, false, 0
		return
	}
	if s.limit.Temporal > s.want.Temporal || s.freely {
		s.limit.Temporal = s.want.Temporal
	}
	s.freely = false
	if to := s.reachable(); to >= 0 {
		s.limit.Spatial = to
	} else if s.limit.Spatial > s.want.Spatial {
		s.limit.Temporal = 0 // until a keyframe comes
	}
}

// reachable is the highest spatial layer to send from this picture on without going up; -1 when none can be sent.
func (s *VP9) reachable() int8 {
	to := min(s.limit.Spatial, s.want.Spatial)
	if s.limit.Spatial <= s.want.Spatial && s.seen>>to == 0 {
		return to // the publisher sends less
	}
	for to >= 0 && s.live>>to&1 == 0 {
		to--
	}
	return to
}

// decide says whether a frame is sent.
func (s *VP9) decide(e *picture, f *history.Frame, id int64) {
	bit := uint8(1) << f.Spatial
	s.now |= bit
	s.topT = max(s.topT, f.Temporal)
	if s.takes(e, f, id) {
		e.sent |= bit
		if f.Temporal == 0 {
			s.live |= bit
		}
		if f.Spatial > 0 && f.Spatial == e.top && !f.Independent {
			if s.skip, s.stale = !f.InterLayer, false; s.skip {
				s.live &= bit
			}
		}
		if f.Sync && id == s.highest && f.Temporal <= s.limit.Temporal {
			s.freely = true
		}
		return
	}
	e.dropped |= bit
	if f.Temporal == 0 {
		s.live &^= bit
	}
}

func (s *VP9) takes(e *picture, f *history.Frame, id int64) bool {
	whole, possible := s.references(e, f, id)
	if !possible || !whole && s.live>>f.Spatial&1 == 0 && id == s.highest {
		return false
	}
	if f.Temporal > e.temporal {
		if !whole || f.Temporal > s.want.Temporal || id != s.highest {
			return false
		}
		e.temporal, s.limit.Temporal = f.Temporal, f.Temporal
	}
	switch {
	case f.Spatial > e.top:
		if !whole || f.Spatial > s.want.Spatial || id != s.highest {
			return false
		}
		e.top, s.limit.Spatial = f.Spatial, f.Spatial
	case f.Spatial < e.top && f.Unused && e.skip:
		return false
	}
	return true
}

// references reports whether all that a frame is predicted from was sent, and whether none of it was left out: between
// the two is what has not come (yet).
func (s *VP9) references(e *picture, f *history.Frame, id int64) (whole, possible bool) {
	whole = true
	if f.InterLayer && f.Spatial > 0 {
		below := uint8(1) << (f.Spatial - 1)
		if e.dropped&below != 0 {
			return false, false
		}
		whole = e.sent&below != 0
	}
	if f.Independent {
		return whole, true
	}
	if f.References < 0 {
		return false, true
	}
	bit := uint8(1) << f.Spatial
	for _, diff := range f.Diffs[:f.References] {
		r := &s.memory[(id-int64(diff))&(pictureMemory-1)]
		switch {
		case r.id != id-int64(diff) || (r.sent|r.dropped)&bit == 0:
			if whole = false; f.Temporal == 0 && s.missing == 0 && s.live&bit != 0 {
				s.missing = id - int64(diff)
			}
		case r.dropped&bit != 0:
			return false, false
		}
	}
	return whole, true
}

// Current is for Selection.
func (s *VP9) Current() allocation.Layer {
	out := s.limit
	for out.Spatial > 0 && (s.seen|s.now)>>out.Spatial&1 == 0 {
		out.Spatial--
	}
	if out.Temporal >= s.topT {
		out.Temporal = All
	}
	return out
}

// NeedsKeyframe is for Selection.
func (s *VP9) NeedsKeyframe(want allocation.Layer) bool {
	if s.stale || s.missing != 0 && s.highest-s.missing > pictureGiveUp {
		return true
	}
	if want.Spatial > s.limit.Spatial {
		return (s.seen|s.now)>>(s.limit.Spatial+1) != 0
	}
	return want.Spatial >= 0 && s.seen>>want.Spatial&1 != 0 && s.live>>want.Spatial&1 == 0
}

// RewriteVP9 returns the payload of p with the numbers of mark, written to scratch if they differ from its own. scratch
// has room for every payload.
func RewriteVP9(scratch []byte, p *history.Packet, mark uint32) []byte {
	payload, f := p.Payload(), &p.Frame
	id, tl0 := uint16(mark>>8)&f.IDMask, uint8(mark)
	if (f.IDMask == 0 || f.ID == id) && (!f.HasTL0 || f.TL0 == tl0) {
		return payload
	}
	out := scratch[:copy(scratch, payload)]
	vp9.SetNumbers(out, id, tl0)
	return out
}
