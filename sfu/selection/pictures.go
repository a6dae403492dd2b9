package selection

// droppedIDs is how many dropped pictures are remembered, for packets of older pictures that come late.
const droppedIDs = 64

// pictures renumbers the pictures of one outgoing stream: those that are dropped leave no gap, those that are only
// missing do. The zero value is ready.
type pictures struct {
	begun   bool
	in      int64 // highest incoming number, extended
	first   int64 // of the current run
	offset  int64 // incoming minus outgoing, for numbers above all dropped ones
	lastOut int64
	dropped [droppedIDs]int64 // newest in increasing order, a ring
	drops   int
}

// extend returns the number nearest to the highest one.
func (s *pictures) extend(id, mask uint16) int64 {
	d := int64((id - uint16(s.in)) & mask)
	if d > int64(mask>>1) {
		d -= int64(mask) + 1
	}
	return s.in + d
}

// begin starts a run with picture id: it goes on from the last one sent.
func (s *pictures) begin(id, mask uint16) {
	if mask == 0 {
		return
	}
	s.in = int64(id) + 1<<32 // so that numbers before it are positive
	if s.begun {
		s.offset = s.in - (s.lastOut + 1)
	}
	s.first, s.drops = s.in, 0
	s.lastOut = s.in - s.offset - 1
	s.in--
	s.begun = true
}

// keep returns the outgoing number of a picture that is sent; false when it is from before the run or was dropped.
func (s *pictures) keep(id, mask uint16) (uint16, bool) {
	if mask == 0 {
		return 0, true
	}
	in := s.extend(id, mask)
	if in < s.first {
		return 0, false
	}
	if in > s.in {
		s.in = in
	}
	out := in - s.offset
	for i := s.drops - 1; i >= max(0, s.drops-droppedIDs); i-- {
		at := s.dropped[i%droppedIDs]
		if at == in {
			return 0, false
		}
		if at < in {
			break
		}
		out++
	}
	s.lastOut = max(s.lastOut, out)
	return uint16(out) & mask, true
}

// drop notes that a picture is not sent.
func (s *pictures) drop(id, mask uint16) {
	if mask == 0 {
		return
	}
	in := s.extend(id, mask)
	if in <= s.in {
		return // late: it has a number already, which stays unused, or it is noted
	}
	s.in = in
	s.offset++
	s.dropped[s.drops%droppedIDs] = in
	s.drops++
}
