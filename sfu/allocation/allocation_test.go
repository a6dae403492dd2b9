package allocation

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// simulcast is a track of three levels.
func simulcast(priority, limit, current int) Demand {
	return Demand{Priority: priority, Max: limit, Current: current, Levels: []Level{
		{Layer{0, 0}, 150_000}, {Layer{1, 0}, 500_000}, {Layer{2, 0}, 1_500_000},
	}}
}

func audio(bitrate uint64) Demand {
	return Demand{Audio: true, Levels: []Level{{Layer{}, bitrate}}}
}

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		budget  uint64
		demands []Demand
		want    []int
	}{
		{"nothing to send", 1000, nil, []int{}},
		{"audio is never paused", 0, []Demand{audio(40_000), simulcast(0, 2, 2)}, []int{0, -1}},
		{"audio comes first", 180_000, []Demand{simulcast(0, 2, 2), audio(40_000)}, []int{-1, 0}},
		{"all fits", 5_000_000, []Demand{simulcast(0, 2, -1), simulcast(1, 2, -1)}, []int{2, 2}},
		{"a lower level", 600_000, []Demand{audio(40_000), simulcast(0, 2, 2)}, []int{0, 1}},
		{"no more than the size needs", 5_000_000, []Demand{simulcast(0, 1, 1)}, []int{1}},
		{"hidden", 5_000_000, []Demand{simulcast(0, -1, 1)}, []int{-1}},
		{"nothing known", 5_000_000, []Demand{{Max: 0, Current: -1}, {Max: -1}}, []int{0, -1}},
		{"fair: the lowest first", 1_100_000, []Demand{simulcast(0, 2, 2), simulcast(0, 2, 0)}, []int{1, 1}},
		{"pinned better, but nobody black", 1_800_000, []Demand{simulcast(0, 2, 2), simulcast(1, 2, 2)}, []int{0, 2}},
		{"the lower priority is paused first", 250_000, []Demand{simulcast(0, 2, 2), simulcast(1, 2, 2)}, []int{-1, 0}},
		{"down at once", 1_499_999, []Demand{simulcast(0, 2, 2)}, []int{1}},
		{"up only with headroom", 1_600_000, []Demand{simulcast(0, 2, 1)}, []int{1}},
		{"up with headroom", 1_660_000, []Demand{simulcast(0, 2, 1)}, []int{2}},
		{"stays without headroom", 1_500_000, []Demand{simulcast(0, 2, 2)}, []int{2}},
		{"what does not fit leaves room for what does", 1_000_000, []Demand{
			{Priority: 1, Max: 0, Current: 0, Levels: []Level{{Layer{}, 2_000_000}}}, simulcast(0, 2, 1)}, []int{-1, 1}},
		{"the one shown stays, though another is smaller", 200_000, []Demand{
			{Max: 0, Current: -1, Levels: []Level{{Layer{}, 100_000}}}, simulcast(0, 2, 0)}, []int{-1, 0}},
		{"it stays when it has grown", 100_000, []Demand{
			{Max: 0, Current: -1, Levels: []Level{{Layer{}, 60_000}}}, {Max: 0, Current: 0, Levels: []Level{{Layer{}, 99_000}}}}, []int{-1, 0}},
		{"two small ones rather than it", 250_000, []Demand{
			{Max: 0, Current: -1, Levels: []Level{{Layer{}, 100_000}}}, {Max: 0, Current: -1, Levels: []Level{{Layer{}, 110_000}}}, simulcast(0, 2, 0)}, []int{0, 0, -1}},
	} {
		if got := Allocate(tt.budget, tt.demands); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// random makes demands such as a room has.
func random(r *rand.Rand) []Demand {
	demands := make([]Demand, r.IntN(9))
	for i := range demands {
		d := &demands[i]
		d.Audio = r.IntN(4) == 0
		d.Priority = r.IntN(3)
		bitrate := uint64(0)
		for range r.IntN(7) {
			step := uint64(700_000)
			if d.Audio {
				step = 20_000
			}
			bitrate += 10_000 + r.Uint64N(step)
			d.Levels = append(d.Levels, Level{Layer{int8(len(d.Levels)), 0}, bitrate})
		}
		d.Max = r.IntN(len(d.Levels)+1) - 1
		d.Current = r.IntN(len(d.Levels)+1) - 1
		if d.Audio {
			d.Max, d.Current = max(d.Max, 0), max(d.Current, 0)
		}
	}
	return demands
}

func cost(demands []Demand, chosen []int) (all, sound uint64) {
	for i, d := range demands {
		if chosen[i] < 0 || len(d.Levels) == 0 {
			continue
		}
		all += d.Levels[chosen[i]].Bitrate
		if d.Audio {
			sound += d.Levels[chosen[i]].Bitrate
		}
	}
	return all, sound
}

func TestAllocateKeepsItsPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range 50_000 {
		demands, budget := random(r), r.Uint64N(4_000_000)
		got := Allocate(budget, demands)
		all, sound := cost(demands, got)
		if all > budget && all != sound {
			t.Fatalf("%d of a budget of %d: %v for %+v", all, budget, got, demands)
		}
		for i, d := range demands {
			switch {
			case d.Audio && got[i] < 0:
				t.Fatalf("audio paused: %v for %+v", got, demands)
			case !d.Audio && got[i] > max(d.Max, -1) || got[i] > max(len(d.Levels)-1, 0):
				t.Fatalf("demand %d is given level %d: %+v", i, got[i], d)
			}
		}
		starved(t, budget, demands, got)
		stable(t, budget, demands, got)
	}
}

// starved fails when a lower priority has what a higher one could use, with the room that going up takes.
func starved(t *testing.T, budget uint64, demands []Demand, got []int) {
	t.Helper()
	all, sound := cost(demands, got)
	for i, high := range demands {
		if high.Audio || got[i] >= high.Max || got[i] >= len(high.Levels)-1 {
			continue
		}
		for j, low := range demands {
			if low.Audio || low.Priority >= high.Priority || got[j] < 0 || len(low.Levels) == 0 || len(high.Levels) == 0 {
				continue
			}
			floor, freed := -1, low.Levels[got[j]].Bitrate // what low could do without
			if got[i] >= 0 {
				floor = 0
				freed -= low.Levels[0].Bitrate
			}
			has := uint64(0)
			if got[i] >= 0 {
				has = high.Levels[got[i]].Bitrate
			}
			next := all - freed - has + high.Levels[got[i]+1].Bitrate
			if got[j] > floor && next <= budget-(budget-min(sound, budget))/(headroom+1) {
				t.Fatalf("demand %d is starved for %d: budget %d, %v for %+v", i, j, budget, got, demands)
			}
		}
	}
}

// stable fails when the same question, or one a little worse, gets another answer once the first has taken effect.
func stable(t *testing.T, budget uint64, demands []Demand, got []int) {
	t.Helper()
	next := slices.Clone(demands)
	for i := range next {
		next[i].Current = got[i]
	}
	if again := Allocate(budget, next); !slices.Equal(got, again) {
		t.Fatalf("not stable: %v, then %v, for %d and %+v", got, again, budget, demands)
	}
	less := budget - budget/20
	again := Allocate(less, next)
	if all, _ := cost(demands, got); all <= less && !slices.Equal(got, again) && !better(demands, again, got) {
		t.Fatalf("changed for the worse without need: %v at %d, %v at %d, for %+v", got, budget, again, less, demands)
	}
}

// TestAllocateDoesNotFlap has an estimate and measured bitrates that swing by 3 %, near every point of decision.
func TestAllocateDoesNotFlap(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	swing := func(v uint64) uint64 { return uint64(float64(v) * (0.97 + 0.06*r.Float64())) }
	for budget := uint64(100_000); budget < 6_000_000; budget += 50_000 {
		demands := []Demand{audio(40_000), simulcast(1, 2, -1), simulcast(0, 1, -1), simulcast(0, 2, -1)}
		changes := 0
		for range 500 {
			now := slices.Clone(demands)
			for i := range now {
				now[i].Levels = slices.Clone(now[i].Levels)
				for j := range now[i].Levels {
					now[i].Levels[j].Bitrate = swing(now[i].Levels[j].Bitrate)
				}
			}
			for i, chosen := range Allocate(swing(budget), now) {
				if demands[i].Current != chosen && !demands[i].Audio {
					changes++
				}
				demands[i].Current = chosen
			}
		}
		if changes > 12 { // nine raise everything; a few come before the extremes have been seen
			t.Errorf("%d changes at %d", changes, budget)
		}
	}
}

// TestAllocateKeepsTheOneShown when there is room for one of two pictures that are much alike, as those of two who speak.
func TestAllocateKeepsTheOneShown(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 3))
	demands := []Demand{audio(77_000), audio(77_000), simulcast(1, 2, -1), simulcast(1, 2, -1)}
	changes := 0
	for range 500 {
		for _, i := range []int{2, 3} {
			demands[i].Levels = []Level{{Layer{0, 0}, 70_000 + r.Uint64N(40_000)}}
			demands[i].Max = 0
		}
		for i, chosen := range Allocate(280_000+r.Uint64N(20_000), demands) {
			if demands[i].Current != chosen && !demands[i].Audio {
				changes++
			}
			demands[i].Current = chosen
		}
	}
	if changes != 1 {
		t.Errorf("%d changes", changes)
	}
}
