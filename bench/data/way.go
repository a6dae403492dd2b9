package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"
)

// headerSize is what a measured frame begins with: its round and the time it was sent at, nanoseconds of this process.
const headerSize = 16

var epoch = time.Now()

// way is a way for frames, and how long they took.
type way struct {
	name string
	send func([]byte) error

	mu     sync.Mutex // guards the fields below
	round  uint64
	sent   int
	delays []time.Duration
}

// got takes a frame that arrived.
func (w *way) got(b []byte) {
	now := time.Since(epoch)
	if len(b) < headerSize {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if binary.BigEndian.Uint64(b) == w.round {
		w.delays = append(w.delays, now-time.Duration(binary.BigEndian.Uint64(b[8:])))
	}
}

// begin starts a round.
func (w *way) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	w.sent, w.delays = 0, nil
}

// frame sends the next.
func (w *way) frame(size int) error {
	b := make([]byte, size)
	w.mu.Lock()
	binary.BigEndian.PutUint64(b, w.round)
	w.sent++
	w.mu.Unlock()
	binary.BigEndian.PutUint64(b[8:], uint64(time.Since(epoch)))
	return w.send(b)
}

// row is the round in Markdown.
func (w *way) row() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.delays)
	at := func(share float64) string {
		if len(w.delays) == 0 {
			return "-"
		}
		i := min(int(share*float64(len(w.delays))), len(w.delays)-1)
		return fmt.Sprintf("%.2f", w.delays[i].Seconds()*1000)
	}
	return fmt.Sprintf("| %s | %d | %d | %s | %s | %s | %s | %s |",
		w.name, w.sent, w.sent-len(w.delays), at(.5), at(.9), at(.99), at(.999), at(1))
}

// drive sends frames on all ways by turns, evenly spaced: for o.settle, or for the one given time.
func drive(ctx context.Context, ways []*way, o options, measure []time.Duration) error {
	d := o.settle
	if len(measure) > 0 {
		d = measure[0]
	}
	for _, w := range ways {
		w.begin()
	}
	tick := time.NewTicker(time.Second / time.Duration(o.rate*len(ways)))
	defer tick.Stop()
	for i, end := 0, time.Now().Add(d); time.Now().Before(end); i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		w := ways[i%len(ways)]
		if err := w.frame(o.size); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	time.Sleep(500 * time.Millisecond) // what is under way
	return nil
}
