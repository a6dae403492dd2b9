package sfu

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// Bounds of data channels.
const (
	maxFrame    = 16 << 10 // bytes; larger ones do not come through all browsers
	maxChannels = 16       // of one peer at once
	maxLabel    = 256      // bytes; robots name their channel after their room
)

// staleAfter is how long a frame may wait in the server for a receiver whose channel retransmits nothing: a command that is
// older is worse than none. A channel with maxPacketLifeTime says itself how long.
const staleAfter = 100 * time.Millisecond

// ErrFrameTooLarge is what Send answers to more than 16 KiB.
var ErrFrameTooLarge = errors.New("data frame too large")

// Frame is a message of a data channel.
type Frame struct {
	Label string // of the channel
	Data  []byte // not changed any more
	Text  bool
	At    time.Time     // when it came to the server; zero: when it is sent
	Life  time.Duration // after At it is not worth sending any more; 0: as the receiver's channel says
	Tally *Tally        // also counts what becomes of it; may be nil
}

// Tally counts what became of frames.
type Tally struct {
	Sent    atomic.Uint64 // handed to the receiver's connection
	Stale   atomic.Uint64 // waited too long for it, and were dropped
	Dropped atomic.Uint64 // found its queue full, or were driven out of it
}

// dataChannels is a peer's open channels, by label.
type dataChannels struct {
	tally Tally // of all frames for the peer

	mu       sync.Mutex
	channels map[string]*channel
	closed   bool
}

// addChannel is Pion's callback for a channel that the client opens.
func (p *Peer) addChannel(dc *webrtc.DataChannel) {
	c := newChannel(p, dc)
	label := dc.Label()
	if len(label) > maxLabel || !p.data.add(label, c) {
		_ = dc.Close()
		return
	}
	dc.OnClose(func() { p.data.remove(label, c) })
	dc.OnBufferedAmountLow(c.empty)
	dc.OnOpen(c.empty) // Pion passes the callback above on a moment after the channel can be used
	dc.OnMessage(func(m webrtc.DataChannelMessage) {
		if len(m.Data) <= maxFrame && p.alive() {
			p.handler.Message(Frame{Label: label, Data: m.Data, Text: m.IsString, At: time.Now(), Life: c.life})
		}
	})
}

func (d *dataChannels) add(label string, c *channel) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.channels == nil {
		d.channels = map[string]*channel{}
	}
	if d.closed || len(d.channels) >= maxChannels && d.channels[label] == nil {
		return false
	}
	d.channels[label] = c // a second one with the same label takes over
	return true
}

func (d *dataChannels) remove(label string, c *channel) {
	d.mu.Lock()
	if d.channels[label] == c {
		delete(d.channels, label)
	}
	d.mu.Unlock()
	c.clear()
}

func (d *dataChannels) get(label string) *channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channels[label]
}

func (d *dataChannels) labels() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.channels))
}

// stats fills in the figures of out.
func (d *dataChannels) stats(out *PeerStats, now time.Time) {
	d.mu.Lock()
	channels := slices.Collect(maps.Values(d.channels))
	d.mu.Unlock()
	for _, c := range channels {
		out.DataWaiting += c.waiting(now)
	}
	out.DataSent, out.DataStale, out.DataDropped = d.tally.Sent.Load(), d.tally.Stale.Load(), d.tally.Dropped.Load()
}

func (d *dataChannels) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.channels = nil
}

// Send sends a frame on the peer's channel with its label. It never blocks. When too much waits, a lossy channel drops its
// oldest frames. A reliable one is closed, since its client has missed something from then on, and Send answers
// ErrQueueFull. ErrNoChannel: the client has no such channel open.
func (p *Peer) Send(f Frame) error {
	if len(f.Data) > maxFrame {
		return ErrFrameTooLarge
	}
	c := p.data.get(f.Label)
	if c == nil {
		select {
		case <-p.dying:
			return ErrPeerClosed
		default:
			return ErrNoChannel
		}
	}
	if f.At.IsZero() {
		f.At = time.Now()
	}
	if !c.put(f) {
		p.room.log.Info("data channel closed: too much waited", "peer", p.id)
		p.data.remove(f.Label, c)
		_ = c.dc.Close()
		return ErrQueueFull
	}
	c.empty()
	return nil
}
