package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/peer"
)

// Of an ordinary run; FAULTS=1000 injects so many, however long it takes, and FAULTS_SEED makes others.
const (
	calls      = 4
	ordinary   = 120
	ordinarily = 40 * time.Second // no fault is begun after that
	recovery   = 60 * time.Second // until everything flows again
)

// fault is one thing that goes wrong.
type fault struct {
	name   string
	inject func(c *call, r *rand.Rand) error
}

var faults = []fault{
	{"websocket cut", func(c *call, r *rand.Rand) error {
		w, _, _ := c.any(r).now()
		w.CutSockets()
		return nil
	}},
	{"websocket cut and refused for a while", func(c *call, r *rand.Rand) error {
		w, _, _ := c.any(r).now()
		w.Refuse(true)
		w.CutSockets()
		time.Sleep(within(r, 2*time.Second))
		w.Refuse(false)
		return nil
	}},
	{"UDP cut", func(c *call, r *rand.Rand) error {
		w, _, _ := c.any(r).now()
		w.CutMedia(true)
		time.Sleep(within(r, 3*time.Second))
		w.CutMedia(false)
		return nil
	}},
	{"address changed", func(c *call, r *rand.Rand) error {
		w, _, _ := c.any(r).now()
		w.Rebind()
		return nil
	}},
	{"address changed and websocket cut", func(c *call, r *rand.Rand) error {
		w, _, _ := c.any(r).now()
		w.CutSockets()
		w.Rebind()
		return nil
	}},
	{"candidates lost", func(c *call, r *rand.Rand) error { // whoever comes back finds no way at first
		p := c.any(r)
		p.vanish()
		if err := p.join(); err != nil {
			return err
		}
		w, _, _ := p.now()
		w.LoseCandidates(1 + r.IntN(8))
		w.Rebind()
		return nil
	}},
	{"offers crossing", func(c *call, r *rand.Rand) error {
		for _, p := range c.people {
			w, _, _ := p.now()
			w.SetDelay(within(r, 80*time.Millisecond))
		}
		var g sync.WaitGroup
		for _, p := range c.people {
			g.Go(func() { p.screen(2) })
		}
		g.Wait()
		for _, p := range c.people {
			w, _, _ := p.now()
			w.SetDelay(0)
		}
		return nil
	}},
	{"process gone", func(c *call, r *rand.Rand) error {
		p := c.any(r)
		p.vanish()
		time.Sleep(within(r, time.Second))
		return p.join()
	}},
	{"ICE restart in the midst of negotiation", func(c *call, r *rand.Rand) error {
		p, o := c.any(r), c.any(r)
		w, _, _ := p.now()
		var g sync.WaitGroup
		g.Go(func() { o.screen(3) })
		g.Go(func() {
			time.Sleep(within(r, 50*time.Millisecond))
			w.Rebind()
		})
		p.screen(2)
		g.Wait()
		return nil
	}},
	{"publisher swaps its tracks", func(c *call, r *rand.Rand) error {
		_, p, _ := c.any(r).now()
		if err := p.Unpublish("camera"); err != nil {
			return err
		}
		time.Sleep(within(r, 300*time.Millisecond))
		for _, m := range []peer.Media{newCamera(), peer.NewTone()} {
			if err := p.Publish(peer.Track{Source: "camera", Media: m}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"room restarted", func(c *call, r *rand.Rand) error {
		c.close()
		time.Sleep(within(r, 500*time.Millisecond))
		c.open()
		return nil
	}},
}

// within is some time up to d.
func within(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

// any is somebody.
func (c *call) any(r *rand.Rand) *person { return c.people[r.IntN(len(c.people))] }

// screen shares a screen and takes it back, n times.
func (p *person) screen(n int) {
	_, who, _ := p.now()
	for range n {
		_ = who.Publish(peer.Track{Source: "screen", Media: newCamera()}) // it may be away just now
		time.Sleep(20 * time.Millisecond)
		_ = who.Unpublish("screen")
	}
}

// TestFaults injects faults into several calls at once, one after the other in each.
func TestFaults(t *testing.T) {
	left, begun := ordinary, time.Now()
	long := os.Getenv("FAULTS") != ""
	if long {
		left, _ = strconv.Atoi(os.Getenv("FAULTS"))
	}
	seed, _ := strconv.ParseUint(os.Getenv("FAULTS_SEED"), 10, 64)
	var mu sync.Mutex
	took := map[string][]time.Duration{}
	next := func() bool {
		mu.Lock()
		defer mu.Unlock()
		if left == 0 || !long && time.Since(begun) > ordinarily {
			return false
		}
		left--
		return true
	}
	var g sync.WaitGroup
	for i := range calls {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		c := newCall(t, 3)
		g.Go(func() {
			if err := c.awaitFlow(); err != nil {
				t.Errorf("call %d, at the beginning: %v", i, err)
				stacks()
				return
			}
			for n := 0; next(); n++ {
				f := faults[r.IntN(len(faults))]
				if len(os.Getenv("FAULT")) > 0 && f.name != os.Getenv("FAULT") {
					mu.Lock()
					left++
					mu.Unlock()
					continue
				}
				err := f.inject(c, r)
				over := time.Now()
				if err == nil {
					err = c.awaitFlow()
				}
				if err != nil {
					t.Errorf("call %d, fault %d of seed %d (%s): %v", i, n, seed, f.name, err)
					stacks()
					return
				}
				mu.Lock()
				took[f.name] = append(took[f.name], time.Since(over))
				mu.Unlock()
			}
		})
	}
	g.Wait()
	total := 0
	for _, f := range faults {
		all := took[f.name]
		slices.Sort(all)
		total += len(all)
		if len(all) > 0 {
			t.Logf("%-42s %4d times, flows after %v (median), %v (longest)", f.name, len(all), all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
		}
	}
	t.Logf("%d faults in %v", total, time.Since(begun).Round(time.Second))
	if total == 0 {
		t.Error("no fault was injected")
	}
}

var once sync.Once

// stacks writes what all goroutines do into the file that FAULTS_STACKS names, at the first failure.
func stacks() {
	once.Do(func() {
		if f, err := os.Create(os.Getenv("FAULTS_STACKS")); err == nil {
			_ = pprof.Lookup("goroutine").WriteTo(f, 1)
			_ = f.Close()
		}
	})
}

// awaitFlow waits until everything flows. A busy machine has it look for longer each time.
func (c *call) awaitFlow() error {
	var err error
	look := 500 * time.Millisecond
	for end := time.Now().Add(recovery); time.Now().Before(end); {
		if err = c.flows(look); err == nil {
			return nil
		}
		look = min(look+look/10, 3*time.Second)
	}
	return fmt.Errorf("not within %v: %w", recovery, err)
}
