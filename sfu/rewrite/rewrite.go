// Package rewrite gives the packets of one subscriber's track a single line of sequence numbers and timestamps,
// whichever layers of the publisher they come from and whichever are left out, and finds the source of a packet again
// when it is asked for. Numbers have a hole only where a packet is missing that the publisher may still send.
package rewrite

import (
	"math"
	"time"
)

// epochs is how many changes of source are remembered for retransmission.
const epochs = 4

// maxGap is how many missing packets in a row get a number each. More is an outage: they get one number together, the
// hole that tells the subscriber.
const maxGap = 256

// epoch is a run of packets from one source.
type epoch[S comparable] struct {
	source  S
	first   int64  // first outgoing sequence number
	highest int64  // incoming sequence number, so far
	ts      uint32 // what is added to timestamps
	ideal   uint32 // ts without what was needed to keep timestamps from going back
}

// slot is what is known of one outgoing sequence number.
type slot struct {
	mark  uint32 // the caller's
	in    uint16 // lower bits of the incoming sequence number
	state state
}

type state uint8

const (
	waiting state = iota // the packet has not come
	sent
	filled // a filler was sent instead
)

// Rewriter is the state of one outgoing stream; S names a source. Make it with New. Methods must not be called
// concurrently.
type Rewriter[S comparable] struct {
	runs    []epoch[S] // newest last
	slots   []slot     // by outgoing sequence number
	next    int64      // the sequence number after the highest given
	lastTS  uint32     // the highest sent
	lastAt  time.Time
	sentAny bool
}

// New returns a rewriter that remembers size packets, a power of two. Its first outgoing sequence number is first:
// random, and in the lower half so that the SRTP rollover counter is unambiguous (RFC 3711, section 3.3.1).
func New[S comparable](first uint16, size int) Rewriter[S] {
	if size <= 0 || size&(size-1) != 0 {
		panic("rewrite: size is not a power of two")
	}
	return Rewriter[S]{next: int64(first & 0x7fff), slots: make([]slot, size)}
}

// Shift is what to add to the timestamps of a source to get those of the source before it. The zero value means that
// it is not known.
type Shift struct {
	RTP   uint32
	Known bool
}

// maxShift is how far a known shift may be from the time that has passed before it is taken for an error, seconds.
const maxShift = 1

// Switch makes source the current one, beginning with its packet seq. Its timestamps go on from those already sent by
// shift, or if that is unknown or absurd by the time that has passed, and never back; clockRate is in Hz. To go on
// with the same source after a pause needs no shift.
func (r *Rewriter[S]) Switch(source S, seq int64, timestamp, clockRate uint32, now time.Time, shift Shift) {
	e := epoch[S]{source: source, first: r.next, highest: seq - 1}
	if r.sentAny {
		last := &r.runs[len(r.runs)-1]
		if last.source == source {
			shift = Shift{Known: true}
		}
		passed := int64(math.Round(now.Sub(r.lastAt).Seconds() * float64(clockRate)))
		ideal := r.lastTS + uint32(max(1, passed))
		if aligned := timestamp + last.ideal + shift.RTP; shift.Known {
			if d := int64(int32(aligned - ideal)); max(d, -d) <= maxShift*int64(clockRate) {
				ideal = aligned
			}
		}
		e.ideal = ideal - timestamp
		e.ts = e.ideal
		if int32(ideal-r.lastTS) <= 0 {
			e.ts = r.lastTS + 1 - timestamp
		}
	}
	if len(r.runs) == epochs {
		copy(r.runs, r.runs[1:])
		r.runs = r.runs[:epochs-1]
	}
	r.runs = append(r.runs, e)
}

// Late reports whether a packet of the current source comes after one with a higher number.
func (r *Rewriter[S]) Late(seq int64) bool {
	return len(r.runs) > 0 && seq <= r.runs[len(r.runs)-1].highest
}

// Keep returns the outgoing numbers of a packet of the current source, and remembers mark for it. ok is false for a
// packet from before the switch, one that was dropped or sent already, and one that is too old.
func (r *Rewriter[S]) Keep(seq int64, timestamp uint32, mark uint32, now time.Time) (outSeq uint16, outTS uint32, ok bool) {
	if len(r.runs) == 0 {
		return 0, 0, false
	}
	e := &r.runs[len(r.runs)-1]
	ts := timestamp + e.ts
	if seq <= e.highest {
		out, ok := r.find(e, seq)
		if !ok {
			return 0, 0, false
		}
		r.slots[r.index(out)] = slot{mark: mark, in: uint16(seq), state: sent}
		return uint16(out), ts, true
	}
	r.reserve(e, seq)
	out := r.next
	r.slots[r.index(out)] = slot{mark: mark, in: uint16(seq), state: sent}
	r.next++
	e.highest = seq
	if !r.sentAny || int32(ts-r.lastTS) > 0 {
		r.lastTS, r.lastAt, r.sentAny = ts, now, true
	}
	return uint16(out), ts, true
}

// Drop notes that a packet of the current source is not sent. inside says that the packet before it that came was
// dropped with the same frame, so that what is missing between the two belongs to that as well. A packet that comes so
// late that it was given a number leaves a hole: then fill is true and a packet without payload is to be sent as outSeq.
func (r *Rewriter[S]) Drop(seq int64, inside bool) (outSeq uint16, fill bool) {
	if len(r.runs) == 0 {
		return 0, false
	}
	e := &r.runs[len(r.runs)-1]
	if seq > e.highest {
		if !inside {
			r.reserve(e, seq)
		}
		e.highest = seq
		return 0, false
	}
	out, ok := r.find(e, seq)
	if !ok {
		return 0, false
	}
	r.slots[r.index(out)] = slot{in: uint16(seq), state: filled}
	return uint16(out), true
}

// reserve gives numbers to the packets missing before seq.
func (r *Rewriter[S]) reserve(e *epoch[S], seq int64) {
	from := e.highest + 1
	if seq-from > maxGap {
		from = seq - 1
	}
	for in := from; in < seq; in++ {
		r.slots[r.index(r.next)] = slot{in: uint16(in)}
		r.next++
	}
}

func (r *Rewriter[S]) index(out int64) int { return int(out) & (len(r.slots) - 1) }

// oldest is the first outgoing number that is remembered of e.
func (r *Rewriter[S]) oldest(e *epoch[S]) int64 { return max(e.first, r.next-int64(len(r.slots))) }

// in is the incoming number of slot s of e.
func (e *epoch[S]) in(s slot) int64 { return e.highest - int64(uint16(e.highest)-s.in) }

// find returns the number that was reserved for a late packet of e, the current epoch.
func (r *Rewriter[S]) find(e *epoch[S], seq int64) (out int64, ok bool) {
	low, high := r.oldest(e), r.next // incoming numbers rise with outgoing ones
	for low < high {
		middle := (low + high) / 2
		if e.in(r.slots[r.index(middle)]) < seq {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low >= r.next {
		return 0, false
	}
	s := r.slots[r.index(low)]
	return low, s.state == waiting && e.in(s) == seq
}

// Packet is where an outgoing packet comes from.
type Packet[S comparable] struct {
	Source S
	Seq    int64  // of the source
	TS     uint32 // what is added to its timestamp
	Mark   uint32 // as given to Keep
	Sent   bool   // it was sent, by Keep
	Filled bool   // a filler was sent instead, after Drop
	Over   bool   // its source is not the current one any more: it will not be sent if it was not yet
}

// Find returns the source of an outgoing packet. ok is false when its number was never given or is too old.
func (r *Rewriter[S]) Find(outSeq uint16) (p Packet[S], ok bool) {
	out := r.next - 1 - int64(uint16(r.next-1)-outSeq) // at or before the highest given
	if !r.sentAny || out >= r.next || out < r.next-int64(len(r.slots)) {
		return p, false
	}
	for i := len(r.runs) - 1; i >= 0; i-- {
		e := &r.runs[i]
		if out < e.first {
			continue
		}
		s := r.slots[r.index(out)]
		return Packet[S]{
			Source: e.source, Seq: e.in(s), TS: e.ts, Mark: s.mark,
			Sent: s.state == sent, Filled: s.state == filled, Over: i < len(r.runs)-1,
		}, true
	}
	return p, false
}

// Fill notes that a filler is sent for a number that was given and not used.
func (r *Rewriter[S]) Fill(outSeq uint16) {
	out := r.next - 1 - int64(uint16(r.next-1)-outSeq)
	if s := &r.slots[r.index(out)]; s.state == waiting {
		s.state = filled
	}
}

// Offset is what is added to the current source's timestamps; ok is false before the first packet.
func (r *Rewriter[S]) Offset() (ts uint32, ok bool) {
	if len(r.runs) == 0 {
		return 0, false
	}
	return r.runs[len(r.runs)-1].ts, r.sentAny
}

// LastTimestamp is the highest outgoing timestamp.
func (r *Rewriter[S]) LastTimestamp() uint32 { return r.lastTS }
