package sfu

import (
	"net"
	"net/netip"
	"sync"
)

// oneReader chooses one of a connection's local candidates to read for all of them. They share the room's socket, and with it
// one conn of the mux, from which any could read anything: an answer to the check of one would be counted for another, and a
// pair that the client has nominated would wait for its next check. Some clients do not send one.
type oneReader struct {
	mu    sync.Mutex // guards the fields below
	ufrag string     // of the ICE session
	v4    bool       // it has a reader
	v6    bool
}

// first reports whether a conn for addr is the first of its family in the ICE session.
func (o *oneReader) first(ufrag string, addr net.Addr) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ufrag != o.ufrag {
		o.ufrag, o.v4, o.v6 = ufrag, false, false
	}
	has := &o.v4
	if udp, ok := addr.(*net.UDPAddr); ok && udp.IP.To4() == nil { // as the mux tells them apart
		has = &o.v6
	}
	was := *has
	*has = true
	return !was
}

// deafConn is the conn of a local candidate for which another reads.
type deafConn struct{ *linkedUDPConn }

// ReadFromAddrPort waits for the end.
func (c deafConn) ReadFromAddrPort([]byte) (int, netip.AddrPort, error) {
	<-c.closed
	return 0, netip.AddrPort{}, net.ErrClosed
}

// ReadFrom waits for the end.
func (c deafConn) ReadFrom([]byte) (int, net.Addr, error) {
	<-c.closed
	return 0, nil, net.ErrClosed
}
