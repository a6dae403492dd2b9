package peer

import (
	"net/netip"

	"github.com/pion/webrtc/v4"
)

// WithSettings makes a peer's PeerConnections as f says.
func (o Options) WithSettings(f func(*webrtc.SettingEngine)) Options {
	o.settings = f
	return o
}

// WithAddresses makes a peer believe that f are the addresses of its machine.
func (o Options) WithAddresses(f func() []netip.Addr) Options {
	o.addresses = f
	return o
}

// Lines is how many m-lines of its own the peer's connection has.
func (p *Peer) Lines() int {
	n := make(chan int, 1)
	if p.post(func() { n <- len(p.loop.pc.lines) }) != nil {
		return 0
	}
	return <-n
}

// Relayed reports whether the path in use goes by TURN.
func (p *Peer) Relayed() bool {
	yes := make(chan bool, 1)
	if p.post(func() { yes <- p.loop.pc.relayed() }) != nil {
		return false
	}
	return <-yes
}

// Lossy is the peer's lossy channel.
func (p *Peer) Lossy() *webrtc.DataChannel {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lossy.DataChannel
}

// Occupy keeps the peer's loop busy: from when it closes busy until free is closed.
func (p *Peer) Occupy(busy chan<- struct{}, free <-chan struct{}) {
	p.post(func() { //nolint:errcheck // busy is not closed then
		close(busy)
		<-free
	})
}
