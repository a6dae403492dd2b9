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
