package sfu

import (
	"testing"

	"github.com/gotera/gotera/sfu/allocation"
)

// TestOnePicture is what sound and the picture take that is kept when there is room for one.
func TestOnePicture(t *testing.T) {
	picture := func(priority, current int, bitrate uint64) allocation.Demand {
		return allocation.Demand{Priority: priority, Current: current, Levels: []allocation.Level{{Bitrate: bitrate}}}
	}
	sound := allocation.Demand{Audio: true, Levels: []allocation.Level{{Bitrate: 70}}}
	hidden := picture(2, 0, 10)
	hidden.Max = -1
	for _, tt := range []struct {
		name    string
		demands []allocation.Demand
		want    uint64
	}{
		{"nothing", nil, 0},
		{"sound alone", []allocation.Demand{sound, sound}, 140},
		{"the one shown", []allocation.Demand{sound, picture(0, -1, 100), picture(0, 0, 200)}, 270},
		{"a higher priority", []allocation.Demand{sound, picture(1, -1, 300), picture(0, 0, 200)}, 370},
		{"the smallest of those paused", []allocation.Demand{picture(0, -1, 300), picture(0, -1, 200)}, 200},
		{"not a hidden one", []allocation.Demand{hidden, picture(0, 0, 200), {}}, 200},
	} {
		if got := onePicture(tt.demands); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
