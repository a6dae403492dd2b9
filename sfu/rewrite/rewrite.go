// Package rewrite gives the packets of one subscriber's track a single line of sequence numbers and timestamps,
// whichever layers of the publisher they come from, and finds the source of a packet again when it is asked for.
package rewrite

import "time"

// epochs is how many changes of source are remembered for retransmission.
const epochs = 4

// epoch is a run of packets from one source: constants are added to its numbers.
type epoch[S comparable] struct {
	source S
	first  int64 // first outgoing sequence number
	seq    int64 // outgoing minus incoming
	ts     uint32
}

// Rewriter is the state of one outgoing stream; S names a source. Make it with New. Methods must not be called
// concurrently.
type Rewriter[S comparable] struct {
	runs    []epoch[S] // newest last
	next    int64      // the sequence number after the highest sent
	lastTS  uint32     // of the highest sent
	lastAt  time.Time
	sentAny bool
}

// New returns a rewriter whose first outgoing sequence number is first: random, and in the lower half so that the
// SRTP rollover counter is unambiguous (RFC 3711, section 3.3.1).
func New[S comparable](first uint16) Rewriter[S] {
	return Rewriter[S]{next: int64(first & 0x7fff)}
}

// Switch makes source the current one, beginning with its packet seq. Its timestamps go on from those already sent by
// the time that has passed; clockRate is in Hz.
func (r *Rewriter[S]) Switch(source S, seq int64, timestamp uint32, clockRate uint32, now time.Time) {
	e := epoch[S]{source: source, first: r.next, seq: r.next - seq}
	if r.sentAny {
		passed := uint32(max(1, int64(now.Sub(r.lastAt).Seconds()*float64(clockRate))))
		e.ts = r.lastTS + passed - timestamp
	}
	if len(r.runs) == epochs {
		copy(r.runs, r.runs[1:])
		r.runs = r.runs[:epochs-1]
	}
	r.runs = append(r.runs, e)
}

// Rewrite returns the outgoing numbers of a packet of the current source. ok is false for packets from before the
// switch to it.
func (r *Rewriter[S]) Rewrite(seq int64, timestamp uint32, now time.Time) (outSeq uint16, outTS uint32, ok bool) {
	if len(r.runs) == 0 {
		return 0, 0, false
	}
	e := &r.runs[len(r.runs)-1]
	out := seq + e.seq
	if out < e.first {
		return 0, 0, false
	}
	ts := timestamp + e.ts
	if out >= r.next {
		r.next = out + 1
		r.lastTS, r.lastAt, r.sentAny = ts, now, true
	}
	return uint16(out), ts, true
}

// Source finds the source and its sequence number of an outgoing packet, and what was added to its timestamp. ok is
// false when it was never sent or is too old.
func (r *Rewriter[S]) Source(outSeq uint16) (source S, seq int64, ts uint32, ok bool) {
	out := r.next - 1 - int64(uint16(r.next-1)-outSeq) // at or before the highest sent
	if out >= r.next || !r.sentAny {
		return source, 0, 0, false
	}
	for i := len(r.runs) - 1; i >= 0; i-- {
		if e := &r.runs[i]; out >= e.first {
			return e.source, out - e.seq, e.ts, true
		}
	}
	return source, 0, 0, false
}

// Offset is what is added to the current source's timestamps; ok is false before the first packet.
func (r *Rewriter[S]) Offset() (ts uint32, ok bool) {
	if len(r.runs) == 0 {
		return 0, false
	}
	return r.runs[len(r.runs)-1].ts, r.sentAny
}
