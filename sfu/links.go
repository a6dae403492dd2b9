package sfu

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/ice/v4"
)

var (
	errPacketTooLarge = errors.New("packet too large")
	errIndexUsed      = errors.New("another packet was sent under this number")
)

// links tells whose packets come from an address. An address is learnt when a packet from there was opened, so nobody
// can take another's; the reader looks it up without a lock.
type links struct {
	byAddr atomic.Pointer[map[netip.AddrPort]*link] // nil or replaced, never modified
	mu     sync.Mutex                               // held to replace it
}

// maxAddrs bounds the addresses that one connection is known by: NATs change them.
const maxAddrs = 8

// maxMisses is how many packets in a row from an address may be garbage before it is not taken for l's any more: it may
// have become another connection's.
const maxMisses = 8

// took is the batch's handler.
func (t *links) took(b []byte, from netip.AddrPort) bool {
	m := t.byAddr.Load()
	if m == nil {
		return false
	}
	l := (*m)[from]
	if l == nil {
		return false
	}
	if !l.fromSocket.take() {
		l.peer.inflow.excess.Add(1)
		return true
	}
	took, opened := l.took(b, true)
	switch {
	case opened:
		l.misses = 0
		l.fromPath(from, !isRTCP(b))
	case took:
		if l.misses++; l.misses == maxMisses {
			l.misses = 0
			t.forget(l)
		}
	}
	return took
}

// learn notes that l's packets come from addr.
func (t *links) learn(l *link, addr netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !l.peer.alive() { // close has let go of it, or is about to
		return
	}
	next := map[netip.AddrPort]*link{}
	if m := t.byAddr.Load(); m != nil {
		if (*m)[addr] == l {
			return
		}
		maps.Copy(next, *m)
	}
	if l.addrs = append(l.addrs, addr); len(l.addrs) > maxAddrs {
		if next[l.addrs[0]] == l {
			delete(next, l.addrs[0])
		}
		l.addrs = slices.Delete(l.addrs, 0, 1)
	}
	next[addr] = l
	t.byAddr.Store(&next)
}

// forget lets go of l.
func (t *links) forget(l *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.addrs = nil
	m := t.byAddr.Load()
	if m == nil {
		return
	}
	next := maps.Clone(*m)
	maps.DeleteFunc(next, func(_ netip.AddrPort, o *link) bool { return o == l })
	t.byAddr.Store(&next)
}

// linkedUDP is the room's UDP mux as one connection's ICE sees it.
type linkedUDP struct {
	ice.UDPMux
	link     *link
	loopback bool
}

// GetListenAddresses leaves out loopback unless it is to be offered, as Pion does with a mux of its own.
func (m linkedUDP) GetListenAddresses() []net.Addr {
	return slices.DeleteFunc(m.UDPMux.GetListenAddresses(), func(a net.Addr) bool {
		udp, ok := a.(*net.UDPAddr)
		return ok && udp.IP.IsLoopback() && !m.loopback
	})
}

// GetConn is part of ice.UDPMux.
func (m linkedUDP) GetConn(ufrag string, addr net.Addr) (net.PacketConn, error) {
	c, err := m.UDPMux.GetConn(ufrag, addr)
	if err != nil {
		return nil, err
	}
	if io, ok := c.(ice.AddrPortReaderWriter); ok {
		conn := &linkedUDPConn{PacketConn: c, io: io, link: m.link, closed: make(chan struct{})}
		turn, first := m.link.reader.turn(ufrag, addr)
		conn.reading.begin(turn, first)
		if first {
			conn.early.begin(conn)
		} else {
			conn.early.over = true
		}
		return conn, nil
	}
	return c, nil
}

// linkedUDPConn is what one local candidate reads and writes.
type linkedUDPConn struct {
	net.PacketConn
	io   ice.AddrPortReaderWriter
	link *link

	reading reading
	early   early
	closed  chan struct{}
	once    sync.Once
}

// Close is part of net.PacketConn.
func (c *linkedUDPConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	err := c.PacketConn.Close()
	c.reading.end()
	return err
}

// WriteToAddrPort is part of ice.AddrPortReaderWriter.
func (c *linkedUDPConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.link.sends(b, path{to: to})
	return c.io.WriteToAddrPort(b, to)
}

// WriteTo is for addresses that ICE has as a net.Addr.
func (c *linkedUDPConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if udp, ok := to.(*net.UDPAddr); ok {
		c.link.sends(b, path{to: udp.AddrPort()})
	}
	return c.PacketConn.WriteTo(b, to)
}

// linkedTCP is the room's TCP mux as one connection's ICE sees it.
type linkedTCP struct {
	ice.TCPMux
	link *link
}

// GetConnByUfrag is part of ice.TCPMux.
func (m linkedTCP) GetConnByUfrag(ufrag string, isIPv6 bool, local net.IP) (net.PacketConn, error) {
	c, err := m.TCPMux.GetConnByUfrag(ufrag, isIPv6, local)
	if err != nil {
		return nil, err
	}
	return &linkedTCPConn{c, m.link}, nil
}

// linkedTCPConn is what one local candidate reads and writes.
type linkedTCPConn struct {
	net.PacketConn
	link *link
}

// ReadFrom is part of net.PacketConn.
func (c *linkedTCPConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.link.cameBy(b[:n], netip.AddrPort{}, false) {
			return n, from, err
		}
	}
}

// WriteTo is part of net.PacketConn.
func (c *linkedTCPConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if tcp, ok := to.(*net.TCPAddr); ok {
		c.link.sends(b, path{to: tcp.AddrPort(), conn: c.PacketConn, addr: to})
	}
	return c.PacketConn.WriteTo(b, to)
}
