package sfu

import (
	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/h264"
	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/keyframe"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/vp9"
)

// svc is what a layer remembers to tell where a packet of a stream with layers of its own stands.
type svc struct {
	reader     dependency.Reader
	descriptor dependency.Descriptor // of the packet at hand

	vp9        vp9.Descriptor // of the packet at hand
	group      []vp9.Picture  // that repeats, of VP9 in non-flexible mode
	groupStart uint16         // picture id of its first

	timestamp uint32 // of the last packet
}

func (l *layer) layered() *svc {
	if l.svc == nil {
		l.svc = &svc{}
	}
	return l.svc
}

// spatialSize notes the size of the pictures of one spatial layer.
func (l *layer) spatialSize(spatial, width, height int) {
	if spatial < maxLayers {
		l.spatial[spatial].Store(uint32(width)<<16 | uint32(height)&0xffff)
	}
}

// readDependency reads the dependency descriptor of a packet; nil when it has none that can be used.
func (l *layer) readDependency(h *rtp.Header) (b []byte, d *dependency.Descriptor) {
	id := l.receiver.dependencyID
	if id == 0 || !h.Extension {
		return nil, nil
	}
	s := l.layered()
	if b = h.GetExtension(id); len(b) == 0 || !s.reader.Read(&s.descriptor, b) {
		return b, nil
	}
	return b, &s.descriptor
}

// describeAV1 takes it from the dependency descriptor: the payload says little more than where sequences begin.
func describeAV1(l *layer, h *rtp.Header, p *history.Packet) {
	p.Keyframe = keyframe.AV1(p.Payload())
	b, d := l.readDependency(h)
	p.SetDescriptor(b)
	if d == nil || len(p.Descriptor()) == 0 {
		return
	}
	f := &p.Frame
	f.Spatial, f.Temporal, f.Start, f.End = int8(d.Spatial), int8(d.Temporal), d.Start, d.End
	f.Dependency, f.Structure, f.Active = d, d.Structure, l.svc.reader.Active()
	if d.Spatial == 0 && len(d.Diffs) > 0 {
		l.apart.Store(d.Indications[d.Structure.Highest()] == dependency.NotPresent)
	}
	if !d.Attached {
		return
	}
	p.Keyframe = p.Keyframe || d.Start
	for i, size := range d.Structure.Sizes {
		l.spatialSize(i, size.Width, size.Height)
	}
}

// describeH264 takes temporal layers from the dependency descriptor, or else from what the slices say: of pictures that
// no other is predicted from, any may be left out.
func describeH264(l *layer, h *rtp.Header, p *history.Packet) {
	payload, s := p.Payload(), l.layered()
	f := &p.Frame
	f.Start, f.End = p.Timestamp != s.timestamp, p.Marker
	s.timestamp = p.Timestamp
	if p.Keyframe = h264.Keyframe(payload); p.Keyframe {
		if w, h, ok := h264.FrameSize(payload); ok {
			f.Width, f.Height = uint16(w), uint16(h)
		}
		return
	}
	if _, d := l.readDependency(h); d != nil {
		f.Temporal = int8(d.Temporal)
		for i, t := range d.Structure.Targets {
			f.Sync = f.Sync || t.Temporal == d.Temporal && d.Indications[i] == dependency.Switch
		}
	} else if h264.Disposable(payload) {
		f.Temporal, f.Sync = 1, true
	}
}

// describeVP9 takes it from the payload descriptor (RFC 9628, section 4.2).
func describeVP9(l *layer, _ *rtp.Header, p *history.Packet) {
	s := l.layered()
	d, f := &s.vp9, &p.Frame
	if !d.Parse(p.Payload()) {
		return
	}
	p.Keyframe = d.Keyframe()
	f.Spatial, f.Temporal, f.Start, f.End, f.Sync = int8(d.SID), int8(d.TID), d.Start, d.End, d.SwitchUp
	f.TL0, f.HasTL0 = d.TL0PICIDX, d.HasLayers && !d.Flexible
	if d.HasPictureID {
		f.ID, f.IDMask = d.PictureID, d.PictureIDMask()
	}
	f.Independent, f.InterLayer, f.Unused = !d.Predicted, d.InterLayer, d.NotForAbove
	if d.HasStructure {
		s.structureVP9(l, p)
	}
	if d.SID > 0 && d.Predicted {
		l.apart.Store(!d.InterLayer)
	}
	switch {
	case d.Flexible:
		f.References, f.Diffs = int8(d.References), d.Diffs
	case len(s.group) > 0 && d.HasPictureID:
		g := s.group[int((d.PictureID-s.groupStart)&f.IDMask)%len(s.group)]
		f.References, f.Diffs = int8(g.References), g.Diffs
	default:
		f.References = -1
	}
	if f.References == 0 && d.Predicted { // a group that is not what is sent
		f.References = -1
	}
}

// structureVP9 keeps what the scalability structure of a packet says.
func (s *svc) structureVP9(l *layer, p *history.Packet) {
	ss := &s.vp9.Structure
	s.group, s.groupStart = append(s.group[:0], ss.Group[:ss.Pictures]...), s.vp9.PictureID
	if !ss.HasSizes {
		return
	}
	for i := range ss.Layers {
		l.spatialSize(i, int(ss.Width[i]), int(ss.Height[i]))
	}
	if p.Keyframe {
		p.Frame.Width, p.Frame.Height = ss.Width[ss.Layers-1], ss.Height[ss.Layers-1]
	}
}

func selectVP9() selection.Selection { return &selection.VP9{} }

func selectDependency() selection.Selection { return &selection.Dependency{} }

func rewriteVP9(scratch []byte, p *history.Packet, mark uint32) ([]byte, bool) {
	return selection.RewriteVP9(scratch, p, mark), selection.Marker(mark)
}

func rewriteAV1(_ []byte, p *history.Packet, mark uint32) ([]byte, bool) {
	return p.Payload(), selection.Marker(mark)
}
