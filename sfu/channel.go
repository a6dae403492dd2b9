package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/stuck"
)

// Bounds of what waits for a slow receiver.
const (
	maxQueued  = 256      // frames, per channel
	maxWaiting = 1 << 20  // bytes of them
	maxWindow  = 64 << 10 // bytes in Pion's own queue, which cannot be taken back
	minWindow  = 4 << 10  // the same of a lossy channel: SCTP can always have that much under way (transport.go)
)

// dataChannel is what is used of a *webrtc.DataChannel here.
type dataChannel interface {
	MaxPacketLifeTime() *uint16
	MaxRetransmits() *uint16
	ReadyState() webrtc.DataChannelState
	BufferedAmount() uint64
	SetBufferedAmountLowThreshold(n uint64)
	Send(data []byte) error
	SendText(s string) error
	Close() error
}

// channel is one data channel and the frames that wait for it.
type channel struct {
	dc    dataChannel
	peer  *Peer
	lossy bool          // frames may be lost: of too many the oldest are
	life  time.Duration // of a frame, from when it came; 0: no limit

	window window // only used by whoever empties the queue, as the next
	given  int64  // bytes, to Pion
	stuck  stuck.Watch

	mu      sync.Mutex // guards the fields below; never held while sending
	queue   []Frame
	bytes   int
	sending bool // somebody empties the queue
	again   bool // and is to look once more
}

func newChannel(p *Peer, dc dataChannel) *channel {
	c := &channel{dc: dc, peer: p, window: window{size: maxWindow}}
	switch life := dc.MaxPacketLifeTime(); {
	case life != nil:
		c.lossy, c.life = true, time.Duration(*life)*time.Millisecond
	case dc.MaxRetransmits() != nil:
		c.lossy, c.life = true, staleAfter
	}
	if c.lossy {
		c.window.size = minWindow
	}
	dc.SetBufferedAmountLowThreshold(uint64(c.window.size / 2))
	return c
}

// count notes in all tallies of f what became of it.
func (c *channel) count(f *Frame, what func(*Tally) *atomic.Uint64) {
	what(&c.peer.data.tally).Add(1)
	if f.Tally != nil {
		what(f.Tally).Add(1)
	}
}

func sentFrames(t *Tally) *atomic.Uint64    { return &t.Sent }
func staleFrames(t *Tally) *atomic.Uint64   { return &t.Stale }
func droppedFrames(t *Tally) *atomic.Uint64 { return &t.Dropped }

// put queues f.
func (c *channel) put(f Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropStaleLocked(f.At)
	for len(c.queue) >= maxQueued || c.bytes+len(f.Data) > maxWaiting {
		if !c.lossy {
			c.count(&f, droppedFrames)
			return false
		}
		old := c.takeLocked()
		c.count(&old, droppedFrames)
	}
	c.queue = append(c.queue, f)
	c.bytes += len(f.Data)
	return true
}

// takeLocked takes the oldest frame out of the queue.
func (c *channel) takeLocked() Frame {
	f := c.queue[0]
	c.queue[0] = Frame{}
	c.queue = c.queue[1:]
	c.bytes -= len(f.Data)
	return f
}

// dropStaleLocked drops frames from the head of the queue that have waited too long.
func (c *channel) dropStaleLocked(now time.Time) {
	for len(c.queue) > 0 && c.stale(&c.queue[0], now) {
		old := c.takeLocked()
		c.count(&old, staleFrames)
	}
}

// stale reports whether f is not worth sending any more, by the receiver's channel or by the sender's.
func (c *channel) stale(f *Frame, now time.Time) bool {
	age := now.Sub(f.At)
	return c.life > 0 && age > c.life || f.Life > 0 && age > f.Life
}

// waiting is how many bytes wait, those in Pion included.
func (c *channel) waiting(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropStaleLocked(now)
	return c.bytes + int(c.dc.BufferedAmount())
}

// clear drops what waits: the channel is gone.
func (c *channel) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 {
		old := c.takeLocked()
		c.count(&old, droppedFrames)
	}
}

// empty gives Pion what it can take; OnBufferedAmountLow calls it again.
func (c *channel) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.again = true
	if c.sending {
		return
	}
	c.sending = true
	for c.again {
		c.again = false
		c.emptyLocked()
	}
	c.sending = false
}

// emptyLocked sends until nothing waits or Pion has enough. It frees the lock while it calls Pion.
func (c *channel) emptyLocked() {
	for len(c.queue) > 0 {
		c.mu.Unlock()
		now := time.Now()
		enough := c.enough(now)
		c.mu.Lock()
		c.dropStaleLocked(now)
		if enough || len(c.queue) == 0 {
			return
		}
		f := c.takeLocked()
		c.mu.Unlock()
		c.send(&f)
		c.mu.Lock()
	}
}

// send gives f to Pion.
func (c *channel) send(f *Frame) {
	var err error
	if f.Text {
		err = c.dc.SendText(string(f.Data))
	} else {
		err = c.dc.Send(f.Data)
	}
	if err != nil { // the channel has just ended
		c.count(f, droppedFrames)
		return
	}
	c.count(f, sentFrames)
	c.window.given += len(f.Data)
	c.given += int64(len(f.Data))
}

// enough reports whether Pion has as much as it is to have. If so, it calls when that is less. A channel is told of a moment
// before it is open, and calls when it is.
func (c *channel) enough(now time.Time) bool {
	if c.dc.ReadyState() != webrtc.DataChannelStateOpen {
		return true
	}
	buffered := int(c.dc.BufferedAmount())
	if !c.lossy {
		return buffered >= c.window.size
	}
	rtt := c.peer.roundTrip()
	c.window.look(buffered, rtt, now)
	if c.stuck.Look(c.given, int64(buffered), c.life+rtt, now) && c.callBelow(buffered) == buffered {
		return true
	}
	return c.callBelow(c.window.size/2) >= c.window.size
}

// callBelow makes Pion call when less than n bytes wait there, and returns how many do after that: if they are less already,
// nobody is called.
func (c *channel) callBelow(n int) int {
	c.dc.SetBufferedAmountLowThreshold(uint64(n - 1))
	return int(c.dc.BufferedAmount())
}

// window is how many bytes of a lossy channel are given to Pion at once. What is there waits for acknowledgements and
// cannot be taken back, so it is no more than the receiver has lately taken in a round trip and windowDelay: what waits
// longer waits in our queue, where it becomes stale.
type window struct {
	size   int
	given  int // bytes given since at
	before int // bytes in Pion at at
	at     time.Time
}

const (
	windowDelay    = 50 * time.Millisecond  // that frames may wait in Pion beyond a round trip
	windowInterval = 100 * time.Millisecond // that the receiver's speed is measured over
)

// look measures, given what Pion holds now.
func (w *window) look(buffered int, rtt time.Duration, now time.Time) {
	passed := now.Sub(w.at)
	if passed < windowInterval {
		return
	}
	if !w.at.IsZero() && passed < 2*time.Second {
		speed := float64(w.before+w.given-buffered) / passed.Seconds()
		w.size = min(max(int(speed*(rtt+windowDelay).Seconds()), minWindow), maxWindow)
	} else {
		w.size = minWindow
	}
	w.at, w.before, w.given = now, buffered, 0
}
