package sfu

import (
	"slices"
	"time"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/rate"
	"github.com/gotera/gotera/sfu/selection"
)

// demand says what the track could be sent as now, for the allocation of the subscriber's bandwidth. It is only called
// by the peer's allocator: the levels are good until the next call.
func (s *sender) demand(now time.Time) allocation.Demand {
	d := allocation.Demand{Audio: s.receiver.track.Kind == KindAudio, Max: -1, Current: -1}
	s.levels = s.levels[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	spatial := maxLayers - 1
	if !d.Audio {
		spatial = s.receiver.fitting(s.peer.view(s.receiver.track.ID))
	}
	s.shown.Store(int32(spatial))
	current := s.currentLocked()
	for _, l := range slices.Backward(*s.receiver.layers.Load()) {
		if !l.alive(now) || l != s.cur && now.Before(s.resting[l.rank()].until) {
			continue
		}
		s.addLevels(l, now)
	}
	if len(s.levels) == 0 && spatial >= 0 { // nothing can be sent now: whatever comes first is wanted
		s.addLevel(allocation.Layer{Spatial: int8(spatial), Temporal: selection.All}, 0)
	}
	for i, level := range s.levels {
		if int(level.Layer.Spatial) <= spatial || i == 0 && spatial >= 0 {
			d.Max = i
		}
		if s.cur != nil && (level.Layer == current || !above(level.Layer, current)) {
			d.Current = i
		}
	}
	if d.Max >= 0 {
		s.wanted.Store(packLayer(s.levels[d.Max].Layer))
	}
	d.Levels = s.levels
	return d
}

// currentLocked is the layer that is sent now.
func (s *sender) currentLocked() allocation.Layer {
	if s.cur == nil {
		return allocation.Paused
	}
	l := s.pick.Current()
	if s.receiver.simulcast() {
		l.Spatial = int8(s.cur.rank())
	}
	return l
}

// above reports whether a is more than b.
func above(a, b allocation.Layer) bool {
	return a.Spatial > b.Spatial || a.Spatial == b.Spatial && a.Temporal > b.Temporal
}

// addLevels appends what layer l offers: its temporal layers, within each of its spatial ones. Of a layer that is not
// the lowest, the first of three temporal layers is left out: few would rather see a fourth of the pictures.
func (s *sender) addLevels(l *layer, now time.Time) {
	l.mu.Lock()
	rates, ok := l.rates.Bitrates(now)
	l.mu.Unlock()
	spatials := rate.Layers
	if s.receiver.simulcast() { // what is within one is not chosen from
		spatials = 1
		for _, upper := range rates[1:] {
			for t, v := range upper {
				rates[0][t] += v
			}
		}
	}
	before := len(s.levels)
	for sp := range spatials {
		top := -1
		for t, v := range rates[sp] {
			if v > 0 {
				top = t
			}
		}
		lowest := 0
		if l.apart.Load() {
			lowest = sp
		}
		for t := range top + 1 {
			if t == 0 && top >= 2 && len(s.levels) > 0 {
				continue
			}
			sum := uint64(0)
			for _, lower := range rates[lowest : sp+1] {
				for _, v := range lower[:t+1] {
					sum += v
				}
			}
			layer := allocation.Layer{Spatial: int8(max(sp, l.rank())), Temporal: int8(t)}
			if t == top {
				layer.Temporal = selection.All
			}
			s.addLevel(layer, sum)
		}
	}
	if !ok && len(s.levels) == before { // it has begun just now
		guess := uint64(0)
		if before > 0 {
			guess = freshLayer * s.levels[before-1].Bitrate
		}
		s.addLevel(allocation.Layer{Spatial: int8(l.rank()), Temporal: selection.All}, guess)
	}
}

// freshLayer is how many times the bitrate of the layer below one is taken to have until it is measured: encoders give four
// times the pixels about so much.
const freshLayer = 3

// addLevel appends one; a better level never counts as cheaper, as it may have begun just now.
func (s *sender) addLevel(l allocation.Layer, bitrate uint64) {
	if n := len(s.levels); n > 0 {
		bitrate = max(bitrate, s.levels[n-1].Bitrate)
	}
	s.levels = append(s.levels, allocation.Level{Layer: l, Bitrate: bitrate})
}
