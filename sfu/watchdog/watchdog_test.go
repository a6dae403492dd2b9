package watchdog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const tick = 500 * time.Millisecond

// step is an action and when it came.
type step struct {
	at     time.Duration
	action Action
}

// watch calls Look every tick for d, with what see returns for the time since the start.
func watch(t *testing.T, plan *Plan, d time.Duration, see func(at time.Duration) Seen) (steps []step) {
	t.Helper()
	w := &Watch{}
	synctest.Test(t, func(*testing.T) {
		start := time.Now()
		for time.Since(start) <= d {
			at := time.Since(start)
			if a := w.Look(plan, time.Now(), see(at)); a != None {
				steps = append(steps, step{at, a})
			}
			time.Sleep(tick)
		}
	})
	return steps
}

func TestSteps(t *testing.T) {
	flowing := Seen{Owed: true, Moved: true}
	between := func(at, from, to time.Duration) bool { return at >= from && at < to }
	const s = time.Second
	for _, tt := range []struct {
		name string
		d    time.Duration
		see  func(at time.Duration) Seen
		want []step
	}{
		{"flows", 60 * s, func(time.Duration) Seen { return flowing }, nil},
		{"not owed", 60 * s, func(time.Duration) Seen { return Seen{} }, nil},
		{"never flows", 15 * s, func(time.Duration) Seen { return Seen{Owed: true} },
			[]step{{2 * s, Ask}, {4 * s, Renew}, {6 * s, Ask}, {7 * s, Fault}, {10 * s, Ask}, {14 * s, Renew}, {14*s + tick, Ask}}},
		{"futile", 10 * s, func(at time.Duration) Seen { return Seen{Owed: true, Futile: at < 8*s} },
			[]step{{2 * s, Ask}, {6 * s, Ask}, {7 * s, Fault}, {8 * s, Renew}, {10 * s, Ask}}},
		{"a short gap", 20 * s, func(at time.Duration) Seen { return Seen{Owed: true, Moved: !between(at, 5*s, 6*s)} }, nil},
		{"the keyframe helps", 20 * s, func(at time.Duration) Seen { return Seen{Owed: true, Moved: !between(at, 5*s, 7*s+tick)} },
			[]step{{6*s + tick, Ask}}},
		{"the renewal helps", 20 * s, func(at time.Duration) Seen { return Seen{Owed: true, Moved: !between(at, 5*s, 9*s)} },
			[]step{{6*s + tick, Ask}, {8*s + tick, Renew}}},
		{"late help", 20 * s, func(at time.Duration) Seen { return Seen{Owed: true, Moved: at >= 9*s} },
			[]step{{2 * s, Ask}, {4 * s, Renew}, {6 * s, Ask}, {7 * s, Fault}, {9 * s, Cleared}}},
		{"muted in the fault", 12 * s, func(at time.Duration) Seen { return Seen{Owed: at < 9*s} },
			[]step{{2 * s, Ask}, {4 * s, Renew}, {6 * s, Ask}, {7 * s, Fault}, {9 * s, Cleared}}},
		{"some keyframe requests", 60 * s, func(at time.Duration) Seen {
			return Seen{Owed: true, Moved: true, Asked: at%(10*s) < 2*s}
		}, nil},
		{"keyframe requests without end", 14 * s, func(time.Duration) Seen { return Seen{Owed: true, Moved: true, Asked: true} },
			[]step{{8 * s, Ask}, {10 * s, Renew}, {12 * s, Ask}, {13 * s, Fault}}},
		{"the page shows nothing", 20 * s, func(at time.Duration) Seen {
			return Seen{Owed: true, Moved: true, Complained: between(at, 2*s, 6*s+tick)}
		}, []step{{4 * s, Ask}, {6 * s, Renew}, {8 * s, Ask}, {9 * s, Fault}, {9*s + tick, Cleared}}},
		{"one complaint", 20 * s, func(at time.Duration) Seen { return Seen{Owed: true, Moved: true, Complained: at == 5*s} },
			[]step{{7 * s, Ask}}},
	} {
		if got := watch(t, &Subscriber, tt.d, tt.see); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Renewals become rarer while they do not help, and stay rare while they help for a moment only.
func TestRenewalsBackOff(t *testing.T) {
	for name, moved := range map[string]func(time.Duration) bool{
		"never helps":            func(time.Duration) bool { return false },
		"helps for a while only": func(at time.Duration) bool { return at%(8*time.Second) < 3*time.Second },
	} {
		steps := watch(t, &Subscriber, 10*time.Minute, func(at time.Duration) Seen { return Seen{Owed: true, Moved: moved(at)} })
		n := 0
		for _, s := range steps {
			if s.action == Renew {
				n++
			}
		}
		if n < 20 || n > 35 {
			t.Errorf("%s: %d renewals in 10 minutes, want 20 to 35", name, n)
		}
	}
}

// Whatever happens, media that is owed and does not flow is a fault in time, a fault ends when media flows undisputed, faults
// and their ends alternate, and actions are bounded.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		now, faulty, actions := Seen{Owed: true, Moved: true}, false, 0
		var changed, dead, alive time.Duration
		const d = 5 * time.Minute
		synctest.Test(t, func(t *testing.T) {
			w := &Watch{}
			start := time.Now()
			for at := time.Duration(0); at < d; at = time.Since(start) {
				if at >= changed {
					changed = at + time.Duration(r.Int64N(int64(20*time.Second)))
					now = Seen{Owed: r.IntN(5) > 0, Moved: r.IntN(2) > 0, Asked: r.IntN(4) == 0, Complained: r.IntN(4) == 0}
				}
				a := w.Look(&Subscriber, time.Now(), now)
				if a != None {
					actions++
				}
				switch a {
				case Fault:
					if faulty {
						t.Fatalf("seed %d: a second fault at %v", seed, at)
					}
					faulty = true
				case Cleared:
					if !faulty {
						t.Fatalf("seed %d: cleared without a fault at %v", seed, at)
					}
					faulty = false
				}
				if !now.Owed || now.Moved {
					dead = at + tick
				}
				if !now.Owed || !now.Moved || now.Asked || now.Complained {
					alive = at + tick
				}
				if at-dead > Subscriber.Fault+2*tick && !faulty {
					t.Fatalf("seed %d: nothing flowed from %v to %v and there is no fault", seed, dead, at)
				}
				if at-alive > Silence+2*tick && faulty {
					t.Fatalf("seed %d: media flowed undisputed from %v to %v and the fault stays", seed, alive, at)
				}
				if faulty != w.Faulty() {
					t.Fatalf("seed %d: Faulty is %v at %v, the actions say %v", seed, w.Faulty(), at, faulty)
				}
				time.Sleep(tick)
			}
		})
		if limit := int(d / (2 * time.Second)); actions > limit {
			t.Errorf("seed %d: %d actions, want at most %d", seed, actions, limit)
		}
	}
}

func ExampleWatch() {
	var w Watch
	now := time.Unix(0, 0)
	for range 20 {
		if a := w.Look(&Subscriber, now, Seen{Owed: true}); a != None {
			fmt.Println(now.Unix(), a)
		}
		now = now.Add(tick)
	}
	// Output:
	// 2 ask
	// 4 renew
	// 6 ask
	// 7 fault
}
