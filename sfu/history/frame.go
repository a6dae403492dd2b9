package history

import "github.com/gotera/gotera/sfu/dependency"

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

	// What the frame is predicted from, in streams with spatial layers.
	Independent bool     // from no other picture
	InterLayer  bool     // from the spatial layer below, in the same picture
	Unused      bool     // no upper spatial layer of the picture is predicted from it
	References  int8     // how many of Diffs there are; -1: not known
	Diffs       [3]uint8 // distances, in pictures, to frames of the same spatial layer

	// Of packets with a dependency descriptor. Dependency may be used until the packet has been forwarded, the others
	// always.
	Dependency *dependency.Descriptor
	Structure  *dependency.Structure
	Active     uint32 // decode targets that the publisher produces
}
