package way

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// media carries UDP as a NAT does: each of the client's addresses has a socket towards the room.
type media struct {
	server netip.AddrPort
	listen *net.UDPConn
	cut    atomic.Bool
	delay  *atomic.Int64 // set before anything comes

	mu    sync.Mutex
	flows map[netip.AddrPort]*net.UDPConn // by the client's address
	ended bool
}

func newMedia(server string, delay *atomic.Int64) (*media, error) {
	addr, err := netip.ParseAddrPort(server)
	if err != nil {
		return nil, err
	}
	listen, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = listen.SetReadBuffer(1 << 20)
	m := &media{server: addr, listen: listen, delay: delay, flows: map[netip.AddrPort]*net.UDPConn{}}
	go m.up()
	return m, nil
}

func (m *media) port() uint16 { return m.listen.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

func (m *media) close() {
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	m.rebind()
	_ = m.listen.Close()
}

// rebind closes the sockets towards the room; new ones have other addresses.
func (m *media) rebind() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for client, c := range m.flows {
		_ = c.Close()
		delete(m.flows, client)
	}
}

// up passes on what the clients send.
func (m *media) up() {
	buffer := make([]byte, 2048)
	for {
		n, client, err := m.listen.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		c := m.flow(client)
		if c == nil || m.cut.Load() {
			continue
		}
		m.later(buffer[:n], func(b []byte) { _, _ = c.Write(b) })
	}
}

// flow is the socket of a client's address; nil after the end.
func (m *media) flow(client netip.AddrPort) *net.UDPConn {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.flows[client]; c != nil || m.ended {
		return c
	}
	c, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(m.server))
	if err != nil {
		return nil
	}
	_ = c.SetReadBuffer(1 << 20)
	m.flows[client] = c
	go m.down(c, client)
	return c
}

// down passes on what the room sends to one client.
func (m *media) down(c *net.UDPConn, client netip.AddrPort) {
	buffer := make([]byte, 2048)
	for {
		n, err := c.Read(buffer)
		switch {
		case err == nil && !m.cut.Load():
			m.later(buffer[:n], func(b []byte) { _, _ = m.listen.WriteToUDPAddrPort(b, client) })
		case errors.Is(err, net.ErrClosed):
			return
		}
	}
}

func (m *media) later(b []byte, send func([]byte)) {
	d := time.Duration(m.delay.Load())
	if d == 0 {
		send(b)
		return
	}
	own := append([]byte(nil), b...)
	time.AfterFunc(d, func() { send(own) })
}
