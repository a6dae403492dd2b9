package peer

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// maxBuffered is how much may wait in a data channel, in bytes.
const maxBuffered = 1 << 20

// Send sends JSON data under a topic to one peer, or to all others when to is empty: reliably and in order, by data
// channel or, before that is open, by websocket. It does not wait; ErrBusy means that too much is waiting.
func (p *Peer) Send(to, topic string, data json.RawMessage) error {
	return p.sendText(signal.ChannelReliable, signal.ClientText{To: to, Topic: topic, Data: data})
}

// SendLossy is Send without order, for what is soon out of date: a message that has not got through within
// Options.LossyLife is given up, on its way to the room as on the way from there. What was under way when the network
// went may still come late, once; then it fails with ErrBusy until something gets through. It fails while the data channel is
// not open.
func (p *Peer) SendLossy(to, topic string, data json.RawMessage) error {
	return p.sendText(signal.ChannelLossy, signal.ClientText{To: to, Topic: topic, Data: data})
}

// SendBinary sends a payload on the channel signal.ChannelReliable or ChannelLossy.
func (p *Peer) SendBinary(channel, to string, payload []byte) error {
	frame, err := signal.EncodeBinary(to, payload)
	if err != nil {
		return err
	}
	if len(frame) > signal.MaxFrame {
		return fmt.Errorf("frame of %d bytes, at most %d", len(frame), signal.MaxFrame)
	}
	dc := p.channel(channel)
	if dc == nil {
		return fmt.Errorf("data channel %q is not open", channel)
	}
	if dc.BufferedAmount() > maxBuffered {
		return ErrBusy
	}
	return p.sendFrame(dc, frame, false)
}

// sendFrame sends on an open channel.
func (p *Peer) sendFrame(dc *webrtc.DataChannel, frame []byte, text bool) error {
	p.mu.Lock()
	l := p.lossy
	p.mu.Unlock()
	switch {
	case l != nil && l.DataChannel == dc:
		return l.send(frame, text)
	case text:
		return dc.SendText(string(frame))
	}
	return dc.Send(frame)
}

func (p *Peer) sendText(channel string, m signal.ClientText) error {
	frame, err := signal.EncodeClientText(m)
	if err != nil {
		return err
	}
	if _, err := signal.DecodeText(frame); err != nil { // what the room would end the peer for
		return err
	}
	dc := p.channel(channel)
	switch {
	case dc != nil && dc.BufferedAmount() > maxBuffered:
		return ErrBusy
	case dc != nil:
		return p.sendFrame(dc, frame, true)
	case channel == signal.ChannelLossy:
		return fmt.Errorf("data channel %q is not open", channel)
	}
	return p.post(func() { p.write(m) })
}

// channel is the open data channel with a label, or nil.
func (p *Peer) channel(label string) *webrtc.DataChannel {
	p.mu.Lock()
	defer p.mu.Unlock()
	dc := p.channels[label]
	if dc == nil || dc.ReadyState() != webrtc.DataChannelStateOpen {
		return nil
	}
	return dc
}

// openChannels makes both data channels of a new PeerConnection.
func (p *Peer) openChannels(pc *webrtc.PeerConnection) error {
	no, zero := false, uint16(0)
	brief := &webrtc.DataChannelInit{Ordered: &no, MaxRetransmits: &zero}
	if p.opts.LossyLife > 0 {
		life := uint16(min(max(p.opts.LossyLife.Milliseconds(), 1), math.MaxUint16))
		brief = &webrtc.DataChannelInit{Ordered: &no, MaxPacketLifeTime: &life}
	}
	for label, init := range map[string]*webrtc.DataChannelInit{
		signal.ChannelReliable: nil,
		signal.ChannelLossy:    brief,
	} {
		dc, err := pc.CreateDataChannel(label, init)
		if err != nil {
			return fmt.Errorf("data channel: %w", err)
		}
		dc.OnMessage(func(m webrtc.DataChannelMessage) {
			p.callback(func() { p.onFrame(label, m) })
		})
		p.mu.Lock()
		p.channels[label] = dc
		if label == signal.ChannelLossy {
			p.lossy = &lossy{DataChannel: dc, life: p.opts.LossyLife}
		}
		p.mu.Unlock()
	}
	return nil
}

// onFrame delivers a data channel frame. One that does not fit is of a newer room, and skipped.
func (p *Peer) onFrame(label string, f webrtc.DataChannelMessage) {
	if f.IsString {
		if m, err := signal.DecodeServerText(f.Data); err == nil {
			p.deliver(Message{From: m.From, Topic: m.Topic, Data: m.Data, Channel: label})
		}
		return
	}
	if from, payload, err := signal.DecodeBinary(f.Data); err == nil {
		p.deliver(Message{From: from, Binary: payload, Channel: label})
	}
}

func (p *Peer) deliver(m Message) {
	if p.opts.OnMessage != nil {
		p.opts.OnMessage(m)
	}
}
