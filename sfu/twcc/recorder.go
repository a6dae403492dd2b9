package twcc

import (
	"encoding/binary"
	"sync"
	"time"
)

// Bounds of a Recorder.
const (
	window     = 1024 // packets between two feedback packets, in sequence numbers: five times what good video sends in 100 ms
	maxRun     = 1<<13 - 1
	maxStatus  = 400 // packets told of in one feedback packet: it stays below the smallest usual MTU
	maxElapsed = 1<<15 - 1
)

// Recorder notes when packets of one connection arrived and makes feedback of it. The zero value is ready; it takes its
// memory at the first packet. Its methods may be called concurrently.
type Recorder struct {
	mu      sync.Mutex // held for a few instructions by Received
	arrived *[window]time.Duration
	begin   int64 // first sequence number of the next feedback
	end     int64 // the highest that arrived, plus one
	last    int64 // for unwrapping
	started bool
	open    bool // something arrived since the last feedback
	number  uint8
}

// Received notes a packet that arrived at now, on any clock that never goes back and is not 0 or less. It reports
// whether this is the first since the last feedback, which should be made within 50 to 100 ms.
func (r *Recorder) Received(seq uint16, now time.Duration) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.arrived == nil {
		r.arrived = new([window]time.Duration)
	}
	if !r.started {
		r.started = true
		r.last = int64(seq)
		r.begin, r.end = r.last, r.last
	}
	n := r.last + int64(int16(seq-uint16(r.last)))
	switch {
	case n < r.end-window: // too old to tell of
		return false
	case n < r.begin: // late: told of as lost before; what came after it is told again
		r.begin = n
	}
	if n >= r.end+window { // a jump: what is in between is not told of
		clear(r.arrived[:])
		r.begin, r.end = n, n
	}
	for r.end <= n {
		r.arrived[uint64(r.end)%window] = 0
		r.end++
	}
	r.begin = max(r.begin, r.end-window)
	r.last = r.end - 1
	if at := &r.arrived[uint64(n)%window]; *at == 0 { // a duplicate keeps its first time
		*at = max(now, 1)
	}
	first = !r.open
	r.open = true
	return first
}

// Append appends a feedback packet to b, an RTCP packet with its header, and reports whether there is more to tell:
// then it is to be called again at once. With nothing to tell it appends nothing. sender and media are SSRCs: the
// server's own and any of the connection's.
func (r *Recorder) Append(b []byte, sender, media uint32) (packet []byte, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.begin
	for first < r.end && r.at(first) == 0 {
		first++
	}
	if !r.open || first == r.end {
		r.open = false
		return b, false
	}
	w := writer{out: b, start: len(b)}
	w.header(sender, media, uint16(r.begin), r.at(first), r.number)
	r.number++
	for n := r.begin; n < r.end && w.add(r.at(n)); n++ {
		r.begin = n + 1
	}
	r.open = r.begin < r.end
	return w.finish(), r.open
}

func (r *Recorder) at(n int64) time.Duration { return r.arrived[uint64(n)%window] }

// writer makes one feedback packet.
type writer struct {
	out    []byte
	start  int
	last   int64 // time of the last arrival told of, in deltaUnit
	count  int
	status [maxStatus]uint8 // symbols
	deltas [2 * maxStatus]byte
	used   int // of deltas
}

func (w *writer) header(sender, media uint32, base uint16, first time.Duration, number uint8) {
	reference := int64(first / referenceUnit)
	w.last = reference * int64(referenceUnit/deltaUnit)
	h := [headerSize]byte{0: 2<<6 | format, 1: packetType}
	binary.BigEndian.PutUint32(h[4:], sender)
	binary.BigEndian.PutUint32(h[8:], media)
	binary.BigEndian.PutUint16(h[12:], base)
	binary.BigEndian.PutUint32(h[16:], uint32(reference)<<8|uint32(number))
	w.out = append(w.out, h[:]...)
}

// add tells of a packet; false when there is no room, or the time does not fit: it begins the next one.
func (w *writer) add(at time.Duration) bool {
	if w.count == maxStatus {
		return false
	}
	if at == 0 {
		w.status[w.count] = 0
		w.count++
		return true
	}
	ticks := int64(at / deltaUnit)
	delta := ticks - w.last
	switch {
	case delta >= 0 && delta <= 255:
		w.status[w.count] = 1
		w.deltas[w.used] = byte(delta)
		w.used++
	case delta >= -maxElapsed && delta <= maxElapsed:
		w.status[w.count] = 2
		binary.BigEndian.PutUint16(w.deltas[w.used:], uint16(delta))
		w.used += 2
	default:
		return false
	}
	w.last = ticks
	w.count++
	return true
}

// finish writes the chunks and the deltas.
func (w *writer) finish() []byte {
	binary.BigEndian.PutUint16(w.out[w.start+14:], uint16(w.count))
	for s := w.status[:w.count]; len(s) > 0; {
		var c uint16
		var n int
		if c, n = chunk(s); n == 0 {
			break
		}
		w.out = binary.BigEndian.AppendUint16(w.out, c)
		s = s[n:]
	}
	w.out = append(w.out, w.deltas[:w.used]...)
	if pad := -(len(w.out) - w.start) & 3; pad > 0 {
		w.out = append(w.out, make([]byte, pad-1)...)
		w.out = append(w.out, byte(pad))
		w.out[w.start] |= 0x20
	}
	binary.BigEndian.PutUint16(w.out[w.start+2:], uint16((len(w.out)-w.start)/4-1))
	return w.out
}

// chunk encodes the beginning of s in the form that takes most of it.
func chunk(s []uint8) (c uint16, n int) {
	run, bits := 1, 0
	for run < len(s) && run < maxRun && s[run] == s[0] {
		run++
	}
	for bits < min(14, len(s)) && s[bits] < 2 {
		bits++
	}
	switch {
	case run >= 7 && run >= bits, run == len(s):
		return uint16(s[0])<<13 | uint16(run), run
	case bits >= 7 || bits == len(s):
		for i := range bits {
			c |= uint16(s[i]) << (13 - i)
		}
		if bits == 14 || bits == len(s) {
			return 1<<15 | c, bits
		}
		c = 0 // a two-bit symbol comes before the fourteenth: fourteen cannot be told
	}
	n = min(7, len(s))
	for i := range n {
		c |= uint16(s[i]) << (12 - 2*i)
	}
	return 3<<14 | c, n
}
