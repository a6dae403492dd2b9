package sfutest

import (
	"slices"
	"time"

	"github.com/pion/webrtc/v4"
)

// Open is OpenWith for the channels of the protocol: "lossy" is unordered and retransmits nothing.
func (c *Client) Open(label string, on func(webrtc.DataChannelMessage)) *webrtc.DataChannel {
	c.t.Helper()
	init := &webrtc.DataChannelInit{}
	if label == "lossy" {
		ordered, retransmits := false, uint16(0)
		init.Ordered, init.MaxRetransmits = &ordered, &retransmits
	}
	return c.OpenWith(label, init, on)
}

// OpenWith opens a data channel and offers it if need be; messages go to on. It returns when the channel is open.
func (c *Client) OpenWith(label string, init *webrtc.DataChannelInit, on func(webrtc.DataChannelMessage)) *webrtc.DataChannel {
	c.t.Helper()
	open := make(chan *webrtc.DataChannel, 1)
	c.later(func() {
		dc, err := c.PC.CreateDataChannel(label, init)
		if err != nil {
			c.fail("data channel", err)
			return
		}
		if on != nil {
			dc.OnMessage(on) // before it is open, or the first message may be lost
		}
		dc.OnOpen(func() { open <- dc })
		c.offer()
	})
	select {
	case dc := <-open:
		WaitFor(c.t, 5*time.Second, "the server has the channel, too", func() bool {
			for _, p := range c.room.Stats().Peers {
				if p.ID == c.ID && slices.Contains(p.Channels, label) {
					return true
				}
			}
			return false
		})
		return dc
	case <-time.After(10 * time.Second):
		c.t.Fatalf("client %s: data channel %q is not open", c.ID, label)
		return nil
	}
}
