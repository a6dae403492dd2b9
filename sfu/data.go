package sfu

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/pion/webrtc/v4"
)

// Bounds of data channels.
const (
	maxFrame    = 16 << 10 // bytes; larger ones do not come through all browsers
	maxChannels = 16       // of one peer at once
	maxQueued   = 256      // frames waiting for a slow peer, per channel
	maxWaiting  = 1 << 20  // bytes of them
	highWater   = 64 << 10 // bytes in Pion's own queue, which cannot be taken back
	lowWater    = highWater / 2
)

// ErrFrameTooLarge is what Send answers to more than 16 KiB.
var ErrFrameTooLarge = errors.New("data frame too large")

// message is a frame that came in.
type message struct {
	label  string
	data   []byte
	isText bool
}

// frame is a frame to send.
type frame struct {
	data   []byte
	isText bool
}

// dataChannels is a peer's open channels, by label.
type dataChannels struct {
	mu       sync.Mutex
	channels map[string]*channel
	closed   bool
}

// channel is one data channel and the frames that wait for it.
type channel struct {
	dc    *webrtc.DataChannel
	lossy bool // frames may be lost: of too many the oldest are

	mu      sync.Mutex // guards the fields below; never held while sending
	queue   []frame
	bytes   int
	sending bool // somebody empties the queue
	again   bool // and is to look once more
}

// addChannel is Pion's callback for a channel that the client opens.
func (p *Peer) addChannel(dc *webrtc.DataChannel) {
	lossy := dc.MaxRetransmits() != nil || dc.MaxPacketLifeTime() != nil
	c := &channel{dc: dc, lossy: lossy}
	label := dc.Label()
	if len(label) > maxSource || !p.data.add(label, c) {
		_ = dc.Close()
		return
	}
	dc.OnClose(func() { p.data.remove(label, c) })
	dc.SetBufferedAmountLowThreshold(lowWater)
	dc.OnBufferedAmountLow(c.empty)
	dc.OnOpen(c.empty) // Pion passes the callback above on a moment after the channel can be used
	dc.OnMessage(func(m webrtc.DataChannelMessage) {
		if len(m.Data) > maxFrame {
			return
		}
		in := message{label, m.Data, m.IsString}
		if lossy {
			select {
			case p.messages <- in:
			default: // the handler is behind: the sender wants the newest only, and will send more
			}
			return
		}
		select { // SCTP slows the sender down meanwhile
		case p.messages <- in:
		case <-p.dying:
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
	defer d.mu.Unlock()
	if d.channels[label] == c {
		delete(d.channels, label)
	}
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

func (d *dataChannels) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.channels = nil
}

// Send sends a data channel frame on the channel with the given label; data must not be changed afterwards. It never
// blocks. When too much waits, a lossy channel drops its oldest frames, and a reliable one answers ErrQueueFull: that
// client has missed something. ErrNoChannel: the client has no such channel open.
func (p *Peer) Send(label string, data []byte, isText bool) error {
	if len(data) > maxFrame {
		return ErrFrameTooLarge
	}
	c := p.data.get(label)
	if c == nil {
		select {
		case <-p.dying:
			return ErrPeerClosed
		default:
			return ErrNoChannel
		}
	}
	ok := c.put(frame{data, isText})
	c.empty()
	if !ok {
		return ErrQueueFull
	}
	return nil
}

// put queues f.
func (c *channel) put(f frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) >= maxQueued || c.bytes+len(f.data) > maxWaiting {
		if !c.lossy {
			return false
		}
		c.bytes -= len(c.queue[0].data)
		c.queue[0] = frame{}
		c.queue = c.queue[1:]
	}
	c.queue = append(c.queue, f)
	c.bytes += len(f.data)
	return true
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
		enough := c.dc.BufferedAmount() >= highWater
		c.mu.Lock()
		if enough || len(c.queue) == 0 {
			return
		}
		f := c.queue[0]
		c.queue[0] = frame{}
		c.queue = c.queue[1:]
		c.bytes -= len(f.data)
		c.mu.Unlock()
		if f.isText {
			_ = c.dc.SendText(string(f.data))
		} else {
			_ = c.dc.Send(f.data)
		}
		c.mu.Lock()
	}
}
