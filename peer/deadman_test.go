package peer_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
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
		for seq := range uint64(20) {
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
		if !d.drive("a", 100) || !d.moves() {
			t.Error("it does not move again")
		}
		d.Close()
	})
}

func TestDeadmanIgnoresOldCommands(t *testing.T) {
	d := newDriven(t, time.Minute)
	for i, tt := range []struct {
		seq  uint64
		want bool
	}{{5, true}, {5, false}, {4, false}, {7, true}, {6, false}, {8, true}} {
		if got := d.drive("a", tt.seq); got != tt.want {
			t.Errorf("command %d, seq %d: obeyed %v, want %v", i, tt.seq, got, tt.want)
		}
	}
	if s := d.Status(); s.Stale != 3 || s.Seq != 8 {
		t.Errorf("%+v", s)
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
		if !d.drive("a", 1) || d.drive("b", 1) {
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
		if !d.drive("b", 2) || d.Status().Operator != "b" {
			t.Error("nobody can follow")
		}
		d.Halt(peer.StopLink)
		if d.moves() || d.drive("a", 1) || !d.drive("a", 2) {
			t.Error("after a halt: it moves, or obeys what is old, or nothing at all")
		}
		d.Close()
		if d.moves() || d.drive("a", 3) {
			t.Error("it moves after its end")
		}
	})
}

// However commands and stops race, nothing moves for longer than the limit after the last command.
func TestDeadmanRaces(t *testing.T) {
	d := newDriven(t, 20*time.Millisecond)
	var wg sync.WaitGroup
	for i := range 8 {
		from := string(rune('a' + i))
		wg.Go(func() {
			for seq := range uint64(200) {
				d.drive(from, seq+1)
				if seq%50 == 0 {
					d.Gone(from)
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
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
		if !d.drive("a", 1) {
			t.Fatal("the first command is not obeyed")
		}
		d.Hold(peer.StopLink)
		for seq := range uint64(3) {
			if d.drive("a", 2+seq) || d.moves() {
				t.Fatal("it moves during a hold")
			}
		}
		d.Release()
		if d.moves() || d.drive("a", 4) || d.moves() {
			t.Error("it moves after a hold without a fresh command")
		}
		if !d.drive("a", 5) || !d.moves() {
			t.Error("a fresh command is not obeyed after a hold")
		}
	})
}

// Many others that command do not make it forget how quick the last operator's way was.
func TestDeadmanRemembersItsOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriven(t, time.Second)
		if !d.drive("a", 1, 0) {
			t.Fatal("the first command is not obeyed")
		}
		for i := range 100 {
			d.drive(fmt.Sprint("other ", i), 1)
		}
		time.Sleep(2 * time.Second)
		if d.drive("a", 2, 0.5) {
			t.Error("a command that is two seconds old is obeyed")
		}
	})
}
