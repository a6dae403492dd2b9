package twcc

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

const ms = time.Millisecond

// told is what a feedback says.
type told struct {
	seq      uint16
	at       time.Duration
	received bool
}

func read(t *testing.T, b []byte) []told {
	t.Helper()
	f, err := Parse(b)
	if err != nil {
		t.Fatalf("our own feedback: %v", err)
	}
	base := time.Duration(f.Reference) * referenceUnit
	var out []told
	for {
		seq, at, received, ok := f.Next()
		if !ok {
			return out
		}
		if received {
			at += base
		}
		out = append(out, told{seq, at, received})
	}
}

// feedback is all that r has to tell, checked by Pion's reader, too.
func feedback(t *testing.T, r *Recorder) []told {
	t.Helper()
	var out []told
	for more := true; more; {
		var b []byte
		if b, more = r.Append(nil, 1, 2); len(b) == 0 {
			break
		}
		if len(b) > 1200 {
			t.Fatalf("feedback has %d bytes", len(b))
		}
		var other rtcp.TransportLayerCC
		if err := other.Unmarshal(b); err != nil {
			t.Fatalf("Pion: %v", err)
		}
		got := read(t, b)
		n := 0
		for _, p := range got {
			if p.received {
				n++
			}
		}
		if int(other.PacketStatusCount) != len(got) || len(other.RecvDeltas) != n || other.MediaSSRC != 2 || other.SenderSSRC != 1 {
			t.Fatalf("Pion reads %+v, we %v", other, got)
		}
		out = append(out, got...)
	}
	return out
}

func TestRecorder(t *testing.T) {
	for _, tt := range []struct {
		name string
		seqs []uint16 // one arrives each 10 ms, from 100 ms on
		want []uint16 // received
		lost []uint16
	}{
		{"in order", []uint16{1, 2, 3}, []uint16{1, 2, 3}, nil},
		{"a gap", []uint16{1, 5}, []uint16{1, 5}, []uint16{2, 3, 4}},
		{"wraps", []uint16{65534, 65535, 1}, []uint16{65534, 65535, 1}, []uint16{0}},
		{"reordered", []uint16{3, 1, 2}, []uint16{1, 2, 3}, nil},
		{"duplicates", []uint16{7, 7, 8, 7}, []uint16{7, 8}, nil},
		{"a jump", []uint16{7, 8, 20000}, []uint16{20000}, nil},
		{"reordered at the wrap", []uint16{0, 65535}, []uint16{65535, 0}, nil},
	} {
		var r Recorder
		for i, seq := range tt.seqs {
			if first := r.Received(seq, time.Duration(100+10*i)*ms); first != (i == 0) {
				t.Errorf("%s: packet %d is first: %v", tt.name, i, first)
			}
		}
		var got, missing []uint16
		for _, p := range feedback(t, &r) {
			if p.received {
				got = append(got, p.seq)
				if want := time.Duration(100+10*slices.Index(tt.seqs, p.seq)) * ms; p.at != want {
					t.Errorf("%s: %d arrived at %v, want %v", tt.name, p.seq, p.at, want)
				}
			} else {
				missing = append(missing, p.seq)
			}
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(missing, tt.lost) {
			t.Errorf("%s: received %v, want %v; lost %v, want %v", tt.name, got, tt.want, missing, tt.lost)
		}
		if again := feedback(t, &r); again != nil {
			t.Errorf("%s: told twice: %v", tt.name, again)
		}
	}
}

func TestRecorderTellsOfLossesBetweenFeedbacks(t *testing.T) {
	var r Recorder
	r.Received(1, 100*ms)
	feedback(t, &r)
	r.Received(4, 200*ms)
	got := feedback(t, &r)
	if len(got) != 3 || got[0].received || got[1].received || !got[2].received || got[2].at != 200*ms {
		t.Errorf("got %v, want 2 and 3 lost, 4 received", got)
	}
	r.Received(3, 210*ms) // late
	if got = feedback(t, &r); len(got) == 0 || got[0] != (told{3, 210 * ms, true}) {
		t.Errorf("late packet: %v", got)
	}
}

func TestRecorderSplitsWhatIsTooMuch(t *testing.T) {
	var r Recorder
	for i := range 900 {
		if i%3 != 1 {
			r.Received(uint16(i), time.Duration(i+1)*300*time.Microsecond)
		}
	}
	if got := feedback(t, &r); len(got) != 900 {
		t.Errorf("told of %d packets, want 900", len(got))
	}
	r.Received(900, time.Hour) // a delta that cannot be told
	r.Received(901, time.Hour+20*time.Minute)
	if got := feedback(t, &r); len(got) != 2 || got[1].at-got[0].at != 20*time.Minute {
		t.Errorf("after a pause: %v", got)
	}
}

// TestRoundTrip sends random packets over a path that loses, delays, duplicates and reorders, and the feedback of them
// over one that loses, too: History must end up with the truth.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 3))
	for range 20 {
		var h History
		var rec Recorder
		type arrival struct {
			seq uint16
			at  time.Duration
		}
		var way []arrival
		want := map[uint64]time.Duration{}
		h.next = int64(r.Uint32N(1 << 16))
		h.told = h.next
		got := map[uint64]Packet{}
		var last time.Duration
		drain := func(until time.Duration) {
			slices.SortStableFunc(way, func(a, b arrival) int { return int(a.at - b.at) })
			for len(way) > 0 && way[0].at <= until {
				if rec.Received(way[0].seq, way[0].at) {
					last = way[0].at
				}
				way = way[1:]
				if len(way) == 0 || way[0].at-last > 80*ms {
					for more := true; more; {
						var b []byte
						if b, more = rec.Append(nil, 1, 2); len(b) == 0 {
							break
						}
						f, err := Parse(b)
						if err != nil {
							t.Fatal(err)
						}
						for _, p := range h.Read(&f, nil) {
							if old, ok := got[p.Total]; ok && (!old.Lost || p.Lost) {
								t.Fatalf("told again: %+v, %+v", old, p)
							} else if ok != p.Late {
								t.Fatalf("late: %v, want %v", p.Late, ok)
							}
							got[p.Total] = p
						}
					}
				}
			}
		}
		now := time.Duration(0)
		for i := range 5000 {
			now += time.Duration(r.IntN(int(3 * ms)))
			total := h.Total()
			seq := h.Send(now, 100+i%1000)
			if r.IntN(10) > 0 {
				at := now + 20*ms + time.Duration(r.IntN(int(40*ms)))
				at = at / deltaUnit * deltaUnit
				want[total] = at
				way = append(way, arrival{seq, at})
				if r.IntN(20) == 0 {
					way = append(way, arrival{seq, at + 5*ms})
				}
			}
			if i%50 == 0 {
				drain(now)
			}
		}
		drain(now + time.Second)
		for total, at := range want {
			if p, ok := got[total]; !ok || p.Lost || p.Arrived != at {
				t.Fatalf("packet at %d arrived at %v: got %+v", total, at, p)
			}
		}
	}
}

func TestHistoryUnwrapsTheReceiversClock(t *testing.T) {
	var h History
	var last time.Duration
	for i, reference := range []int32{1<<23 - 2, 1<<23 - 1, -1 << 23, -1<<23 + 1, -1 << 23} {
		if got := h.unwrapReference(reference); i > 0 && got-last != []time.Duration{0, 1, 1, 1, -1}[i]*referenceUnit {
			t.Errorf("step %d: %v", i, got-last)
		} else {
			last = got
		}
	}
}

func TestHistoryIgnoresWhatWasNotSent(t *testing.T) {
	var h History
	var r Recorder
	r.Received(100, 100*ms)
	b, _ := r.Append(nil, 1, 2)
	f, _ := Parse(b)
	if got := h.Read(&f, nil); got != nil {
		t.Errorf("nothing was sent: %v", got)
	}
	for range 50 {
		h.Send(0, 1)
	}
	f, _ = Parse(b)
	if got := h.Read(&f, nil); got != nil {
		t.Errorf("100 was not sent: %v", got)
	}
	if since, ok := h.Waiting(); !ok || since != 0 {
		t.Errorf("waiting since %v, %v", since, ok)
	}
}

func TestParseRefuses(t *testing.T) {
	var r Recorder
	for i := range 40 {
		r.Received(uint16(i*i), time.Duration(i+1)*ms)
	}
	b, _ := r.Append(nil, 1, 2)
	for n := range b {
		if _, err := Parse(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are taken", n, len(b))
		}
	}
	endless := slices.Clone(b)
	endless[headerSize], endless[headerSize+1] = 0, 0 // a run of nothing
	if _, err := Parse(endless); err == nil {
		t.Error("an empty run is taken")
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var h History
	var r Recorder
	h.Send(0, 1)
	r.Received(0, 1)
	buf, out := make([]byte, 0, 2000), make([]Packet, 0, 2000)
	now := time.Duration(0)
	n := testing.AllocsPerRun(100, func() {
		for range 20 {
			now += ms
			r.Received(h.Send(now, 1000), now)
		}
		b, _ := r.Append(buf[:0], 1, 2)
		f, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		h.Read(&f, out[:0])
	})
	if n > 0 {
		t.Errorf("%v allocations for 20 packets and a feedback", n)
	}
}

// FuzzParse reads what a peer may send as feedback. What is taken must be read to its end, and say what Pion says.
func FuzzParse(f *testing.F) {
	var r Recorder
	for i := range 60 {
		r.Received(uint16(i*i/3), time.Duration(i*i+1)*ms)
	}
	b, _ := r.Append(nil, 1, 2)
	f.Add(b)
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 3, 0, 0, 1, 0, 0xd5, 0, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		fb, err := Parse(b)
		if err != nil {
			return
		}
		var h History
		for range 100 {
			h.Send(0, 1)
		}
		n := 0
		for copied := fb; ; n++ {
			if _, _, _, ok := copied.Next(); !ok {
				break
			}
		}
		if n != fb.Count {
			t.Fatalf("read %d of %d", n, fb.Count)
		}
		if got := h.Read(&fb, nil); len(got) > 200 {
			t.Fatalf("told of %d of 100 packets", len(got))
		}
	})
}
