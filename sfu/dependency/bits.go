package dependency

// bitReader reads bits, highest first. Reading past the end gives zeros and sets over.
type bitReader struct {
	b    []byte
	at   int // bits read
	over bool
}

// bits reads n bits, at most 32.
func (r *bitReader) bits(n int) uint32 {
	if r.at+n > 8*len(r.b) {
		r.over = true
		return 0
	}
	var v uint32
	for n > 0 {
		free := 8 - r.at&7
		take := min(n, free)
		v = v<<take | uint32(r.b[r.at>>3])>>(free-take)&(1<<take-1)
		r.at += take
		n -= take
	}
	return v
}

func (r *bitReader) flag() bool { return r.bits(1) != 0 }

// nonSymmetric reads ns(n): a number below n (AV1 RTP specification, appendix A.4.1).
func (r *bitReader) nonSymmetric(n uint32) uint32 {
	width := 0
	for x := n; x != 0; x >>= 1 {
		width++
	}
	m := uint32(1)<<width - n
	v := r.bits(width - 1)
	if v < m {
		return v
	}
	return v<<1 - m + r.bits(1)
}

// bitWriter appends bits, highest first, to b.
type bitWriter struct {
	b    []byte
	used int // bits of the last byte; 0: it is full
}

func (w *bitWriter) bits(v uint32, n int) {
	for n > 0 {
		if w.used == 0 {
			w.b = append(w.b, 0)
		}
		free := 8 - w.used
		take := min(n, free)
		w.b[len(w.b)-1] |= byte(v>>(n-take)&(1<<take-1)) << (free - take)
		w.used = (w.used + take) & 7
		n -= take
	}
}

func (w *bitWriter) flag(v bool) {
	if v {
		w.bits(1, 1)
	} else {
		w.bits(0, 1)
	}
}

func (w *bitWriter) nonSymmetric(v, n uint32) {
	width := 0
	for x := n; x != 0; x >>= 1 {
		width++
	}
	m := uint32(1)<<width - n
	if v < m {
		w.bits(v, width-1)
	} else {
		w.bits(v+m, width)
	}
}

// copyBits appends n bits of r.
func (w *bitWriter) copyBits(r *bitReader, n int) {
	for n > 0 {
		take := min(n, 32)
		w.bits(r.bits(take), take)
		n -= take
	}
}

// size is how many bits b has, when w began with none.
func (w *bitWriter) size() int {
	if w.used == 0 {
		return 8 * len(w.b)
	}
	return 8*(len(w.b)-1) + w.used
}
