package sfu

import (
	"log/slog"
	"net"
)

// Config configures a Room. A zero optional field means its default.
type Config struct {
	Log       *slog.Logger // default slog.Default()
	Listen    string       // host:port of media, UDP and TCP alike; "" host: all addresses, port 0: any free one
	PublicIPs []string     // addresses given to peers instead of the local ones (1:1 NAT); at most one per family
	ICELite   bool         // for hosts that peers reach directly, without NAT (RFC 8445, section 2.5)
	Loopback  bool         // also offer loopback addresses: tests, and browsers on the same machine
	MaxPeers  int          // peers at once; default 32

	// BoundTCP may put bounds around the listener of ICE-TCP, to which anybody can connect. nil: there are none.
	BoundTCP func(net.Listener) net.Listener
}

// defaultMaxPeers bounds a room when Config does not.
const defaultMaxPeers = 32

// withDefaults returns c with its defaults filled in.
func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Listen == "" {
		c.Listen = ":0"
	}
	if c.MaxPeers <= 0 {
		c.MaxPeers = defaultMaxPeers
	}
	return c
}
