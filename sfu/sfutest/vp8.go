package sfutest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gotera/gotera/sfu/vp8"
)

// Size of the highest layer, in pixels; each lower one has half of it.
const (
	width  = 1280
	height = 720
)

// encoder numbers pictures as libvpx does, in one to three temporal layers.
type encoder struct {
	picture uint16 // 15 bits
	tl0     uint8
	tid     uint8
	sync    bool
	scale   int // times the size is halved
	since   int // pictures since the last of layer 0
	layers  int
}

// newEncoder starts with numbers that wrap soon.
func newEncoder() encoder {
	return encoder{picture: 0x7fff - uint16(rand.IntN(60)), tl0: 0xff - uint8(rand.IntN(20)), layers: 1}
}

// next begins a picture.
func (e *encoder) next(key bool, layers int) {
	e.picture = (e.picture + 1) & 0x7fff
	e.since++
	if key {
		e.layers = max(layers, 1)
		e.since = 0
	}
	pattern := [][]struct {
		tid  uint8
		sync bool
	}{{{0, false}}, {{0, false}, {1, true}}, {{0, false}, {2, true}, {1, true}, {2, false}}}[e.layers-1]
	at := pattern[e.since%len(pattern)]
	e.tid, e.sync = at.tid, at.sync
	if e.tid == 0 {
		e.tl0++
	}
}

// packet writes the descriptor and, at the first packet of a picture, the frame header.
func (e *encoder) packet(b []byte, first, key bool) {
	b[0], b[1] = 0x80, 0xe0 // extended: picture id, TL0PICIDX, TID
	if first {
		b[0] |= 0x10 // S: start of partition 0
	}
	binary.BigEndian.PutUint16(b[2:], 0x8000|e.picture)
	b[4], b[5] = e.tl0, e.tid<<6
	if e.sync {
		b[5] |= 0x20
	}
	if !key || !first {
		b[6] = 1 // P: not a keyframe
		return
	}
	copy(b[9:], []byte{0x9d, 0x01, 0x2a})
	binary.LittleEndian.PutUint16(b[12:], uint16(width>>e.scale))
	binary.LittleEndian.PutUint16(b[14:], uint16(height>>e.scale))
}

// picture is what arrived of one.
type picture struct {
	id       int64 // extended
	tl0      uint8
	tid      uint8
	sync     bool
	key      bool
	layer    byte
	packets  int
	whole    bool // its first and last packet came
	start    bool
	sequence int64 // of its last packet, extended
}

// pictures are those of one received VP8 track, in the order in which they came.
type pictures struct {
	list []*picture
	byID map[int64]*picture
	last int64
}

// take notes a packet.
func (p *pictures) take(b []byte, sequence int64, marker bool, layer byte) {
	var d vp8.Descriptor
	if !d.Parse(b) || !d.HasPictureID {
		return
	}
	if p.byID == nil {
		p.byID, p.last = map[int64]*picture{}, int64(d.PictureID)
	}
	id := p.last + int64(int16((d.PictureID-uint16(p.last))<<1)>>1)
	p.last = max(p.last, id)
	pic := p.byID[id]
	if pic == nil {
		pic = &picture{id: id, tl0: d.TL0PICIDX, tid: d.TID, sync: d.LayerSync, layer: layer}
		p.byID[id] = pic
		p.list = append(p.list, pic)
	}
	pic.packets++
	pic.key = pic.key || d.Keyframe
	pic.start = pic.start || d.Start
	pic.whole = pic.whole || marker
	pic.sequence = sequence
}

// Pictures is what a decoder would say of a VP8 track that arrived without loss.
type Pictures struct {
	Count     int
	ByTID     [4]int
	Jumps     int // picture ids that are missing
	TL0Jumps  int // TL0PICIDX that do not go on
	Undecoded int // pictures of which something is missing that they are predicted from
	Holes     int // sequence numbers that never came, but for the newest
	Fillers   int // packets without payload
	First     string
}

// check decodes all but the newest pictures.
func (p *pictures) check() (out Pictures) {
	list := slices.Clone(p.list)
	slices.SortFunc(list, func(a, b *picture) int { return int(a.id - b.id) })
	list = list[:max(0, len(list)-5)]
	has := [3]bool{} // temporal layers decoded since the last picture of layer 0
	note := func(i int, what string) {
		if out.First == "" {
			out.First = fmt.Sprintf("%s at picture %d: %+v after %+v", what, i, *list[i], *list[max(0, i-1)])
		}
	}
	for i, pic := range list {
		out.Count++
		out.ByTID[pic.tid]++
		decodable := pic.key
		if i > 0 {
			last := list[i-1]
			if pic.id != last.id+1 {
				out.Jumps++
				note(i, "jump")
			}
			if step := pic.tl0 - last.tl0; pic.tid == 0 && step != 1 || pic.tid > 0 && step != 0 {
				out.TL0Jumps++
				note(i, "TL0 jump")
			}
			switch {
			case pic.key:
			case pic.layer != last.layer:
			case pic.tid == 0 || pic.sync:
				decodable = has[0]
			default:
				decodable = has[0] && has[pic.tid-1]
			}
		}
		if !decodable {
			out.Undecoded++
			note(i, "undecoded")
		}
		if pic.tid == 0 {
			has = [3]bool{}
		}
		has[min(pic.tid, 2)] = decodable
	}
	return out
}
