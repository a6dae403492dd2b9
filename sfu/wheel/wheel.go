// Package wheel runs the timers of a room on one goroutine, in steps of Tick, so that what is due at about the same
// time costs one wake-up. With no timer set it sleeps.
package wheel

import (
	"container/heap"
	"sync"
	"time"
)

// Tick is the resolution: a timer runs up to one Tick late.
const Tick = 20 * time.Millisecond

// Wheel holds timers. Make it with New and end it with Close.
type Wheel struct {
	mu     sync.Mutex
	timers queue
	closed bool
	wake   chan struct{} // holds one signal: the first timer changed
	done   chan struct{}
	start  time.Time
}

// New starts a wheel.
func New() *Wheel {
	w := &Wheel{start: time.Now(), wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// Next is when something that is done each period is due next, within a period from now. All that has the same period
// gets the same times, so that it costs one wake-up; other wheels have others.
func (w *Wheel) Next(now time.Time, period time.Duration) time.Time {
	return now.Add(period - now.Sub(w.start)%period)
}

// Close stops all timers and waits until none runs. It must not be called by a timer.
func (w *Wheel) Close() {
	w.mu.Lock()
	w.closed = true
	for _, t := range w.timers {
		t.index = -1
	}
	w.timers = nil
	w.mu.Unlock()
	w.signal()
	<-w.done
}

func (w *Wheel) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Timer calls a function on the wheel's goroutine each time it is due. It is not running when made.
type Timer struct {
	wheel *Wheel
	f     func(now time.Time)
	at    time.Time
	index int // in the queue; -1: not set
}

// NewTimer returns a timer for f, which must not block. f may set the timer again.
func (w *Wheel) NewTimer(f func(now time.Time)) *Timer {
	return &Timer{wheel: w, f: f, index: -1}
}

// Set makes the timer due at at, instead of any time set before.
func (t *Timer) Set(at time.Time) { t.set(at, true) }

// SetEarlier makes the timer due at at unless it is due earlier already.
func (t *Timer) SetEarlier(at time.Time) { t.set(at, false) }

func (t *Timer) set(at time.Time, always bool) {
	w := t.wheel
	w.mu.Lock()
	if w.closed || !always && t.index >= 0 && !at.Before(t.at) {
		w.mu.Unlock()
		return
	}
	t.at = at
	if t.index >= 0 {
		heap.Fix(&w.timers, t.index)
	} else {
		heap.Push(&w.timers, t)
	}
	first := t.index == 0
	w.mu.Unlock()
	if first {
		w.signal()
	}
}

// Stop unsets the timer. Its function may still be running when Stop returns.
func (t *Timer) Stop() {
	w := t.wheel
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.index >= 0 {
		heap.Remove(&w.timers, t.index)
	}
}

func (w *Wheel) run() {
	defer close(w.done)
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	var due []*Timer
	for {
		now := time.Now()
		wait := time.Hour
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			return
		}
		for len(w.timers) > 0 && !w.timers[0].at.After(now) {
			due = append(due, heap.Pop(&w.timers).(*Timer))
		}
		if len(w.timers) > 0 {
			wait = w.timers[0].at.Sub(now).Truncate(Tick) + Tick
		}
		w.mu.Unlock()

		for i, t := range due {
			t.f(now)
			due[i] = nil
		}
		if len(due) > 0 {
			due = due[:0]
			continue // they may have set timers
		}
		clock.Reset(wait)
		select {
		case <-clock.C:
		case <-w.wake:
		}
	}
}

// queue is a heap of timers by time.
type queue []*Timer

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push and Pop are for container/heap.
func (q *queue) Push(x any) {
	t := x.(*Timer)
	t.index = len(*q)
	*q = append(*q, t)
}

func (q *queue) Pop() any {
	old := *q
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	t.index = -1
	return t
}
