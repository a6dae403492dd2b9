package sfu

import (
	"net/netip"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// Handling does f as it is done while a packet of the peer is handled.
func (p *Peer) Handling(f func()) {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	f()
}

// SendRTCP sends packets to the peer as the handling of packets does.
func (p *Peer) SendRTCP(packets ...rtcp.Packet) { p.writeRTCP(packets...) }

// Becomes does what a change of the connection's state does.
func (p *Peer) Becomes(s webrtc.PeerConnectionState) {
	done := make(chan struct{})
	p.event(func() {
		p.stateChanged(s)
		close(done)
	})
	<-done
}

// Sends reports whether it is known where the peer's packets go.
func (p *Peer) Sends() bool { return p.link.path.Load() != nil }

// Learn does what a packet from addr does that was opened, and reports whether the next ones from there are the peer's.
func (p *Peer) Learn(addr netip.AddrPort) bool {
	links := &p.room.transport.links
	links.learn(&p.link, addr)
	m := links.byAddr.Load()
	return m != nil && (*m)[addr] == &p.link
}

// Raced is raced, for the tests outside of the package.
const Raced = raced

// OnCurrentPath reports whether the peer is sent to by a path that its present ICE session has selected.
func (p *Peer) OnCurrentPath() bool {
	path := p.link.path.Load()
	return path != nil && path.session == p.link.session.Load() &&
		webrtc.PeerConnectionState(p.state.Load()) == webrtc.PeerConnectionStateConnected
}

// RemoteDescription is what the peer's connection has taken last.
func (p *Peer) RemoteDescription() string { return p.pc.CurrentRemoteDescription().SDP }
