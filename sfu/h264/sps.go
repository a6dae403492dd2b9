package h264

// FrameSize returns the size in pixels that a sequence parameter set in an RTP payload announces (ITU-T H.264, section
// 7.3.2.1.1); false when there is none, or it is not whole.
func FrameSize(b []byte) (width, height int, ok bool) {
	units(b, func(header byte, rest []byte) bool {
		if header&0x1f != typeSPS {
			return true
		}
		width, height, ok = spsSize(rest)
		return false
	})
	return width, height, ok
}

// maxSPS is how many bytes of a parameter set are looked at: the size comes before anything long.
const maxSPS = 64

// spsSize reads the parameter set behind its NAL header.
func spsSize(b []byte) (width, height int, ok bool) {
	var buf [maxSPS]byte
	r := bitReader{b: unescape(buf[:0], b)}
	profile := r.bits(8)
	r.bits(16) // constraints, level
	r.ue()     // seq_parameter_set_id
	chroma := uint32(1)
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		if chroma = r.ue(); chroma == 3 {
			r.bits(1)
		}
		r.ue()
		r.ue()
		r.bits(1)
		if r.bits(1) != 0 {
			return 0, 0, false // scaling lists: no WebRTC encoder sends them
		}
	}
	r.ue() // log2_max_frame_num
	switch r.ue() {
	case 0:
		r.ue()
	case 1:
		r.bits(1)
		r.ue()
		r.ue()
		for n := r.ue(); n > 0 && !r.over; n-- {
			r.ue()
		}
	}
	r.ue() // max_num_ref_frames
	r.bits(1)
	w, h := 16*(int(r.ue())+1), 16*(int(r.ue())+1)
	unitX, unitY := 2, 2
	if chroma != 1 {
		unitX, unitY = 1, 1
	}
	if chroma == 2 {
		unitX = 2
	}
	if r.bits(1) == 0 { // fields
		h, unitY = 2*h, 2*unitY
		r.bits(1)
	}
	r.bits(1)
	if r.bits(1) != 0 {
		left, right, top, bottom := int(r.ue()), int(r.ue()), int(r.ue()), int(r.ue())
		w -= unitX * (left + right)
		h -= unitY * (top + bottom)
	}
	const most = 1 << 14
	if r.over || w <= 0 || h <= 0 || w > most || h > most {
		return 0, 0, false
	}
	return w, h, true
}

// unescape appends to dst what b says without its emulation prevention bytes, as far as dst has room.
func unescape(dst, b []byte) []byte {
	zeros := 0
	for _, v := range b {
		if len(dst) == cap(dst) {
			break
		}
		if zeros >= 2 && v == 3 {
			zeros = 0
			continue
		}
		if v == 0 {
			zeros++
		} else {
			zeros = 0
		}
		dst = append(dst, v)
	}
	return dst
}

// bitReader reads bits, highest first. Reading past the end gives zeros and sets over.
type bitReader struct {
	b    []byte
	at   int
	over bool
}

func (r *bitReader) bits(n int) (v uint32) {
	for range n {
		if r.at >= 8*len(r.b) {
			r.over = true
			return 0
		}
		v = v<<1 | uint32(r.b[r.at>>3]>>(7-r.at&7)&1)
		r.at++
	}
	return v
}

// ue reads an Exp-Golomb number of at most 31 bits.
func (r *bitReader) ue() uint32 {
	zeros := 0
	for r.bits(1) == 0 {
		if zeros++; zeros > 31 || r.over {
			r.over = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}
