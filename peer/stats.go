package peer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/keyframe"
	"github.com/gotera/gotera/sfu/reception"
	"github.com/gotera/gotera/sfu/sequence"
)

// TrackStats counts what came of one track since it was first seen.
type TrackStats struct {
	Track     string  `json:"track"`
	Peer      string  `json:"peer"`
	Source    string  `json:"source"`
	Kind      string  `json:"kind"`
	Codec     string  `json:"codec"`
	Live      bool    `json:"live"` // the room still sends it
	Packets   uint64  `json:"packets"`
	Bytes     uint64  `json:"bytes"`     // RTP headers and payloads
	Lost      int64   `json:"lost"`      // packets that never came, not even by retransmission
	Jitter    float64 `json:"jitter_ms"` // interarrival jitter (RFC 3550, section 6.4.1)
	Frames    uint64  `json:"frames"`    // of audio: packets
	Keyframes uint64  `json:"keyframes"`
}

// counter counts one track. It is guarded by Peer.mu.
type counter struct {
	info   Received
	ssrc   webrtc.SSRC
	live   bool
	at     time.Time // of the last packet
	key    func([]byte) bool
	stream reception.Stream
	order  sequence.Unwrapper

	packets, bytes, frames, keyframes uint64
	base, highest                     int64
	last                              uint32 // RTP timestamp of the last frame counted
	lastKey                           uint32
	play                              playing
}

func newCounter(info Received, ssrc webrtc.SSRC, rate uint32) *counter {
	c := &counter{info: info, ssrc: ssrc, live: true, stream: reception.Stream{ClockRate: rate}}
	switch strings.ToLower(info.Codec) {
	case "video/vp8":
		c.key = keyframe.VP8
	case "video/vp9":
		c.key = keyframe.VP9
	case "video/h264":
		c.key = keyframe.H264
	case "video/av1":
		c.key = keyframe.AV1
	}
	return c
}

func (c *counter) packet(p *rtp.Packet, now time.Time) {
	c.at = now
	seq := c.order.Unwrap(p.SequenceNumber)
	c.stream.Received(seq, p.Timestamp, now)
	if c.packets == 0 {
		c.base, c.highest = seq, seq
	}
	c.packets++
	c.base, c.highest = min(c.base, seq), max(c.highest, seq)
	if c.info.Kind == "audio" {
		c.frames++
		return
	}
	if len(p.Payload) == 0 {
		return // padding
	}
	if c.frames == 0 || p.Timestamp != c.last && int32(p.Timestamp-c.last) > 0 {
		c.frames++
		c.last = p.Timestamp
		c.play.frame(now)
	}
	if c.key != nil && c.key(p.Payload) && (c.keyframes == 0 || p.Timestamp != c.lastKey) {
		c.keyframes++
		c.lastKey = p.Timestamp
	}
}

func (c *counter) stats() TrackStats {
	s := TrackStats{
		Track: c.info.Track, Peer: c.info.Peer, Source: c.info.Source, Kind: c.info.Kind, Codec: c.info.Codec, Live: c.live,
		Packets: c.packets, Bytes: c.bytes, Frames: c.frames, Keyframes: c.keyframes,
		Jitter: float64(c.stream.Jitter()) / float64(time.Millisecond),
	}
	if c.packets > 0 {
		s.Lost = max(0, c.highest-c.base+1-int64(c.packets))
	}
	return s
}

// Stats returns the counters of all tracks received, those of publishers that are gone last.
func (p *Peer) Stats() []TrackStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]TrackStats, 0, len(p.counters))
	for _, c := range p.counters {
		list = append(list, c.stats())
	}
	slices.SortFunc(list, func(a, b TrackStats) int {
		if a.Live != b.Live {
			if a.Live {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Track, b.Track))
	})
	return list
}

// maxGone bounds how many tracks that are gone are remembered.
const maxGone = 256

// forgetLocked drops counters of tracks that are gone when there are too many.
func (p *Peer) forgetLocked() {
	for id, c := range p.counters {
		if len(p.counters) <= maxGone {
			return
		}
		if !c.live {
			delete(p.counters, id)
		}
	}
}
