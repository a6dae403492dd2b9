package sfu

import "time"

// View is the size at which a peer shows a track, in its device's pixels; 0 by 0: not at all.
type View struct {
	Width, Height int
	Pinned        bool // the viewer asked for it to be shown large
}

// hidden reports whether the track is not to be seen.
func (v View) hidden() bool { return v.Width <= 0 || v.Height <= 0 }

// SetViews says how the peer shows tracks, by track id, also those that it will only be sent later. Others are taken to
// be shown at full size. The map must not be changed afterwards.
func (p *Peer) SetViews(views map[string]View) {
	p.views.Store(&views)
	now := time.Now()
	p.allocateTimer.SetEarlier(now)
	p.room.needsChanged(now)
}

// view is how the peer shows a track; ok is false when it has not said.
func (p *Peer) view(track string) (v View, ok bool) {
	views := p.views.Load()
	if views == nil {
		return View{}, false
	}
	v, ok = (*views)[track]
	return v, ok
}

// tolerance is how much larger than its pixels a layer may be shown before the next one is worth its bandwidth.
const tolerance = 1.15

// fitting is the lowest spatial layer that covers the size shown, -1 when nothing is, the highest when that is not
// known.
func (r *receiver) fitting(v View, known bool) int {
	switch {
	case known && v.hidden():
		return -1
	case !known:
		return maxLayers - 1
	case !r.simulcast():
		return r.fittingWithin(v)
	}
	for rank := range r.rids {
		if w, h, ok := r.size(rank); ok && v.covered(w, h) {
			return rank
		}
	}
	return len(r.rids) - 1
}

// fittingWithin is the same for the spatial layers of a single stream.
func (r *receiver) fittingWithin(v View) int {
	for _, l := range *r.layers.Load() {
		for spatial := range l.spatial {
			if size := l.spatial[spatial].Load(); size != 0 && v.covered(float64(size>>16), float64(size&0xffff)) {
				return spatial
			}
		}
	}
	return maxLayers - 1
}

// covered reports whether pictures of this size are large enough for the view.
func (v View) covered(width, height float64) bool {
	return min(float64(v.Width)/width, float64(v.Height)/height) <= tolerance
}

// size is that of the pictures of simulcast layer rank: as its last keyframe said, or by halves or doubles of one that
// is known.
func (r *receiver) size(rank int) (width, height float64, ok bool) {
	for _, l := range *r.layers.Load() {
		v := l.size.Load()
		if v == 0 {
			continue
		}
		w, h := float64(v>>16), float64(v&0xffff)
		if l.rank() == rank {
			return w, h, true
		}
		if !ok {
			for n := l.rank(); n < rank; n++ {
				w, h = w*2, h*2
			}
			for n := l.rank(); n > rank; n-- {
				w, h = w/2, h/2
			}
			width, height, ok = w, h, true
		}
	}
	return width, height, ok
}
