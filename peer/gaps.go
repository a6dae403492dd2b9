package peer

import (
	"strings"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/keyframe"
)

// Times of a received picture of which packets are missing.
const (
	repairWait = 500 * time.Millisecond // for retransmissions, until only a keyframe helps
	askAgain   = time.Second            // for the keyframe
	maxMissing = 256
)

// gaps finds out when a received video can only be decoded again after a keyframe: nobody decodes here, who would notice.
type gaps struct {
	isKeyframe func([]byte) bool // nil: of sound
	begun      bool
	highest    uint16
	missing    map[uint16]time.Time // since when
	waiting    bool                 // for a keyframe
	asked      time.Time
}

func newGaps(mime string) *gaps {
	g := &gaps{missing: map[uint16]time.Time{}}
	switch strings.ToLower(mime) {
	case strings.ToLower(webrtc.MimeTypeVP8):
		g.isKeyframe = keyframe.VP8
	case strings.ToLower(webrtc.MimeTypeH264):
		g.isKeyframe = keyframe.H264
	case strings.ToLower(webrtc.MimeTypeVP9):
		g.isKeyframe = keyframe.VP9
	case strings.ToLower(webrtc.MimeTypeAV1):
		g.isKeyframe = keyframe.AV1
	}
	return g
}

// take notes a packet, and reports whether to ask for a keyframe now.
func (g *gaps) take(p *rtp.Packet, now time.Time) (ask bool) {
	if g.isKeyframe == nil {
		return false
	}
	if !g.begun {
		g.begun, g.highest, g.waiting, g.asked = true, p.SequenceNumber-1, true, now // the room has asked for the first one
	}
	ahead := int16(p.SequenceNumber - g.highest)
	if ahead <= 0 {
		delete(g.missing, p.SequenceNumber)
	} else {
		g.skip(p.SequenceNumber, now)
		g.highest = p.SequenceNumber
	}
	if len(p.Payload) > 0 && g.isKeyframe(p.Payload) {
		g.waiting = false
		for seq := range g.missing {
			if int16(p.SequenceNumber-seq) > 0 {
				delete(g.missing, seq)
			}
		}
	}
	for _, since := range g.missing {
		if now.Sub(since) > repairWait {
			g.waiting = true
			clear(g.missing)
			break
		}
	}
	if !g.waiting || now.Sub(g.asked) < askAgain {
		return false
	}
	g.asked = now
	return true
}

// skip notes what is missing before seq.
func (g *gaps) skip(seq uint16, now time.Time) {
	for missing := g.highest + 1; missing != seq; missing++ {
		if len(g.missing) >= maxMissing { // more than is sent again
			g.waiting = true
			clear(g.missing)
			return
		}
		g.missing[missing] = now
	}
}
