package signaling

import (
	"errors"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// Message takes a data channel frame, puts the sender's id where the addressee's was and passes it on (part of
// sfu.Handler). A bad frame ends the peer, as a bad websocket message does.
func (p *peer) Message(label string, data []byte, isText bool) {
	if label != signal.ChannelReliable && label != signal.ChannelLossy {
		p.room.remove(bad("data channel: label is not reliable or lossy"), p)
		return
	}
	if len(data) > signal.MaxFrame {
		p.room.remove(bad("data channel: frame of %d bytes, at most %d", len(data), signal.MaxFrame), p)
		return
	}
	if !p.frames.Allow() {
		if label == signal.ChannelReliable {
			p.room.remove(endFlood, p)
		}
		return // a lossy one may lose it
	}
	if isText {
		p.textFrame(label, data)
	} else {
		p.binaryFrame(label, data)
	}
}

func (p *peer) textFrame(label string, data []byte) {
	m, err := signal.DecodeText(data)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	out := signal.ServerText{From: string(p.id), Topic: m.Topic, Data: m.Data}
	frame, err := signal.EncodeText(out)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	for _, to := range p.room.addressees(p, m.To) {
		err := to.forward(label, frame, true)
		if errors.Is(err, sfu.ErrNoChannel) && label == signal.ChannelReliable {
			to.send(out) // it has no data channel: the websocket carries it
		}
	}
}

func (p *peer) binaryFrame(label string, data []byte) {
	to, payload, err := signal.DecodeBinary(data)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	frame, err := signal.EncodeBinary(string(p.id), payload)
	if err != nil {
		panic(err) // our own ids are short
	}
	for _, o := range p.room.addressees(p, to) {
		o.forward(label, frame, false) //nolint:errcheck // a full queue drops it, by the rules of its channel
	}
}

// forward sends a frame on the peer's channel of the same label.
func (p *peer) forward(label string, frame []byte, isText bool) error {
	media := p.mediaPeer()
	if media == nil {
		return sfu.ErrNoChannel // joining
	}
	return media.Send(label, frame, isText)
}
