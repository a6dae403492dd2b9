package twcc

import (
	"sync"
	"time"
)

// historySize is how many sent packets are remembered at most: more than a second of ten good pictures. It is as many as
// historyTime needs, from firstSize; both sizes are powers of two.
const (
	historySize = 2048
	firstSize   = 256
	historyTime = 3 * time.Second
)

// Packet is one packet that feedback tells of. Times are on the clocks of their own ends: only differences say anything.
type Packet struct {
	Sent    time.Duration // on the caller's clock
	Arrived time.Duration // on the receiver's clock; not set when Lost
	Size    int           // bytes, as given to Send
	Total   uint64        // bytes sent before this one, of all packets of the connection
	Lost    bool          // not received, or not yet
	Late    bool          // received, after it was told of as lost
}

// sent is what is remembered of a packet.
type sent struct {
	at    time.Duration
	total uint64
	size  uint16
	state uint8
}

// States of a sent packet.
const (
	unknown uint8 = iota
	lost
	received
)

// History numbers the packets of one connection and remembers them until feedback comes. The zero value is ready; it
// takes its memory at the first packet. Its methods may be called concurrently.
type History struct {
	mu        sync.Mutex // held for a few instructions
	ring      []sent
	next      int64 // sequence number
	total     uint64
	told      int64 // the highest told of as received, plus one
	firstOpen time.Duration

	reference int64 // unwrapped, of the last feedback
	started   bool
}

// Send numbers a packet that is about to be sent at now, and is size bytes long with headers.
func (h *History) Send(now time.Duration, size int) uint16 {
	h.mu.Lock()
	if h.ring == nil {
		h.ring = make([]sent, firstSize)
	}
	if n := int64(len(h.ring)); n < historySize && h.next >= n && now-h.slot(h.next).at < historyTime {
		h.grow()
	}
	seq := h.next
	h.next++
	if h.told == seq {
		h.firstOpen = now
	}
	*h.slot(seq) = sent{at: now, total: h.total, size: uint16(min(size, 1<<16-1))}
	h.total += uint64(size)
	h.mu.Unlock()
	return uint16(seq)
}

// slot is where the packet with the sequence number seq is, or will be.
func (h *History) slot(seq int64) *sent { return &h.ring[seq&int64(len(h.ring)-1)] }

// grow doubles the ring, which is full.
func (h *History) grow() {
	old := h.ring
	h.ring = make([]sent, 2*len(old))
	for seq := h.next - int64(len(old)); seq < h.next; seq++ {
		*h.slot(seq) = old[seq&int64(len(old)-1)]
	}
}

// Total is the number of bytes sent.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Since is the number of bytes sent at since or later, as far as is remembered.
func (h *History) Since(since time.Duration) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := h.total
	for seq := h.next - 1; seq >= max(0, h.next-int64(len(h.ring))); seq-- {
		e := h.slot(seq)
		if e.at < since {
			break
		}
		from = e.total
	}
	return h.total - from
}

// Last is when the last packet was sent; ok is false when there was none.
func (h *History) Last() (at time.Duration, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ring == nil {
		return 0, false
	}
	return h.slot(h.next - 1).at, true
}

// Waiting is when the oldest packet was sent that is newer than all that arrived; ok is false when there is none.
func (h *History) Waiting() (since time.Duration, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.firstOpen, h.told < h.next
}

// Read appends what f tells of to out: each packet once as received, at most once before that as lost. What was not
// sent, or is forgotten, is left out.
func (h *History) Read(f *Feedback, out []Packet) []Packet {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ring == nil {
		return out
	}
	base := h.unwrapReference(f.Reference)
	for {
		s, at, ok, more := f.Next()
		if !more {
			return out
		}
		seq := h.next - 1 - int64(uint16(h.next-1)-s) // the last one sent with this number
		if seq < 0 || seq < h.next-int64(len(h.ring)) {
			continue
		}
		e := h.slot(seq)
		p := Packet{Sent: e.at, Size: int(e.size), Total: e.total}
		switch {
		case ok && e.state != received:
			p.Late = e.state == lost
			p.Arrived = base + at
			e.state = received
			h.received(seq)
		case !ok && e.state == unknown:
			p.Lost = true
			e.state = lost
		default:
			continue
		}
		out = append(out, p)
	}
}

// received notes the highest packet that arrived.
func (h *History) received(seq int64) {
	if seq < h.told {
		return
	}
	h.told = seq + 1
	if h.told < h.next {
		h.firstOpen = h.slot(h.told).at
	}
}

// unwrapReference makes the receiver's clock, which has 24 bits, go on.
func (h *History) unwrapReference(r int32) time.Duration {
	if !h.started {
		h.started = true
		h.reference = int64(r)
	} else {
		h.reference += int64((r - int32(h.reference)) << 8 >> 8) // the nearest one
	}
	return time.Duration(h.reference) * referenceUnit
}
