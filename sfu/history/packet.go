// Package history keeps the last packets of one published layer, once for all subscribers, so that any of them can
// be sent again. Packets are reference counted and come from a Pool: a packet must not be touched after Release.
package history

import (
	"sync"
	"sync/atomic"
	"time"
)

// MaxPayload is the longest payload, in bytes: more than an Ethernet frame takes.
const MaxPayload = 1500

// classes are the capacities of packets, in bytes: of audio, and of what encoders cut frames into. behind is the room that
// is left for a descriptor.
var classes = [...]int{320, 704, 1152, 1536}

const behind = 32

// Packet is one RTP packet as it came from the publisher, without its header extensions and padding.
type Packet struct {
	Seq       int64  // extended sequence number
	Timestamp uint32 // RTP
	Codec     uint8  // what the payload is; the caller's numbering
	Marker    bool
	Keyframe  bool  // first packet of a keyframe
	Level     uint8 // audio level byte (RFC 6464)
	HasLevel  bool
	Frame     Frame
	Arrived   time.Time // from the publisher; not set: it does not grow old

	payload    []byte // a slice of the whole buffer
	descriptor []byte // the same, behind the payload
	pool       *sync.Pool
	refs       atomic.Int32
}

// Payload is the RTP payload. It may be read until Release.
func (p *Packet) Payload() []byte { return p.payload }

// Descriptor is the dependency descriptor that came with the packet, or empty. It may be read until Release.
func (p *Packet) Descriptor() []byte { return p.descriptor }

// SetDescriptor keeps a copy of a dependency descriptor, if there is room behind the payload.
func (p *Packet) SetDescriptor(d []byte) {
	n := len(p.payload)
	if cap(p.payload)-n < len(d) {
		return
	}
	p.descriptor = p.payload[n : n+len(d) : n+len(d)]
	copy(p.descriptor, d)
}

// retain adds a reference.
func (p *Packet) retain() { p.refs.Add(1) }

// Release drops a reference; the last one gives the packet back to its pool.
func (p *Packet) Release() {
	if n := p.refs.Add(-1); n == 0 {
		p.pool.Put(p)
	} else if n < 0 {
		panic("history: packet released too often")
	}
}

// Pool gives packets. The zero value is ready.
type Pool struct {
	classes [len(classes)]sync.Pool
}

// Packet returns a packet with a copy of payload and one reference, or nil when payload is longer than MaxPayload.
func (l *Pool) Packet(payload []byte) *Packet {
	if len(payload) > MaxPayload {
		return nil
	}
	i := 0
	for len(payload)+behind > classes[i] {
		i++
	}
	pool := &l.classes[i]
	p, ok := pool.Get().(*Packet)
	if !ok {
		p = &Packet{payload: make([]byte, classes[i]), pool: pool}
	}
	p.payload = p.payload[:len(payload)]
	copy(p.payload, payload)
	p.descriptor = nil
	p.Arrived = time.Time{}
	p.refs.Store(1)
	return p
}
