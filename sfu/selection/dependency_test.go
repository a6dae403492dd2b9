package selection

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/history"
)

// describer writes the descriptors of a generated stream as an encoder does, and reads them as a layer does.
type describer struct {
	structure *dependency.Structure
	chains    []*modelFrame // the last frame of each, by spatial layer
	reader    dependency.Reader
	read      dependency.Descriptor
	active    uint32
	tell      int // frames that still tell it: some may be lost
}

// indication is what a frame is to the decode target of a layer (appendix A of the AV1 RTP specification; the same as
// libwebrtc's encoders).
func (st *structure) indication(f *modelFrame, spatial, temporal int8) dependency.Indication {
	switch {
	case f.spatial > spatial, f.temporal > temporal:
		return dependency.NotPresent
	case f.spatial < spatial && st.keyOnly && !f.key:
		return dependency.NotPresent
	case f.key:
		return dependency.Switch
	case f.spatial < spatial:
		return dependency.Required
	case f.temporal > 0 && f.temporal == st.temporal-1:
		return dependency.Discardable
	}
	return dependency.Switch
}

// template makes one for a spatial and a temporal layer; frames say what is different.
func newDescriber(st structure) *describer {
	s := &dependency.Structure{Chains: int(st.spatial)}
	for spatial := range st.spatial {
		for temporal := range st.temporal {
			s.Targets = append(s.Targets, dependency.Layer{Spatial: uint8(spatial), Temporal: uint8(temporal)})
			s.ProtectedBy = append(s.ProtectedBy, uint8(spatial))
		}
		s.Sizes = append(s.Sizes, dependency.Size{Width: 320 << spatial, Height: 180 << spatial})
	}
	for spatial := range st.spatial {
		for temporal := range st.temporal {
			t := dependency.Template{Spatial: uint8(spatial), Temporal: uint8(temporal), ChainDiffs: make([]uint8, st.spatial)}
			f := &modelFrame{spatial: spatial, temporal: temporal}
			for _, target := range s.Targets {
				t.Indications = append(t.Indications, st.indication(f, int8(target.Spatial), int8(target.Temporal)))
			}
			s.Templates = append(s.Templates, t)
		}
	}
	return &describer{structure: s, chains: make([]*modelFrame, st.spatial)}
}

// frame is the descriptor of a frame, of which the packet-wise parts are to be filled in.
func (d *describer) frame(e *encoder, f *modelFrame) (out dependency.Descriptor, template int) {
	template = int(f.spatial)*int(e.temporal) + int(f.temporal)
	out = dependency.Descriptor{Number: uint16(f.number + 65000), Structure: d.structure, Template: d.structure.Templates[template]}
	out.Indications, out.Diffs, out.ChainDiffs = nil, nil, nil
	for _, t := range d.structure.Targets {
		out.Indications = append(out.Indications, e.indication(f, int8(t.Spatial), int8(t.Temporal)))
	}
	for _, r := range f.refs {
		out.Diffs = append(out.Diffs, uint16(f.number-r.number))
	}
	for s := range d.chains {
		diff := uint8(0)
		if last := d.chains[s]; last != nil && !(f.key && f.spatial == 0) {
			diff = uint8(f.number - last.number)
		}
		out.ChainDiffs = append(out.ChainDiffs, diff)
		if f.temporal == 0 && (int(f.spatial) == s || int(f.spatial) < s && (f.key || !e.keyOnly)) {
			d.chains[s] = f
		}
	}
	layers := e.spatial
	if e.active > 0 {
		layers = min(layers, e.active)
	}
	active := d.structure.Within(dependency.Layer{Spatial: uint8(layers - 1), Temporal: 7})
	out.Attached = f.key && f.spatial == 0
	if active != d.active {
		d.active, d.tell = active, 12
	}
	out.HasActive = out.Attached || d.tell > 0
	out.Active, d.tell = active, d.tell-1
	return out, template
}

// packetsWith packetizes pictures with dependency descriptors.
func packetsWith(d *describer) func(*session, []*modelFrame) []*modelPacket {
	return func(s *session, frames []*modelFrame) (out []*modelPacket) {
		for _, f := range frames {
			desc, template := d.frame(&s.encoder, f)
			attached, n := desc.Attached, 1+s.network.rand.IntN(3)
			for i := range n {
				m := &modelPacket{frame: f, seq: s.seq, p: pool.Packet(nil)}
				s.seq++
				m.p.Marker = f.last && i == n-1
				m.p.Timestamp = uint32(f.picture) * 3000
				m.p.Keyframe = attached && i == 0
				desc.Start, desc.End, desc.Attached = i == 0, i == n-1, m.p.Keyframe
				m.p.SetDescriptor(desc.Append(nil, template))
				out = append(out, m)
			}
		}
		return out
	}
}

// reading is a Selection behind what a layer does with packets that arrive.
type reading struct {
	Dependency
	d       *describer
	decoder decoderState
}

func (r *reading) Begin(p *history.Packet, want allocation.Layer) {
	r.place(p)
	r.Dependency.Begin(p, want)
}

func (r *reading) place(p *history.Packet) {
	if !r.d.reader.Read(&r.d.read, p.Descriptor()) {
		p.Frame = history.Frame{}
		return
	}
	p.Frame = history.Frame{Dependency: &r.d.read, Structure: r.d.read.Structure, Active: r.d.reader.Active()}
}

func (r *reading) Take(p *history.Packet, want allocation.Layer, late bool) (uint32, bool) {
	r.place(p)
	mark, ok := r.Dependency.Take(p, want, late)
	if ok {
		r.decoder.take(p, mark)
	}
	return mark, ok
}

// decoderState is a receiver's: it reads the rewritten descriptors.
type decoderState struct {
	reader     dependency.Reader
	descriptor dependency.Descriptor
	unread     int
	wrong      string
}

func (d *decoderState) take(p *history.Packet, mark uint32) {
	out := RewriteDependency(make([]byte, 0, dependency.MaxSize+8), p, mark)
	if !d.reader.Read(&d.descriptor, out) {
		d.unread++
		return
	}
	if !d.descriptor.HasActive {
		return
	}
	for i, dti := range d.descriptor.Indications {
		if d.descriptor.Active>>i&1 != 0 && dti != dependency.NotPresent {
			return
		}
	}
	d.wrong = fmt.Sprintf("a frame with indications %v was sent with active decode targets %b", d.descriptor.Indications, d.descriptor.Active)
}

func TestDependencySendsWhatCanBeDecodedAndNotMore(t *testing.T) {
	everyWay(t, func(t *testing.T, s *session, r *rand.Rand) {
		d := newDescriber(s.encoder.structure)
		rd := &reading{d: d}
		s.selection, s.packets = rd, packetsWith(d)
		anyTargets(s, r)
		if rd.decoder.wrong != "" {
			t.Fatal(rd.decoder.wrong)
		}
	})
}

func TestDependencyAsksForAKeyframeWhenAChainIsBroken(t *testing.T) {
	s := &session{t: t, encoder: encoder{structure: structures[5]}, want: allocation.Layer{Spatial: 2, Temporal: All}}
	s.network.rand = rand.New(rand.NewPCG(1, 1))
	d := newDescriber(s.encoder.structure)
	s.selection, s.packets = &reading{d: d}, packetsWith(d)
	s.run(20)
	for s.encoder.sinceKey%4 != 0 {
		s.run(1)
	}
	s.network.loss = 1
	s.run(1) // temporal layer 0 is lost
	s.network.loss = 0
	before := len(s.encoder.frames)
	s.run(40)
	if !slices.ContainsFunc(s.encoder.frames[before:], func(f *modelFrame) bool { return f.key }) {
		t.Error("no keyframe was asked for")
	}
	s.check()
}

func TestDependencyNumbersGoOnOverAChangeOfStream(t *testing.T) {
	var sel Dependency
	var last uint16
	for stream, first := range []uint16{100, 40000, 65530} {
		s := newDescriber(structures[1]).structure
		var r dependency.Reader
		var read dependency.Descriptor
		for i := range uint16(20) {
			d := dependency.Descriptor{Start: true, End: true, Number: first + i, Structure: s, Attached: i == 0, HasActive: i == 0, Active: s.AllTargets(), Template: s.Templates[0]}
			if i > 0 {
				d.Diffs = []uint16{1}
			}
			p := pool.Packet(nil)
			p.SetDescriptor(d.Append(nil, 0))
			if !r.Read(&read, p.Descriptor()) {
				t.Fatal("not read")
			}
			p.Frame = history.Frame{Dependency: &read, Structure: read.Structure, Active: s.AllTargets()}
			if i == 0 {
				sel.Begin(p, allocation.Layer{Temporal: All})
			}
			mark, ok := sel.Take(p, allocation.Layer{Temporal: All}, false)
			if !ok {
				t.Fatal("not sent")
			}
			got := dependency.Number(RewriteDependency(make([]byte, 0, 64), p, mark))
			if (stream > 0 || i > 0) && got != last+1 {
				t.Fatalf("stream %d, frame %d: number %d after %d", stream, i, got, last)
			}
			last = got
		}
	}
}

func TestDependencySendsStreamsWithoutDescriptorsWhole(t *testing.T) {
	var s Dependency
	p := pool.Packet(nil)
	p.Keyframe, p.Marker = true, true
	s.Begin(p, allocation.Layer{})
	if mark, ok := s.Take(p, allocation.Layer{}, false); !ok || !Marker(mark) {
		t.Errorf("sent %v, marker %v", ok, Marker(mark))
	}
	if s.NeedsKeyframe(allocation.Layer{Spatial: 2}) {
		t.Error("a keyframe does not help")
	}
}
