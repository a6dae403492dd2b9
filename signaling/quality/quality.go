// Package quality turns the counters of a room's media, and what pages say of playing it, into what people are told: a
// word for each peer's connection, with its reasons and numbers, and totals for rehab. It measures the difference between
// two pictures of the room; nothing here is on the packet path. Start at Meter; judge.go has the limits of the words.
package quality

import (
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// Picture is one peer over the last interval.
type Picture struct {
	Shown  signal.PeerQuality  // for pages
	Totals control.PeerQuality // for rehab, without who the peer is and since when
}

// Report is what a peer's page said last of playing what it receives.
type Report struct {
	Tracks []signal.PlayedTrack
	At     time.Time // when it came; zero: never
}

// reportLife is how long a page's report counts; pages send one every 4 s.
const reportLife = 12 * time.Second

// maxShown bounds the pictures listed for one peer, so that a message about a full room stays small.
const maxShown = 16

// Meter measures one room. It is used by one goroutine at a time.
type Meter struct {
	at    time.Time
	peers map[sfu.PeerID]*peer
}

// NewMeter returns a meter that has seen nothing.
func NewMeter() *Meter { return &Meter{peers: map[sfu.PeerID]*peer{}} }

// Next takes a picture of the room at now. A peer's first one has totals but no word and no rates.
func (m *Meter) Next(now time.Time, stats sfu.RoomStats, reports map[sfu.PeerID]Report) map[sfu.PeerID]Picture {
	published := map[string]bool{}
	for _, p := range stats.Peers {
		for _, t := range p.Published {
			published[t.Track.ID] = true
		}
	}
	seconds := now.Sub(m.at).Seconds()
	m.at = now
	peers := make(map[sfu.PeerID]*peer, len(stats.Peers))
	pictures := make(map[sfu.PeerID]Picture, len(stats.Peers))
	for _, s := range stats.Peers {
		p, known := m.peers[s.ID]
		if !known {
			p = newPeer()
		}
		peers[s.ID] = p
		p.played.watch(now, s.Stalled)
		p.listen(reports[s.ID], published)
		elapsed := seconds
		if !known {
			elapsed = 0
		}
		pictures[s.ID] = p.next(now, elapsed, s)
	}
	m.peers = peers
	return pictures
}
