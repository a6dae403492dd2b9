package history

import (
	"sync"
	"time"
)

// maxAge is how long a packet is kept: longer than anybody waits for one that was lost.
const maxAge = 2 * time.Second

// Ring holds the newest packets of one layer by sequence number. All methods may be called from any goroutine.
type Ring struct {
	mu     sync.Mutex
	slots  []*Packet // length is a power of two
	oldest int64     // no packet before this one is held
	used   bool
}

// NewRing returns a ring of size packets, which must be a power of two.
func NewRing(size int) *Ring {
	if size <= 0 || size&(size-1) != 0 {
		panic("history: ring size is not a power of two")
	}
	return &Ring{slots: make([]*Packet, size)}
}

// Put adds p and keeps a reference of its own. It returns false, and keeps nothing, when p is a duplicate or older
// than everything in the ring.
func (r *Ring) Put(p *Packet) bool {
	i := int(p.Seq) & (len(r.slots) - 1)
	r.mu.Lock()
	old := r.slots[i]
	if old != nil && old.Seq >= p.Seq {
		r.mu.Unlock()
		return false
	}
	p.retain()
	r.slots[i] = p
	r.expireLocked(p)
	r.mu.Unlock()
	if old != nil {
		old.Release()
	}
	return true
}

// expireLocked releases what is too old when p has come.
func (r *Ring) expireLocked(p *Packet) {
	if !r.used || p.Seq < r.oldest {
		r.oldest, r.used = p.Seq, true
	}
	for r.oldest = max(r.oldest, p.Seq-int64(len(r.slots))+1); r.oldest < p.Seq; r.oldest++ {
		i := int(r.oldest) & (len(r.slots) - 1)
		old := r.slots[i]
		if old == nil || old.Seq != r.oldest {
			continue
		}
		if old.Arrived.IsZero() || p.Arrived.Sub(old.Arrived) < maxAge {
			return
		}
		r.slots[i] = nil
		old.Release()
	}
}

// Take returns the packet with sequence number seq and a reference to it, which the caller releases, or nil.
func (r *Ring) Take(seq int64) *Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.slots[int(seq)&(len(r.slots)-1)]
	if p == nil || p.Seq != seq {
		return nil
	}
	p.retain()
	return p
}

// Has reports whether the packet with sequence number seq is there.
func (r *Ring) Has(seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.slots[int(seq)&(len(r.slots)-1)]
	return p != nil && p.Seq == seq
}

// Clear releases everything.
func (r *Ring) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, p := range r.slots {
		if p != nil {
			p.Release()
			r.slots[i] = nil
		}
	}
}
