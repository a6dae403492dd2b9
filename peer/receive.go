package peer

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// setSent notes what the room's m-lines carry from now on.
func (p *Peer) setSent(tracks []signal.SentTrack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = make(map[string]signal.SentTrack, len(tracks))
	live := map[string]bool{}
	for _, t := range tracks {
		p.sent[t.Mid] = t
		live[t.Track] = true
	}
	for id, c := range p.counters {
		c.live = live[id]
	}
	p.forgetLocked()
}

// receive starts to read a track that the room sends. Pion calls it.
func (p *Peer) receive(pc *webrtc.PeerConnection, t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	mid := ""
	for _, transceiver := range pc.GetTransceivers() {
		if transceiver.Receiver() == r {
			mid = transceiver.Mid()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	p.wg.Go(func() { p.read(pc, mid, t) }) // with the lock: Close waits for it
}

// read counts the packets of one m-line until its PeerConnection closes. The room may put another track on it.
func (p *Peer) read(pc *webrtc.PeerConnection, mid string, t *webrtc.TrackRemote) {
	g := newGaps(t.Codec().MimeType)
	for {
		packet, _, err := t.ReadRTP()
		if err != nil {
			return
		}
		if g.take(packet, time.Now()) {
			_ = pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(t.SSRC())}})
		}
		info, ok := p.count(mid, t, len(packet.Payload), packet.Header.MarshalSize(), func(c *counter) { c.packet(packet, time.Now()) })
		if ok && p.opts.OnPacket != nil {
			p.opts.OnPacket(info, packet)
		}
	}
}

// count finds the counter of what mid carries now, makes it if need be, and lets f use it.
func (p *Peer) count(mid string, t *webrtc.TrackRemote, payload, header int, f func(*counter)) (Received, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent, ok := p.sent[mid]
	if !ok {
		return Received{}, false // late packets of a track that is gone
	}
	c := p.counters[sent.Track]
	if c == nil || c.ssrc != t.SSRC() {
		codec := t.Codec()
		c = newCounter(Received{
			Track: sent.Track, Peer: sent.Peer, Source: sent.Source, Kind: sent.Kind, Codec: codec.MimeType,
		}, t.SSRC(), codec.ClockRate)
		p.counters[sent.Track] = c
	}
	c.bytes += uint64(payload + header)
	f(c)
	return c.info, true
}
