package signaling

import (
	"errors"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// frame takes a data channel frame, puts the sender's id where the addressee's was and passes it on; each channel calls it
// on its own goroutine. A bad frame ends the peer, as a bad websocket message does.
func (p *peer) frame(f sfu.Frame) {
	if f.Label != signal.ChannelReliable && f.Label != signal.ChannelLossy {
		p.room.remove(bad("data channel: label is not reliable or lossy"), p)
		return
	}
	if len(f.Data) > signal.MaxFrame {
		p.room.remove(bad("data channel: frame of %d bytes, at most %d", len(f.Data), signal.MaxFrame), p)
		return
	}
	if !p.frames.Allow() {
		if f.Label == signal.ChannelReliable {
			p.room.remove(endFlood, p)
		}
		return // a lossy one may lose it
	}
	if f.Text {
		p.textFrame(f)
	} else {
		p.binaryFrame(f)
	}
}

func (p *peer) textFrame(f sfu.Frame) {
	m, err := signal.DecodeText(f.Data)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	out := signal.ServerText{From: string(p.id), Topic: m.Topic, Data: m.Data}
	f.Data, err = signal.EncodeText(out)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	for _, to := range p.room.addressees(p, m.To) {
		err := p.forward(to, f)
		if errors.Is(err, sfu.ErrNoChannel) && (f.Label == signal.ChannelReliable || to.robot() != nil) {
			to.send(textTo(m.To, out)) // it has no data channel: the websocket carries it, or the robot's own channel
		}
	}
}

func (p *peer) binaryFrame(f sfu.Frame) {
	to, payload, err := signal.DecodeBinary(f.Data)
	if err != nil {
		p.room.remove(bad("data channel: %v", err), p)
		return
	}
	f.Data, err = signal.EncodeBinary(string(p.id), payload)
	if err != nil {
		panic(err) // our own ids are short
	}
	for _, o := range p.room.addressees(p, to) {
		p.forward(o, f) //nolint:errcheck // what becomes of it is counted
	}
}

// forward sends a frame of p's on the channel of the same label of another peer.
func (p *peer) forward(to *peer, f sfu.Frame) error {
	media := to.mediaPeer()
	if media == nil {
		if b := to.robot(); b != nil {
			return b.carry(f)
		}
		return sfu.ErrNoChannel // joining
	}
	f.Tally = p.deliveries.tally(to.id, f.Label, p.reportDeliveries)
	return media.Send(f)
}

// robot is what p is if it speaks the robots' protocol, or nil.
func (p *peer) robot() *robotConn {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return robotOf(p)
}
