package sfu

import (
	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/vp8"
)

// place reads, once for all subscribers, what the packet says of its place in the stream.
func (l *layer) place(c codecID, h *rtp.Header, p *history.Packet) {
	p.Frame, p.Keyframe = history.Frame{}, false
	k := &codecs[c]
	switch {
	case k.describe != nil:
		k.describe(l, h, p)
	case k.keyframe != nil:
		p.Keyframe = k.keyframe(p.Payload())
	}
}

// describeVP8 takes it from the payload descriptor (RFC 7741, section 4.2).
func describeVP8(_ *layer, _ *rtp.Header, p *history.Packet) {
	var d vp8.Descriptor
	if !d.Parse(p.Payload()) {
		return
	}
	f := &p.Frame
	f.Start = d.Start && d.Partition == 0
	f.End = p.Marker
	p.Keyframe = d.Keyframe
	f.Temporal = int8(d.TID)
	f.Sync = d.LayerSync
	f.TL0, f.HasTL0 = d.TL0PICIDX, d.HasTL0PICIDX
	if d.HasPictureID {
		f.ID, f.IDMask = d.PictureID, d.PictureIDMask()
	}
	if p.Keyframe {
		if w, h, ok := vp8.FrameSize(p.Payload()); ok {
			f.Width, f.Height = uint16(w), uint16(h)
		}
	}
}

// rewriteVP8 is selection.RewriteVP8; the marker stays.
func rewriteVP8(scratch []byte, p *history.Packet, mark uint32) ([]byte, bool) {
	return selection.RewriteVP8(scratch, p, mark), p.Marker
}

func selectPlain() selection.Selection { return &selection.Plain{} }

func selectVP8() selection.Selection { return &selection.VP8{} }
