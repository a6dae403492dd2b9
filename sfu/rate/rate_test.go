package rate

import (
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	var m Meter
	now := time.Unix(1000, 0)
	if _, ok := m.Bitrates(now); ok {
		t.Error("a bitrate before the first packet")
	}
	for range 300 { // 3 s of 100 packets/s, a fourth of them in an upper temporal layer, and some in a spatial one
		m.Add(0, 0, 900, now)
		m.Add(0, 1, 300, now)
		m.Add(9, 0, 100, now)
		now = now.Add(10 * time.Millisecond)
	}
	got, ok := m.Bitrates(now)
	if !ok || got[0][0] != 720_000 || got[0][1] != 240_000 || got[Layers-1][0] != 80_000 {
		t.Errorf("got %v %v", got, ok)
	}
	got, _ = m.Bitrates(now.Add(500 * time.Millisecond))
	if got[0][0] != 360_000 {
		t.Errorf("half a second later: %d, want half", got[0][0])
	}
	if got, _ = m.Bitrates(now.Add(5 * time.Second)); got[0][0] != 0 {
		t.Errorf("5 s later: %d, want none", got[0][0])
	}
}

func TestMeterBeginsWithWhatItHas(t *testing.T) {
	var m Meter
	now := time.Unix(1000, 0)
	for range 50 {
		m.Add(0, 0, 1000, now)
		now = now.Add(10 * time.Millisecond)
	}
	if got, ok := m.Bitrates(now); !ok || got[0][0] != 800_000 {
		t.Errorf("after half a second: %v %v, want 800000", got[0][0], ok)
	}
}
