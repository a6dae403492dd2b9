package sfu

import (
	"time"

	"github.com/gotera/gotera/sfu/allocation"
)

// allocateInterval is how often it is decided anew which layers a peer is sent. What cannot wait for it makes
// allocateTimer due at once.
const allocateInterval = 200 * time.Millisecond

// allocate decides which layers the peer is sent: what fits the size at which it shows each track.
func (p *Peer) allocate(now time.Time) {
	if !p.connected.Load() {
		return
	}
	for _, s := range *p.senders.Load() {
		d := s.demand(now)
		switch {
		case d.Max < 0:
			s.setTarget(allocation.Paused)
		case d.Max < len(d.Levels):
			s.setTarget(d.Levels[d.Max].Layer)
		}
	}
	p.allocateTimer.SetEarlier(now.Add(allocateInterval))
}
