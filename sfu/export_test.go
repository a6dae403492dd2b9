package sfu

import "github.com/pion/rtcp"

// Handling does f as it is done while a packet of the peer is handled.
func (p *Peer) Handling(f func()) {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	f()
}

// SendRTCP sends packets to the peer as the handling of packets does.
func (p *Peer) SendRTCP(packets ...rtcp.Packet) { p.writeRTCP(packets...) }
