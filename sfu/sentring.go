package sfu

import (
	"sync"

	"github.com/pion/rtp"
)

// sentBefore is how many packets of one stream are kept: 1.3 s of audio.
const sentBefore = 64

// sentRing holds the last packets of a stream that has no retransmission stream beside it, as they were sent. One that is
// asked for again must leave as it was, bit for bit: another packet under the same SRTP index would show what both encrypt,
// and let packets be forged (RFC 3711, section 9.1; RFC 7714, section 10.1).
type sentRing struct {
	mu    sync.Mutex
	slots []sentPacket // by sequence number; nil until the first
}

type sentPacket struct {
	used    bool
	seq     uint16
	header  int // bytes of raw
	padding byte
	raw     []byte // header and payload
}

// put keeps a packet that was just sent.
func (r *sentRing) put(h *rtp.Header, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil {
		r.slots = make([]sentPacket, sentBefore)
	}
	p := &r.slots[h.SequenceNumber%sentBefore]
	p.used = false
	n := h.MarshalSize()
	if cap(p.raw) < n+len(payload) {
		p.raw = make([]byte, n+len(payload))
	}
	p.raw = p.raw[:n+len(payload)]
	if _, err := h.MarshalTo(p.raw); err != nil {
		return
	}
	copy(p.raw[n:], payload)
	p.used, p.seq, p.header, p.padding = true, h.SequenceNumber, n, h.PaddingSize
}

// take fills h with the packet numbered seq and returns its payload, both in scratch; ok is false when it is not kept.
func (r *sentRing) take(seq uint16, h *rtp.Header, scratch *[]byte) (payload []byte, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil {
		return nil, false
	}
	p := &r.slots[seq%sentBefore]
	if !p.used || p.seq != seq {
		return nil, false
	}
	*scratch = append((*scratch)[:0], p.raw...)
	if _, err := h.Unmarshal((*scratch)[:p.header]); err != nil {
		return nil, false
	}
	h.PaddingSize = p.padding
	return (*scratch)[p.header:], true
}
