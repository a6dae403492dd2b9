package sfu

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/sfu/speakers"
	"github.com/gotera/gotera/sfu/wheel"
)

// SourceScreen is the source of shared media: who plays a film does not speak, and nothing may move on it for long.
const SourceScreen = "screen"

// voices finds out who speaks in a room. Its timer runs while audio levels come.
type voices struct {
	timer    *wheel.Timer
	running  atomic.Bool             // the timer is set
	detector speakers.Detector       // only used by the timer
	list     atomic.Pointer[[]Track] // of those who speak; never nil
}

// loudness adds up the audio levels of a track until the next update: packets, of them with the voice bit, and the sum
// of their loudness, in 16, 16 and 32 bits.
type loudness struct{ sum atomic.Uint64 }

// add takes an audio level (RFC 6464, section 3).
func (l *loudness) add(level uint8) {
	l.sum.Add(1 | uint64(level>>7)<<16 | uint64(127-level&0x7f)<<32)
}

// take returns what came and begins anew.
func (l *loudness) take(id string) speakers.Sample {
	v := l.sum.Swap(0)
	return speakers.Sample{ID: id, Packets: int(v & 0xffff), Voice: int(v >> 16 & 0xffff), Loudness: int(v >> 32)}
}

// Speakers is the audio tracks whose publishers speak: first the one to look at. The list must not be modified. Publishers
// that do not send levels are never in it.
func (r *Room) Speakers() []Track { return *r.voices.list.Load() }

// speaks reports whether the sound that belongs to t is in Speakers. It takes no lock.
func (r *Room) speaks(t Track) bool {
	return slices.ContainsFunc(r.Speakers(), func(s Track) bool { return s.Peer == t.Peer && s.Source == t.Source })
}

// hear takes the audio level of a packet.
func (r *receiver) hear(level uint8) {
	if r.track.Source == SourceScreen {
		return
	}
	r.loudness.add(level)
	if v := &r.peer.room.voices; !v.running.Load() && !v.running.Swap(true) {
		v.timer.Set(time.Now().Add(speakers.Interval))
	}
}

// updateSpeakers is the work of the timer.
func (r *Room) updateSpeakers(now time.Time) {
	var samples []speakers.Sample
	tracks := map[string]Track{}
	heard := false
	peers := r.all()
	for _, p := range peers {
		for _, rc := range p.routes.Load().receivers {
			if rc.levelID != 0 && rc.track.Kind == KindAudio && rc.track.Source != SourceScreen {
				s := rc.loudness.take(rc.track.ID)
				heard = heard || s.Packets > 0
				samples = append(samples, s)
				tracks[s.ID] = rc.track
			}
		}
	}
	v := &r.voices
	if ids, changed := v.detector.Update(now, samples); changed {
		list := make([]Track, len(ids))
		for i, id := range ids {
			list[i] = tracks[id]
		}
		v.list.Store(&list)
		for _, p := range peers {
			p.event(func() { p.handler.Speakers(list) })
		}
	}
	if heard || !v.detector.Quiet() {
		v.timer.Set(now.Add(speakers.Interval))
		return
	}
	v.running.Store(false) // the next level sets it again
}
