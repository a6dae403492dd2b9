package turnnet

import (
	"net"
	"net/netip"
	"sync"
)

// conn is the socket of one TURN client, which has one server.
type conn struct {
	*net.UDPConn
	net *Net

	mu      sync.Mutex     // guards the fields below
	server  netip.AddrPort // as the client knows it
	twin    netip.AddrPort // its other address; invalid: none
	settled netip.AddrPort // that of the two which has answered first; invalid: none yet
}

// LocalAddr says IPv4, so that Pion leaves the family of the relayed address to the server: it is not known yet.
func (c *conn) LocalAddr() net.Addr {
	port := 0
	if a, ok := c.UDPConn.LocalAddr().(*net.UDPAddr); ok {
		port = a.Port
	}
	return &net.UDPAddr{IP: net.IPv4zero, Port: port}
}

// WriteTo sends to the server: to both of its addresses until one has answered.
func (c *conn) WriteTo(p []byte, addr net.Addr) (int, error) {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, net.InvalidAddrError("no UDP address")
	}
	to, twin := c.targets(plain(udp.AddrPort()))
	n, err := c.WriteToUDPAddrPort(p, to)
	if twin.IsValid() {
		if m, terr := c.WriteToUDPAddrPort(p, twin); err != nil { // this machine has not that family, perhaps
			n, err = m, terr
		}
	}
	return n, err
}

// targets are the addresses that something for the server goes to; the second may be invalid.
func (c *conn) targets(to netip.AddrPort) (first, second netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to != c.server {
		c.server, c.twin, c.settled = to, c.net.twin(to), netip.AddrPort{}
	}
	if c.settled.IsValid() {
		return c.settled, netip.AddrPort{}
	}
	return to, c.twin
}

// ReadFrom is part of net.PacketConn. What the server sends comes from the address at which the client knows it.
func (c *conn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(p)
	if err != nil {
		return n, nil, err
	}
	from = plain(from)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server.IsValid() && (from == c.server || from == c.twin) {
		if !c.settled.IsValid() {
			c.settled = from
		}
		from = c.server
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}
