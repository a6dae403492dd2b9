package history

// Frame tells where a packet stands in its stream, as its payload descriptor says. The zero value is a packet of a
// stream without layers and of which nothing else is known.
type Frame struct {
	Spatial, Temporal int8 // layers within the stream, from 0

	Start bool // the packet begins a frame of its spatial layer
	End   bool // it ends one
	Sync  bool // a receiver of lower temporal layers can go up to this one here

	ID     uint16 // counts pictures
	IDMask uint16 // the bits that ID counts in; 0: there is no ID
	TL0    uint8  // counts pictures of temporal layer 0 (TL0PICIDX)
	HasTL0 bool

	Width, Height uint16 // pixels, as the first packet of a keyframe says; 0: not known
}
