// Package h264 reads what is to be known of H.264 in RTP payloads (RFC 6184): where keyframes begin, the size of the
// picture, and which packets nothing else refers to. The parsers take whatever the network sends: they never panic and
// never read past the payload.
package h264

// NAL unit types (RFC 6184, table 1, and ITU-T H.264, table 7-1).
const (
	typeIDR   = 5
	typeSPS   = 7
	typeSTAPA = 24
	typeFUA   = 28
)

// units calls f with the header byte and the rest of each NAL unit in a payload; of a fragmented one with its first part.
// It ends when f returns false.
func units(b []byte, f func(header byte, rest []byte) bool) {
	if len(b) < 1 {
		return
	}
	switch b[0] & 0x1f {
	case typeFUA:
		if len(b) > 1 && b[1]&0x80 != 0 { // S bit
			f(b[0]&0xe0|b[1]&0x1f, b[2:])
		}
	case typeSTAPA:
		for b = b[1:]; len(b) > 2; {
			size := int(b[0])<<8 | int(b[1])
			end := min(2+size, len(b))
			if size > 0 && !f(b[2], b[3:max(3, end)]) {
				return
			}
			b = b[end:]
		}
	default:
		f(b[0], b[1:])
	}
}

// Keyframe reports whether an RTP payload begins a keyframe: parameter sets, or an IDR picture for encoders that send
// those out of band.
func Keyframe(b []byte) bool {
	found := false
	units(b, func(header byte, _ []byte) bool {
		t := header & 0x1f
		found = t == typeSPS || t == typeIDR
		return !found
	})
	return found
}

// Disposable reports whether an RTP payload is of a picture that no other is predicted from: nal_ref_idc is 0 in its
// slices. Encoders with temporal layers send their highest one so. False when the payload does not say.
func Disposable(b []byte) bool {
	if len(b) > 1 && b[0]&0x1f == typeFUA {
		return b[0]&0x60 == 0 && slice(b[1])
	}
	found, referred := false, false
	units(b, func(header byte, _ []byte) bool {
		found = found || slice(header)
		referred = referred || header&0x60 != 0
		return true
	})
	return found && !referred
}

// slice reports whether a NAL unit is a slice of a picture that is no IDR picture.
func slice(header byte) bool {
	t := header & 0x1f
	return t >= 1 && t < typeIDR
}
