package bwe

import (
	"math/rand/v2"
	"testing"
	"time"
)

// layers are those of a camera's simulcast.
var layers = []float64{150_000, 500_000, 1_500_000}

// TestSteadyPaths: after a while the path is used and its queue is short, whatever else it does to packets.
func TestSteadyPaths(t *testing.T) {
	for _, tt := range []struct {
		name     string
		link     link
		within   time.Duration // it is used from then on
		low      float64       // least share of the capacity that is used, in the mean of 20 s
		wait     time.Duration // longest mean wait in the queue
		lost     float64       // audio
		interval time.Duration // of feedback
	}{
		{"300 kbit/s", link{rate: constant(3e5), delay: 25 * ms}, 8 * sec, 0.7, 120 * ms, 0, 0},
		{"1 Mbit/s", link{rate: constant(1e6), delay: 25 * ms}, 6 * sec, 0.75, 60 * ms, 0, 0},
		{"3 Mbit/s", link{rate: constant(3e6), delay: 25 * ms}, 6 * sec, 0.75, 60 * ms, 0, 0},
		{"far", link{rate: constant(2e6), delay: 150 * ms}, 10 * sec, 0.7, 100 * ms, 0, 0},
		{"200 ms and 50 ms of jitter", link{rate: constant(2e6), delay: 100 * ms, jitter: 50 * ms}, 12 * sec, 0.7, 100 * ms, 0, 0},
		{"jitter on a slow path", link{rate: constant(5e5), delay: 50 * ms, jitter: 50 * ms}, 12 * sec, 0.65, 120 * ms, 0, 0},
		{"1 % loss", link{rate: constant(2e6), delay: 25 * ms, loss: 0.01}, 8 * sec, 0.7, 80 * ms, 0.03, 0},
		{"10 % loss", link{rate: constant(2e6), delay: 25 * ms, loss: 0.1}, 12 * sec, 0.7, 80 * ms, 0.15, 0},
		{"20 % loss", link{rate: constant(2e6), delay: 25 * ms, loss: 0.2}, 15 * sec, 0.55, 80 * ms, 0.25, 0},
		{"5 % loss in bursts", link{rate: constant(2e6), delay: 25 * ms, loss: 0.05, burst: 8}, 12 * sec, 0.65, 80 * ms, 0.08, 0},
		{"loss and jitter", link{rate: constant(1e6), delay: 50 * ms, loss: 0.05, jitter: 30 * ms}, 15 * sec, 0.65, 120 * ms, 0.09, 0},
		{"a shallow queue", link{rate: constant(1e6), delay: 25 * ms, limit: 40 * ms}, 10 * sec, 0.6, 45 * ms, 0.06, 0},
		{"feedback each 250 ms", link{rate: constant(1e6), delay: 25 * ms}, 10 * sec, 0.7, 120 * ms, 0, 250 * ms},
		{"feedback each 50 ms", link{rate: constant(1e6), delay: 25 * ms}, 6 * sec, 0.75, 60 * ms, 0, 50 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.link
			l.rand = rand.New(rand.NewPCG(4, 4))
			f := newFlow(&l)
			if tt.interval > 0 {
				f.interval = tt.interval
			}
			run([]*flow{f}, tt.within+20*sec, nil)
			used := f.mean(tt.within, tt.within+20*sec) / l.rate(0)
			wait := f.wait(tt.within, tt.within+20*sec)
			lost := float64(f.audio.lost) / float64(f.audio.sent)
			t.Logf("%.0f %% used, wait %v, %.1f %% of audio lost, %d kB of probes", 100*used, wait.Round(ms), 100*lost, f.probing/1000)
			if used < tt.low || wait > tt.wait || lost > tt.lost {
				t.Errorf("want at least %.0f %%, at most %v and %.1f %%%s", 100*tt.low, tt.wait, 100*tt.lost, f)
			}
		})
	}
}

// TestStep is row 6: 3 to 0.5 Mbit/s and back.
func TestStep(t *testing.T) {
	for _, tt := range []struct {
		name   string
		link   link
		levels []float64
	}{
		{"layers", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 25 * ms}, layers},
		{"layers, deep queue", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 25 * ms, limit: 2 * sec}, layers},
		{"layers, far", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 100 * ms, limit: sec}, layers},
		{"layers, jitter", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 25 * ms, limit: sec, jitter: 30 * ms}, layers},
		{"layers, 2 % loss", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 25 * ms, limit: sec, loss: 0.02}, layers},
		{"any rate", link{rate: step(3e6, 5e5, 20*sec, 40*sec), delay: 25 * ms, limit: 2 * sec}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.link
			l.rand = rand.New(rand.NewPCG(4, 5))
			f := newFlow(&l)
			f.levels, f.most = tt.levels, 2_000_000
			run([]*flow{f}, 60*sec, nil)
			down := f.when(20*sec, func(i int) bool { return f.estimates[i] < 5.5e5 }) - 20*sec
			drained := f.when(20*sec+500*ms, func(i int) bool { return f.delays[i] < 100*ms }) - 20*sec
			up := f.when(40*sec, func(i int) bool { return f.estimates[i] > 1.7e6 }) - 40*sec
			wait := f.wait(25*sec, 40*sec)
			t.Logf("down after %v, drained after %v, up after %v, wait %v, %d switches, audio %+v, %d kB of probes",
				down, drained, up, wait, f.switches, f.audio, f.probing/1000)
			if down < 0 || down > 700*ms {
				t.Errorf("down after %v", down)
			}
			if drained < 0 || drained > 3*sec {
				t.Errorf("the queue has drained after %v", drained)
			}
			if up < 0 || up > 9*sec {
				t.Errorf("up after %v", up)
			}
			if l.loss == 0 && f.audio.lost > 0 {
				t.Errorf("%d audio packets lost", f.audio.lost)
			}
			if f.switches > 12 {
				t.Errorf("%d switches", f.switches)
			}
			if t.Failed() {
				t.Log(f)
			}
		})
	}
}

// TestStart: the estimate is near what the path has within a few seconds.
func TestStart(t *testing.T) {
	for _, capacity := range []float64{3e5, 5e5, 1e6, 2e6, 1e7} {
		l := link{rate: constant(capacity), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 6))}
		f := newFlow(&l)
		f.levels = layers
		run([]*flow{f}, 10*sec, nil)
		want := min(0.7*capacity, 1.7e6)
		at := f.when(0, func(i int) bool { return f.estimates[i] >= want && f.estimates[i] < 1.3*capacity })
		t.Logf("%.0f kbit/s: there after %v, audio %+v, most wait %v", capacity/1000, at, f.audio, f.wait(0, 10*sec))
		if at < 0 || at > 3*sec {
			t.Errorf("not there after 3 s%s", f)
		}
		if f.audio.lost > 0 {
			t.Errorf("%d audio packets lost", f.audio.lost)
		}
	}
}

// TestKeyframes: the burst of a keyframe is not congestion.
func TestKeyframes(t *testing.T) {
	l := link{rate: constant(2.5e6), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 7))}
	f := newFlow(&l)
	f.levels, f.keyframe = layers, 60_000
	run([]*flow{f}, 60*sec, nil)
	if up := f.when(0, func(i int) bool { return f.chosen[i] == 2 }); up > 5*sec || f.switches > 4 {
		t.Errorf("up after %v, %d switches%s", up, f.switches, f)
	}
}

// TestNarrow: on a path that carries little more than sound, a picture of few bits is shown most of the time.
func TestNarrow(t *testing.T) {
	for _, low := range []float64{80_000, 100_000, 120_000} {
		l := link{rate: constant(3e5), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 12))}
		f := newFlow(&l)
		f.levels, f.sound = []float64{low, 200_000, 700_000}, 290 // redundant sound
		run([]*flow{f}, 60*sec, nil)
		shown := 0
		for _, level := range f.chosen[80:] {
			if level >= 0 {
				shown++
			}
		}
		t.Logf("%.0f: shown %d %% of the time, wait %v, %d switches, audio %+v", low, shown*100/len(f.chosen[80:]), f.wait(8*sec, 60*sec), f.switches, f.audio)
		if shown*100/len(f.chosen[80:]) < 90 || f.wait(8*sec, 60*sec) > 100*ms || f.switches > 40 {
			t.Errorf("%s", f)
		}
	}
}

// TestHiccups: a device that was busy for a moment is not a slow path.
func TestHiccups(t *testing.T) {
	for _, d := range []time.Duration{50 * ms, 100 * ms, 200 * ms, 400 * ms} {
		l := link{rate: constant(5e6), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 7))}
		l.stall = func(t time.Duration) time.Duration { return max(d-t%(4*sec), 0) } // all arrive at its end
		f := newFlow(&l)
		f.levels = layers
		run([]*flow{f}, 60*sec, nil)
		top := 0
		for _, level := range f.chosen[50:] {
			if level == 2 {
				top++
			}
		}
		t.Logf("%v each 4 s: %d switches, %d %% of the time at the top", d, f.switches, top*100/len(f.chosen[50:]))
		if top*100/len(f.chosen[50:]) < 90 {
			t.Errorf("stalls of %v:%s", d, f)
		}
	}
}

// TestTwoFlows share a bottleneck about fairly, though one came later.
func TestTwoFlows(t *testing.T) {
	l := link{rate: constant(3e6), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 8))}
	a, b := newFlow(&l), newFlow(&l)
	a.most, b.most = 3e6, 3e6
	run([]*flow{a}, 10*sec, nil)
	b.e = New(10 * sec)
	b.bytes, b.delays = append(b.bytes, make([]int, 100)...), append(b.delays, make([]time.Duration, 100)...)
	b.estimates, b.chosen = append(b.estimates, make([]float64, 100)...), append(b.chosen, make([]int, 100)...)
	for now := 10*sec + ms; now <= 70*sec; now += ms {
		a.step(now)
		b.step(now)
	}
	shareA, shareB := a.mean(40*sec, 70*sec), b.mean(40*sec, 70*sec)
	t.Logf("%.0f and %.0f kbit/s, wait %v", shareA/1000, shareB/1000, a.wait(40*sec, 70*sec))
	if shareA > 3*shareB || shareB > 3*shareA || shareA+shareB < 0.65*3e6 {
		t.Errorf("shares of 3 Mbit/s: %.0f and %.0f kbit/s", shareA/1000, shareB/1000)
	}
	if wait := a.wait(40*sec, 70*sec); wait > 120*ms {
		t.Errorf("the queue stands at %v", wait)
	}
}

// TestCrossTraffic takes 1.5 of 2 Mbit/s for a while.
func TestCrossTraffic(t *testing.T) {
	l := link{rate: constant(2e6), delay: 30 * ms, limit: sec, rand: rand.New(rand.NewPCG(4, 9))}
	f := newFlow(&l)
	run([]*flow{f}, 50*sec, func(t time.Duration) float64 { return step(0, 1.5e6, 15*sec, 30*sec)(t) })
	with, after := f.mean(18*sec, 30*sec), f.mean(40*sec, 50*sec)
	t.Logf("%.0f kbit/s beside it, wait %v; %.0f after", with/1000, f.wait(18*sec, 30*sec), after/1000)
	if with < 2e5 || f.wait(20*sec, 30*sec) > 250*ms || after < 1.3e6 {
		t.Errorf("%s", f)
	}
}

// TestAnotherRoute is longer by 100 ms: that is not a queue.
func TestAnotherRoute(t *testing.T) {
	l := link{rate: constant(2e6), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 10))}
	f := newFlow(&l)
	run([]*flow{f}, 15*sec, nil)
	l.delay = 130 * ms
	for now := 15*sec + ms; now <= 40*sec; now += ms {
		f.step(now)
	}
	if used := f.mean(30*sec, 40*sec) / 2e6; used < 0.7 {
		t.Errorf("%.0f %% used%s", 100*used, f)
	}
}

// TestJitterInOrder: packets that wait for one another are late together, as those in a bottleneck's queue are. It is
// not one: the path carries more than is sent.
func TestJitterInOrder(t *testing.T) {
	for _, tt := range []struct {
		name   string
		from   time.Duration // until then the path is short and without jitter
		levels []float64
		frame  time.Duration
		jitter time.Duration
	}{
		{"from the start", 0, []float64{200_000, 700_000}, 50 * ms, 50 * ms},
		{"large pictures", 0, layers, 33 * ms, 50 * ms},
		{"longer from 10 s on", 10 * sec, []float64{200_000, 700_000}, 50 * ms, 50 * ms},
		{"longer, large pictures", 10 * sec, layers, 33 * ms, 50 * ms},
		{"little jitter", 10 * sec, layers, 50 * ms, 25 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := link{rate: constant(1e8), queued: true, rand: rand.New(rand.NewPCG(4, 13))}
			f := newFlow(&l)
			f.levels, f.frame = tt.levels, tt.frame
			for now := ms; now <= tt.from+60*sec; now += ms {
				if now > tt.from {
					l.delay, l.jitter = 75*ms, tt.jitter
				}
				f.step(now)
			}
			top, none, begin := 0, 0, int((tt.from+5*sec)/(100*ms))
			for i, level := range f.chosen[tt.from/(100*ms):] {
				if level < 0 {
					none++
				}
				if level == len(f.levels)-1 && i >= int(5*sec/(100*ms)) {
					top++
				}
			}
			share := top * 100 / len(f.chosen[begin:])
			_, overuses := f.e.Counts()
			t.Logf("%d %% of the time at the top, %d switches, %d.%d s without a picture, %d overuses", share, f.switches, none/10, none%10, overuses)
			if share < 90 || none > 20 || f.switches > 12 {
				t.Errorf("%s", f)
			}
		})
	}
}

// TestSilence: without feedback less and less is sent; when it is back, so is the rate.
func TestSilence(t *testing.T) {
	l := link{rate: constant(2e6), delay: 30 * ms, rand: rand.New(rand.NewPCG(4, 11))}
	f := newFlow(&l)
	run([]*flow{f}, 15*sec, nil)
	l.loss = 1
	for now := 15*sec + ms; now <= 18*sec; now += ms {
		f.step(now)
	}
	low := f.e.Estimate()
	l.loss, l.losing = 0, 0
	for now := 18*sec + ms; now <= 30*sec; now += ms {
		f.step(now)
	}
	back := f.when(18*sec, func(i int) bool { return f.estimates[i] > 1.3e6 }) - 18*sec
	t.Logf("down to %d, back after %v", low, back)
	if low > 400_000 || back < 0 || back > 8*sec {
		t.Errorf("%s", f)
	}
}
