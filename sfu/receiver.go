package sfu

import (
	"github.com/gotera/gotera/sfu/dependency"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxLayers is how many simulcast layers of a track are taken.
const maxLayers = 3

// A layer counts as stopped when it has sent nothing for layerSilence, or for layerStopped while others of its track have:
// an encoder stops its upper layers when the publisher's bandwidth is short.
const (
	layerStopped = 500 * time.Millisecond
	layerSilence = 1500 * time.Millisecond
)

// receiver is the server's end of one published track, all layers together.
type receiver struct {
	track Track
	mid   string
	peer  *Peer
	order uint64   // of publishing in the room
	rids  []string // simulcast layers, lowest first

	nack, pli, fir bool  // feedback that the publisher takes
	levelID        uint8 // header extension id of the audio level; 0: none
	dependencyID   uint8 // the same of the dependency descriptor

	loudness loudness // of audio

	senders atomic.Pointer[[]*sender] // never nil; replaced, never modified
	layers  atomic.Pointer[[]*layer]  // never nil; the same

	watch sourceWatch
	need  need

	mu     sync.Mutex // held to replace senders and layers
	closed bool
}

func newReceiver(p *Peer, track Track, s *section, a *section) *receiver {
	r := &receiver{track: track, mid: s.mid, peer: p, rids: s.rids, order: p.room.order.Add(1)}
	r.need.n = r.most()
	r.nack = a.feedback["nack"]
	r.pli = a.feedback["nack pli"]
	r.fir = a.feedback["ccm fir"]
	r.levelID = a.ext[audioLevelURI]
	r.dependencyID = a.ext[dependency.URI]
	r.senders.Store(&[]*sender{})
	r.layers.Store(&[]*layer{})
	return r
}

// add makes s receive the track; false when it has ended.
func (r *receiver) add(s *sender) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	list := append(slices.Clone(*r.senders.Load()), s)
	r.senders.Store(&list)
	return true
}

// remove ends what add began.
func (r *receiver) remove(s *sender) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*r.senders.Load()), func(o *sender) bool { return o == s })
	r.senders.Store(&list)
}

// close stops forwarding at once.
func (r *receiver) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.senders.Store(&[]*sender{})
	for _, l := range *r.layers.Load() {
		l.close()
	}
	r.layers.Store(&[]*layer{})
}

// has reports whether l is still a layer of the track.
func (r *receiver) has(l *layer) bool { return slices.Contains(*r.layers.Load(), l) }

// bind returns the layer with the given rid ("" without simulcast), which ssrc carries from now on; nil when there
// are too many or the track has ended. A stream of simulcast that does not say its rid gets one that nobody has.
func (r *receiver) bind(rid string, ssrc uint32) *layer {
	r.mu.Lock()
	list := *r.layers.Load()
	if rid == "" && r.simulcast() {
		rid = r.spareLocked(ssrc)
	}
	i := slices.IndexFunc(list, func(l *layer) bool { return l.rid == rid })
	switch {
	case r.closed, i < 0 && len(list) == maxLayers, rid == "" && r.simulcast():
		r.mu.Unlock()
		return nil
	case i >= 0 && list[i].ssrc == ssrc:
		r.mu.Unlock()
		return list[i]
	}
	l := newLayer(r, rid, ssrc)
	list = slices.Clone(list)
	if i >= 0 { // a new SSRC: another encoder, or the same one after a restart
		l.order.Store(list[i].order.Load())
		list[i].close()
		list[i] = l
	} else {
		list = append(list, l)
		slices.SortFunc(list, func(a, b *layer) int { return b.rank() - a.rank() }) // highest first
	}
	r.layers.Store(&list)
	r.mu.Unlock()
	r.changed(time.Now())
	return l
}

// spareLocked is the rid of the layer that ssrc carries, or else the lowest that no layer has; "" when each has one.
func (r *receiver) spareLocked(ssrc uint32) string {
	free := slices.Clone(r.rids)
	for _, l := range *r.layers.Load() {
		if l.ssrc == ssrc {
			return l.rid
		}
		free = slices.DeleteFunc(free, func(rid string) bool { return rid == l.rid })
	}
	if len(free) == 0 {
		return ""
	}
	return free[0]
}

// sort puts the layers into the order of their sizes, when those are first known: browsers name the smallest rid first, but
// other clients begin with the one they prefer (RFC 8853, section 5.2).
func (r *receiver) sort() {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(*r.layers.Load())
	var orders []int32 // highest first
	for _, l := range list {
		if l.size.Load() == 0 {
			return
		}
		orders = append(orders, l.order.Load())
	}
	slices.SortStableFunc(list, func(a, b *layer) int { return b.area() - a.area() })
	for i, l := range list {
		l.order.Store(orders[i])
	}
	r.layers.Store(&list)
}

// repaired returns the layer whose retransmissions a stream carries, by rid or else by the SSRC it was declared for.
func (r *receiver) repaired(rid string, base uint32) *layer {
	list := *r.layers.Load()
	for _, l := range list {
		if rid != "" && l.rid == rid || base != 0 && l.ssrc == base {
			return l
		}
	}
	if len(list) == 1 && rid == "" {
		return list[0]
	}
	return nil
}

// simulcast reports whether the layers are separate streams, numbered by their rids.
func (r *receiver) simulcast() bool { return len(r.rids) > 1 }

// at is the stream that carries spatial layer n: that of simulcast layer n, or else of the next lower one that there
// is, or else of the lowest. It is nil before the first packet.
func (r *receiver) at(n int8) *layer {
	list := *r.layers.Load() // highest first
	for _, l := range list {
		if l.rank() <= int(n) {
			return l
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// requestKeyframe asks the publisher for a keyframe of every layer.
func (r *receiver) requestKeyframe() {
	for _, l := range *r.layers.Load() {
		l.requestKeyframe()
	}
}

// changed has the subscribers choose again among the layers: there is a new one, or one is back.
func (r *receiver) changed(now time.Time) {
	for _, s := range *r.senders.Load() {
		s.pursue()
		s.peer.allocateTimer.SetEarlier(now)
	}
}

// forward hands a packet of layer l to all subscribers.
func (r *receiver) forward(l *layer, f forwarded) {
	for _, s := range *r.senders.Load() {
		s.forward(l, f)
	}
}
