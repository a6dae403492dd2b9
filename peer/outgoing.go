package peer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu/keyframe"
)

// packetSize bounds the payload of a packet, bytes: with all headers it fits into what tunnels and TURN leave of 1500.
const packetSize = 1188

// outgoing makes the packets of one track. Numbers and times go on over pauses and new sources, as receivers expect of one
// stream (RFC 3550, section 5.1). It is used by one goroutine.
type outgoing struct {
	track *webrtc.TrackLocalStaticRTP
	write func(*rtp.Packet) error // of track
	rate  uint32                  // Hz
	split rtp.Payloader
	key   func([]byte) bool // whether a payload begins a keyframe; nil: any does

	seq   uint16 // of the next packet
	now   uint32 // highest timestamp so far
	base  uint32 // timestamp of the first frame
	began time.Time
	total time.Duration // of the frames that have one
	hold  bool          // nothing is sent until the next keyframe

	source  uint32 // SSRC of what is relayed
	relays  bool
	shift   uint16 // from its sequence numbers to ours
	forward uint32 // from its timestamps to ours
	lastAt  time.Time
}

func newOutgoing(mime, id, stream string) (*outgoing, error) {
	kind, _, _ := strings.Cut(mime, "/")
	codec := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90000}
	if kind == signal.KindAudio {
		codec.ClockRate, codec.Channels = 48000, 2 // Opus is always announced as stereo (RFC 7587, section 7)
	}
	track, err := webrtc.NewTrackLocalStaticRTP(codec, id, stream)
	if err != nil {
		return nil, err
	}
	o := &outgoing{track: track, write: track.WriteRTP, rate: codec.ClockRate, seq: uint16(rand.Uint32()), now: rand.Uint32()}
	o.base = o.now
	switch strings.ToLower(mime) {
	case "video/vp8":
		o.split, o.key = &codecs.VP8Payloader{EnablePictureID: true}, keyframe.VP8
	case "video/vp9":
		o.split, o.key = &codecs.VP9Payloader{}, keyframe.VP9
	case "video/av1":
		o.split, o.key = &codecs.AV1Payloader{}, keyframe.AV1
	case "video/h264":
		o.split, o.key = &codecs.H264Payloader{}, keyframe.H264
	case "audio/opus":
		o.split = &codecs.OpusPayloader{}
	default:
		return nil, fmt.Errorf("codec %s is not VP8, VP9, AV1, H.264 or Opus", mime)
	}
	return o, nil
}

// frame sends an encoded frame that lasts d; 0: it is stamped with the time of its coming. While quiet it is left out, and
// then everything up to the next keyframe. It returns how many packets it sent.
func (o *outgoing) frame(data []byte, d time.Duration, quiet bool) (int, error) {
	at := o.stamp(time.Now())
	if d > 0 {
		at = o.due(d)
	}
	o.now = at
	o.hold = o.hold || quiet
	if quiet {
		return 0, nil
	}
	payloads := o.split.Payload(packetSize, data)
	if len(payloads) == 0 || o.held(payloads[0]) {
		return 0, nil
	}
	for i, payload := range payloads {
		packet := &rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: i == len(payloads)-1, SequenceNumber: o.seq, Timestamp: at},
			Payload: payload,
		}
		o.seq++
		if err := o.write(packet); err != nil {
			return i, err
		}
	}
	return len(payloads), nil
}

// lateBy is how late a frame with a duration may come until that counts as a gap: its source has paused.
const lateBy = 300 * time.Millisecond

// due is the timestamp of a frame that lasts d and follows the one before.
func (o *outgoing) due(d time.Duration) uint32 {
	if behind := time.Since(o.began) - o.total; behind > lateBy {
		o.total += behind
	}
	at := o.base + o.ticks(o.total)
	o.total += d
	return at
}

// held reports whether payload is to be left out until a keyframe comes.
func (o *outgoing) held(payload []byte) bool {
	if o.hold && (o.key == nil || o.key(payload)) {
		o.hold = false
	}
	return o.hold
}

// stamp is the timestamp of a moment. It grows with each call.
func (o *outgoing) stamp(now time.Time) uint32 {
	if o.began.IsZero() {
		o.began = now
	}
	at := o.base + o.ticks(now.Sub(o.began))
	if int32(at-o.now) <= 0 {
		at = o.now + 1
	}
	return at
}

// ticks is d in units of timestamps, modulo 2^32.
func (o *outgoing) ticks(d time.Duration) uint32 {
	return uint32(uint64(d/time.Second)*uint64(o.rate) + uint64(d%time.Second)*uint64(o.rate)/uint64(time.Second))
}

// relay sends a packet of another RTP sender with its payload as it is. Gaps and the order in its numbers stay, so that
// losses before us can be seen; a sender that begins anew goes on where the last one ended.
func (o *outgoing) relay(p *rtp.Packet, quiet bool) (int, error) {
	now := time.Now()
	if !o.relays || p.SSRC != o.source {
		passed := uint32(0)
		if o.relays {
			passed = o.ticks(now.Sub(o.lastAt))
		}
		o.relays, o.source = true, p.SSRC
		o.shift, o.forward = o.seq-p.SequenceNumber, o.now+passed+1-p.Timestamp
	}
	o.lastAt = now
	o.hold = o.hold || quiet
	if quiet || o.held(p.Payload) {
		if int16(p.SequenceNumber+o.shift-o.seq) >= 0 {
			o.shift = o.seq - p.SequenceNumber - 1 // what is left out leaves no gap
		}
		return 0, nil
	}
	out := &rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: p.Marker, SequenceNumber: p.SequenceNumber + o.shift, Timestamp: p.Timestamp + o.forward,
		},
		Payload: p.Payload,
	}
	if int16(out.SequenceNumber-o.seq) >= 0 {
		o.seq, o.now = out.SequenceNumber+1, out.Timestamp
	}
	if err := o.write(out); err != nil {
		return 0, err
	}
	return 1, nil
}
