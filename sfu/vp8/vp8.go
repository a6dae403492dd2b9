// Package vp8 reads the payload descriptor of VP8 in RTP (RFC 7741, section 4.2) and rewrites its numbers in place. The
// parser takes whatever the network sends: it never panics and never reads past the payload. Which packets are sent is
// not decided here.
package vp8

import "encoding/binary"

// Descriptor is a payload descriptor. Fields that a packet does not have are zero.
type Descriptor struct {
	Size         int   // bytes; the VP8 payload follows
	Partition    uint8 // index of the partition of the frame, 0 to 7
	Start        bool  // the packet begins a partition
	NonReference bool  // no other frame is predicted from this one
	Keyframe     bool  // the packet begins a keyframe

	HasPictureID  bool
	LongPictureID bool   // 15 bits, else 7
	PictureID     uint16 // counts frames

	HasTL0PICIDX bool
	TL0PICIDX    uint8 // counts frames of temporal layer 0

	HasTID    bool
	TID       uint8 // temporal layer, 0 to 3
	LayerSync bool  // Y: predicted from temporal layer 0 only, so a receiver can go up to this layer here

	HasKeyIdx bool
	KeyIdx    uint8 // counts keyframes, 5 bits

	pictureAt, tl0At uint8 // offsets; 0: none
}

// Bits of the descriptor's first two bytes.
const (
	bitX, bitN, bitS             = 0x80, 0x20, 0x10
	bitI, bitL, bitT, bitK uint8 = 0x80, 0x40, 0x20, 0x10
)

// Parse reads the descriptor at the beginning of an RTP payload; false when it is not whole. A descriptor with nothing
// behind it is whole.
func (d *Descriptor) Parse(b []byte) bool {
	*d = Descriptor{}
	if len(b) < 1 {
		return false
	}
	d.Start, d.NonReference, d.Partition = b[0]&bitS != 0, b[0]&bitN != 0, b[0]&0x07
	at := 1
	if b[0]&bitX != 0 {
		if len(b) < 2 {
			return false
		}
		if at = d.extensions(b); at == 0 {
			return false
		}
	}
	d.Size = at
	d.Keyframe = d.Start && d.Partition == 0 && len(b) > at && b[at]&0x01 == 0 // P bit of the VP8 frame tag
	return true
}

// extensions reads what the second byte announces and returns where it ends, 0 when it is not whole.
func (d *Descriptor) extensions(b []byte) int {
	x, at := b[1], 2
	if x&bitI != 0 {
		if len(b) <= at {
			return 0
		}
		d.HasPictureID, d.pictureAt = true, uint8(at)
		if d.LongPictureID = b[at]&0x80 != 0; d.LongPictureID {
			if len(b) <= at+1 {
				return 0
			}
			d.PictureID = binary.BigEndian.Uint16(b[at:]) & 0x7fff
			at++
		} else {
			d.PictureID = uint16(b[at])
		}
		at++
	}
	if x&bitL != 0 {
		if len(b) <= at {
			return 0
		}
		d.HasTL0PICIDX, d.TL0PICIDX, d.tl0At = true, b[at], uint8(at)
		at++
	}
	if x&(bitT|bitK) != 0 {
		if len(b) <= at {
			return 0
		}
		if d.HasTID = x&bitT != 0; d.HasTID {
			d.TID, d.LayerSync = b[at]>>6, b[at]&0x20 != 0
		}
		if d.HasKeyIdx = x&bitK != 0; d.HasKeyIdx {
			d.KeyIdx = b[at] & 0x1f
		}
		at++
	}
	return at
}

// SetPictureID writes another picture id into the payload that d was read from, with as many bits as the old one had.
// Without picture id it does nothing.
func (d *Descriptor) SetPictureID(b []byte, id uint16) {
	switch {
	case !d.HasPictureID:
	case d.LongPictureID:
		binary.BigEndian.PutUint16(b[d.pictureAt:], id|0x8000)
	default:
		b[d.pictureAt] = uint8(id) & 0x7f
	}
}

// SetTL0PICIDX writes another TL0PICIDX into the payload that d was read from. Without one it does nothing.
func (d *Descriptor) SetTL0PICIDX(b []byte, v uint8) {
	if d.HasTL0PICIDX {
		b[d.tl0At] = v
	}
}

// PictureIDMask has the bits that picture ids of this packet's form count in: compare and subtract under it.
func (d *Descriptor) PictureIDMask() uint16 {
	if d.LongPictureID {
		return 0x7fff
	}
	return 0x7f
}

// Keyframe reports whether an RTP payload begins a keyframe.
func Keyframe(b []byte) bool {
	var d Descriptor
	return d.Parse(b) && d.Keyframe
}

// FrameSize returns the size in pixels that a packet which begins a keyframe announces (RFC 6386, section 9.1); false
// for other packets and when it is cut short.
func FrameSize(b []byte) (width, height int, ok bool) {
	var d Descriptor
	if !d.Parse(b) || !d.Keyframe {
		return 0, 0, false
	}
	b = b[d.Size:]
	if len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return 0, 0, false
	}
	return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), true
}
