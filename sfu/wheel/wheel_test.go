package wheel

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunsWithinOneTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New()
		defer w.Close()
		start := time.Now()
		for _, d := range []time.Duration{0, 5 * time.Millisecond, 43 * time.Millisecond, time.Second} {
			ran := make(chan time.Duration, 1)
			w.NewTimer(func(now time.Time) { ran <- now.Sub(start) }).Set(start.Add(d))
			if got := <-ran; got < d || got > d+Tick {
				t.Errorf("due after %v, ran after %v", d, got)
			}
			start = time.Now()
		}
	})
}

func TestTimerSetsItselfAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New()
		var n atomic.Int32
		var timer *Timer
		timer = w.NewTimer(func(now time.Time) { n.Add(1); timer.Set(now.Add(100 * time.Millisecond)) })
		timer.Set(time.Now())
		time.Sleep(time.Second)
		if got := n.Load(); got < 8 || got > 11 {
			t.Errorf("ran %d times in a second, want 9 or 10", got)
		}
		w.Close()
		ran := n.Load()
		timer.Set(time.Now())
		time.Sleep(time.Second)
		if n.Load() != ran {
			t.Error("ran after Close")
		}
	})
}

func TestSetEarlierAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New()
		defer w.Close()
		var at atomic.Int64
		start := time.Now()
		timer := w.NewTimer(func(now time.Time) { at.Store(int64(now.Sub(start))) })
		timer.Set(start.Add(500 * time.Millisecond))
		timer.SetEarlier(start.Add(time.Second))
		timer.SetEarlier(start.Add(200 * time.Millisecond))
		time.Sleep(2 * time.Second)
		if got := time.Duration(at.Load()); got < 200*time.Millisecond || got > 200*time.Millisecond+Tick {
			t.Errorf("ran after %v, want 200ms", got)
		}
		at.Store(0)
		timer.Set(time.Now().Add(time.Second))
		timer.Stop()
		time.Sleep(2 * time.Second)
		if at.Load() != 0 {
			t.Error("ran after Stop")
		}
	})
}

func TestManyTimersShareWakeups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New()
		defer w.Close()
		times := map[time.Time]int{} // only touched on the wheel's goroutine until the end
		start := time.Now()
		for i := range 100 {
			w.NewTimer(func(now time.Time) { times[now]++ }).Set(start.Add(time.Duration(i) * time.Millisecond))
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if len(times) > 8 {
			t.Errorf("%d wake-ups for 100ms of timers", len(times))
		}
	})
}

func TestNextIsTheSameForAll(t *testing.T) {
	w := New()
	defer w.Close()
	for _, tt := range []struct{ at, want time.Duration }{
		{0, 200}, {1, 200}, {199, 200}, {200, 400}, {950, 1000},
	} {
		if got := w.Next(w.start.Add(tt.at*time.Millisecond), 200*time.Millisecond).Sub(w.start); got != tt.want*time.Millisecond {
			t.Errorf("after %d ms: due at %v, want %d ms", tt.at, got, tt.want)
		}
	}
}
