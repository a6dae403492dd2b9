// Package keyframe finds the first packet of keyframes in RTP payloads and decides when one is asked for.
// The parsers take whatever the network sends: they never panic and never read past the payload.
package keyframe

import "github.com/gotera/gotera/sfu/vp8"

// VP8 reports whether an RTP payload begins a VP8 keyframe (RFC 7741, sections 4.2 and 4.3).
func VP8(b []byte) bool { return vp8.Keyframe(b) }

// NAL unit types of H.264 (RFC 6184, table 1, and ITU-T H.264, table 7-1).
const (
	nalIDR   = 5
	nalSPS   = 7
	nalSTAPA = 24
	nalFUA   = 28
)

// H264 reports whether an RTP payload begins an H.264 keyframe: parameter sets, or an IDR picture for encoders that
// send those out of band (RFC 6184, section 5).
func H264(b []byte) bool {
	if len(b) < 1 {
		return false
	}
	switch b[0] & 0x1f {
	case nalSPS, nalIDR:
		return true
	case nalFUA:
		return len(b) > 1 && b[1]&0x80 != 0 && (b[1]&0x1f == nalIDR || b[1]&0x1f == nalSPS)
	case nalSTAPA:
		for b = b[1:]; len(b) > 2; {
			size := int(b[0])<<8 | int(b[1])
			if t := b[2] & 0x1f; t == nalSPS || t == nalIDR {
				return true
			}
			if size+2 > len(b) {
				return false
			}
			b = b[2+size:]
		}
	}
	return false
}

// VP9 reports whether an RTP payload begins a VP9 keyframe: the start of a frame of the lowest spatial layer that is
// not predicted from others (RFC 9628, section 4.2).
func VP9(b []byte) bool {
	if len(b) < 1 || b[0]&0x40 != 0 || b[0]&0x08 == 0 { // P: inter-picture predicted; B: start of frame
		return false
	}
	i := 1
	if b[0]&0x80 != 0 { // I: picture id
		if len(b) <= i {
			return false
		}
		if b[i]&0x80 != 0 {
			i++
		}
		i++
	}
	if b[0]&0x20 != 0 { // L: layer indices
		if len(b) <= i {
			return false
		}
		return b[i]>>1&0x07 == 0 // SID
	}
	return true
}

// AV1 reports whether an RTP payload begins a new coded video sequence: the N bit of the aggregation header (AV1 RTP
// payload specification, section 4.4).
func AV1(b []byte) bool { return len(b) > 1 && b[0]&0x08 != 0 && b[0]&0x80 == 0 }
