package vp9

import "testing"

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		want Descriptor
	}{
		{"flexible, upper layer, two references", []byte{0xfc, 0x81, 0x02, 0x35, 0x05, 0x0a}, Descriptor{
			Size: 6, Predicted: true, Flexible: true, Start: true, End: true, HasPictureID: true, LongPictureID: true,
			PictureID: 0x102, HasLayers: true, TID: 1, SwitchUp: true, SID: 2, InterLayer: true,
			References: 2, Diffs: [3]uint8{2, 5},
		}},
		{"not flexible, 7 bits of picture id", []byte{0xe9, 0x12, 0x40, 0x34}, Descriptor{
			Size: 4, Predicted: true, Start: true, NotForAbove: true, HasPictureID: true, PictureID: 0x12,
			HasLayers: true, TID: 2, TL0PICIDX: 0x34,
		}},
		{"no layers", []byte{0x8c, 0x12}, Descriptor{Size: 2, Start: true, End: true, HasPictureID: true, PictureID: 0x12}},
	} {
		var got Descriptor
		if !got.Parse(tt.in) || got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// key is the descriptor of a keyframe of three spatial layers, and of a group of two pictures, as libwebrtc writes it.
var key = []byte{
	0xaa, 0x81, 0x02, 0x00, 0x07,
	0x58, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00, 0x02, 0xd0,
	0x02, 0x14, 0x02, 0x34, 0x01,
}

func TestParseStructure(t *testing.T) {
	var d Descriptor
	if !d.Parse(key) || d.Size != len(key) || !d.HasStructure || !d.Keyframe() {
		t.Fatalf("got %+v", d)
	}
	s := &d.Structure
	if s.Layers != 3 || !s.HasSizes || s.Width[0] != 320 || s.Height[0] != 180 || s.Width[2] != 1280 || s.Height[2] != 720 {
		t.Errorf("sizes %v x %v of %d layers", s.Width, s.Height, s.Layers)
	}
	want := [2]Picture{{0, true, 1, [3]uint8{2}}, {1, true, 1, [3]uint8{1}}}
	if s.Pictures != 2 || s.Group[0] != want[0] || s.Group[1] != want[1] {
		t.Errorf("group %+v", s.Group[:s.Pictures])
	}
	for n := range key {
		if d.Parse(key[:n]) {
			t.Errorf("%d bytes of a descriptor of %d were taken", n, len(key))
		}
	}
	if d.Parse([]byte{0xfc, 0x01, 0x00, 0x03, 0x03, 0x03, 0x02}) {
		t.Error("four references were taken")
	}
}

func TestKeyframe(t *testing.T) {
	for _, tt := range []struct {
		name    string
		payload []byte
		want    bool
	}{
		{"key", []byte{0x88, 0x01}, true},
		{"delta", []byte{0xc8, 0x01}, false},
		{"middle of a key frame", []byte{0x80, 0x01}, false},
		{"upper spatial layer", []byte{0xa8, 0x01, 0x02, 0x00}, false},
		{"long picture id, base layer", []byte{0xa8, 0x81, 0x01, 0x00, 0x00}, true},
		{"cut short", []byte{0xa8}, false},
		{"empty", nil, false},
	} {
		if got := Keyframe(tt.payload); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range [][]byte{
		// The first bytes of Chromium's packets: a keyframe of L3T3_KEY, its second layer, a delta frame, and one of L1T3.
		{0xbe, 0xe3, 0xcd, 0x10, 0x10, 0x01, 0x40, 0x00, 0xb4, 0x83, 0x49},
		{0xfd, 0xe3, 0xce, 0x50, 0x02, 0x87, 0x00}, {0xfd, 0xe3, 0xd0, 0x50, 0x02, 0x87}, {0xf5, 0x91, 0xc5, 0x10, 0x08, 0x75, 0x58},
		{}, key, {0xfc, 0x81, 0x02, 0x35, 0x05, 0x0a, 0xff}, {0xe9, 0x12, 0x40, 0x34}, {0x02, 0x08, 0xff}} {
		f.Add(b)
	}
	var d, again Descriptor
	f.Fuzz(func(t *testing.T, b []byte) {
		ok := d.Parse(b[:len(b):len(b)])
		if !ok {
			return
		}
		if d.Size < 1 || d.Size > len(b) || d.References > MaxReferences || d.Structure.Layers > MaxSpatial || d.Structure.Pictures > maxGroup {
			t.Fatalf("%+v of %d bytes", d, len(b))
		}
		again = d
		if !again.Parse(b[:d.Size]) || again != d {
			t.Fatalf("the answer depends on what is behind the descriptor: %+v, %+v", again, d)
		}
		if Keyframe(b) != d.Keyframe() {
			t.Fatal("two answers on whether this is a keyframe")
		}
	})
}
