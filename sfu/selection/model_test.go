package selection

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
)

// structure is how the frames of a generated stream depend on one another.
type structure struct {
	name              string
	spatial, temporal int8
	keyOnly           bool // inter-layer prediction in keyframes only (K-SVC)
	flexible, group   bool // VP9: references are named, or known by the group of pictures
}

var structures = []structure{
	{name: "L1T1", spatial: 1, temporal: 1, flexible: true},
	{name: "L1T3", spatial: 1, temporal: 3, group: true},
	{name: "L1T3 switching-up points only", spatial: 1, temporal: 3},
	{name: "L2T2", spatial: 2, temporal: 2, flexible: true},
	{name: "L2T3 not flexible", spatial: 2, temporal: 3, group: true},
	{name: "L3T3", spatial: 3, temporal: 3, flexible: true},
	{name: "L3T3_KEY", spatial: 3, temporal: 3, keyOnly: true, flexible: true},
	{name: "L2T1_KEY", spatial: 2, temporal: 1, keyOnly: true, flexible: true},
}

// modelFrame is one spatial layer of a picture.
type modelFrame struct {
	number            int
	picture           int
	spatial, temporal int8
	key               bool
	refs              []*modelFrame
	below             bool // refs has the layer below of the same picture
	last              bool // of its picture
	tl0               int

	arrived, sent, withheld int // packets
}

// encoder makes frames.
type encoder struct {
	structure
	frames   []*modelFrame
	pictures int
	sinceKey int
	tl0      int
	newest   [3][3]*modelFrame // by spatial and temporal layer
	active   int8              // spatial layers that it is to make; 0: all
	made     int8              // and those that it made last
}

// picture makes the frames of the next picture.
func (e *encoder) picture(key bool) []*modelFrame {
	layers := e.spatial
	if e.active > 0 {
		layers = min(layers, e.active)
	}
	if e.keyOnly && layers > e.made { // there is no other way to begin a layer
		key = true
	}
	e.made = layers
	if key || e.pictures == 0 {
		key, e.sinceKey = true, 0
		e.newest = [3][3]*modelFrame{}
	}
	tid := [][]int8{{0}, {0, 1}, {0, 2, 1, 2}}[e.temporal-1]
	t := tid[e.sinceKey%len(tid)]
	if t == 0 {
		e.tl0++
	}
	var out []*modelFrame
	for s := range layers {
		f := &modelFrame{number: len(e.frames), picture: e.pictures, spatial: s, temporal: t, key: key, last: s == layers-1, tl0: e.tl0}
		fresh := key || e.reference(s, t) == nil
		if !fresh {
			f.refs = append(f.refs, e.reference(s, t))
		}
		if s > 0 && (fresh || !e.keyOnly) {
			f.refs = append(f.refs, out[s-1])
			f.below = true
		}
		out = append(out, f)
		e.frames = append(e.frames, f)
	}
	for s := range e.newest {
		if s < len(out) {
			e.newest[s][t] = out[s]
		} else {
			e.newest[s] = [3]*modelFrame{} // to come back it is predicted from the layer below
		}
	}
	e.pictures++
	e.sinceKey++
	return out
}

// reference is the newest frame of layer s that one of temporal layer t is predicted from.
func (e *encoder) reference(s, t int8) (best *modelFrame) {
	for lower := range max(t, 1) {
		if f := e.newest[s][lower]; f != nil && (best == nil || f.number > best.number) {
			best = f
		}
	}
	return best
}

// modelPacket is a packet of the stream, as it goes to a Selection.
type modelPacket struct {
	frame *modelFrame
	seq   int
	p     *history.Packet
}

// network delivers packets out of order, and loses some for ever.
type network struct {
	rand      *rand.Rand
	loss      float64
	reorder   float64
	lateFor   int // packets
	waiting   []*modelPacket
	releaseAt []int
	clock     int
}

// send takes a packet and returns those that arrive now.
func (n *network) send(p *modelPacket) (out []*modelPacket) {
	n.clock++
	switch r := n.rand.Float64(); {
	case r < n.loss:
	case r < n.loss+n.reorder:
		n.waiting = append(n.waiting, p)
		n.releaseAt = append(n.releaseAt, n.clock+1+n.rand.IntN(n.lateFor))
	default:
		out = append(out, p)
	}
	for i := 0; i < len(n.waiting); {
		if n.releaseAt[i] <= n.clock {
			out = append(out, n.waiting[i])
			n.waiting = slices.Delete(n.waiting, i, i+1)
			n.releaseAt = slices.Delete(n.releaseAt, i, i+1)
		} else {
			i++
		}
	}
	return out
}

// session runs a stream through a Selection.
type session struct {
	t         *testing.T
	encoder   encoder
	network   network
	selection Selection
	packets   func(*session, []*modelFrame) []*modelPacket // packetizes a picture

	begun     bool
	seq       int
	highest   int
	keyIn     int // pictures until the keyframe that was asked for
	want      allocation.Layer
	since     int // picture from which on want holds
	forwarded []*modelPacket
	marks     []uint32
}

// reaction is how many pictures an asked keyframe takes, and settled after how many a new target must be in effect.
const (
	reaction = 5
	settled  = 40
)

// run sends n pictures.
func (s *session) run(n int) {
	for range n {
		if s.keyIn == 0 && s.begun && s.selection.NeedsKeyframe(s.want) || s.keyIn == 0 && !s.begun && s.encoder.pictures > 0 {
			s.keyIn = reaction
		}
		key := false
		if s.keyIn > 0 {
			s.keyIn--
			key = s.keyIn == 0
		}
		for _, p := range s.packets(s, s.encoder.picture(key)) {
			for _, arrived := range s.network.send(p) {
				s.take(arrived)
			}
		}
	}
}

func (s *session) take(m *modelPacket) {
	if !s.begun {
		if !m.p.Keyframe {
			m.frame.withheld++
			return
		}
		s.begun, s.highest = true, m.seq
		s.selection.Begin(m.p, s.want)
	}
	late := m.seq < s.highest
	s.highest = max(s.highest, m.seq)
	mark, ok := s.selection.Take(m.p, s.want, late)
	m.frame.arrived++
	if !ok {
		return
	}
	m.frame.sent++
	s.forwarded = append(s.forwarded, m)
	s.marks = append(s.marks, mark)
	if s.encoder.pictures-s.since > settled && (m.frame.spatial > s.want.Spatial || m.frame.temporal > s.want.Temporal) {
		s.t.Fatalf("picture %d: a frame of layer %d/%d was sent %d pictures after the target became %v",
			m.frame.picture, m.frame.spatial, m.frame.temporal, s.encoder.pictures-s.since, s.want)
	}
}

// target changes what is wanted.
func (s *session) target(want allocation.Layer) {
	if want != s.want {
		s.want, s.since = want, s.encoder.pictures
	}
}

// check is the decoder: of what was sent, all is there that it needs, as far as the server got it.
func (s *session) check() {
	s.t.Helper()
	for _, f := range s.encoder.frames {
		if f.sent == 0 {
			continue
		}
		if f.sent != f.arrived {
			s.t.Fatalf("picture %d, layer %d/%d: %d of %d packets were sent", f.picture, f.spatial, f.temporal, f.sent, f.arrived)
		}
		for _, r := range f.refs {
			if r.sent == 0 && r.arrived > 0 {
				s.t.Fatalf("picture %d, layer %d/%d was sent without picture %d, layer %d/%d, which it is predicted from",
					f.picture, f.spatial, f.temporal, r.picture, r.spatial, r.temporal)
			}
		}
	}
}

// reached checks that the last pictures came in the best layers that are wanted, whole, and each with one marker at its
// end.
func (s *session) reached(pictures int) {
	s.t.Helper()
	type picture struct {
		spatial int8
		markers int
		last    uint32
	}
	got := map[int]*picture{}
	topTemporal := int8(0)
	for i, m := range s.forwarded {
		if m.frame.picture < s.encoder.pictures-pictures {
			continue
		}
		p := got[m.frame.picture]
		if p == nil {
			p = &picture{}
			got[m.frame.picture] = p
		}
		p.spatial = max(p.spatial, m.frame.spatial)
		topTemporal = max(topTemporal, m.frame.temporal)
		if p.last = s.marks[i]; Marker(p.last) {
			p.markers++
		}
	}
	wantSpatial, wantTemporal := min(s.want.Spatial, s.encoder.spatial-1), min(s.want.Temporal, s.encoder.temporal-1)
	if topTemporal != wantTemporal {
		s.t.Fatalf("target %v: temporal layer %d came", s.want, topTemporal)
	}
	for n, p := range got {
		if p.spatial != wantSpatial {
			s.t.Fatalf("target %v: picture %d came in spatial layer %d", s.want, n, p.spatial)
		}
		if p.markers != 1 || !Marker(p.last) {
			s.t.Fatalf("target %v: picture %d has %d markers, at its end: %v", s.want, n, p.markers, Marker(p.last))
		}
	}
	tid := [][]int{{1}, {1, 2}, {1, 2, 4}}[s.encoder.temporal-1]
	if want := pictures * tid[wantTemporal] / tid[len(tid)-1]; len(got) < want-2 {
		s.t.Fatalf("target %v: %d of %d pictures came", s.want, len(got), want)
	}
}

// anyTarget is a random one.
func (s *session) anyTarget(r *rand.Rand) allocation.Layer {
	out := allocation.Layer{Spatial: int8(r.IntN(int(s.encoder.spatial))), Temporal: int8(r.IntN(int(s.encoder.temporal)))}
	if r.IntN(4) == 0 {
		out = allocation.Layer{Spatial: 2, Temporal: All}
	}
	return out
}

// kinds of networks.
var networks = []struct {
	name          string
	loss, reorder float64
}{{"in order", 0, 0}, {"reordered", 0, 0.05}, {"lossy", 0.03, 0.03}}

// everyWay runs f over structures, networks and seeds.
func everyWay(t *testing.T, f func(t *testing.T, s *session, r *rand.Rand)) {
	for _, st := range structures {
		for _, nw := range networks {
			t.Run(st.name+"/"+nw.name, func(t *testing.T) {
				for seed := range uint64(8) {
					r := rand.New(rand.NewPCG(seed, 1))
					s := &session{t: t, encoder: encoder{structure: st}, want: allocation.Layer{Spatial: 2, Temporal: All}}
					s.network = network{rand: r, loss: nw.loss, reorder: nw.reorder, lateFor: 20}
					f(t, s, r)
					if t.Failed() {
						t.Logf("seed %d", seed)
						return
					}
				}
			})
		}
	}
}

// anyTargets is the life of a subscriber whose target changes at random, and is left alone at the end.
func anyTargets(s *session, r *rand.Rand) {
	for range 30 {
		s.target(s.anyTarget(r))
		if s.encoder.active = 0; r.IntN(5) == 0 {
			s.encoder.active = int8(1 + r.IntN(2)) // the publisher's own bandwidth is short
		}
		s.run(1 + r.IntN(60))
	}
	s.check()
	s.network.loss, s.network.reorder, s.encoder.active = 0, 0, 0
	s.run(100)
	s.check()
	s.reached(16)
}
