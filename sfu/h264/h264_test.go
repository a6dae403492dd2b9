package h264

import "testing"

func TestKeyframe(t *testing.T) {
	for _, tt := range []struct {
		name    string
		payload []byte
		want    bool
	}{
		{"sps", []byte{0x67, 0x42}, true},
		{"pps alone", []byte{0x68, 0x42}, false},
		{"slice", []byte{0x41, 0x9a}, false},
		{"stap-a sps pps", []byte{0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, true},
		{"stap-a sei sps", []byte{0x78, 0, 1, 0x06, 0, 1, 0x67}, true},
		{"stap-a lies about its size", []byte{0x78, 0xff, 0xff, 0x06, 0}, false},
		{"stap-a of nothing", []byte{0x78, 0, 0, 0, 0, 0x67}, false},
		{"fu-a idr start", []byte{0x7c, 0x85}, true},
		{"fu-a idr middle", []byte{0x7c, 0x05}, false},
		{"empty", nil, false},
	} {
		if got := Keyframe(tt.payload); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDisposable(t *testing.T) {
	for _, tt := range []struct {
		payload []byte
		want    bool
	}{{[]byte{0x01, 0x9a}, true}, {[]byte{0x1c, 0x81}, true}, {[]byte{0x1c, 0x01}, true}, {[]byte{0x41, 0x9a}, false}, {[]byte{0x00}, false}, {nil, false},
		{[]byte{0x06, 0x05}, false}, // SEI: it may be of any picture
		{[]byte{0x09, 0x10}, false}, // access unit delimiter
		{[]byte{0x18, 0, 2, 0x06, 0x05, 0, 2, 0x01, 0x9a}, true}, {[]byte{0x78, 0, 2, 0x68, 0x05, 0, 2, 0x01, 0x9a}, false},
	} {
		if got := Disposable(tt.payload); got != tt.want {
			t.Errorf("% x: got %v, want %v", tt.payload, got, tt.want)
		}
	}
}

// sps640x360 is a parameter set of constrained baseline, with an emulation prevention byte and cropping (360 is not a
// multiple of 16); sps1280x720 one of high profile.
var (
	sps640x360  = []byte{0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x61, 0x00, 0x00, 0x03, 0x00, 0x01}
	sps1280x720 = []byte{0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10}
)

func TestFrameSize(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		w, h int
	}{
		{sps640x360, 640, 360},
		{sps1280x720, 1280, 720},
		{append([]byte{0x78, 0, byte(len(sps640x360))}, sps640x360...), 640, 360},
	} {
		if w, h, ok := FrameSize(tt.in); !ok || w != tt.w || h != tt.h {
			t.Errorf("got %d x %d, %v, want %d x %d", w, h, ok, tt.w, tt.h)
		}
	}
	if _, _, ok := FrameSize(sps640x360[:6]); ok {
		t.Error("a parameter set that is cut short was taken")
	}
}

func FuzzPayload(f *testing.F) {
	for _, b := range [][]byte{{}, sps640x360, sps1280x720, {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, {0x7c, 0x85}, {0x78, 0, 0}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		exact := b[:len(b):len(b)]
		key := Keyframe(exact)
		w, h, ok := FrameSize(exact)
		if ok && (w <= 0 || h <= 0 || !key) {
			t.Fatalf("%d x %d, keyframe %v", w, h, key)
		}
		Disposable(exact)
		longer := append(append([]byte{}, b...), 0xff, 0xff)
		if Keyframe(longer[:len(b)]) != key {
			t.Error("the answer depends on bytes after the payload")
		}
	})
}
