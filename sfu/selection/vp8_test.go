package selection

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/vp8"
)

var pool history.Pool

// vp8Stream makes the packets of an encoder with three temporal layers: 0 2 1 2, as libvpx does.
type vp8Stream struct {
	id   uint16
	mask uint16
	tl0  uint8
	ts   uint32
	n    int
}

// frame returns the packets of the next picture.
func (s *vp8Stream) frame(key bool, packets int) []*history.Packet {
	if key {
		s.n = 0
	}
	tid := []uint8{0, 2, 1, 2}[s.n%4]
	sync := s.n%4 == 1 || s.n%4 == 2
	s.n++
	s.id = (s.id + 1) & s.mask
	s.ts += 3000
	if tid == 0 {
		s.tl0++
	}
	var out []*history.Packet
	for i := range packets {
		b := []byte{0x80, 0xe0, 0, 0, s.tl0, tid << 6, 0x01, 0xaa}
		if s.mask == 0x7fff {
			binary.BigEndian.PutUint16(b[2:], s.id|0x8000)
		} else {
			b = append(b[:2], b[3:]...)
			b[2] = byte(s.id)
		}
		if i == 0 {
			b[0] |= 0x10
		}
		if sync {
			b[len(b)-3] |= 0x20
		}
		p := pool.Packet(b)
		p.Timestamp, p.Marker, p.Keyframe = s.ts, i == packets-1, key && i == 0
		p.Frame = history.Frame{
			Temporal: int8(tid), Start: i == 0, End: p.Marker, Sync: sync, ID: s.id, IDMask: s.mask, TL0: s.tl0, HasTL0: true,
		}
		out = append(out, p)
	}
	return out
}

// decoder checks that pictures follow one another as VP8 wants it.
type decoder struct {
	t        *testing.T
	begun    bool
	id       uint16
	tl0      uint8
	byTID    [4]int
	pictures int
}

func (d *decoder) take(p *history.Packet, mark uint32) {
	d.t.Helper()
	scratch := make([]byte, history.MaxPayload)
	before := bytes.Clone(p.Payload())
	out := RewriteVP8(scratch, p, mark)
	if !bytes.Equal(before, p.Payload()) {
		d.t.Fatal("the shared payload was changed")
	}
	var was, is vp8.Descriptor
	if !was.Parse(before) || !is.Parse(out) {
		d.t.Fatal("not VP8 any more")
	}
	if !bytes.Equal(before[was.Size:], out[is.Size:]) || was.TID != is.TID || was.LayerSync != is.LayerSync || was.Start != is.Start {
		d.t.Fatal("more than the numbers was changed")
	}
	mask := is.PictureIDMask()
	if is.Start {
		if d.begun && is.PictureID != (d.id+1)&mask {
			d.t.Fatalf("picture id %d after %d", is.PictureID, d.id)
		}
		if step := is.TL0PICIDX - d.tl0; d.begun && (is.TID == 0) != (step == 1) || step > 1 && d.begun {
			d.t.Fatalf("TL0PICIDX %d after %d in layer %d", is.TL0PICIDX, d.tl0, is.TID)
		}
		d.begun, d.id, d.tl0 = true, is.PictureID, is.TL0PICIDX
		d.byTID[is.TID]++
		d.pictures++
	} else if is.PictureID != d.id || is.TL0PICIDX != d.tl0 {
		d.t.Fatalf("a picture's packets have the ids %d and %d", d.id, is.PictureID)
	}
}

// Numbers go on over drops, changes of layer, pauses and wraps, with 7 bits and with 15.
func TestVP8NumbersGoOn(t *testing.T) {
	for _, mask := range []uint16{0x7f, 0x7fff} {
		streams := []*vp8Stream{{id: mask - 3, mask: mask, tl0: 250}, {id: 17, mask: mask, tl0: 3}, {id: mask / 2, mask: mask, tl0: 128}}
		var s VP8
		d := &decoder{t: t}
		cur, want := 0, allocation.Layer{Temporal: All}
		for i := range 5000 {
			if i%97 == 0 {
				want.Temporal = []int8{All, 0, 1, 2}[rand.IntN(4)]
			}
			key := i%252 == 0
			if key { // also after a pause of a few pictures of the same stream
				cur = rand.IntN(len(streams))
			}
			for j, stream := range streams {
				for _, p := range stream.frame(key, 3) {
					if j == cur {
						if p.Keyframe {
							s.Begin(p, want)
						}
						if mark, ok := s.Take(p, want, false); ok {
							d.take(p, mark)
						}
					}
					p.Release()
				}
			}
		}
		if d.byTID[0] != 1250 || d.byTID[1] == 0 || d.byTID[1] >= 1250 || d.byTID[2] == 0 || d.byTID[2] >= 2500 {
			t.Errorf("pictures by layer: %v", d.byTID)
		}
	}
}

// A temporal layer is gone up to only where the stream allows it, one by one.
func TestVP8GoesUpAtSync(t *testing.T) {
	var s VP8
	stream := &vp8Stream{mask: 0x7fff}
	low, high := allocation.Layer{Temporal: 0}, allocation.Layer{Temporal: All}
	got := []int8{}
	for i := range 16 {
		p := stream.frame(i == 0, 1)[0]
		want := low
		if i >= 7 { // the next picture is the second of layer 2, which needs layer 1
			want = high
		}
		if i == 0 {
			s.Begin(p, want)
		}
		if _, ok := s.Take(p, want, false); ok {
			got = append(got, p.Frame.Temporal)
		}
	}
	if want := []int8{0, 0, 0, 1, 0, 2, 1, 2}; !slices.Equal(got, want) { // layer 1 first, then 2 where it is safe
		t.Errorf("sent layers %v, want %v", got, want)
	}
	if c := s.Current(); c.Temporal != All {
		t.Errorf("current layer %v", c)
	}
}

// A packet that comes late gets the numbers that its picture has, or would have had.
func TestVP8Late(t *testing.T) {
	var s VP8
	stream := &vp8Stream{id: 0x7ffd, mask: 0x7fff}
	want := allocation.Layer{Temporal: 1}
	var frames [][]*history.Packet
	for i := range 12 {
		frames = append(frames, stream.frame(i == 0, 2))
	}
	marks := map[uint16]uint32{}
	s.Begin(frames[0][0], want)
	for i, f := range frames {
		for j, p := range f {
			if i == 2 && j == 1 || i == 4 || i == 5 { // missing: half of a picture, a whole one, and one that is not wanted
				continue
			}
			if mark, ok := s.Take(p, want, false); ok {
				marks[p.Frame.ID] = mark
			}
		}
	}
	if mark, ok := s.Take(frames[2][1], want, true); !ok || mark != marks[frames[2][1].Frame.ID] {
		t.Errorf("the rest of a picture: %x %v, want %x", mark, ok, marks[frames[2][1].Frame.ID])
	}
	id := func(i int) uint16 { return uint16(marks[frames[i][0].Frame.ID] >> 8) }
	if mark, ok := s.Take(frames[4][0], want, true); !ok || uint16(mark>>8) != (id(2)+1)&0x7fff || uint8(mark) != uint8(marks[frames[6][0].Frame.ID]) {
		t.Errorf("a whole picture: %x %v", mark, ok)
	}
	if _, ok := s.Take(frames[5][0], want, true); ok {
		t.Error("a picture of a layer that is not sent is sent when it comes late")
	}
	if _, ok := s.Take(frames[3][0], want, true); ok {
		t.Error("a dropped picture is sent when it comes again")
	}
	if id(6) != (id(2)+3)&0x7fff { // 4 and 5 have a number each: nobody knew what they were
		t.Errorf("picture 6 is %d, 2 is %d", id(6), id(2))
	}
}

func TestVP8WithoutNumbers(t *testing.T) {
	var s VP8
	p := pool.Packet([]byte{0x10, 0x00, 0x01})
	p.Keyframe = true
	s.Begin(p, allocation.Layer{})
	mark, ok := s.Take(p, allocation.Layer{}, false)
	if out := RewriteVP8(nil, p, mark); !ok || !bytes.Equal(out, p.Payload()) {
		t.Errorf("%v %x", ok, out)
	}
}
