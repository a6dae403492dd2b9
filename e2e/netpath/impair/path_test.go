package impair

import (
	"math"
	"testing"
	"time"
)

// run sends packets of a size at even distance through a path and returns when each arrived; -1: it did not.
func run(t *testing.T, seed uint64, p Profile, count, size int, every time.Duration) ([]time.Duration, Counts) {
	t.Helper()
	path := New(seed)
	if err := path.Set(p, 0); err != nil {
		t.Fatal(err)
	}
	arrived := make([]time.Duration, count)
	for i := range arrived {
		at, fate := path.Packet(time.Duration(i)*every, size)
		if arrived[i] = -1; fate == Passed {
			arrived[i] = at
		}
	}
	return arrived, path.Counts()
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %.4g, want %.4g ± %.2g", what, got, want, tolerance)
	}
}

func TestTheZeroProfilePassesEverythingAtOnce(t *testing.T) {
	arrived, counts := run(t, 1, Profile{}, 1000, 1200, time.Millisecond)
	for i, at := range arrived {
		if want := time.Duration(i) * time.Millisecond; at != want {
			t.Fatalf("packet %d arrives at %v, want %v", i, at, want)
		}
	}
	if counts.Passed != 1000 || counts.Lost+counts.Dropped+counts.Reordered != 0 || counts.Bytes != 1_200_000 {
		t.Errorf("counts %+v", counts)
	}
}

func TestLossHasTheShareAndTheRunsThatWereAskedFor(t *testing.T) {
	const packets = 200_000
	for _, tt := range []struct{ loss, burst, wantBurst float64 }{
		{0.01, 0, 1 / 0.99}, // runs of independent losses happen too
		{0.05, 1, 1 / 0.95},
		{0.2, 0, 1 / 0.8},
		{0.05, 4, 4},
		{0.05, 8, 8},
		{0.5, 6, 6},
	} {
		arrived, counts := run(t, 7, Profile{Loss: tt.loss, Burst: tt.burst}, packets, 100, time.Millisecond)
		lost, bursts := 0, 0
		for i, at := range arrived {
			if at < 0 {
				if lost++; i == 0 || arrived[i-1] >= 0 {
					bursts++
				}
			}
		}
		within(t, "loss", float64(lost)/packets, tt.loss, 0.1*tt.loss)
		within(t, "run", float64(lost)/float64(bursts), tt.wantBurst, 0.1*tt.wantBurst)
		if counts.Lost != lost || counts.Bursts != bursts || counts.Passed != packets-lost {
			t.Errorf("counts %+v, want %d lost in %d runs", counts, lost, bursts)
		}
	}
}

func TestDelayAndJitterInOrder(t *testing.T) {
	arrived, counts := run(t, 3, Profile{Delay: 100, Jitter: 25}, 10_000, 100, 20*time.Millisecond)
	least, most := math.Inf(1), math.Inf(-1)
	for i, at := range arrived {
		took := (at - time.Duration(i)*20*time.Millisecond).Seconds() * 1000
		least, most = min(least, took), max(most, took)
		if i > 0 && at < arrived[i-1] {
			t.Fatalf("packet %d overtakes the one before", i)
		}
	}
	within(t, "least delay, ms", least, 75, 1)
	within(t, "largest delay, ms", most, 125, 1)
	if counts.Reordered != 0 {
		t.Errorf("%d reordered, want none", counts.Reordered)
	}
}

func TestJitterReorders(t *testing.T) {
	arrived, counts := run(t, 3, Profile{Delay: 100, Jitter: 25, Reorder: true}, 10_000, 100, 10*time.Millisecond)
	sum, overtaking := 0.0, 0
	latest := time.Duration(0)
	for i, at := range arrived {
		sum += (at - time.Duration(i)*10*time.Millisecond).Seconds() * 1000
		if at < latest {
			overtaking++
		}
		latest = max(latest, at)
	}
	within(t, "mean delay, ms", sum/10_000, 100, 1)
	if overtaking < 1000 || counts.Reordered != overtaking {
		t.Errorf("counted %d reordered, are %d, want more than 1000", counts.Reordered, overtaking)
	}
}

// rateOf is the rate, kbit/s, at which packets of a size arrived between two times.
func rateOf(arrived []time.Duration, size int, from, to time.Duration) float64 {
	bits := 0
	for _, at := range arrived {
		if at >= from && at < to {
			bits += (size + headers) * 8
		}
	}
	return float64(bits) / (to - from).Seconds() / 1000
}

func TestRateAndQueue(t *testing.T) {
	// 972 bytes and headers every 4 ms are 2,000 kbit/s: half of them do not fit.
	arrived, counts := run(t, 5, Profile{Rate: 1000, Queue: 120, Delay: 30}, 5000, 972, 4*time.Millisecond)
	within(t, "rate", rateOf(arrived, 972, 2*time.Second, 18*time.Second), 1000, 10)
	most := 0.0
	for i, at := range arrived {
		if at >= 0 {
			most = max(most, (at-time.Duration(i)*4*time.Millisecond).Seconds()*1000)
		}
	}
	within(t, "largest delay, ms: queue, own bits, delay", most, 120+8+30, 8)
	within(t, "dropped", float64(counts.Dropped), 2500, 50)
	within(t, "longest wait", counts.MaxWait, 120, 8)

	// Below the rate nothing waits longer than for its own bits.
	arrived, counts = run(t, 5, Profile{Rate: 1000}, 1000, 472, 4*time.Millisecond)
	if counts.Dropped != 0 || arrived[999] != 999*4*time.Millisecond+4*time.Millisecond {
		t.Errorf("%d dropped, the last one arrives at %v", counts.Dropped, arrived[999])
	}
}

func TestStepsOfTheRateComeWhenTheyWereAskedFor(t *testing.T) {
	p := Profile{Rate: 3000, Queue: 100, Steps: []Step{{After: 5000, Rate: 500}, {After: 10_000, Rate: 3000}, {After: 15_000}}}
	arrived, _ := run(t, 5, p, 10_000, 972, 2*time.Millisecond) // 4,000 kbit/s
	for _, tt := range []struct {
		from, to time.Duration
		want     float64
	}{
		{time.Second, 5 * time.Second, 3000},
		{5 * time.Second, 10 * time.Second, 500},
		{10*time.Second + 200*time.Millisecond, 15 * time.Second, 3000},
		{15*time.Second + 200*time.Millisecond, 19 * time.Second, 4000},
	} {
		within(t, "rate from "+tt.from.String(), rateOf(arrived, 972, tt.from, tt.to), tt.want, 0.02*tt.want)
	}
}

func TestAPacketThatIsOnTheLinkDuringAStepIsSentAtBothRates(t *testing.T) {
	l := newLink(Profile{Rate: 80, Steps: []Step{{After: 50, Rate: 160}, {After: 60, Rate: 8}}}, time.Second)
	// 1,000 bytes: 4,000 bits in 50 ms, 1,600 in 10 ms, the other 2,400 in 300 ms.
	if done, _, _ := l.pass(time.Second, 1000); done != time.Second+360*time.Millisecond {
		t.Errorf("passed after %v, want 360ms", done-time.Second)
	}
}

func TestTheSameSeedMakesTheSameDecisions(t *testing.T) {
	p := Profile{Loss: 0.1, Burst: 3, Delay: 50, Jitter: 20, Rate: 1000}
	one, _ := run(t, 42, p, 5000, 500, 3*time.Millisecond)
	two, _ := run(t, 42, p, 5000, 500, 3*time.Millisecond)
	other, _ := run(t, 43, p, 5000, 500, 3*time.Millisecond)
	same := 0
	for i := range one {
		if one[i] != two[i] {
			t.Fatalf("packet %d: %v and %v", i, one[i], two[i])
		}
		if one[i] == other[i] {
			same++
		}
	}
	if same > 2500 {
		t.Errorf("another seed decides the same for %d of 5000 packets", same)
	}
}

func TestALaterProfileBeginsAnew(t *testing.T) {
	p := Profile{Loss: 0.3, Delay: 10}
	want, _ := run(t, 9, p, 100, 100, time.Millisecond)
	path := New(9)
	if err := path.Set(Profile{Loss: 0.5, Rate: 100}, 0); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		path.Packet(time.Duration(i)*time.Millisecond, 100)
	}
	const began = 10 * time.Second
	if err := path.Set(p, began); err != nil {
		t.Fatal(err)
	}
	for i, at := range want {
		got, fate := path.Packet(began+time.Duration(i)*time.Millisecond, 100)
		if (fate == Passed) != (at >= 0) || fate == Passed && got != at+began {
			t.Fatalf("packet %d: %v, %v, want %v later than %v", i, got, fate, began, at)
		}
	}
}

func TestProfilesOutOfBoundsAreRefused(t *testing.T) {
	nan := math.NaN()
	for _, p := range []Profile{
		{Loss: -0.1}, {Loss: 1}, {Loss: nan}, {Loss: 0.1, Burst: 0.5}, {Delay: -1}, {Delay: 1e6}, {Delay: 10, Jitter: 11},
		{Rate: 1}, {Rate: math.Inf(1)}, {Rate: nan}, {Queue: -1}, {Steps: []Step{{After: 10, Rate: 1}}},
		{Steps: []Step{{After: 10, Rate: 100}, {After: 5, Rate: 100}}}, {Steps: make([]Step, 1001)},
	} {
		path := New(1)
		if err := path.Set(p, 0); err == nil {
			t.Errorf("%+v is taken", p)
		}
		if at, fate := path.Packet(time.Second, 100); at != time.Second || fate != Passed {
			t.Errorf("%+v was refused and changes something", p)
		}
	}
}
