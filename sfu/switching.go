package sfu

import (
	"time"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/selection"
)

// A sender that is to change to another simulcast layer goes on with the old one until a keyframe of the new one comes.
// If none comes, the change is undone and tried again later.
const (
	firstRetry = 500 * time.Millisecond // from one request for a keyframe to the next; doubled
	lastRetry  = 2 * time.Second
	patience   = 3 * time.Second // until a change is undone
	firstRest  = 5 * time.Second // until it is tried again; doubled
	lastRest   = time.Minute
)

// highest is the target of a sender that nobody has told anything yet.
var highest = allocation.Layer{Spatial: maxLayers - 1, Temporal: selection.All}

// switching is which layer a sender sends, and which it is to send.
type switching struct {
	target  allocation.Layer
	cur     *layer              // being forwarded; nil: nothing is
	last    *layer              // the last that was
	cutting bool                // a layer that is more than the target is not sent any more
	awaited *layer              // of which keyframes are asked for
	since   time.Time           // since when
	backoff time.Duration       // until the next request for a keyframe
	resting [maxLayers]struct { // layers that gave no keyframe
		until time.Time
		rest  time.Duration
	}
}

// setTarget says which layer is to be sent; Spatial -1 is none. It does not block; the change comes with the next
// keyframe, or where the stream allows it.
func (s *sender) setTarget(t allocation.Layer) {
	now := time.Now()
	s.mu.Lock()
	if s.target == t {
		stuck := s.backoff == 0 && s.stuckLocked()
		s.mu.Unlock()
		if stuck {
			s.pursue()
		}
		return
	}
	s.target = t
	if t.Spatial < 0 {
		s.waitingSince.Store(0)
	} else if s.cur == nil && s.receiver.track.Kind == KindVideo {
		s.waitingSince.CompareAndSwap(0, now.UnixNano())
	}
	s.backoff = 0
	s.mu.Unlock()
	s.pursue()
}

// cut says whether a layer that is to go may not even be sent until the target begins.
func (s *sender) cut(on bool) {
	s.mu.Lock()
	s.cutting = on
	s.mu.Unlock()
}

// stuckLocked reports whether the layer in use is the right one, but needs a keyframe to go on as it should: of the layers
// within it one was lost, or the publisher has stopped one.
func (s *sender) stuckLocked() bool {
	return s.cur != nil && s.target.Spatial >= 0 && s.receiver.at(s.target.Spatial) == s.cur && s.pick.NeedsKeyframe(s.target)
}

// awaitedLocked is the layer that a keyframe is needed of, or nil.
func (s *sender) awaitedLocked() *layer {
	if s.target.Spatial < 0 {
		return nil
	}
	l := s.receiver.at(s.target.Spatial)
	if l != nil && l == s.cur && !s.pick.NeedsKeyframe(s.target) {
		return nil
	}
	return l
}

// acceptsLocked reports whether l may become the layer in use. A sender that sends nothing, or a layer that has fallen
// silent, takes any that is not more than it is to have, and the target when it comes.
func (s *sender) acceptsLocked(l *layer, now time.Time) bool {
	if s.target.Spatial < 0 {
		return false
	}
	at := s.receiver.at(s.target.Spatial)
	if l == at || at == nil {
		return true
	}
	if s.cur != nil && s.cur.alive(now) && s.receiver.has(s.cur) {
		return false
	}
	return l.rank() <= at.rank() || !at.alive(now)
}

// begunLocked notes that l is the layer in use from now on.
func (s *sender) begunLocked(l *layer) {
	s.cur, s.last, s.awaited = l, l, nil
	s.backoff = 0
	s.resting[l.rank()].rest = 0
	s.waitingSince.Store(0)
}

// wantKeyframe asks for a keyframe of the layer to change to, until one came, or else once for one of the layer in use.
func (s *sender) wantKeyframe() {
	if !s.pursue() {
		s.mu.Lock()
		l := s.cur
		s.mu.Unlock()
		if l != nil && s.live.Load() {
			l.requestKeyframe()
		}
	}
}

// pursue asks for a keyframe of the layer to change to until one came; false when there is nothing to change to.
func (s *sender) pursue() bool {
	if !s.live.Load() || s.receiver.track.Kind != KindVideo {
		return false
	}
	s.mu.Lock()
	now := time.Now()
	l := s.awaitedLocked()
	if l != s.awaited {
		s.awaited, s.since = l, now
	}
	s.mu.Unlock()
	if l == nil {
		return false
	}
	l.requestKeyframe()
	s.retry.SetEarlier(now.Add(firstRetry))
	return true
}

// retryKeyframe is the work of the retry timer.
func (s *sender) retryKeyframe(now time.Time) {
	if !s.live.Load() {
		return
	}
	s.mu.Lock()
	l := s.awaitedLocked()
	if l != s.awaited {
		s.awaited, s.since = l, now
	}
	if l == nil {
		s.backoff = 0
		s.mu.Unlock()
		return
	}
	if s.hopelessLocked(l, now) {
		s.undoLocked(l, now)
		s.mu.Unlock()
		s.peer.allocateTimer.SetEarlier(now)
		return
	}
	s.backoff = min(max(2*s.backoff, firstRetry), lastRetry)
	next := now.Add(s.backoff)
	s.mu.Unlock()
	l.requestKeyframe()
	s.retry.Set(next)
}

// hopelessLocked reports whether waiting for l has gone on for too long while something else is still sent.
func (s *sender) hopelessLocked(l *layer, now time.Time) bool {
	return s.cur != nil && s.cur != l && s.receiver.has(s.cur) && s.cur.alive(now) && (now.Sub(s.since) >= patience || !l.alive(now))
}

// undoLocked stays with the layer in use, and leaves l alone for a while.
func (s *sender) undoLocked(l *layer, now time.Time) {
	r := &s.resting[l.rank()]
	r.rest = min(max(2*r.rest, firstRest), lastRest)
	r.until = now.Add(r.rest)
	s.target.Spatial = int8(s.cur.rank())
	s.awaited, s.backoff = nil, 0
	s.undone.Add(1)
}
