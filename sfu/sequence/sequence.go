// Package sequence does arithmetic on RTP's 16-bit sequence numbers.
package sequence

// Unwrapper extends the sequence numbers of one stream to 64 bits, so that they can be compared and subtracted.
// The zero value is ready.
type Unwrapper struct {
	last    int64
	started bool
}

// Unwrap returns the extended number nearest to the last one. A number older than the first may be negative.
func (u *Unwrapper) Unwrap(v uint16) int64 {
	if !u.started {
		u.started = true
		u.last = int64(v)
		return u.last
	}
	ext := u.last + int64(int16(v-uint16(u.last)))
	if ext > u.last {
		u.last = ext
	}
	return ext
}

// Near extends v without moving the reference: for packets that are known to be late.
func (u *Unwrapper) Near(v uint16) int64 {
	if !u.started {
		return int64(v)
	}
	return u.last + int64(int16(v-uint16(u.last)))
}
