// Package dependency reads and rewrites the dependency descriptor (AV1 RTP specification, appendix A), the header
// extension that says what a video frame depends on and to which decode targets it belongs, whatever the codec. The
// reader takes whatever the network sends: it never panics, never reads past its input and keeps two structures at most.
// Start with Reader. Which frames are sent is decided in package svc.
package dependency

import "slices"

// URI names the header extension in SDP.
const URI = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

// MaxSize is the longest descriptor that is read, in bytes: what a two-byte header extension holds (RFC 8285,
// section 4.3).
const MaxSize = 255

// Descriptor is the dependency descriptor of one packet: what it says of the packet, and of its frame. Slices may be
// those of the structure: they are not to be modified, and are valid until the next Read into the same Descriptor.
type Descriptor struct {
	Start, End bool   // the packet is the first, or the last, of its frame
	Number     uint16 // of the frame, in decoding order
	Structure  *Structure
	Attached   bool // the packet carries the structure: it begins a coded video sequence
	HasActive  bool
	Active     uint32 // decode targets that the sender produces, when HasActive

	Template // of the frame, with what the packet says differently

	indications [maxTargets]Indication
	diffs       [maxDiffs]uint16
	chains      [maxTargets]uint8
}

// mandatory is the size in bytes of what every descriptor has.
const mandatory = 3

// flags say what follows the mandatory fields.
type flags struct{ attached, active, dtis, diffs, chains bool }

func readFlags(r *bitReader) (f flags) {
	if len(r.b) > mandatory {
		f = flags{r.flag(), r.flag(), r.flag(), r.flag(), r.flag()}
	}
	return f
}

// read fills d from b, with that of known as the structure unless b brings its own. False when b is not valid, or its
// structure is not known.
func (d *Descriptor) read(b []byte, known *sequence) bool {
	if len(b) < mandatory || len(b) > MaxSize {
		return false
	}
	r := bitReader{b: b}
	d.Start, d.End = r.flag(), r.flag()
	id := uint8(r.bits(6))
	d.Number = uint16(r.bits(16))
	f := readFlags(&r)
	d.Attached, d.HasActive, d.Active, d.Structure = f.attached, f.active || f.attached, 0, known.structure
	if f.attached {
		if d.Structure = known.again(&r); d.Structure == nil {
			if d.Structure = readStructure(&r); d.Structure == nil {
				return false
			}
		}
		d.Active = d.Structure.AllTargets()
	}
	if d.Structure == nil {
		return false
	}
	if f.active {
		d.Active = r.bits(len(d.Structure.Targets))
	}
	index := int(id-d.Structure.Offset) & templateMask
	if index >= len(d.Structure.Templates) {
		return false
	}
	d.Template = d.Structure.Templates[index]
	return d.custom(&r, f) && !r.over
}

// custom reads the fields in which a frame differs from its template.
func (d *Descriptor) custom(r *bitReader, f flags) bool {
	if f.dtis {
		d.Indications = d.indications[:len(d.Structure.Targets)]
		for i := range d.Indications {
			d.Indications[i] = Indication(r.bits(2))
		}
	}
	if f.diffs {
		d.Diffs = d.diffs[:0]
		for size := r.bits(2); size != 0; size = r.bits(2) {
			if len(d.Diffs) == maxDiffs {
				return false
			}
			d.Diffs = append(d.Diffs, uint16(r.bits(int(4*size)))+1)
		}
	}
	if f.chains {
		d.ChainDiffs = d.chains[:d.Structure.Chains]
		for i := range d.ChainDiffs {
			d.ChainDiffs[i] = uint8(r.bits(8))
		}
	}
	return true
}

// Append writes d to b. It is for senders and tests: the server rewrites descriptors with Rewrite. All fields in which d
// differs from the template with the given index are written out.
func (d *Descriptor) Append(b []byte, template int) []byte {
	w := bitWriter{b: b}
	s := d.Structure
	t := &s.Templates[template]
	w.flag(d.Start)
	w.flag(d.End)
	w.bits(uint32(int(s.Offset)+template)&templateMask, 6)
	w.bits(uint32(d.Number), 16)
	dtis, diffs, chains := !slices.Equal(d.Indications, t.Indications), !slices.Equal(d.Diffs, t.Diffs), !slices.Equal(d.ChainDiffs, t.ChainDiffs)
	active := d.HasActive && !(d.Attached && d.Active == s.AllTargets())
	if !d.Attached && !active && !dtis && !diffs && !chains {
		return w.b
	}
	w.flag(d.Attached)
	w.flag(active)
	w.flag(dtis)
	w.flag(diffs)
	w.flag(chains)
	if d.Attached {
		s.write(&w)
	}
	if active {
		w.bits(d.Active, len(s.Targets))
	}
	if dtis {
		for _, v := range d.Indications {
			w.bits(uint32(v), 2)
		}
	}
	if diffs {
		for _, v := range d.Diffs {
			size := 1
			for v-1 >= 1<<(4*size) {
				size++
			}
			w.bits(uint32(size), 2)
			w.bits(uint32(v)-1, 4*size)
		}
		w.bits(0, 2)
	}
	if chains {
		for _, v := range d.ChainDiffs {
			w.bits(uint32(v), 8)
		}
	}
	return w.b
}
