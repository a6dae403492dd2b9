package sfu

import (
	"strconv"
	"sync/atomic"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/twcc"
)

// outlet is the sending side of one m-line: one SSRC to one subscriber. It is the webrtc.TrackLocal that Pion knows, and is
// what the senders that follow one another on the m-line have in common.
type outlet struct {
	id, stream, kind string
	bound            *binding                // as Pion says it; only used by the negotiation
	binding          atomic.Pointer[binding] // nil unless negotiated
	kept             sentRing                // for what is sent again without a retransmission stream
}

// binding is what was negotiated with the subscriber.
type binding struct {
	writer   webrtc.TrackLocalWriter // Pion's way, for connections that link does not seal
	ssrc     uint32
	rtx      uint32            // SSRC of retransmissions; 0: none, they go on ssrc
	payloads [codecCount]uint8 // payload types; 0: the subscriber cannot take the codec
	repairs  [codecCount]uint8 // payload types of retransmission

	level, transport, sendTime, dependency uint8 // header extension ids; 0: none
}

// ID, RID, StreamID, Kind, Bind and Unbind are for webrtc.TrackLocal.

// ID is the track's.
func (o *outlet) ID() string { return o.id }

// RID is empty: a subscriber gets one layer.
func (o *outlet) RID() string { return "" }

// StreamID groups the audio and the video of one source, which players then keep in step.
func (o *outlet) StreamID() string { return o.stream }

// Kind is the track's.
func (o *outlet) Kind() webrtc.RTPCodecType { return webrtc.NewRTPCodecType(o.kind) }

// Bind notes what was negotiated. It fails only without any codec: a subscriber that lacks the publisher's codec is
// not a reason to fail the whole negotiation.
func (o *outlet) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	b := &binding{writer: c.WriteStream(), ssrc: uint32(c.SSRC()), rtx: uint32(c.SSRCRetransmission())}
	params := c.CodecParameters()
	byPayload := map[string]codecID{}
	for _, p := range params {
		if id := codecOf(p.MimeType, p.SDPFmtpLine); id != codecNone && b.payloads[id] == 0 {
			b.payloads[id] = uint8(p.PayloadType)
			byPayload[payloadText(p.PayloadType)] = id
		}
	}
	for _, p := range params {
		if id := byPayload[parameter(p.SDPFmtpLine, "apt")]; id != codecNone {
			b.repairs[id] = uint8(p.PayloadType)
		}
	}
	for id := codecID(1); id < codecCount; id++ {
		if alt := id.alternative(); b.payloads[id] == 0 && alt != codecNone {
			b.payloads[id], b.repairs[id] = b.payloads[alt], b.repairs[alt]
		}
	}
	for _, e := range c.HeaderExtensions() {
		switch e.URI {
		case audioLevelURI:
			b.level = uint8(e.ID)
		case twcc.URI:
			b.transport = uint8(e.ID)
		case dependency.URI:
			b.dependency = uint8(e.ID)
		case sendTimeURI:
			b.sendTime = uint8(e.ID)
		}
	}
	o.bound = b
	o.binding.Store(b)
	if len(params) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	return params[0], nil
}

// Unbind ends the sending.
func (o *outlet) Unbind(webrtc.TrackLocalContext) error {
	o.bound = nil
	o.binding.Store(nil)
	return nil
}

func payloadText(p webrtc.PayloadType) string { return strconv.Itoa(int(p)) }
