// Package speakers finds out who speaks from the audio levels that publishers put beside their packets (RFC 6464), so
// that no sound has to be decoded. It has no clock: the caller gives Detector.Update what came in each interval.
package speakers

import (
	"slices"
	"time"
)

// Interval is the time between two updates that the constants below are made for.
const Interval = 100 * time.Millisecond

// Max is how many speakers are named at once: with more nobody is understood.
const Max = 3

// Loudness is 127 plus the level in dBov: 0 is silence, 127 the loudest.
const (
	quietest   = 77 // -50 dBov: below that it is no voice into a microphone
	firstFloor = 60 // of noise, before anything is known
	maxFloor   = 87 // -40 dBov: a voice goes on being one, however long it lasts
	overFloor  = 10 // dB that a voice is above the noise
	floorRise  = 1  // dB/s: a fan that starts is noise after some seconds
)

// Times of speaking. A cough is too short to move the picture, and a pause within a sentence, too.
const (
	startAfter = 300 * time.Millisecond  // of voice, less the half of what is silent in between
	hold       = 1500 * time.Millisecond // of silence until somebody no longer speaks
	yield      = 700 * time.Millisecond  // of silence until the first speaker is overtaken by one who speaks
	challenge  = time.Second             // of being louder by margin until a first speaker who speaks is overtaken
	margin     = 6                       // dB
	slow       = 10                      // updates that the loudness is compared over
)

// Sample is what came of one track since the last update. Nothing at all is silence: an encoder with DTX sends nothing then.
type Sample struct {
	ID       string
	Packets  int // with a level
	Loudness int // sum of their loudness, 0 to 127 each
	Voice    int // of them with the voice activity bit
}

// track is what is remembered of one.
type track struct {
	floor    float64       // loudness of the noise
	average  float64       // loudness over about a second
	tells    bool          // it has used the voice activity bit, so that its absence says something
	voiced   time.Duration // towards startAfter
	last     time.Time     // when it was last heard to speak
	since    time.Time     // when it began to; zero: it does not
	louder   time.Time     // since when it has been louder than the first speaker; zero: it is not
	reported bool          // it is in this update
}

// Detector follows the tracks of a room. The zero value is ready; methods must not be called concurrently.
type Detector struct {
	tracks   map[string]*track
	speaking []string
}

// Update takes all tracks of the room, those with silence included, and returns who speaks: first the one to look at, then
// the others as they began, at most Max. changed tells whether that differs from the last time. The list is not modified
// later.
func (d *Detector) Update(now time.Time, samples []Sample) (list []string, changed bool) {
	if d.tracks == nil {
		d.tracks = map[string]*track{}
	}
	for _, t := range d.tracks {
		t.reported = false
	}
	for _, s := range samples {
		t := d.tracks[s.ID]
		if t == nil {
			t = &track{floor: firstFloor}
			d.tracks[s.ID] = t
		}
		t.reported = true
		t.hear(s, now)
	}
	for id, t := range d.tracks {
		if !t.reported {
			delete(d.tracks, id)
		}
	}
	next := d.order(now)
	if slices.Equal(next, d.speaking) {
		return d.speaking, false
	}
	d.speaking = next
	return next, true
}

// Quiet reports whether nobody speaks or begins to: if nothing comes, there is nothing to update.
func (d *Detector) Quiet() bool {
	for _, t := range d.tracks {
		if !t.since.IsZero() || t.voiced > 0 {
			return false
		}
	}
	return true
}

// hear takes one interval of a track.
func (t *track) hear(s Sample, now time.Time) {
	loudness := 0.0
	if s.Packets > 0 {
		loudness = float64(s.Loudness) / float64(s.Packets)
		if s.Voice > 0 {
			t.tells = true
		} else if t.tells {
			loudness = 0
		}
		if loudness < t.floor {
			t.floor += (loudness - t.floor) * 0.3
		} else {
			t.floor = min(t.floor+floorRise*Interval.Seconds(), maxFloor)
		}
	}
	t.average += (loudness - t.average) / slow
	if loudness >= max(quietest, t.floor+overFloor) {
		t.last = now
		t.voiced = min(t.voiced+Interval, startAfter)
	} else {
		t.voiced = max(t.voiced-Interval/2, 0)
	}
	switch {
	case t.since.IsZero() && t.voiced >= startAfter:
		t.since = now
	case now.Sub(t.last) >= hold:
		t.since = time.Time{}
	}
}

// order makes the list of who speaks now.
func (d *Detector) order(now time.Time) []string {
	var ids []string
	for id, t := range d.tracks {
		if !t.since.IsZero() {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if c := d.tracks[a].since.Compare(d.tracks[b].since); c != 0 {
			return c
		}
		if a < b {
			return -1
		}
		return 1
	})
	first := d.first(ids, now)
	if i := slices.Index(ids, first); i > 0 {
		ids = slices.Insert(slices.Delete(ids, i, i+1), 0, first)
	}
	return ids[:min(len(ids), Max)]
}

// first is whom to look at: who was it already, unless somebody else speaks while that one is silent, or has been clearly
// louder for a while.
func (d *Detector) first(ids []string, now time.Time) string {
	if len(ids) == 0 {
		return ""
	}
	if len(d.speaking) == 0 || !slices.Contains(ids, d.speaking[0]) {
		return d.loudest(ids, now)
	}
	first := d.speaking[0]
	f := d.tracks[first]
	var over []string
	for _, id := range ids {
		t := d.tracks[id]
		if id == first || t.average < f.average+margin {
			t.louder = time.Time{}
			continue
		}
		if t.louder.IsZero() {
			t.louder = now
		}
		if now.Sub(t.louder) >= challenge || now.Sub(f.last) >= yield {
			over = append(over, id)
		}
	}
	if len(over) > 0 {
		return d.loudest(over, now)
	}
	return first
}

// loudest is the one of ids that is loudest now, of those that are heard rather than held.
func (d *Detector) loudest(ids []string, now time.Time) string {
	return slices.MaxFunc(ids, func(a, b string) int {
		ta, tb := d.tracks[a], d.tracks[b]
		if ha, hb := now.Sub(ta.last) < yield, now.Sub(tb.last) < yield; ha != hb {
			if ha {
				return 1
			}
			return -1
		}
		switch {
		case ta.average > tb.average:
			return 1
		case ta.average < tb.average:
			return -1
		}
		return 0
	})
}
