package bwe

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gotera/gotera/sfu/twcc"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// link is a simulated bottleneck with a queue. It may be shared.
type link struct {
	rate   func(t time.Duration) float64 // bit/s
	delay  time.Duration                 // each way
	jitter time.Duration                 // up to, on top, each packet its own: packets overtake one another
	queued bool                          // the jitter keeps their order: none arrives before the one sent before it
	last   time.Duration                 // arrival, if so
	loss   float64
	burst  int           // packets lost in a row, on average; 0: one
	limit  time.Duration // longest wait in the queue: what would wait longer is dropped
	free   time.Duration // when the queue will be empty
	losing int
	stall  func(t time.Duration) time.Duration // what the receiver's device adds
	rand   *rand.Rand
}

func constant(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

// step is low between from and to.
func step(high, low float64, from, to time.Duration) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		if t >= from && t < to {
			return low
		}
		return high
	}
}

// send returns when a packet arrives.
func (l *link) send(t time.Duration, size int) (arrives time.Duration, ok bool) {
	if l.limit == 0 {
		l.limit = 500 * ms
	}
	if max(l.free-t, 0) > l.limit {
		return 0, false
	}
	start := max(l.free, t)
	l.free = start + time.Duration(float64(size)*8/l.rate(start)*1e9)
	if l.losing > 0 {
		l.losing--
		return 0, false
	}
	burst := max(l.burst, 1)
	if l.rand.Float64() < l.loss/float64(burst) {
		l.losing = burst - 1
		return 0, false
	}
	arrives = l.free + l.delay
	if l.stall != nil {
		arrives += l.stall(arrives)
	}
	if l.jitter > 0 {
		arrives += time.Duration(l.rand.Int64N(int64(l.jitter)))
	}
	if l.queued {
		arrives = max(arrives, l.last)
		l.last = arrives
	}
	return arrives, true
}

// flow is a room's traffic to one subscriber, as the estimator steers it.
type flow struct {
	link     *link
	levels   []float64 // bit/s of the video levels; nil: any rate up to most
	most     float64
	sound    int // bytes of an audio packet; 0: 120
	keyframe int // bytes of one each 5 s
	interval time.Duration
	frame    time.Duration // from one picture to the next; 0: 33 ms

	e       *Estimator
	history twcc.History
	rec     twcc.Recorder
	level   int
	audio   struct{ sent, lost int }
	owed    float64
	sizes   map[uint16]int
	way     []flight
	back    []report
	said    time.Duration

	bytes                    []int           // delivered in each 100 ms
	delays                   []time.Duration // longest wait of each 100 ms
	estimates                []float64       // at the end of each
	chosen                   []int
	probing, switches, ticks int
}

type flight struct {
	seq     uint16
	at      time.Duration
	size    int
	waiting time.Duration
}

type report struct {
	at time.Duration
	b  []byte
}

// run lets flows run for a while, in steps of 1 ms.
func run(flows []*flow, length time.Duration, cross func(t time.Duration) float64) {
	var spare float64
	for now := ms; now <= length; now += ms {
		if cross != nil {
			for spare += cross(now) / 8 / 1000; spare > 1200; spare -= 1200 {
				flows[0].link.send(now, 1200)
			}
		}
		for _, f := range flows {
			f.step(now)
		}
	}
}

func newFlow(l *link) *flow {
	return &flow{link: l, most: 4_000_000, interval: 100 * ms, e: New(0), sizes: map[uint16]int{}}
}

func (f *flow) packet(now time.Duration, size int, audio bool) {
	seq := f.history.Send(now, size)
	at, ok := f.link.send(now, size)
	if audio {
		f.audio.sent++
		if !ok {
			f.audio.lost++
		}
	}
	if ok {
		f.way = append(f.way, flight{seq, at, size, at - now - f.link.delay})
	}
}

func (f *flow) step(now time.Duration) {
	f.ticks++
	if now%(20*ms) == 0 {
		f.packet(now, max(f.sound, 120), true)
		f.probe(now)
	}
	if now%(100*ms) == 0 {
		since, any := f.history.Waiting()
		f.e.Tick(now, since, any)
		f.allocate()
		f.bytes, f.delays = append(f.bytes, 0), append(f.delays, 0)
		f.estimates, f.chosen = append(f.estimates, f.e.estimate), append(f.chosen, f.level)
	}
	frame := max(f.frame, 33*ms)
	if now%frame == 0 {
		video := f.most
		if f.levels != nil {
			video = 0
			if f.level >= 0 {
				video = f.levels[f.level]
			}
		} else {
			video = min(video, max(float64(f.e.Budget())-50_000, 0))
		}
		f.owed += video / 8 * frame.Seconds()
		if f.keyframe > 0 && now%(5*sec) < frame && video > 0 {
			f.owed += float64(f.keyframe)
		}
		for f.owed >= 100 {
			size := int(min(f.owed, 1200))
			f.packet(now, size, false)
			f.owed -= float64(size)
		}
	}
	f.arrive(now)
	for len(f.back) > 0 && f.back[0].at <= now {
		fb, err := twcc.Parse(f.back[0].b)
		if err != nil {
			panic(err)
		}
		f.back = f.back[1:]
		f.e.SetRTT(2 * f.link.delay)
		f.e.Feedback(now, f.history.Read(&fb, nil))
		f.allocate()
	}
}

// arrive takes what has come to the receiver, and makes its feedback.
func (f *flow) arrive(now time.Duration) {
	slices.SortStableFunc(f.way, func(a, b flight) int { return int(a.at - b.at) })
	for len(f.way) > 0 && f.way[0].at <= now {
		p := f.way[0]
		f.way = f.way[1:]
		f.rec.Received(p.seq, p.at)
		if i := len(f.bytes) - 1; i >= 0 {
			f.bytes[i] += p.size
			f.delays[i] = max(f.delays[i], p.waiting)
		}
	}
	if now-f.said < f.interval {
		return
	}
	f.said = now
	for more := true; more; {
		var b []byte
		if b, more = f.rec.Append(nil, 1, 2); len(b) > 0 {
			f.back = append(f.back, report{now + f.link.delay, b})
		}
	}
}

// allocate chooses the level, as package allocation does for one track.
func (f *flow) allocate() {
	if f.levels == nil {
		return
	}
	budget, old := float64(f.e.Budget())-float64(max(f.sound, 120))*8*50, f.level
	for f.level >= 0 && f.levels[f.level] > budget {
		f.level--
	}
	for f.level+1 < len(f.levels) && f.levels[f.level+1]*1.1 <= budget {
		f.level++
	}
	if f.level != old {
		f.switches++
	}
}

// probe sends what the estimator asks for, in packets of 250 bytes.
func (f *flow) probe(now time.Duration) {
	want := f.most
	if f.levels != nil {
		want = f.levels[len(f.levels)-1]
	}
	f.e.Probe(now, uint64(want*1.1)+uint64(max(f.sound, 120))*8*50, false)
	rate, since := f.e.Probing(now)
	if rate == 0 {
		return
	}
	for due := int(float64(rate) / 8 * (now - since + 20*ms).Seconds()); due > f.sentSince(since); {
		f.packet(now, 280, false)
		f.probing += 280
	}
}

// sentSince counts the bytes sent from a time on.
func (f *flow) sentSince(since time.Duration) int { return int(f.history.Since(since)) }

// mean is the rate that arrived between two times, in bit/s.
func (f *flow) mean(from, to time.Duration) float64 {
	sum := 0
	for _, n := range f.bytes[from/(100*ms) : to/(100*ms)] {
		sum += n
	}
	return float64(sum) * 8 / (to - from).Seconds()
}

// wait is the mean of the longest wait of each tenth of a second between two times.
func (f *flow) wait(from, to time.Duration) time.Duration {
	var sum time.Duration
	list := f.delays[from/(100*ms) : to/(100*ms)]
	for _, d := range list {
		sum += d
	}
	return sum / time.Duration(len(list))
}

// when is the first time after from that cond holds for a tenth of a second; -1 for never.
func (f *flow) when(from time.Duration, cond func(i int) bool) time.Duration {
	for i := int(from / (100 * ms)); i < len(f.bytes); i++ {
		if cond(i) {
			return time.Duration(i+1) * 100 * ms
		}
	}
	return -1
}

func (f *flow) String() string {
	out := ""
	for i := 0; i < len(f.bytes); i += 5 {
		out += fmt.Sprintf("\n%5.1fs level %2d, estimate %5.0fk, got %5.0fk, wait %v", float64(i)/10, f.chosen[i], f.estimates[i]/1000,
			float64(f.bytes[i])*80/1000, f.delays[i].Round(ms))
	}
	return out
}
