package sfu

import (
	"slices"
	"time"
)

// Bounds of what a peer may publish.
const (
	maxPublished = 16 // tracks
	maxSource    = 64 // bytes of a source's name
)

// publish takes what the client's offer and our answer say about its own m-lines. Tracks that stay keep their
// receiver, so that nothing happens to their subscribers.
func (p *Peer) publish(offer, answer []section, tracks []PublishedTrack) {
	next := newRoutes()
	var now []*receiver
	for i := range offer {
		s := &offer[i]
		a := find(answer, s.mid)
		if a == nil || !s.sends() || !a.receives() || !p.opt.Answers && p.lineUse(s.mid) != lineClient {
			continue
		}
		track, ok := p.trackOf(s, tracks)
		if !ok || len(now) == maxPublished || slices.ContainsFunc(now, func(r *receiver) bool { return r.track.ID == track.ID }) {
			p.room.log.Debug("m-line not published", "peer", p.id, "mid", s.mid)
			continue
		}
		r := p.receiverOf(track, s.mid)
		if r == nil {
			r = newReceiver(p, track, s, a)
		}
		next.add(r, s, a)
		now = append(now, r)
	}
	if !p.store(next) {
		return
	}
	if slices.Equal(now, p.published) {
		return
	}
	for _, r := range p.published {
		if !slices.Contains(now, r) {
			r.close()
		}
	}
	p.published = now
	list := []Track{}
	for _, r := range now {
		list = append(list, r.track)
	}
	p.handler.Published(list)
	p.needTimer.SetEarlier(time.Now())
	p.room.publishedChanged(p)
}

// store makes next the peer's routes unless it has ended meanwhile: fail takes the routes for the last time.
func (p *Peer) store(next *routes) bool {
	old := p.routes.Load()
	if !p.alive() || !p.routes.CompareAndSwap(old, next) {
		return false
	}
	if !p.alive() { // fail may have run in between and missed the new ones
		for _, r := range p.routes.Swap(newRoutes()).receivers {
			r.close()
		}
		return false
	}
	return true
}

func find(list []section, mid string) *section {
	for i := range list {
		if list[i].mid == mid {
			return &list[i]
		}
	}
	return nil
}

// trackOf is what the client says that m-line s publishes.
func (p *Peer) trackOf(s *section, tracks []PublishedTrack) (Track, bool) {
	for _, t := range tracks {
		if t.Mid == s.mid && t.Kind == s.kind && t.Source != "" && len(t.Source) <= maxSource {
			owner := p.opt.Owner
			return Track{ID: string(owner) + ":" + t.Source + ":" + t.Kind, Peer: owner, Source: t.Source, Kind: t.Kind}, true
		}
	}
	return Track{}, false
}

// receiverOf is the receiver that already has this track on this m-line, or nil.
func (p *Peer) receiverOf(t Track, mid string) *receiver {
	for _, r := range p.published {
		if r.track == t && r.mid == mid {
			return r
		}
	}
	return nil
}
