package sfu

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu/bwe"
	"github.com/gotera/gotera/sfu/twcc"
	"github.com/gotera/gotera/sfu/wheel"
)

// feedbackDelay is from a packet to the feedback that tells of it: short enough for the publisher's estimate to follow
// its path, long enough for the feedback to stay a small part of what is sent.
const feedbackDelay = 50 * time.Millisecond

// feedbackPackets bounds what one run of the timer sends.
const feedbackPackets = 8

// uplink tells a publisher when its packets arrived, so that its own estimate of the bandwidth works.
type uplink struct {
	arrivals twcc.Recorder
	timer    *wheel.Timer
	ssrc     atomic.Uint32 // of the last packet
	used     atomic.Bool   // the publisher numbers its packets
	limit    bwe.Reports   // what one that does not is allowed; only used by the report timer
	open     time.Time     // of the first packet since the last feedback; guarded by link.mu
}

// arrived notes a packet that carries a transport-wide sequence number.
func (p *Peer) arrived(seq uint16, ssrc uint32) {
	now := time.Now()
	if p.up.arrivals.Received(seq, now.Sub(p.since)) {
		p.up.ssrc.Store(ssrc)
		p.up.used.Store(true)
		p.up.open = now
		p.up.timer.Set(now.Add(2 * feedbackDelay)) // should no packet come for so long: a timer wakes the process
	} else if now.Sub(p.up.open) >= feedbackDelay {
		p.up.open = now
		p.sendFeedback(now)
	}
}

// sendFeedback is the work of the feedback timer.
func (p *Peer) sendFeedback(time.Time) {
	for range feedbackPackets {
		b, more := p.up.arrivals.Append(nil, p.ssrc, p.up.ssrc.Load())
		if len(b) > 0 {
			packet := rtcp.RawPacket(b)
			p.writeRTCP(&packet)
		}
		if !more {
			return
		}
	}
}
