// Package turnnet is this machine's network as Pion's ICE needs it to reach TURN servers over IPv6: its TURN client over UDP asks
// for a socket of IPv4 only (pion/ice 4.4.2 skips IPv6). Here it gets one of both families, which asks the server at its addresses
// of both until one answers. Start at New.
package turnnet

import (
	"net"
	"net/netip"
	"sync"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

// maxTwins bounds what is remembered of servers: a session has one.
const maxTwins = 64

// Net is a transport.Net.
type Net struct {
	*stdnet.Net
	resolve func(network, address string) (*net.UDPAddr, error)

	mu    sync.Mutex // guards twins
	twins map[netip.AddrPort]netip.AddrPort
}

// New reads the interfaces. It fails where they cannot be read.
func New() (*Net, error) {
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	return &Net{Net: n, resolve: net.ResolveUDPAddr, twins: map[netip.AddrPort]netip.AddrPort{}}, nil
}

// Interfaces are those of now: Pion's own are those of when the connection began, also at an ICE restart.
func (n *Net) Interfaces() ([]*transport.Interface, error) {
	now, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	return now.Interfaces()
}

// ResolveUDPAddr is net.ResolveUDPAddr, which prefers IPv4. The server's address of IPv6 is remembered.
func (n *Net) ResolveUDPAddr(network, address string) (*net.UDPAddr, error) {
	first, err := n.resolve(network, address)
	if err != nil || network != "udp" || first.IP.To4() == nil {
		return first, err
	}
	if second, err := n.resolve("udp6", address); err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		if len(n.twins) >= maxTwins {
			clear(n.twins)
		}
		n.twins[plain(first.AddrPort())] = plain(second.AddrPort())
	}
	return first, nil
}

func (n *Net) twin(of netip.AddrPort) netip.AddrPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.twins[of]
}

// ListenPacket opens the socket of a TURN client: of both families for "udp4" at any address, as Pion asks for it.
func (n *Net) ListenPacket(network, address string) (net.PacketConn, error) {
	if network == "udp4" && address == "0.0.0.0:0" {
		if c, err := net.ListenUDP("udp", nil); err == nil {
			return &conn{UDPConn: c, net: n}, nil
		}
	}
	return n.Net.ListenPacket(network, address)
}

// plain is how addresses are compared: those of IPv4 as such.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
