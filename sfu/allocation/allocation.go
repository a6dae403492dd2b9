// Package allocation divides the bandwidth of one subscriber among the tracks that it is sent: audio first, then the
// lowest level of every picture by priority, then better levels by priority. It is pure arithmetic without state: what
// is sent now comes with each demand, so that an answer does not flap. Start with Allocate.
package allocation

import (
	"cmp"
	"slices"
)

// Layer is a spatial and a temporal layer, each from 0; Spatial -1 is paused.
type Layer struct{ Spatial, Temporal int8 }

// Paused is the Layer of a track of which nothing is sent.
var Paused = Layer{-1, -1}

// Level is a choice of a track: a layer and what it costs.
type Level struct {
	Layer   Layer
	Bitrate uint64 // bit/s of the stream when this layer and all that it needs is sent, as measured
}

// Demand is what one track could be sent.
type Demand struct {
	Audio    bool
	Priority int     // higher first: pinned or speaking before the rest
	Levels   []Level // what can be sent now, ascending; nil: nothing is known yet
	Max      int     // index of the highest level worth sending for the size shown; -1: hidden
	Current  int     // index of the level that is sent; -1: paused
}

// headroom is how much of the budget must be left over, as a divisor, before anything is raised: an estimate and
// measured bitrates swing by some percent.
const headroom = 10

// Allocate returns the index of a level for each demand, -1 for paused. Of a demand about which nothing is known the
// answer is 0 unless it is hidden. The sum of the chosen bitrates is at most budget, in bit/s, unless audio alone is
// more: audio is never paused. A lower priority is paused before a higher one, and is raised above its lowest level
// only when no higher one can be raised instead. To go down takes effect at once; to go up takes a tenth more than
// what all pictures then have, beside audio.
func Allocate(budget uint64, demands []Demand) []int {
	f := filling{demands: demands, left: budget, chosen: make([]int, len(demands))}
	for i := range demands {
		if demands[i].Audio {
			f.audio(i)
		}
	}
	fresh := f.copy()
	fresh.left -= fresh.left / (headroom + 1)
	others := fresh.copy()
	others.anew = true
	others.pictures()
	fresh.pictures()
	f.keep = true
	f.pictures()
	best := f.chosen
	if better(demands, fresh.chosen, best) {
		best = fresh.chosen
	}
	if more(demands, others.chosen, best) > 0 {
		best = others.chosen
	}
	return best
}

// filling is an allocation that is being made.
type filling struct {
	demands []Demand
	left    uint64
	keep    bool // no picture gets more than it has now
	anew    bool // those shown now are not preferred to others of their priority
	chosen  []int
}

func (f *filling) copy() filling {
	c := *f
	c.chosen = slices.Clone(f.chosen)
	return c
}

// audio takes the best level that fits, or else the lowest.
func (f *filling) audio(i int) {
	d := &f.demands[i]
	if len(d.Levels) == 0 {
		return
	}
	for j := min(d.Max, len(d.Levels)-1); j > 0; j-- {
		if d.Levels[j].Bitrate <= f.left {
			f.chosen[i] = j
			break
		}
	}
	f.left -= min(f.left, d.Levels[f.chosen[i]].Bitrate)
}

// pictures spends what audio has left, from nothing.
func (f *filling) pictures() {
	demands := f.demands
	order := make([]int, 0, len(demands))
	for i := range demands {
		d := &demands[i]
		switch {
		case d.Audio:
		case len(d.Levels) == 0 && d.Max >= 0:
			f.chosen[i] = 0
		default:
			f.chosen[i] = -1
			if d.Max >= 0 {
				order = append(order, i)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return demands[b].Priority - demands[a].Priority })
	for class := range classes(demands, order) {
		slices.SortStableFunc(class, f.first)
		for _, i := range class {
			f.raise(i)
		}
	}
	for class := range classes(demands, order) {
		f.level(class)
	}
}

// first orders demands of one priority for their lowest level.
func (f *filling) first(a, b int) int {
	if f.anew {
		return cmp.Compare(f.demands[a].Levels[0].Bitrate, f.demands[b].Levels[0].Bitrate)
	}
	return compare(&f.demands[a], &f.demands[b])
}

// compare orders demands whose levels are known for their lowest level: the highest priority, then those shown, as each
// change costs a keyframe, then the smallest.
func compare(a, b *Demand) int {
	return cmp.Or(
		cmp.Compare(b.Priority, a.Priority),
		cmp.Compare(min(b.Current, 0), min(a.Current, 0)),
		cmp.Compare(a.Levels[0].Bitrate, b.Levels[0].Bitrate),
	)
}

// Before reports whether a is shown rather than b when there is room for one of them. The levels of both must be known.
func Before(a, b *Demand) bool { return compare(a, b) < 0 }

// raise gives demand i its next level if it may have it and it fits.
func (f *filling) raise(i int) bool {
	d, next := &f.demands[i], f.chosen[i]+1
	if next > d.Max || next >= len(d.Levels) || f.keep && next > d.Current {
		return false
	}
	has := uint64(0)
	if next > 0 {
		has = d.Levels[next-1].Bitrate
	}
	cost := d.Levels[next].Bitrate
	if cost > has && cost-has > f.left {
		return false
	}
	f.left = f.left + has - cost
	f.chosen[i] = next
	return true
}

// level raises demands of one priority, the lowest first, as far as the budget goes.
func (f *filling) level(class []int) {
	open := slices.DeleteFunc(slices.Clone(class), func(i int) bool { return f.chosen[i] < 0 })
	for len(open) > 0 {
		at := 0
		for k, i := range open {
			if f.before(i, open[at]) {
				at = k
			}
		}
		if !f.raise(open[at]) {
			open = slices.Delete(open, at, at+1)
		}
	}
}

// before reports whether demand a is to be raised before b.
func (f *filling) before(a, b int) bool {
	if f.chosen[a] != f.chosen[b] {
		return f.chosen[a] < f.chosen[b]
	}
	return f.demands[a].Levels[f.chosen[a]].Bitrate < f.demands[b].Levels[f.chosen[b]].Bitrate
}

// classes yields the parts of order that have one priority.
func classes(demands []Demand, order []int) func(func([]int) bool) {
	return func(yield func([]int) bool) {
		for len(order) > 0 {
			n := 1
			for n < len(order) && demands[order[n]].Priority == demands[order[0]].Priority {
				n++
			}
			if !yield(order[:n]) {
				return
			}
			order = order[n:]
		}
	}
}

// better reports whether allocation a serves the viewer better than b: more pictures of the highest priority, then of
// the next; else better ones, the worst picture of a priority first.
func better(demands []Demand, a, b []int) bool {
	if c := more(demands, a, b); c != 0 {
		return c > 0
	}
	for class := range classes(demands, byPriority(demands)) {
		if c := slices.Compare(levels(class, a), levels(class, b)); c != 0 {
			return c > 0
		}
	}
	return false
}

// more compares the number of pictures of the highest priority that are not paused in a and b, then of the next.
func more(demands []Demand, a, b []int) int {
	for class := range classes(demands, byPriority(demands)) {
		if c := cmp.Compare(shown(class, a), shown(class, b)); c != 0 {
			return c
		}
	}
	return 0
}

// byPriority are the pictures among demands, the highest priority first.
func byPriority(demands []Demand) []int {
	order := []int{}
	for i := range demands {
		if !demands[i].Audio {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return demands[b].Priority - demands[a].Priority })
	return order
}

// shown counts the pictures of class that are not paused.
func shown(class, chosen []int) int {
	n := 0
	for _, i := range class {
		if chosen[i] >= 0 {
			n++
		}
	}
	return n
}

// levels are those of class, ascending.
func levels(class, chosen []int) []int {
	out := make([]int, 0, len(class))
	for _, i := range class {
		out = append(out, chosen[i])
	}
	slices.Sort(out)
	return out
}
