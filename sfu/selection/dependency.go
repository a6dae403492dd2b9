package selection

import (
	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/history"
)

// Dependency is the Selection of streams with dependency descriptors (AV1, and VP9 from browsers): it chooses a decode
// target, and sends the frames that are part of it. A change of target waits for a frame that is marked as a switch to
// it, and of which everything that it refers to was sent. A stream without descriptors is sent whole. The zero value is
// ready.
type Dependency struct {
	frames    frames
	begun     bool
	highest   int64 // frame number
	offset    int64 // outgoing minus incoming frame numbers
	lastOut   int64
	structure *dependency.Structure
	active    uint32 // decode targets that the publisher produces
	target    int    // -1: none
	told      bool   // a mask of active decode targets was sent in this coded video sequence
	missing   int64  // a frame of the target's chain that has not come; 0: none
	dead      uint8  // spatial layers whose last frame of temporal layer 0 was not sent; a mask
	want      allocation.Layer
	changes   [16]change // newest first
}

// change is a decode target that was in use from a frame on.
type change struct {
	from   int64
	target int
}

// patience is how many frames after a missing one of its chain the target is given up for lost.
const patience = 64

// Parts of a mark.
const (
	markMarker   = 1 << 31 // the RTP marker is to be set
	markActive   = 1 << 30 // the active decode targets are told
	markTarget   = 16      // shift of the decode target
	markTargets  = 0x1f
	markNumber   = 0xffff // outgoing frame number
	numberBits   = 0xffff
	numberOrigin = 1 << 32 // so that frame numbers before the first are positive
)

// Begin is for Selection.
func (s *Dependency) Begin(p *history.Packet, _ allocation.Layer) {
	d := p.Frame.Dependency
	s.target, s.structure, s.missing, s.dead, s.told = -1, nil, 0, 0, false
	s.frames = frames{}
	s.changes = [len(s.changes)]change{}
	if d == nil {
		return
	}
	s.highest = int64(d.Number) + numberOrigin
	if s.begun {
		s.offset = s.lastOut + 1 - s.highest
	}
	s.lastOut = s.highest + s.offset - 1
	s.highest--
	s.begun = true
}

// Take is for Selection.
func (s *Dependency) Take(p *history.Packet, want allocation.Layer, _ bool) (mark uint32, ok bool) {
	d := p.Frame.Dependency
	if d == nil {
		if s.structure != nil {
			return 0, false // its place in the stream is not known
		}
		return marked(p.Marker), true
	}
	s.want, s.active = want, p.Frame.Active
	n := extended(s.highest, d.Number, numberBits)
	if d.Attached && (n <= s.highest-frameMemory || n > s.highest+frameMemory) { // the encoder has begun anew
		s.Begin(p, want)
		s.active, n = p.Frame.Active, s.highest+1
	}
	late := n < s.highest
	k := s.frames.at(n)
	if k == unseen {
		k = s.decide(d, n)
		s.frames.set(n, k, s.targetAt(n))
	}
	if k == dropped {
		return 0, false
	}
	s.lastOut = max(s.lastOut, n+s.offset)
	target := s.frames.target(n)
	mark = uint32(target)<<markTarget | uint32(n+s.offset)&markNumber | marked(p.Marker || d.End && k == top)
	if !late {
		s.told = s.told || ActiveTargets(&p.Frame, mark) != d.Structure.AllTargets()
		if s.told {
			mark |= markActive
		}
	}
	return mark, true
}

func marked(marker bool) uint32 {
	if marker {
		return markMarker
	}
	return 0
}

// Marker is whether the RTP marker is set in a packet with this mark.
func Marker(mark uint32) bool { return mark&markMarker != 0 }

// ActiveTargets is the mask of decode targets that a subscriber can decode of what it is sent.
func ActiveTargets(f *history.Frame, mark uint32) uint32 {
	s := f.Structure
	target := int(mark >> markTarget & markTargets)
	if target >= len(s.Targets) {
		return 0
	}
	return s.Within(s.Targets[target])&f.Active | 1<<target
}

// RewriteDependency returns the dependency descriptor of p as the subscriber is to get it, written to scratch if it
// differs from the publisher's; nil when p has none.
func RewriteDependency(scratch []byte, p *history.Packet, mark uint32) []byte {
	d, f, number := p.Descriptor(), &p.Frame, uint16(mark&markNumber)
	if len(d) == 0 || f.Structure == nil {
		return d
	}
	if mark&markActive != 0 {
		if out, ok := dependency.Rewrite(scratch[:0], d, number, ActiveTargets(f, mark), len(f.Structure.Targets)); ok {
			return out
		}
	}
	if number == dependency.Number(d) {
		return d
	}
	out := append(scratch[:0], d...)
	dependency.SetNumber(out, number)
	return out
}

// decide says what becomes of frame n.
func (s *Dependency) decide(d *dependency.Descriptor, n int64) known {
	if n <= s.highest {
		return s.verdict(d, n, s.targetAt(n))
	}
	s.highest = n
	if d.Structure != s.structure {
		s.structure, s.target = d.Structure, -1
	}
	if d.Attached {
		s.missing, s.dead, s.told = 0, 0, false
	}
	if to := s.switchTo(d, n); to != s.target {
		s.target = to
		copy(s.changes[1:], s.changes[:])
		s.changes[0] = change{n, to}
		s.missing = 0
	}
	s.watchChain(d, n)
	k := s.verdict(d, n, s.target)
	if d.Temporal == 0 {
		bit := uint8(1) << d.Spatial
		if s.dead |= bit; k != dropped {
			s.dead &^= bit
		}
	}
	return k
}

// verdict is what becomes of a frame while target is in use.
func (s *Dependency) verdict(d *dependency.Descriptor, n int64, target int) known {
	if target < 0 || target >= len(d.Indications) || d.Indications[target] == dependency.NotPresent {
		return dropped
	}
	for _, diff := range d.Diffs {
		if s.frames.at(n-int64(diff)) == dropped {
			return dropped
		}
	}
	if d.Spatial == d.Structure.Targets[target].Spatial {
		return top
	}
	return sent
}

// targetAt is the decode target that was in use at frame n.
func (s *Dependency) targetAt(n int64) int {
	for _, c := range s.changes {
		if c.from != 0 && c.from <= n {
			return c.target
		}
	}
	return -1
}

// switchTo is the decode target to use from frame n on.
func (s *Dependency) switchTo(d *dependency.Descriptor, n int64) int {
	if !s.whole(d, n) {
		return s.target
	}
	best, targets := s.target, s.structure.Targets
	if best >= 0 && (!within(targets[best], s.want) || !s.possible(best)) {
		if goal := s.goal(s.want, s.dead); goal == best || s.canSwitch(d, goal) {
			return goal
		}
		for i, t := range targets { // not before a keyframe: until then, with the fewest pictures
			if s.canSwitch(d, i) && t.Spatial == targets[best].Spatial && t.Temporal < targets[best].Temporal {
				best = i
			}
		}
		return best
	}
	for i, t := range targets {
		if s.canSwitch(d, i) && (best < 0 || less(targets[best], t)) && (within(t, s.want) || best < 0 && i == s.goal(s.want, 0)) {
			best = i
		}
	}
	return best
}

// possible reports whether the publisher produces a decode target and its spatial layer was sent.
func (s *Dependency) possible(i int) bool {
	return s.active>>i&1 != 0 && s.dead>>s.structure.Targets[i].Spatial&1 == 0
}

// canSwitch reports whether d allows to begin with decode target i.
func (s *Dependency) canSwitch(d *dependency.Descriptor, i int) bool {
	first := d.Attached && len(d.Diffs) == 0 // a keyframe, whatever it says
	return s.active>>i&1 != 0 && (d.Indications[i] == dependency.Switch || first && d.Indications[i] != dependency.NotPresent)
}

// whole reports whether everything that frame n refers to was sent.
func (s *Dependency) whole(d *dependency.Descriptor, n int64) bool {
	for _, diff := range d.Diffs {
		if k := s.frames.at(n - int64(diff)); k != sent && k != top {
			return false
		}
	}
	return true
}

// goal is the best decode target within want that is not of a spatial layer in without; else the best within want, else the
// least of all.
func (s *Dependency) goal(want allocation.Layer, without uint8) int {
	best, least := -1, -1
	for i, t := range s.structure.Targets {
		if s.active>>i&1 == 0 {
			continue
		}
		if within(t, want) && without>>t.Spatial&1 == 0 && (best < 0 || less(s.structure.Targets[best], t)) {
			best = i
		}
		if least < 0 || less(t, s.structure.Targets[least]) {
			least = i
		}
	}
	switch {
	case best >= 0:
		return best
	case without != 0:
		return s.goal(want, 0)
	}
	return max(least, 0)
}

func within(t dependency.Layer, want allocation.Layer) bool {
	return int8(t.Spatial) <= want.Spatial && int8(t.Temporal) <= want.Temporal
}

func less(a, b dependency.Layer) bool {
	return a.Spatial < b.Spatial || a.Spatial == b.Spatial && a.Temporal < b.Temporal
}

// watchChain notes when a frame that the target cannot do without has not come.
func (s *Dependency) watchChain(d *dependency.Descriptor, n int64) {
	if s.missing != 0 && s.frames.at(s.missing) != unseen {
		s.missing = 0 // it came late
	}
	if s.target < 0 || d.Structure.Chains == 0 {
		return
	}
	diff := d.ChainDiffs[d.Structure.ProtectedBy[s.target]]
	if diff == 0 {
		s.missing = 0 // the chain begins here
	} else if before := n - int64(diff); s.missing == 0 && s.frames.at(before) == unseen {
		s.missing = before
	}
}

// Current is for Selection.
func (s *Dependency) Current() allocation.Layer {
	if s.structure == nil || s.target < 0 {
		return allocation.Layer{Temporal: All}
	}
	t := s.structure.Targets[s.target]
	out := allocation.Layer{Spatial: int8(t.Spatial), Temporal: All}
	for i, o := range s.structure.Targets {
		if s.active>>i&1 != 0 && o.Spatial == t.Spatial && o.Temporal > t.Temporal {
			out.Temporal = int8(t.Temporal)
		}
	}
	return out
}

// NeedsKeyframe is for Selection.
func (s *Dependency) NeedsKeyframe(want allocation.Layer) bool {
	if s.structure == nil {
		return false
	}
	if s.target < 0 || s.missing != 0 && s.frames.at(s.missing) == unseen && s.highest-s.missing > patience {
		return true
	}
	to := s.structure.Targets[s.goal(want, 0)].Spatial
	return to > s.structure.Targets[s.target].Spatial || s.dead>>to&1 != 0
}
