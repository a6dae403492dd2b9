// Package vp9 reads the payload descriptor of VP9 in RTP (RFC 9628, section 4.2), in flexible and non-flexible mode. The
// parser takes whatever the network sends: it never panics, never reads past the payload and allocates nothing. Which
// packets are sent is decided in package svc.
package vp9

// Bounds of the format: it has three bits for spatial layers and at most three references of a picture.
const (
	MaxSpatial    = 8
	MaxReferences = 3
)

// Descriptor is a payload descriptor. Fields that a packet does not have are zero.
type Descriptor struct {
	Size        int  // bytes; the VP9 payload follows
	Predicted   bool // P: from other pictures (of the same spatial layer)
	Flexible    bool // F: each packet names its references
	Start, End  bool // B, E: the packet is the first, or the last, of a frame (one spatial layer of a picture)
	NotForAbove bool // Z: no upper spatial layer is predicted from this frame

	HasPictureID  bool
	LongPictureID bool   // 15 bits, else 7
	PictureID     uint16 // counts pictures; the same in all layers of one

	HasLayers  bool
	TID        uint8 // temporal layer, 0 to 7
	SwitchUp   bool  // U: see RFC 9628, section 4.2
	SID        uint8 // spatial layer, 0 to 7
	InterLayer bool  // D: predicted from the spatial layer below in the same picture
	TL0PICIDX  uint8 // counts pictures of temporal layer 0; in non-flexible mode only

	References int // how many of Diffs there are; in flexible mode only
	Diffs      [MaxReferences]uint8

	HasStructure bool
	Structure    Structure
}

// Structure is the scalability structure (SS) that comes with a keyframe.
type Structure struct {
	Layers   int // spatial
	HasSizes bool
	Width    [MaxSpatial]uint16 // pixels, by spatial layer
	Height   [MaxSpatial]uint16
	Pictures int // of the group that repeats; 0: not told
	Group    [maxGroup]Picture
}

// maxGroup is how many pictures of a group are kept: what the byte for their number can say.
const maxGroup = 255

// Picture is one of a group that repeats (non-flexible mode).
type Picture struct {
	TID        uint8
	SwitchUp   bool
	References uint8
	Diffs      [MaxReferences]uint8
}

// Bits of the first byte.
const (
	bitI, bitP, bitL, bitF = 0x80, 0x40, 0x20, 0x10
	bitB, bitE, bitV, bitZ = 0x08, 0x04, 0x02, 0x01
)

// Parse reads the descriptor at the beginning of an RTP payload; false when it is not whole or breaks the format's bounds.
// A descriptor with nothing behind it is whole. The Group of a structure is filled as far as Pictures says; what is behind
// that is left as it was.
func (d *Descriptor) Parse(b []byte) bool {
	c := cursor{b: b}
	first := c.byte()
	d.Predicted, d.Flexible, d.Start, d.End = first&bitP != 0, first&bitF != 0, first&bitB != 0, first&bitE != 0
	d.NotForAbove = first&bitZ != 0
	d.readPictureID(&c, first&bitI != 0)
	d.readLayers(&c, first&bitL != 0)
	d.References, d.Diffs = 0, [MaxReferences]uint8{}
	for more := d.Flexible && d.Predicted; more; {
		if d.References == MaxReferences {
			return false
		}
		v := c.byte()
		d.Diffs[d.References], more = v>>1, v&1 != 0
		d.References++
	}
	if d.HasStructure = first&bitV != 0; d.HasStructure {
		d.Structure.read(&c)
	} else {
		d.Structure.Layers, d.Structure.HasSizes, d.Structure.Pictures = 0, false, 0
	}
	d.Size = c.at
	return !c.over
}

func (d *Descriptor) readPictureID(c *cursor, has bool) {
	d.HasPictureID, d.LongPictureID, d.PictureID = has, false, 0
	if !has {
		return
	}
	v := c.byte()
	d.PictureID = uint16(v & 0x7f)
	if d.LongPictureID = v&0x80 != 0; d.LongPictureID {
		d.PictureID = d.PictureID<<8 | uint16(c.byte())
	}
}

func (d *Descriptor) readLayers(c *cursor, has bool) {
	d.HasLayers, d.TID, d.SwitchUp, d.SID, d.InterLayer, d.TL0PICIDX = has, 0, false, 0, false, 0
	if !has {
		return
	}
	v := c.byte()
	d.TID, d.SwitchUp, d.SID, d.InterLayer = v>>5, v&0x10 != 0, v>>1&0x07, v&0x01 != 0
	if !d.Flexible {
		d.TL0PICIDX = c.byte()
	}
}

func (s *Structure) read(c *cursor) {
	v := c.byte()
	s.Layers, s.HasSizes, s.Pictures = int(v>>5)+1, v&0x10 != 0, 0
	if s.HasSizes {
		for i := range s.Layers {
			s.Width[i], s.Height[i] = c.uint16(), c.uint16()
		}
	}
	if v&0x08 == 0 {
		return
	}
	s.Pictures = int(c.byte())
	for i := range s.Pictures {
		v := c.byte()
		p := Picture{TID: v >> 5, SwitchUp: v&0x10 != 0, References: v >> 2 & 0x03}
		for r := range p.References {
			p.Diffs[r] = c.byte()
		}
		s.Group[i] = p
		if c.over {
			return
		}
	}
}

// Keyframe reports whether the packet begins a keyframe: the frame of the lowest spatial layer of a picture that is
// predicted from no other.
func (d *Descriptor) Keyframe() bool { return d.Start && !d.Predicted && d.SID == 0 }

// PictureIDMask has the bits that picture ids of this packet's form count in.
func (d *Descriptor) PictureIDMask() uint16 {
	if d.LongPictureID {
		return 0x7fff
	}
	return 0x7f
}

// Keyframe reports whether an RTP payload begins a keyframe.
func Keyframe(b []byte) bool {
	if len(b) == 0 || b[0]&bitP != 0 || b[0]&bitB == 0 { // most packets
		return false
	}
	var d Descriptor
	return d.Parse(b) && d.Keyframe()
}

// cursor reads bytes. Reading past the end gives zeros and sets over.
type cursor struct {
	b    []byte
	at   int
	over bool
}

func (c *cursor) byte() byte {
	if c.at >= len(c.b) {
		c.over = true
		return 0
	}
	c.at++
	return c.b[c.at-1]
}

func (c *cursor) uint16() uint16 { return uint16(c.byte())<<8 | uint16(c.byte()) }

// SetNumbers writes another picture id and TL0PICIDX into a payload whose descriptor is whole, as far as it has them.
func SetNumbers(b []byte, id uint16, tl0 uint8) {
	at := 1
	if b[0]&bitI != 0 {
		if b[at]&0x80 != 0 {
			b[at], b[at+1] = 0x80|uint8(id>>8), uint8(id)
			at++
		} else {
			b[at] = uint8(id) & 0x7f
		}
		at++
	}
	if b[0]&bitL != 0 && b[0]&bitF == 0 {
		b[at+1] = tl0
	}
}
