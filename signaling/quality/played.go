package quality

import (
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// excuse is for how long after a track stalled at its source its freezes say nothing of who receives it: a browser counts
// a freeze when it is over.
const excuse = 5 * time.Second

// played is what a peer's page says of playing what it receives. It may say anything: what it says only raises its own
// totals, not faster than time goes by, and shares stay between 0 and 1.
type played struct {
	totals            control.Played
	last              map[string]signal.PlayedTrack // by track id, of the last report
	at                time.Time                     // of the last report
	frozen, concealed float64                       // shares of the time between the last two reports
	silent            map[string]time.Time          // when tracks were last seen stalled at their source
}

func newPlayed() played {
	return played{last: map[string]signal.PlayedTrack{}, silent: map[string]time.Time{}}
}

// watch notes which tracks are stalled at their source, and forgets those of long ago.
func (p *played) watch(now time.Time, stalled []sfu.StalledTrack) {
	for id, at := range p.silent {
		if now.Sub(at) > reportLife+excuse {
			delete(p.silent, id)
		}
	}
	for _, t := range stalled {
		if t.Reason == sfu.StalledSource {
			p.silent[t.Track.ID] = now
		}
	}
}

// excused reports whether a track's freezes since the last report are its source's.
func (p *played) excused(track string) bool {
	at, ok := p.silent[track]
	return ok && p.at.Sub(at) < excuse
}

// listen takes a report, once. Tracks that nobody publishes are ignored.
func (p *peer) listen(r Report, published map[string]bool) {
	if r.At.IsZero() || !r.At.After(p.played.at) {
		return
	}
	p.played.take(r, published)
}

func (p *played) take(r Report, published map[string]bool) {
	first := p.at.IsZero()
	seconds := reportLife.Seconds() // a first report tells of a time before it
	if !first {
		seconds = r.At.Sub(p.at).Seconds()
	}
	last := make(map[string]signal.PlayedTrack, len(r.Tracks))
	p.frozen, p.concealed = 0, 0
	for _, t := range r.Tracks {
		if _, twice := last[t.Track]; twice || !published[t.Track] {
			continue
		}
		last[t.Track] = t
		old := p.last[t.Track]
		frozen, heard := grown(t.Frozen, old.Frozen, seconds), grown(t.Heard, old.Heard, seconds)
		concealed := grown(t.Concealed, old.Concealed, heard)
		if p.excused(t.Track) {
			old.Freezes, frozen, concealed = t.Freezes, 0, 0
		}
		p.totals.Freezes += counted(t.Freezes, old.Freezes, seconds*maxFrames)
		p.totals.Frozen += frozen
		p.totals.Decoded += counted(t.Decoded, old.Decoded, seconds*maxFrames)
		p.totals.Dropped += counted(t.Dropped, old.Dropped, seconds*maxFrames)
		p.totals.Concealed += concealed
		p.totals.Heard += heard
		if !first && seconds > 0 {
			p.frozen = max(p.frozen, frozen/seconds)
		}
		if heard > 0.5 {
			p.concealed = max(p.concealed, concealed/heard)
		}
	}
	p.last, p.at = last, r.At
}

// maxFrames is what is believed of pictures per second.
const maxFrames = 240

// grown is how much a figure has grown, 0 when it fell: it began anew.
func grown(now, before, most float64) float64 { return min(max(0, now-before), most) }

func counted(now, before uint64, most float64) uint64 { return min(less(now, before), uint64(most)) }

// shares are what the last report says, while it is fresh.
func (p *played) shares(now time.Time) (frozen, concealed float64) {
	if now.Sub(p.at) > reportLife {
		return 0, 0
	}
	return p.frozen, p.concealed
}
