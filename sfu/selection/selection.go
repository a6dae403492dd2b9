// Package selection decides which packets of one stream a subscriber gets: those of its temporal layer and below, and
// with SVC those of its spatial layer. It also works out what becomes of the numbers in their payload descriptors,
// which must go on without a jump whatever is left out. One type for each kind of codec; the stream itself (which
// simulcast layer) is the caller's choice. Start with Selection.
package selection

import (
	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/history"
)

// All is a temporal layer that no stream goes beyond: nothing is left out.
const All = 7

// Selection follows one outgoing stream. Methods must not be called concurrently.
type Selection interface {
	// Begin starts with p, the first packet of a keyframe, after a change of stream or a pause. Take is called for p
	// next.
	Begin(p *history.Packet, want allocation.Layer)
	// Take decides about a packet, in order of arrival; late ones come after one with a higher sequence number. want is
	// the highest layer to send; it is gone up to where the stream allows it. mark is for Rewrite.
	Take(p *history.Packet, want allocation.Layer, late bool) (mark uint32, ok bool)
	// Current is the highest layer that is sent now, and Temporal is All if that is everything; Spatial counts within
	// the stream.
	Current() allocation.Layer
	// NeedsKeyframe reports whether want can only be reached at a keyframe.
	NeedsKeyframe(want allocation.Layer) bool
}

// Plain is the Selection of a codec whose payload says nothing about layers, or only about temporal ones that need no
// rewriting (H.264, Opus). The zero value is ready.
type Plain struct{ temporal }

// Begin is for Selection.
func (s *Plain) Begin(_ *history.Packet, want allocation.Layer) { s.begin(want) }

// Take is for Selection.
func (s *Plain) Take(p *history.Packet, want allocation.Layer, late bool) (uint32, bool) {
	return 0, s.take(p, want, late)
}

// temporal is the choice of temporal layers within one stream.
type temporal struct {
	limit int8 // the highest that is sent
	top   int8 // the highest that came
	frame uint32
	open  bool // the frame with timestamp frame is being sent
}

func (s *temporal) begin(want allocation.Layer) {
	s.limit, s.top, s.open = want.Temporal, 0, false
}

// take reports whether p is sent. It goes down at once, between frames, and up by one layer where a frame of the next
// one is predicted from layer 0 alone.
func (s *temporal) take(p *history.Packet, want allocation.Layer, late bool) bool {
	f := &p.Frame
	s.top = max(s.top, f.Temporal)
	if late { // as if it had come in time, nearly: the layer may have changed since
		return f.Temporal <= s.limit
	}
	if s.open && p.Timestamp == s.frame {
		return true
	}
	if s.limit > want.Temporal {
		s.limit = want.Temporal
	}
	if f.Temporal == s.limit+1 && f.Temporal <= want.Temporal && f.Start && f.Sync {
		s.limit = f.Temporal
	}
	s.frame, s.open = p.Timestamp, f.Temporal <= s.limit
	return s.open
}

// Current is for Selection.
func (s *temporal) Current() allocation.Layer {
	if s.limit >= s.top {
		return allocation.Layer{Temporal: All}
	}
	return allocation.Layer{Temporal: s.limit}
}

// NeedsKeyframe is for Selection.
func (s *temporal) NeedsKeyframe(allocation.Layer) bool { return false }
