package sfu

import (
	"slices"
	"time"
)

// needRest is how long nobody must have needed a layer until its publisher is told so: encoders do not start at once, and
// views come and go.
const needRest = 5 * time.Second

// Need says how many layers of a video that a peer publishes anybody needs: the lowest so many, 0 for none. Its encoder may
// stop the others.
type Need struct {
	Mid    string
	Layers int
	Track
}

// need is what a publisher was told of one of its tracks. Only the room's wheel uses it.
type need struct {
	n     int       // layers; at first all
	since time.Time // since when fewer would do; zero: not so
	known bool      // the publisher has been told of it since it was published, or never was of anything
}

// needsChanged has all publishers told, in case that it is not what they know.
func (r *Room) needsChanged(now time.Time) {
	for _, p := range r.all() {
		p.needTimer.SetEarlier(now)
	}
}

// tellNeeds is the work of the peer's need timer: it tells the peer which of its layers are needed, at once when it is more
// than it knows, else after a while.
func (p *Peer) tellNeeds(now time.Time) {
	list, changed, next := []Need{}, false, time.Time{}
	others, published := p.room.all(), p.room.published()
	for _, r := range p.routes.Load().receivers {
		if r.track.Kind != KindVideo {
			continue
		}
		n, wanted := &r.need, 0
		if slices.Contains(published, r) {
			wanted = r.needed(others)
		}
		switch {
		case wanted > n.n, wanted < n.n && !n.since.IsZero() && now.Sub(n.since) >= needRest:
			*n = need{n: wanted, known: n.known}
			changed = true
		case wanted == n.n:
			n.since = time.Time{}
		case n.since.IsZero():
			n.since = now
			next = now.Add(needRest)
		default:
			next = n.since.Add(needRest)
		}
		if !n.known { // the encoder may still heed what was said of a track like this that has ended
			n.known = true
			changed = changed || p.toldNeeds
		}
		list = append(list, Need{Mid: r.mid, Layers: n.n, Track: r.track})
	}
	if !next.IsZero() {
		p.needTimer.SetEarlier(next)
	}
	if changed {
		p.toldNeeds = true
		p.event(func() { p.handler.Needed(list) })
	}
}

// most is how many layers the track can have.
func (r *receiver) most() int {
	if r.simulcast() {
		return len(r.rids)
	}
	return maxLayers // as many as are in the one stream
}

// needed is how many layers the others need. A peer that does not receive yet counts: it is about to.
func (r *receiver) needed(others []*Peer) int {
	n := 0
	for _, o := range others {
		if o.gets(r) {
			n = max(n, r.fitting(o.view(r.track.ID))+1)
		}
	}
	return min(n, r.most())
}
