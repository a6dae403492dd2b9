package signaling

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

const (
	deliveryInterval = time.Second // between two reports of what became of a peer's frames
	deliveryIdle     = 5           // intervals without a frame until nothing more is expected
)

// deliveries counts what became of a peer's data channel frames, by receiver, and tells the peer when some did not get
// there: whoever steers a robot has to see that commands are lost. The zero value is ready.
type deliveries struct {
	mu      sync.Mutex // guards the fields below
	entries map[deliveryKey]*delivery
	timer   *time.Timer // runs while frames come, and a little longer
	idle    int         // intervals without a frame
	ended   bool
}

// deliveryKey is a receiver and a channel.
type deliveryKey struct {
	to    sfu.PeerID
	label string
}

// delivery is the frames to one of them.
type delivery struct {
	tally          sfu.Tally
	stale, dropped uint64 // as last told
}

// tally returns what counts the frames to a receiver. report is called once in a while from then on.
func (d *deliveries) tally(to sfu.PeerID, label string, report func()) *sfu.Tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = 0
	if d.timer == nil && !d.ended {
		d.timer = time.AfterFunc(deliveryInterval, report)
	}
	key := deliveryKey{to, label}
	e := d.entries[key]
	if e == nil {
		if d.entries == nil {
			d.entries = map[deliveryKey]*delivery{}
		}
		e = &delivery{}
		d.entries[key] = e
	}
	return &e.tally
}

// next returns what is new since the last time, and forgets receivers that are gone.
func (d *deliveries) next(here map[sfu.PeerID]bool) (out []signal.DeliveryCount) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, e := range d.entries {
		if !here[key.to] {
			delete(d.entries, key)
			continue
		}
		stale, dropped := e.tally.Stale.Load(), e.tally.Dropped.Load()
		if stale == e.stale && dropped == e.dropped {
			continue
		}
		e.stale, e.dropped = stale, dropped
		out = append(out, signal.DeliveryCount{
			Peer: string(key.to), Channel: key.label, Sent: e.tally.Sent.Load(), Stale: stale, Dropped: dropped,
		})
	}
	slices.SortFunc(out, func(a, b signal.DeliveryCount) int {
		return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Channel, b.Channel))
	})
	d.idle++
	if d.ended || d.idle > deliveryIdle {
		d.timer = nil
	} else {
		d.timer.Reset(deliveryInterval)
	}
	return out
}

// end stops the reports.
func (d *deliveries) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.timer != nil {
		d.timer.Stop()
	}
}

// reportDeliveries tells p what became of its frames, if some did not get there since the last time.
func (p *peer) reportDeliveries() {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	here := make(map[sfu.PeerID]bool, len(r.peers))
	for id := range r.peers {
		here[id] = true
	}
	if counts := p.deliveries.next(here); len(counts) > 0 {
		p.sendLocked(signal.Delivery{To: counts})
	}
}
