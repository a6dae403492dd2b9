package sfu

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/selection"
)

// outHeader is a header that is used again for each packet, so that none is allocated.
type outHeader struct {
	rtp.Header
	level     [1]byte
	transport [2]byte
	sendTime  [3]byte

	dependency []byte // room for a dependency descriptor; nil until there is one
}

// fill makes the header of a packet for the subscriber.
func (h *outHeader) fill(b *binding, p *history.Packet, payloadType uint8, seq uint16, ts uint32) {
	h.Version = 2
	h.Padding, h.PaddingSize = false, 0
	h.Marker = p.Marker
	h.PayloadType = payloadType
	h.SequenceNumber = seq
	h.Timestamp = ts
	h.SSRC = b.ssrc
	h.Extension, h.Extensions = false, h.Extensions[:0]
	if b.level != 0 && p.HasLevel {
		h.level[0] = p.Level
		_ = h.SetExtension(b.level, h.level[:])
	}
}

// describe adds the dependency descriptor of a packet that was chosen with mark.
func (h *outHeader) describe(b *binding, p *history.Packet, mark uint32) {
	if b.dependency == 0 || len(p.Descriptor()) == 0 {
		return
	}
	if h.dependency == nil {
		h.dependency = make([]byte, dependency.MaxSize+8)
	}
	if d := selection.RewriteDependency(h.dependency[:0], p, mark); len(d) > 0 {
		_ = h.SetExtension(b.dependency, d) // the first one: it decides between one-byte and two-byte form
	}
}

// sealing is what encryption adds to a packet, and UDP and IPv4 around it, in bytes: a bottleneck counts them, too.
const sealing = 16 + 28

// write sends one packet to the subscriber: the only way that media takes. It numbers the packet for the subscriber's
// feedback, or, when there is none, stamps it with the time for the subscriber's own estimate
// (draft-alvestrand-rmcat-remb-03). It may be called concurrently, with different headers.
func (s *sender) write(b *binding, h *outHeader, payload []byte, now time.Time) (int, error) {
	switch {
	case b.transport != 0:
		_ = h.SetExtension(b.transport, h.transport[:])
		size := h.MarshalSize() + len(payload) + int(h.PaddingSize) + sealing
		binary.BigEndian.PutUint16(h.transport[:], s.peer.down.sent.Send(now.Sub(s.peer.since), size))
	case b.sendTime != 0:
		h.sendTime = sendTime(now)
		_ = h.SetExtension(b.sendTime, h.sendTime[:])
	}
	return s.peer.link.write(b, h, payload, false)
}

// filler makes the header of a packet without payload, which only keeps the sequence numbers whole. Its one byte of
// padding makes receivers take it for that.
func (h *outHeader) filler(b *binding, payloadType uint8, seq uint16, ts uint32) {
	h.Header = rtp.Header{
		Version: 2, Padding: true, PaddingSize: 1, PayloadType: payloadType, SequenceNumber: seq, Timestamp: ts, SSRC: b.ssrc,
		Extensions: h.Extensions[:0],
	}
}
