package rewrite

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestContinuousOverWrap(t *testing.T) {
	r := New[int](0xffff) // the upper half is never used
	now := time.Now()
	in := int64(65500)
	r.Switch(1, in, 1000, 90000, now)
	want := uint16(0x7fff)
	for i := range int64(140000) {
		seq, ts, ok := r.Rewrite(in+i, 1000+uint32(i)*3000, now)
		if !ok || seq != want || ts != 1000+uint32(i)*3000 {
			t.Fatalf("packet %d: got %d, %d, %v; want %d", i, seq, ts, ok, want)
		}
		if src, back, _, ok := r.Source(seq); !ok || src != 1 || back != in+i {
			t.Fatalf("source of %d: %d %d %v", seq, src, back, ok)
		}
		want++
	}
}

func TestGapsAndReorderingAreKept(t *testing.T) {
	r := New[int](100)
	now := time.Now()
	r.Switch(1, 10, 0, 90000, now)
	for _, tt := range []struct {
		in   int64
		want uint16
		ok   bool
	}{{10, 100, true}, {12, 102, true}, {11, 101, true}, {9, 0, false}, {15, 105, true}} {
		seq, _, ok := r.Rewrite(tt.in, 0, now)
		if ok != tt.ok || ok && seq != tt.want {
			t.Errorf("%d: got %d %v, want %d %v", tt.in, seq, ok, tt.want, tt.ok)
		}
	}
	if _, seq, _, ok := r.Source(103); !ok || seq != 13 {
		t.Errorf("source of a packet not yet seen: %d %v, want 13", seq, ok)
	}
	if _, _, _, ok := r.Source(99); ok {
		t.Error("a packet before the first has a source")
	}
}

func TestSwitchContinuesTheTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New[string](7)
		r.Switch("a", 1000, 5000, 90000, time.Now())
		for i := range int64(3) {
			r.Rewrite(1000+i, 5000+uint32(i)*3000, time.Now())
		}
		time.Sleep(time.Second)
		r.Switch("b", 60000, 77, 90000, time.Now())
		seq, ts, ok := r.Rewrite(60000, 77, time.Now())
		if !ok || seq != 10 || ts != 5000+2*3000+90000 {
			t.Errorf("after the switch: %d %d %v; want 10, %d", seq, ts, ok, 5000+2*3000+90000)
		}
		if src, in, _, ok := r.Source(9); !ok || src != "a" || in != 1002 {
			t.Errorf("the packet before the switch: %q %d %v", src, in, ok)
		}
		if src, in, _, ok := r.Source(10); !ok || src != "b" || in != 60000 {
			t.Errorf("the packet after the switch: %q %d %v", src, in, ok)
		}
		if _, _, ok := r.Rewrite(59999, 70, time.Now()); ok {
			t.Error("a packet from before the switch was taken")
		}
	})
}

func TestManySwitchesForgetTheOldest(t *testing.T) {
	r := New[int](0)
	now := time.Now()
	for i := range 3 * epochs {
		r.Switch(i, int64(i)*1000, 0, 90000, now)
		r.Rewrite(int64(i)*1000, 0, now)
	}
	if _, _, _, ok := r.Source(0); ok {
		t.Error("the first packet is still known")
	}
	if src, _, _, ok := r.Source(3*epochs - 1); !ok || src != 3*epochs-1 {
		t.Errorf("the last packet: %d %v", src, ok)
	}
}

func FuzzSource(f *testing.F) {
	f.Add(uint16(1), uint16(40000), int64(7), uint8(3))
	f.Fuzz(func(t *testing.T, first, asked uint16, in int64, n uint8) {
		in &= 1<<40 - 1
		r := New[int](first)
		now := time.Now()
		r.Switch(1, in, 0, 90000, now)
		for i := range int64(n) {
			r.Rewrite(in+i, 0, now)
		}
		if _, seq, _, ok := r.Source(asked); ok && (seq < in || seq >= in+int64(n)) {
			t.Errorf("source %d is outside of [%d, %d)", seq, in, in+int64(n))
		}
	})
}
