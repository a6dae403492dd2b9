package sfu

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/dependency"
	"github.com/gotera/gotera/sfu/rewrite"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/twcc"
	"github.com/gotera/gotera/sfu/wheel"
)

// sender is the server's end of one track sent to one subscriber. It is the webrtc.TrackLocal of its m-line, and
// rewrites each packet's header for it.
type sender struct {
	receiver *receiver
	peer     *Peer // the subscriber

	binding atomic.Pointer[binding] // nil unless negotiated
	live    atomic.Bool             // the connection is up: packets may be sent
	retry   *wheel.Timer            // asks for keyframes until one came

	// Of the packet at hand: all packets come on the publisher's goroutine.
	header  outHeader
	scratch []byte

	mu        sync.Mutex // guards the fields below; never held while writing to the network
	switching            // which layer
	out       rewrite.Rewriter[*layer]
	pick      selection.Selection // packets of it; nil before the first
	codec     codecID             // that pick is for
	frame     uint32              // timestamp of the last frame begun, as the publisher sent it
	dropped   bool                // its last packet was not sent
	sentSR    [4]sentReport       // the last ones, for round-trip times
	nextSR    int

	levels []allocation.Level // only used by demand, to save allocating it

	repair   repair   // only used on the subscriber's RTCP goroutine, but for seq
	kept     sentRing // for what is sent again without a retransmission stream
	progress progress // the same

	wanted                    atomic.Int32 // the highest level worth sending for that size, packed; 0: not known
	shown                     atomic.Int32 // the spatial layer that fits the size shown; -1: hidden
	packets, octets, bytes    atomic.Uint64
	undone                    atomic.Uint64 // changes of layer for which no keyframe came
	nacks, rtx, plis, doubled atomic.Uint64
	padding                   atomic.Uint64 // packets that only measured the path
	allocated                 atomic.Uint64 // bit/s of the layer it is to be sent as; 0: paused, or nothing known
	lost                      atomic.Int64
	jitter, rtt, waitingSince atomic.Int64

	refused    atomic.Bool   // the subscriber's answer does not take the m-line
	complained atomic.Bool   // the subscriber says that it shows nothing
	highest    atomic.Uint32 // sequence number that it last reported
	advancedAt atomic.Int64  // when that changed, or for the sender before a renewal, Unix nanoseconds; 0: never
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

func newSender(p *Peer, r *receiver) *sender {
	size := videoHistory
	if r.track.Kind == KindAudio {
		size = audioHistory
	}
	s := &sender{receiver: r, peer: p, out: rewrite.New[*layer](uint16(rand.Uint32()), size)}
	s.target = highest
	s.shown.Store(maxLayers - 1)
	s.retry = p.room.wheel.NewTimer(s.retryKeyframe)
	s.repair.seq.Store(rand.Uint32() & 0x7fff)
	return s
}

// ID, RID, StreamID, Kind, Bind and Unbind are for webrtc.TrackLocal.

// ID is the track's.
func (s *sender) ID() string { return s.receiver.track.ID }

// RID is empty: a subscriber gets one layer.
func (s *sender) RID() string { return "" }

// StreamID groups the audio and the video of one source, which players then keep in step.
func (s *sender) StreamID() string {
	return string(s.receiver.track.Peer) + ":" + s.receiver.track.Source
}

// Kind is the track's.
func (s *sender) Kind() webrtc.RTPCodecType { return webrtc.NewRTPCodecType(s.receiver.track.Kind) }

// Bind notes what was negotiated. It fails only without any codec: a subscriber that lacks the publisher's codec is
// not a reason to fail the whole negotiation.
func (s *sender) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
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
	s.binding.Store(b)
	if len(params) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	return params[0], nil
}

// Unbind ends the sending.
func (s *sender) Unbind(webrtc.TrackLocalContext) error {
	s.binding.Store(nil)
	return nil
}

// start begins to forward: the connection is up and the m-line negotiated.
func (s *sender) start() {
	if s.live.Swap(true) {
		return
	}
	now := time.Now()
	if s.receiver.track.Kind == KindVideo {
		s.waitingSince.Store(now.UnixNano())
		s.wantKeyframe()
	}
	s.peer.allocateTimer.SetEarlier(now)
	s.peer.reportTimer.SetEarlier(now.Add(wheel.Tick)) // so that lip-sync is right from the start
}

// stop ends it.
func (s *sender) stop() {
	s.live.Store(false)
	s.retry.Stop()
}

// keyframeAsked passes a subscriber's request on.
func (s *sender) keyframeAsked() {
	s.plis.Add(1)
	s.wantKeyframe()
}

func payloadText(p webrtc.PayloadType) string { return strconv.Itoa(int(p)) }
