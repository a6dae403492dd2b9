// Package twcc is transport-wide congestion control feedback, both ways: what came from a publisher is told to it
// (Recorder), and what a subscriber tells of is matched with what it was sent (History). The wire format is that of
// draft-holmer-rmcat-transport-wide-cc-extensions-01. Nothing here has a goroutine or a timer, and nothing allocates for
// a packet; all is bounded.
package twcc

import (
	"encoding/binary"
	"errors"
	"time"
)

// URI names the header extension that carries the transport-wide sequence number.
const URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

// Times on the wire.
const (
	referenceUnit = 64 * time.Millisecond  // of the reference time: 24 bits, signed
	deltaUnit     = 250 * time.Microsecond // of a receive delta
)

// RTCP header of a feedback packet (RFC 4585, section 6.1).
const (
	packetType = 205 // transport layer feedback
	format     = 15
	headerSize = 20 // of everything before the chunks
)

// ErrFeedback is what Parse answers to a packet that is no such feedback, or is cut off.
var ErrFeedback = errors.New("bad transport-wide feedback")

// Feedback is one feedback packet while it is read: Next steps through it. It refers to the bytes it was parsed from.
type Feedback struct {
	MediaSSRC uint32
	Base      uint16 // first sequence number told of
	Count     int    // how many
	Reference int32  // base of the times, in units of 64 ms, 24 bits, of the receiver's own clock
	Number    uint8  // counts feedback packets

	chunks, deltas []byte

	next    int // status to be read
	chunk   int // of which
	left    int // of the chunk at hand
	symbols uint16
	size    int // bits of a symbol; 0: a run, of symbols
	at      time.Duration
}

// Is reports whether b, one RTCP packet with its header, is transport-wide feedback.
func Is(b []byte) bool {
	return len(b) >= 4 && b[0]>>6 == 2 && b[0]&0x1f == format && b[1] == packetType
}

// Parse reads b, one RTCP packet with its header. It checks all of it, so that Next cannot fail.
func Parse(b []byte) (Feedback, error) {
	if !Is(b) || len(b) < headerSize {
		return Feedback{}, ErrFeedback
	}
	size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if size < headerSize || size > len(b) {
		return Feedback{}, ErrFeedback
	}
	b = b[:size]
	if b[0]&0x20 != 0 { // padded
		pad := int(b[size-1])
		if pad == 0 || pad > size-headerSize {
			return Feedback{}, ErrFeedback
		}
		b = b[:size-pad]
	}
	f := Feedback{
		MediaSSRC: binary.BigEndian.Uint32(b[8:]),
		Base:      binary.BigEndian.Uint16(b[12:]),
		Count:     int(binary.BigEndian.Uint16(b[14:])),
		Reference: int32(binary.BigEndian.Uint32(b[16:])) >> 8,
		Number:    b[19],
	}
	rest := b[headerSize:]
	told, need, at := 0, 0, 0
	for told < f.Count {
		if at+2 > len(rest) {
			return Feedback{}, ErrFeedback
		}
		n, bytes := measure(binary.BigEndian.Uint16(rest[at:]), f.Count-told)
		if n == 0 {
			return Feedback{}, ErrFeedback
		}
		told, need, at = told+n, need+bytes, at+2
	}
	if at+need > len(rest) {
		return Feedback{}, ErrFeedback
	}
	f.chunks, f.deltas = rest[:at], rest[at:at+need]
	return f, nil
}

// measure returns how many packets a chunk tells of, at most limit, and the bytes of their deltas.
func measure(chunk uint16, limit int) (n, bytes int) {
	switch {
	case chunk>>15 == 0: // run length
		n = min(int(chunk&0x1fff), limit)
		return n, n * deltaBytes(chunk>>13&3)
	case chunk>>14&1 == 0: // 14 symbols of one bit
		n = min(14, limit)
		for i := range n {
			bytes += int(chunk >> (13 - i) & 1)
		}
		return n, bytes
	}
	n = min(7, limit)
	for i := range n {
		bytes += deltaBytes(chunk >> (12 - 2*i) & 3)
	}
	return n, bytes
}

// deltaBytes is the size of the delta that a symbol has; the reserved symbol 3 counts as not received.
func deltaBytes(symbol uint16) int {
	switch symbol {
	case 1:
		return 1
	case 2:
		return 2
	}
	return 0
}

// Next returns the next packet: its sequence number, and, if it was received, when, from the reference time on. ok is
// false at the end.
func (f *Feedback) Next() (seq uint16, at time.Duration, received, ok bool) {
	if f.next == f.Count {
		return 0, 0, false, false
	}
	if f.left == 0 {
		c := binary.BigEndian.Uint16(f.chunks[f.chunk:])
		f.chunk += 2
		f.left, _ = measure(c, f.Count-f.next)
		switch {
		case c>>15 == 0:
			f.size, f.symbols = 0, c>>13&3
		case c>>14&1 == 0:
			f.size, f.symbols = 1, c<<2
		default:
			f.size, f.symbols = 2, c<<2
		}
	}
	symbol := f.symbols
	if f.size > 0 {
		symbol >>= 16 - f.size
		f.symbols <<= f.size
	}
	seq = f.Base + uint16(f.next)
	f.next++
	f.left--
	switch deltaBytes(symbol) {
	case 1:
		f.at += time.Duration(f.deltas[0]) * deltaUnit
		f.deltas = f.deltas[1:]
	case 2:
		f.at += time.Duration(int16(binary.BigEndian.Uint16(f.deltas))) * deltaUnit
		f.deltas = f.deltas[2:]
	default:
		return seq, 0, false, true
	}
	return seq, f.at, true, true
}
