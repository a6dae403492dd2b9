package vp8

import (
	"bytes"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		want Descriptor
	}{
		{"no extension, keyframe", []byte{0x10, 0x00}, Descriptor{Size: 1, Start: true, Keyframe: true}},
		{"delta", []byte{0x10, 0x01}, Descriptor{Size: 1, Start: true}},
		{"continuation", []byte{0x00, 0x00}, Descriptor{Size: 1}},
		{"second partition", []byte{0x31, 0x00}, Descriptor{Size: 1, Start: true, NonReference: true, Partition: 1}},
		{"7 bits of picture id", []byte{0x90, 0x80, 0x12, 0x10},
			Descriptor{Size: 3, Start: true, Keyframe: true, HasPictureID: true, PictureID: 0x12, pictureAt: 2}},
		{"everything, as libwebrtc writes it", []byte{0x90, 0xe0, 0x81, 0x02, 0x03, 0x60, 0x11}, Descriptor{
			Size: 6, Start: true, HasPictureID: true, LongPictureID: true, PictureID: 0x102,
			HasTL0PICIDX: true, TL0PICIDX: 3, HasTID: true, TID: 1, LayerSync: true, pictureAt: 2, tl0At: 4,
		}},
		{"key index alone", []byte{0x90, 0x10, 0xff, 0x01}, Descriptor{Size: 3, Start: true, HasKeyIdx: true, KeyIdx: 31}},
		{"nothing behind", []byte{0x90, 0x80, 0x12}, Descriptor{Size: 3, Start: true, HasPictureID: true, PictureID: 0x12, pictureAt: 2}},
	} {
		var got Descriptor
		if !got.Parse(tt.in) || got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestParseCutShort(t *testing.T) {
	whole := []byte{0x90, 0xf0, 0x81, 0x02, 0x03, 0x60}
	var d Descriptor
	for n := range whole {
		if d.Parse(whole[:n]) {
			t.Errorf("%d bytes of a descriptor of %d were taken", n, len(whole))
		}
	}
	if !d.Parse(whole) {
		t.Error("a whole descriptor was refused")
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct{ in, want []byte }{
		{[]byte{0x90, 0xe0, 0x81, 0x02, 0x03, 0x60, 0x11}, []byte{0x90, 0xe0, 0xff, 0xfe, 0x80, 0x60, 0x11}},
		{[]byte{0x90, 0x80, 0x12, 0x10}, []byte{0x90, 0x80, 0x7e, 0x10}},
		{[]byte{0x10, 0x12, 0x10}, []byte{0x10, 0x12, 0x10}},
	} {
		var d Descriptor
		b := bytes.Clone(tt.in)
		d.Parse(b)
		d.SetPictureID(b, 0x7ffe)
		d.SetTL0PICIDX(b, 0x80)
		if !bytes.Equal(b, tt.want) {
			t.Errorf("% x became % x, want % x", tt.in, b, tt.want)
		}
	}
}

func TestFrameSize(t *testing.T) {
	// The first bytes of a 320x180 keyframe as Chromium sends it.
	key := []byte{0x90, 0x80, 0x80, 0x01, 0x50, 0x2b, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0x00}
	if w, h, ok := FrameSize(key); !ok || w != 320 || h != 180 {
		t.Errorf("got %d x %d, %v", w, h, ok)
	}
	if _, _, ok := FrameSize(key[:13]); ok {
		t.Error("a size that is cut short was taken")
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range [][]byte{
		{}, {0x10, 0x00}, {0x90, 0xe0, 0x81, 2, 3, 0x20, 0x10}, {0x90, 0xf0, 0x7f, 0xff, 0x3f},
		{0x90, 0x80, 0x80, 0x01, 0x50, 0x2b, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00},
	} {
		f.Add(b, uint16(0x1234), uint8(0x56))
	}
	f.Fuzz(func(t *testing.T, b []byte, id uint16, tl0 uint8) {
		var d Descriptor
		if !d.Parse(b[:len(b):len(b)]) {
			return
		}
		if d.Size < 1 || d.Size > len(b) || d.Size > 6 {
			t.Fatalf("size %d of %d bytes", d.Size, len(b))
		}
		FrameSize(b[:len(b):len(b)])
		out := bytes.Clone(b)
		d.SetPictureID(out, id)
		d.SetTL0PICIDX(out, tl0)
		var again Descriptor
		if !again.Parse(out) {
			t.Fatal("what was rewritten cannot be read")
		}
		want := d
		if want.HasPictureID {
			want.PictureID = id & want.PictureIDMask()
		}
		if want.HasTL0PICIDX {
			want.TL0PICIDX = tl0
		}
		if again != want {
			t.Fatalf("rewritten %+v, want %+v", again, want)
		}
		if !bytes.Equal(out[d.Size:], b[d.Size:]) {
			t.Fatal("the payload was touched")
		}
	})
}
