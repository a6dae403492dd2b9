package vp8

// bitWriter is the boolean entropy encoder (RFC 6386, section 7): each bit is written with the probability, of 256,
// that it is 0.
type bitWriter struct {
	out   []byte
	low   uint64 // lower end of the interval; the bits above pending+8 are a carry
	width uint32 // of the interval, 128 to 255 between two bits
	free  int    // shifts left until low has a whole byte
}

func newBitWriter() *bitWriter { return &bitWriter{width: 255, free: 24} }

func (w *bitWriter) bit(prob uint8, one bool) {
	split := 1 + (w.width-1)*uint32(prob)>>8
	if one {
		w.low += uint64(split)
		w.width -= split
	} else {
		w.width = split
	}
	for w.width < 128 {
		w.width <<= 1
		w.low <<= 1
		if w.free--; w.free == 0 {
			w.emit()
		}
	}
}

// emit moves the highest byte of low out. A carry goes into the bytes before it.
func (w *bitWriter) emit() {
	if w.low>>32 != 0 {
		for i := len(w.out) - 1; i >= 0; i-- {
			if w.out[i]++; w.out[i] != 0 {
				break
			}
		}
	}
	w.out = append(w.out, byte(w.low>>24))
	w.low &= 1<<24 - 1
	w.free = 8
}

// literal writes the n lowest bits of v, highest first, each as likely 0 as 1.
func (w *bitWriter) literal(v uint32, n int) {
	for n--; n >= 0; n-- {
		w.bit(128, v>>n&1 == 1)
	}
}

// bytes ends the stream and returns it.
func (w *bitWriter) bytes() []byte {
	w.literal(0, 32) // pushes out what is still in low
	return w.out
}
