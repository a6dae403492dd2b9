package av1

import "testing"

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		want Header
		ok   bool
	}{
		{[]byte{0x18, 0x0a}, Header{Elements: 1, BeginsCoding: true}, true},
		{[]byte{0x50, 0x0a}, Header{Continued: true, Elements: 1}, true},
		{[]byte{0xb0, 0x0a}, Header{Continues: true, Elements: 3}, true},
		{[]byte{0x18}, Header{}, false},
		{nil, Header{}, false},
	} {
		var got Header
		if ok := got.Parse(tt.in); ok != tt.ok || got != tt.want {
			t.Errorf("% x: got %+v, %v", tt.in, got, ok)
		}
	}
	if Keyframe([]byte{0x88, 0x0a}) {
		t.Error("a continuation begins a keyframe")
	}
	if !Keyframe([]byte{0x28, 0x0a, 0x0b}) {
		t.Error("a keyframe was not found")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x18, 0x0a})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Header
		if h.Parse(b[:len(b):len(b)]) && (h.Continues && h.BeginsCoding || h.Elements > 3) {
			t.Fatalf("%+v", h)
		}
		Keyframe(b)
	})
}
