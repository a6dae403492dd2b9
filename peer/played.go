package peer

import (
	"slices"
	"strings"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// tellEvery is the time between two messages on how what arrives can be played.
const tellEvery = 4 * time.Second

// playing follows how fluently the frames of a video come: what shows them at once shows these freezes (W3C Identifiers for
// WebRTC's Statistics, freezeCount).
type playing struct {
	at      time.Time
	usual   time.Duration // between two frames
	freezes uint64
	frozen  time.Duration
}

func (p *playing) frame(now time.Time) {
	gap := now.Sub(p.at)
	switch {
	case p.at.IsZero():
	case p.usual == 0:
		p.usual = gap
	case gap > max(3*p.usual, p.usual+150*time.Millisecond):
		p.freezes++
		p.frozen += gap
	default:
		p.usual += (gap - p.usual) / 8
	}
	p.at = now
}

// tellPlayed tells the room how the videos come that it sends.
func (p *Peer) tellPlayed(now time.Time) {
	l := &p.loop
	if !l.welcome || now.Sub(l.toldAt) < tellEvery {
		return
	}
	l.toldAt = now
	if tracks := p.played(); len(tracks) > 0 {
		p.write(signal.ClientQuality{Tracks: tracks})
	}
}

func (p *Peer) played() []signal.PlayedTrack {
	p.mu.Lock()
	defer p.mu.Unlock()
	var tracks []signal.PlayedTrack
	for id, c := range p.counters {
		if c.live && c.info.Kind == signal.KindVideo && len(tracks) < signal.MaxTracks {
			tracks = append(tracks, signal.PlayedTrack{
				Track: id, Decoded: c.frames, Freezes: c.play.freezes, Frozen: c.play.frozen.Seconds(),
			})
		}
	}
	slices.SortFunc(tracks, func(a, b signal.PlayedTrack) int { return strings.Compare(a.Track, b.Track) })
	return tracks
}
