// Package av1 reads the aggregation header of AV1 in RTP (AV1 RTP specification, section 4.4). What the packets depend on
// is in their dependency descriptor (package dependency): the payload itself is not looked at.
package av1

// Header is an aggregation header.
type Header struct {
	Continues    bool  // Z: the first element continues one of the packet before
	Continued    bool  // Y: the last element goes on in the next packet
	Elements     uint8 // W: how many elements there are, 1 to 3; 0: each has a length
	BeginsCoding bool  // N: the packet begins a coded video sequence, that is, a keyframe
}

// Size of an aggregation header in bytes.
const Size = 1

// Parse reads the header at the beginning of an RTP payload; false when there is none, or nothing behind it.
func (h *Header) Parse(b []byte) bool {
	*h = Header{}
	if len(b) <= Size {
		return false
	}
	h.Continues, h.Continued, h.Elements, h.BeginsCoding = b[0]&0x80 != 0, b[0]&0x40 != 0, b[0]>>4&0x03, b[0]&0x08 != 0
	return !h.Continues || !h.BeginsCoding
}

// Keyframe reports whether an RTP payload begins a keyframe.
func Keyframe(b []byte) bool {
	var h Header
	return h.Parse(b) && h.BeginsCoding
}
