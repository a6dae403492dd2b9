package sfu

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/reception"
	"github.com/gotera/gotera/sfu/rewrite"
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
	backoff time.Duration           // only used by retry

	header outHeader // of the packet at hand: all packets come on the publisher's goroutine

	mu     sync.Mutex // guards the fields below; never held while writing to the network
	cur    *layer     // being forwarded; nil before the first packet
	out    rewrite.Rewriter[*layer]
	sentSR [4]sentReport // the last ones, for round-trip times
	nextSR int

	repair   repair   // only used on the subscriber's RTCP goroutine
	progress progress // the same

	packets, octets, bytes    atomic.Uint64
	nacks, rtx, plis, doubled atomic.Uint64
	lost                      atomic.Int64
	jitter, rtt, waitingSince atomic.Int64

	refused    atomic.Bool   // the subscriber's answer does not take the m-line
	complained atomic.Bool   // the subscriber says that it shows nothing
	highest    atomic.Uint32 // sequence number that it last reported
	advancedAt atomic.Int64  // when that changed, Unix nanoseconds; 0: never
}

// binding is what was negotiated with the subscriber.
type binding struct {
	writer   webrtc.TrackLocalWriter
	ssrc     uint32
	rtx      uint32            // SSRC of retransmissions; 0: none, they go on ssrc
	payloads [codecCount]uint8 // payload types; 0: the subscriber cannot take the codec
	repairs  [codecCount]uint8 // payload types of retransmission

	level, transport, sendTime uint8 // header extension ids; 0: none
}

// sentReport remembers a sender report until the subscriber answers it.
type sentReport struct {
	id uint32 // middle bits of the NTP time
	at time.Time
}

// keyframe request intervals of a sender that waits: doubled from the first to the last.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 4 * time.Second
)

func newSender(p *Peer, r *receiver) *sender {
	s := &sender{receiver: r, peer: p, out: rewrite.New[*layer](uint16(rand.Uint32()))}
	s.retry = p.room.wheel.NewTimer(s.retryKeyframe)
	s.repair.seq = uint16(rand.Uint32() & 0x7fff)
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
	if s.receiver.track.Kind == KindVideo {
		s.waitingSince.Store(time.Now().UnixNano())
		s.wantKeyframe()
	}
	s.peer.reportTimer.SetEarlier(time.Now().Add(wheel.Tick)) // so that lip-sync is right from the start
}

// stop ends it.
func (s *sender) stop() {
	s.live.Store(false)
	s.retry.Stop()
}

// wantKeyframe asks for a keyframe until one has been forwarded.
func (s *sender) wantKeyframe() {
	if s.live.Load() && s.receiver.track.Kind == KindVideo {
		s.receiver.requestKeyframe()
		s.retry.Set(time.Now().Add(firstRetry))
	}
}

// waits reports whether the layer to forward is not forwarded yet.
func (s *sender) waits() bool {
	best := s.receiver.best.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	return best == nil || s.cur != best
}

func (s *sender) retryKeyframe(now time.Time) {
	if !s.live.Load() || !s.waits() {
		s.backoff = 0
		return
	}
	s.backoff = min(max(2*s.backoff, firstRetry), lastRetry)
	s.receiver.requestKeyframe()
	s.retry.Set(now.Add(s.backoff))
}

// forward sends a packet of layer l, if that is the layer in use or one to change to.
func (s *sender) forward(l *layer, f forwarded) {
	b := s.binding.Load()
	if b == nil || !s.live.Load() {
		return
	}
	p := f.packet
	payloadType := b.payloads[f.codec]
	if payloadType == 0 {
		return
	}
	s.mu.Lock()
	if l != s.cur && !s.switchLocked(l, f) {
		s.mu.Unlock()
		return
	}
	seq, ts, ok := s.out.Rewrite(p.Seq, p.Timestamp, f.now)
	s.mu.Unlock()
	if !ok {
		return
	}
	payload, payloadType := s.redundant(b, l, p, payloadType)
	s.header.fill(b, p, payloadType, seq, ts)
	n, err := s.write(b, &s.header, payload, f.now, 0)
	if err == nil && n > 0 {
		s.packets.Add(1)
		s.octets.Add(uint64(len(payload)))
		s.bytes.Add(uint64(n))
	}
}

// switchLocked changes to layer l if it is the best one and this packet can be the first.
func (s *sender) switchLocked(l *layer, f forwarded) bool {
	if l != s.receiver.best.Load() || codecs[f.codec].keyframe != nil && !f.packet.Keyframe {
		return false
	}
	s.out.Switch(l, f.packet.Seq, f.packet.Timestamp, codecs[f.codec].clock, f.now)
	s.cur = l
	s.waitingSince.Store(0)
	return true
}

// report makes a sender report in the publisher's clock; nil when nothing was sent or its clock is not known.
func (s *sender) report(now time.Time) *rtcp.SenderReport {
	b := s.binding.Load()
	if b == nil || !s.live.Load() {
		return nil
	}
	s.mu.Lock()
	l := s.cur
	offset, ok := s.out.Offset()
	s.mu.Unlock()
	if l == nil || !ok {
		return nil
	}
	m, clockRate, ok := l.mapping(now)
	if !ok {
		return nil
	}
	ntp, ts := m.Advance(now, clockRate)
	s.mu.Lock()
	s.sentSR[s.nextSR] = sentReport{uint32(ntp >> 16), now}
	s.nextSR = (s.nextSR + 1) % len(s.sentSR)
	s.mu.Unlock()
	return &rtcp.SenderReport{
		SSRC: b.ssrc, NTPTime: ntp, RTPTime: ts + offset,
		PacketCount: uint32(s.packets.Load()), OctetCount: uint32(s.octets.Load()),
	}
}

// reported takes the subscriber's report on this track.
func (s *sender) reported(r *rtcp.ReceptionReport, now time.Time) {
	lost := int64(int32(r.TotalLost<<8) >> 8) // 24 bits, signed
	s.lost.Store(lost)
	expected, missed := s.progress.since(r.LastSequenceNumber, lost)
	s.peer.redundancy.reported(expected, missed, now)
	s.peer.reportedAt.Store(now.UnixNano())
	if s.highest.Swap(r.LastSequenceNumber) != r.LastSequenceNumber || s.advancedAt.Load() == 0 {
		s.advancedAt.Store(now.UnixNano())
	}
	var clock uint32 = 90000
	if s.receiver.track.Kind == KindAudio {
		clock = 48000
	}
	s.jitter.Store(int64(r.Jitter) * int64(time.Second) / int64(clock))
	if r.LastSenderReport == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sr := range s.sentSR {
		if sr.id == r.LastSenderReport && !sr.at.IsZero() {
			rtt := reception.RoundTrip(sr.at, now, r.Delay)
			s.rtt.Store(int64(rtt))
			s.peer.measured(rtt)
		}
	}
}

// keyframeAsked passes a subscriber's request on.
func (s *sender) keyframeAsked() {
	s.plis.Add(1)
	s.receiver.requestKeyframe()
}

func payloadText(p webrtc.PayloadType) string { return strconv.Itoa(int(p)) }
