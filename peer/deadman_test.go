package peer_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotera/gotera/peer"
)

// driven is a robot of one number: its speed.
type driven struct {
	*peer.Deadman
	mu    sync.Mutex
	speed int
	stops []string
}

func newDriven(t *testing.T, limit time.Duration) *driven {
	d := &driven{}
	d.Deadman = peer.NewDeadman(peer.DeadmanConfig{Limit: limit, Stop: func(reason string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.speed = 0
		d.stops = append(d.stops, reason)
	}})
	t.Cleanup(d.Close)
	return d
}

// drive sends a command and reports whether it was obeyed.
func (d *driven) drive(from string, seq uint64, at ...float64) bool {
	c := peer.Command{Seq: seq}
	if len(at) > 0 {
		c.At = &at[0]
	}
	return d.Do(from, c, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.speed = 1
	})
}

// warm sends what a sender begins with, until the next command is obeyed; it returns the number of the last.
func (d *driven) warm(from string) uint64 {
	for seq := range uint64(2) {
		d.drive(from, seq+1)
		time.Sleep(50 * time.Millisecond)
	}
	return 2
}

func (d *driven) moves() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.speed != 0
}

func (d *driven) stopped() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.stops)
}

func TestDeadmanStopsWithoutCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, 0)
		from := d.warm("a")
		for seq := from; seq < 20; seq++ {
			if !d.drive("a", seq+1) || !d.moves() {
				t.Fatalf("command %d is not obeyed", seq)
			}
			time.Sleep(250 * time.Millisecond)
		}
		time.Sleep(49 * time.Millisecond)
		if !d.moves() {
			t.Error("it stops before 300 ms")
		}
		time.Sleep(2 * time.Millisecond)
		if d.moves() || !slices.Equal(d.stopped(), []string{peer.StopSilence}) {
			t.Errorf("after 301 ms: moves %v, stops %v", d.moves(), d.stopped())
		}
		for seq := range uint64(3) {
			time.Sleep(100 * time.Millisecond)
			if got := d.drive("a", 100+seq); got != (seq == 2) {
				t.Errorf("command %d after the standstill: obeyed %v", seq, got)
			}
		}
		if !d.moves() {
			t.Error("it does not move again")
		}
		d.Close()
	})
}

func TestDeadmanIgnoresOldCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, time.Minute)
		d.warm("a")
		for i, tt := range []struct {
			seq  uint64
			want bool
		}{{5, true}, {5, false}, {4, false}, {7, true}, {6, false}, {8, true}} {
			if got := d.drive("a", tt.seq); got != tt.want {
				t.Errorf("command %d, seq %d: obeyed %v, want %v", i, tt.seq, got, tt.want)
			}
		}
		if s := d.Status(); s.Stale != 3+2 || s.Seq != 8 {
			t.Errorf("%+v", s)
		}
		d.Close()
	})
}

// What waited in a queue comes in bursts. Nothing moves by it: neither without times, nor by the first commands of somebody whose
// way is not known yet; the next that come at the pace of sending are obeyed.
func TestDeadmanIgnoresBursts(t *testing.T) {
	const bundle, trip = 8, 100 * time.Millisecond
	for name, timed := range map[string]bool{"without times": false, "first commands with times": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDriven(t, 0)
				var seq uint64
				sent := 0.0
				send := func() bool {
					seq, sent = seq+1, sent+50
					if timed {
						return d.drive("a", seq, sent)
					}
					return d.drive("a", seq)
				}
				for range 5 { // as SCTP sends again: a packet of them, and the next when it is acknowledged
					for range bundle {
						if send() {
							t.Fatalf("command %d of the burst is obeyed", seq)
						}
						time.Sleep(100 * time.Microsecond)
					}
					time.Sleep(trip)
				}
				obeyed := 0
				for range 5 {
					if send() {
						obeyed++
					}
					time.Sleep(50 * time.Millisecond)
				}
				if obeyed < 3 {
					t.Errorf("%d of 5 commands after the burst are obeyed", obeyed)
				}
				d.Close()
			})
		})
	}
}

// Commands whose way has become longer are not obeyed, whatever the sender's clock says and however it drifts.
func TestDeadmanIgnoresLateCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, 300*time.Millisecond)
		begin, seq := time.Now(), uint64(0)
		at := func(delay time.Duration) float64 { // sent delay ago, by a clock of its own that runs 100 ppm fast
			return 1e9 + 1.0001*float64(time.Since(begin)-delay)/float64(time.Millisecond)
		}
		send := func(delay time.Duration) bool { seq++; return d.drive("a", seq, at(delay)) }
		for range 2 {
			send(20 * time.Millisecond)
			time.Sleep(100 * time.Millisecond)
		}
		for range 36_000 { // an hour
			if !send(20 * time.Millisecond) {
				t.Fatal("a fresh command is not obeyed")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if !send(200 * time.Millisecond) {
			t.Error("180 ms of jitter are too much")
		}
		time.Sleep(100 * time.Millisecond)
		for range 100 { // a queue somewhere holds a second of commands
			if send(time.Second) {
				t.Fatal("a command that is a second old is obeyed")
			}
			time.Sleep(100 * time.Millisecond)
		}
		if d.moves() {
			t.Error("it moves on late commands")
		}
		if !send(20 * time.Millisecond) {
			t.Error("when the delay is over it does not obey again")
		}
		d.Close()
	})
}

// The first one to command is the operator until a stop.
func TestDeadmanHasOneOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, 300*time.Millisecond)
		seq := d.warm("a") + 1
		d.warm("b")
		if !d.drive("a", seq) || d.drive("b", seq) {
			t.Error("two operators at once")
		}
		d.Gone("b")
		if !d.moves() {
			t.Error("it stops when somebody else leaves")
		}
		d.Gone("a")
		if d.moves() || d.stopped()[0] != peer.StopGone {
			t.Error("it moves although its operator is gone")
		}
		pace := func(from string, seq uint64) bool { // at which it may begin anew
			for i := range uint64(2) {
				d.drive(from, seq+i)
				time.Sleep(50 * time.Millisecond)
			}
			return d.drive(from, seq+2)
		}
		if !pace("b", 10) || d.Status().Operator != "b" {
			t.Error("nobody can follow")
		}
		d.Halt(peer.StopLink)
		if d.moves() || d.drive("a", 3) || !pace("a", 10) {
			t.Error("after a halt: it moves, or obeys what is old, or nothing at all")
		}
		d.Close()
		if d.moves() || d.drive("a", 20) {
			t.Error("it moves after its end")
		}
	})
}

// However commands and stops race, nothing moves for longer than the limit after the last command.
func TestDeadmanRaces(t *testing.T) {
	d := newDriven(t, 20*time.Millisecond)
	var wg sync.WaitGroup
	var obeyed atomic.Int64
	for i := range 8 {
		from := string(rune('a' + i))
		wg.Go(func() {
			for seq := range uint64(200) {
				if d.drive(from, seq+1) {
					obeyed.Add(1)
				}
				if seq%50 == 0 {
					d.Gone(from)
				}
				if seq%20 < 5 { // at a pace at which one may begin
					time.Sleep(11 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	if obeyed.Load() == 0 {
		t.Error("nothing was obeyed: there was no race")
	}
	waitFor(t, "the stop", func() error {
		if d.moves() {
			return errMoves
		}
		return nil
	})
}

var errMoves = errors.New("it moves")

// During a Hold commands arrive and move nothing; a command from before its end is no reason to move after it.
func TestDeadmanHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, time.Second)
		if seq := d.warm("a"); !d.drive("a", seq+1) {
			t.Fatal("the first command is not obeyed")
		}
		d.Hold(peer.StopLink)
		for seq := range uint64(3) {
			if d.drive("a", 4+seq) || d.moves() {
				t.Fatal("it moves during a hold")
			}
		}
		d.Release()
		if d.moves() || d.drive("a", 6) || d.moves() {
			t.Error("it moves after a hold without a fresh command")
		}
		for seq := range uint64(3) {
			time.Sleep(50 * time.Millisecond)
			d.drive("a", 7+seq)
		}
		if !d.moves() {
			t.Error("fresh commands are not obeyed after a hold")
		}
	})
}

// Many others that command do not make it forget how quick the last operator's way was.
func TestDeadmanRemembersItsOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, time.Second)
		for seq := range uint64(3) {
			time.Sleep(50 * time.Millisecond)
			if got := d.drive("a", seq+1, 50*float64(seq)); got != (seq == 2) {
				t.Fatalf("command %d: obeyed %v", seq, got)
			}
		}
		for i := range 100 {
			d.drive(fmt.Sprint("other ", i), 1)
		}
		time.Sleep(2 * time.Second)
		if d.drive("a", 4, 100.5) {
			t.Error("a command that is two seconds old is obeyed")
		}
	})
}
