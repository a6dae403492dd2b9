package rewrite

import (
	"testing"
	"testing/synctest"
	"time"
)

const size = 512

func TestContinuousOverWrap(t *testing.T) {
	r := New[int](0xffff, size) // the upper half is never used
	now := time.Now()
	in := int64(65500)
	r.Switch(1, in, 1000, 90000, now, Shift{})
	want := uint16(0x7fff)
	for i := range int64(140000) {
		seq, ts, ok := r.Keep(in+i, 1000+uint32(i)*3000, uint32(i), now)
		if !ok || seq != want || ts != 1000+uint32(i)*3000 {
			t.Fatalf("packet %d: got %d, %d, %v; want %d", i, seq, ts, ok, want)
		}
		if p, ok := r.Find(seq); !ok || p.Source != 1 || p.Seq != in+i || p.Mark != uint32(i) || !p.Sent || p.Over {
			t.Fatalf("source of %d: %+v %v", seq, p, ok)
		}
		want++
	}
}

func TestGapsAndReorderingAreKept(t *testing.T) {
	r := New[int](100, size)
	now := time.Now()
	r.Switch(1, 10, 0, 90000, now, Shift{})
	for _, tt := range []struct {
		in   int64
		want uint16
		ok   bool
	}{{10, 100, true}, {12, 102, true}, {11, 101, true}, {11, 0, false}, {9, 0, false}, {15, 105, true}} {
		seq, _, ok := r.Keep(tt.in, 0, 0, now)
		if ok != tt.ok || ok && seq != tt.want {
			t.Errorf("%d: got %d %v, want %d %v", tt.in, seq, ok, tt.want, tt.ok)
		}
	}
	if p, ok := r.Find(103); !ok || p.Seq != 13 || p.Sent || p.Filled {
		t.Errorf("source of a packet not yet seen: %+v %v, want 13", p, ok)
	}
	for _, never := range []uint16{99, 106} {
		if _, ok := r.Find(never); ok {
			t.Errorf("packet %d, which was never given, has a source", never)
		}
	}
}

// Dropped packets leave no hole; missing ones do, until they come.
func TestDrops(t *testing.T) {
	r := New[int](0, size)
	now := time.Now()
	in := int64(65530)
	r.Switch(1, in, 0, 90000, now, Shift{})
	keep := func(d int64, want int) {
		t.Helper()
		seq, _, ok := r.Keep(in+d, 0, uint32(d), now)
		if ok != (want >= 0) || ok && int(seq) != want {
			t.Errorf("packet %d is kept as %d %v, want %d", d, seq, ok, want)
		}
	}
	drop := func(d int64, inside bool, want int) {
		t.Helper()
		seq, fill := r.Drop(in+d, inside)
		if fill != (want >= 0) || fill && int(seq) != want {
			t.Errorf("packet %d is dropped as %d %v, want %d", d, seq, fill, want)
		}
	}
	keep(0, 0)
	drop(1, false, -1)
	drop(2, true, -1)
	keep(3, 1)
	drop(6, false, -1) // 4 and 5 are missing: 2 and 3 are held for them
	drop(8, true, -1)  // 7 belongs to the frame that is dropped
	keep(9, 4)
	keep(7, -1)
	keep(1, -1)
	keep(4, 2)
	drop(5, false, 3) // of a frame that is dropped, as we see now
	drop(5, false, -1)
	keep(5, -1)
	keep(10, 5)
	for out, want := range []int64{0, 3, 4, 5, 9, 10} {
		p, ok := r.Find(uint16(out))
		if !ok || p.Seq != in+want || p.Filled != (want == 5) || p.Sent == p.Filled || p.Sent && p.Mark != uint32(want) {
			t.Errorf("packet %d comes from %+v %v, want %d", out, p, ok, in+want)
		}
	}
}

func TestOutageLeavesOneHole(t *testing.T) {
	r := New[int](0, size)
	now := time.Now()
	r.Switch(1, 0, 0, 90000, now, Shift{})
	r.Keep(0, 0, 0, now)
	if seq, _, ok := r.Keep(5000, 0, 0, now); !ok || seq != 2 {
		t.Errorf("after an outage: %d %v, want 2", seq, ok)
	}
	if _, _, ok := r.Keep(4000, 0, 0, now); ok {
		t.Error("a packet that was given up is sent")
	}
	if seq, _, ok := r.Keep(4999, 0, 0, now); !ok || seq != 1 {
		t.Errorf("the packet that stands for the outage: %d %v, want 1", seq, ok)
	}
}

func TestSwitchContinuesTheTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New[string](7, size)
		r.Switch("a", 1000, 5000, 90000, time.Now(), Shift{})
		for i := range int64(3) {
			r.Keep(1000+i, 5000+uint32(i)*3000, 0, time.Now())
		}
		time.Sleep(time.Second)
		r.Switch("b", 60000, 77, 90000, time.Now(), Shift{})
		seq, ts, ok := r.Keep(60000, 77, 0, time.Now())
		if !ok || seq != 10 || ts != 5000+2*3000+90000 {
			t.Errorf("after the switch: %d %d %v; want 10, %d", seq, ts, ok, 5000+2*3000+90000)
		}
		if p, ok := r.Find(9); !ok || p.Source != "a" || p.Seq != 1002 || !p.Over {
			t.Errorf("the packet before the switch: %+v %v", p, ok)
		}
		if p, ok := r.Find(10); !ok || p.Source != "b" || p.Seq != 60000 || p.Over {
			t.Errorf("the packet after the switch: %+v %v", p, ok)
		}
		if _, _, ok := r.Keep(59999, 70, 0, time.Now()); ok {
			t.Error("a packet from before the switch was taken")
		}
	})
}

// Two layers of one picture have the same time in the publisher's clock, and timestamps never go back.
func TestSwitchAligns(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name  string
		shift Shift
		first uint32 // timestamp of b's first packet, whose picture a has at 1000 less
		want  uint32
	}{
		{"a later picture", Shift{1<<32 - 1000, true}, 9000 + 1000 + 1500, 9000 + 1500},
		{"the same picture", Shift{1<<32 - 1000, true}, 9000 + 1000, 9001},
		{"an older picture", Shift{1<<32 - 1000, true}, 9000 + 1000 - 4500, 9001},
		{"absurd", Shift{1 << 30, true}, 9000 + 1000, 9000 + 3000},
		{"unknown", Shift{}, 12345, 9000 + 3000},
	} {
		r := New[string](0, size)
		r.Switch("a", 0, 9000, 90000, now, Shift{})
		r.Keep(0, 9000, 0, now)
		later := now.Add(time.Second / 30)
		r.Switch("b", 0, tt.first, 90000, later, tt.shift)
		if _, ts, ok := r.Keep(0, tt.first, 0, later); !ok || ts != tt.want {
			t.Errorf("%s: %d %v, want %d", tt.name, ts, ok, tt.want)
		}
	}
	// What was clamped does not add up.
	r := New[int](0, size)
	r.Switch(0, 0, 9000, 90000, now, Shift{})
	r.Keep(0, 9000, 0, now)
	for i := range 100 {
		r.Switch(i+1, 0, 9000, 90000, now, Shift{0, true})
		r.Keep(0, 9000, 0, now)
	}
	r.Switch(200, 0, 12000, 90000, now.Add(time.Second/30), Shift{0, true})
	if _, ts, _ := r.Keep(0, 12000, 0, now); ts != 12000 {
		t.Errorf("after many switches in one picture: %d, want 12000", ts)
	}
}

func TestPauseKeepsTheClock(t *testing.T) {
	r := New[int](0, size)
	now := time.Now()
	r.Switch(1, 10, 9000, 90000, now, Shift{})
	r.Keep(10, 9000, 0, now)
	later := now.Add(10*time.Second + 300*time.Millisecond) // the first packet after it comes late
	r.Switch(1, 5000, 9000+900000, 90000, later, Shift{})
	if seq, ts, ok := r.Keep(5000, 9000+900000, 0, later); !ok || seq != 1 || ts != 9000+900000 {
		t.Errorf("after the pause: %d %d %v", seq, ts, ok)
	}
}

func TestManySwitchesForgetTheOldest(t *testing.T) {
	r := New[int](0, size)
	now := time.Now()
	for i := range 3 * epochs {
		r.Switch(i, int64(i)*1000, 0, 90000, now, Shift{})
		r.Keep(int64(i)*1000, 0, 0, now)
	}
	if _, ok := r.Find(0); ok {
		t.Error("the first packet is still known")
	}
	if p, ok := r.Find(3*epochs - 1); !ok || p.Source != 3*epochs-1 {
		t.Errorf("the last packet: %+v %v", p, ok)
	}
}

// Whatever comes, each number goes out once, comes from the packet it was given for, and none is left open but those of
// packets that never came.
func FuzzRewriter(f *testing.F) {
	f.Add(uint16(1), []byte{0, 0, 1, 0, 4, 1, 255, 0})
	f.Add(uint16(9), []byte{3, 1, 254, 0, 254, 1, 255, 1, 200, 0})
	f.Fuzz(func(t *testing.T, first uint16, steps []byte) {
		r := New[int](first, 64)
		now := time.Now()
		in, source := int64(70000), 1
		r.Switch(source, in, 0, 90000, now, Shift{})
		type packet struct {
			source int
			in     int64
		}
		given, came := map[uint16]packet{}, map[packet]bool{}
		for i := 0; i+1 < len(steps); i += 2 {
			in += int64(int8(steps[i]))
			p := packet{source, in}
			if came[p] {
				continue // the history has dropped it
			}
			came[p] = true
			var out uint16
			var ok bool
			switch steps[i+1] % 8 {
			case 0, 1, 2, 3:
				out, _, ok = r.Keep(in, 0, uint32(in), now)
			case 4, 5, 6:
				out, ok = r.Drop(in, steps[i+1]&8 != 0)
			default:
				source++
				r.Switch(source, in, 0, 90000, now, Shift{})
				continue
			}
			if !ok {
				continue
			}
			if was, twice := given[out]; twice {
				t.Fatalf("%d is given to %v and %v", out, was, p)
			}
			given[out] = p
			if from, ok := r.Find(out); r.sentAny && (!ok || from.Source != source || from.Seq != in || !from.Sent && !from.Filled) {
				t.Fatalf("%d comes from %+v %v, want %v", out, from, ok, p)
			}
		}
	})
}
