package vp8_test

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	decoder "golang.org/x/image/vp8"

	"github.com/gotera/gotera/peer/vp8"
)

// decode decodes a frame with an independent decoder.
func decode(t *testing.T, frame []byte) *image.YCbCr {
	t.Helper()
	d := decoder.NewDecoder()
	d.Init(bytes.NewReader(frame), len(frame))
	if _, err := d.DecodeFrameHeader(); err != nil {
		t.Fatalf("decode header: %v", err)
	}
	img, err := d.DecodeFrame()
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return img
}

func TestDecodersSeeExactColours(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, colour := range map[string]func(x, y int) vp8.Colour{
		"grey":  func(int, int) vp8.Colour { return vp8.Colour{Y: 128, U: 128, V: 128} },
		"black": func(int, int) vp8.Colour { return vp8.Colour{Y: 0, U: 128, V: 128} },
		"extremes": func(x, y int) vp8.Colour {
			return vp8.Colour{Y: uint8(255 * ((x + y) % 2)), U: uint8(255 * (x % 2)), V: uint8(255 * (y % 2))}
		},
		"steps": func(x, y int) vp8.Colour { return vp8.Colour{Y: uint8(16 + x), U: uint8(128 + y), V: uint8(128 - x)} },
		"noise": func(int, int) vp8.Colour {
			return vp8.Colour{Y: uint8(random.Uint32()), U: uint8(random.Uint32()), V: uint8(random.Uint32())}
		},
	} {
		for _, size := range [][2]int{{1, 1}, {20, 15}, {3, 40}} {
			t.Run(fmt.Sprintf("%s %d by %d", name, size[0], size[1]), func(t *testing.T) {
				want := map[[2]int]vp8.Colour{}
				frame, err := vp8.Encode(size[0], size[1], func(x, y int) vp8.Colour {
					want[[2]int{x, y}] = colour(x, y)
					return want[[2]int{x, y}]
				})
				if err != nil {
					t.Fatal(err)
				}
				img := decode(t, frame)
				for y := range size[1] * 16 {
					for x := range size[0] * 16 {
						got := img.YCbCrAt(x, y)
						if w := want[[2]int{x / 16, y / 16}]; got.Y != w.Y || got.Cb != w.U || got.Cr != w.V {
							t.Fatalf("pixel %d, %d is %v, want %v", x, y, got, w)
						}
					}
				}
			})
		}
	}
}

func TestEncodeRefusesBadSizes(t *testing.T) {
	for _, size := range [][2]int{{0, 1}, {1, 0}, {1024, 1}, {1, -1}} {
		if _, err := vp8.Encode(size[0], size[1], nil); err == nil {
			t.Errorf("%v was taken", size)
		}
	}
}
