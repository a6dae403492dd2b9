package keyframe

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestDetection(t *testing.T) {
	for _, tt := range []struct {
		name    string
		detect  func([]byte) bool
		payload []byte
		want    bool
	}{
		{"vp8 key", VP8, []byte{0x10, 0x00}, true},
		{"vp8 delta", VP8, []byte{0x10, 0x01}, false},
		{"vp8 continuation", VP8, []byte{0x00, 0x00}, false},
		{"vp8 second partition", VP8, []byte{0x11, 0x00}, false},
		{"vp8 key, 7-bit picture id", VP8, []byte{0x90, 0x80, 0x12, 0x10}, true},
		{"vp8 key, 15-bit picture id, tl0, tid", VP8, []byte{0x90, 0xe0, 0x81, 0x02, 0x03, 0x20, 0x10}, true},
		{"vp8 delta, 15-bit picture id", VP8, []byte{0x90, 0x80, 0x81, 0x02, 0x11}, false},
		{"vp8 truncated", VP8, []byte{0x90, 0x80}, false},
		{"h264 sps", H264, []byte{0x67, 0x42}, true},
		{"h264 pps alone", H264, []byte{0x68, 0x42}, false},
		{"h264 slice", H264, []byte{0x41, 0x9a}, false},
		{"h264 stap-a sps pps", H264, []byte{0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, true},
		{"h264 stap-a sei sps", H264, []byte{0x78, 0, 1, 0x06, 0, 1, 0x67}, true},
		{"h264 stap-a lies about its size", H264, []byte{0x78, 0xff, 0xff, 0x06, 0}, false},
		{"h264 fu-a idr start", H264, []byte{0x7c, 0x85}, true},
		{"h264 fu-a idr middle", H264, []byte{0x7c, 0x05}, false},
		{"vp9 key", VP9, []byte{0x88, 0x01}, true},
		{"vp9 delta", VP9, []byte{0xc8, 0x01}, false},
		{"vp9 key, upper spatial layer", VP9, []byte{0xa8, 0x01, 0x02, 0x00}, false},
		{"vp9 key, long picture id, base layer", VP9, []byte{0xa8, 0x81, 0x01, 0x00, 0x00}, true},
		{"vp9 truncated", VP9, []byte{0xa8}, false},
		{"av1 new sequence", AV1, []byte{0x18, 0x0a}, true},
		{"av1 continuation", AV1, []byte{0x10, 0x0a}, false},
	} {
		if got := tt.detect(tt.payload); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		if tt.detect(nil) {
			t.Errorf("%s: an empty payload is a keyframe", tt.name)
		}
	}
}

func TestLimiterMergesAndTrails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		if send, _ := l.Ask(time.Now()); !send {
			t.Fatal("the first request was not sent")
		}
		time.Sleep(100 * time.Millisecond)
		for range 3 {
			if send, due := l.Ask(time.Now()); send || time.Until(due) != 400*time.Millisecond {
				t.Fatalf("100ms later: sent %v, due in %v", send, time.Until(due))
			}
		}
		if l.Due(time.Now()) {
			t.Fatal("sent too soon")
		}
		time.Sleep(400 * time.Millisecond)
		if !l.Due(time.Now()) {
			t.Fatal("the trailing request was lost")
		}
		if l.Due(time.Now()) {
			t.Fatal("sent twice")
		}
	})
}

func TestLimiterForgetsWhenAKeyframeCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		l.Ask(time.Now())
		l.Ask(time.Now())
		l.Got()
		time.Sleep(time.Second)
		if l.Due(time.Now()) {
			t.Error("asked although a keyframe came")
		}
	})
}
