package sfu

import (
	"errors"
	"sync/atomic"
)

// ErrFlood ends a peer that sends far more than media needs.
var ErrFlood = errors.New("too many packets")

// Limits of what a peer may send for floodLooks looks of the room's watch in a row. A publisher of three cameras with
// three layers each sends 3,000 packets per second at most; a subscriber of 30 tracks with heavy loss reports 1,500 times.
const (
	maxRTP     = 10_000 // packets per second
	maxRTCP    = 5_000  // per second, each packet counted once for each stream that it concerns
	floodLooks = 3

	toldAtOnce = 128 // RTP packets that one of RTCP may speak of until it counts for two, and so on
)

// inflow counts what comes from a peer.
type inflow struct {
	rtp, rtcp atomic.Uint64
	excess    atomic.Uint64 // packets that were dropped unseen

	lastRTP, lastRTCP, lastExcess uint64 // at the last look; only used by the room's wheel, as the next
	looks                         int    // in a row with too much
}

// watchFlood ends the peer if it floods.
func (p *Peer) watchFlood() {
	rtp, rtcp, excess := p.inflow.rtp.Load(), p.inflow.rtcp.Load(), p.inflow.excess.Load()
	perSecond := 1 / watchInterval.Seconds()
	if float64(rtp-p.inflow.lastRTP)*perSecond > maxRTP || float64(rtcp-p.inflow.lastRTCP)*perSecond > maxRTCP ||
		excess != p.inflow.lastExcess {
		p.inflow.looks++
	} else {
		p.inflow.looks = 0
	}
	p.inflow.lastRTP, p.inflow.lastRTCP, p.inflow.lastExcess = rtp, rtcp, excess
	if p.inflow.looks >= floodLooks {
		p.fail(ErrFlood)
	}
}
