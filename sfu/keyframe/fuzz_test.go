package keyframe

import "testing"

// fuzz checks that a parser survives any payload and does not look past its end.
func fuzz(f *testing.F, detect func([]byte) bool) {
	for _, b := range [][]byte{{}, {0x90, 0xe0, 0x81, 2, 3, 0x20, 0x10}, {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, {0xa8, 0x81, 1, 0}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := detect(b[:len(b):len(b)])
		longer := append(append([]byte{}, b...), 0xff, 0xff)
		if detect(longer[:len(b)]) != got {
			t.Error("the answer depends on bytes after the payload")
		}
	})
}

func FuzzVP8(f *testing.F)  { fuzz(f, VP8) }
func FuzzH264(f *testing.F) { fuzz(f, H264) }
func FuzzVP9(f *testing.F)  { fuzz(f, VP9) }
func FuzzAV1(f *testing.F)  { fuzz(f, AV1) }
