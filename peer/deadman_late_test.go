package peer

import (
	"testing"
	"testing/synctest"
	"time"
)

// A process that stood still, or a busy machine, runs the timer late: a command that is handled before it is not one that came in
// time, and what has waited behind it does not keep the robot moving.
func TestDeadmanWhoseTimerIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stops := 0
		d := NewDeadman(DeadmanConfig{Stop: func(string) { stops++ }})
		defer d.Close()
		for seq := range uint64(5) {
			d.Do("a", Command{Seq: seq + 1}, func() {})
			time.Sleep(50 * time.Millisecond)
		}
		stops = 0
		d.mu.Lock()
		d.timer.Stop() // its goroutine has not run yet
		d.mu.Unlock()
		time.Sleep(10 * time.Second)
		obeyed := 0
		for seq := range uint64(200) { // all that has come meanwhile
			if d.Do("a", Command{Seq: 100 + seq}, func() { obeyed++ }) {
				time.Sleep(time.Millisecond)
			}
		}
		if obeyed > 0 || stops == 0 {
			t.Errorf("%d commands of up to 10 s ago were obeyed, with %d stops before them", obeyed, stops)
		}
	})
}
