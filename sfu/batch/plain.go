package batch

import (
	"net"
	"net/netip"
	"time"
)

// plain is the socket that every system has: one call a packet.
type plain struct {
	conn *Conn
	udp  *net.UDPConn
}

func (p plain) name(*Dest) {}

func (p plain) send(q *queue) int {
	for i := range q.packets {
		_ = p.write(q.packets[i].data, q.packets[i].dest)
	}
	return len(q.packets)
}

func (p plain) write(b []byte, d *Dest) error {
	_, err := p.udp.WriteToUDPAddrPort(b, d.addr)
	return err
}

func (p plain) read(b []byte) (int, netip.AddrPort, error) {
	for {
		if p.conn.burst.Swap(false) {
			p.conn.flush()
		}
		n, from, err := p.udp.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, from, err
		}
		p.conn.burst.Store(true)
		if !p.conn.handled(b[:n], from) {
			return n, from, nil
		}
	}
}

func (p plain) setReadDeadline(t time.Time) error { return p.udp.SetReadDeadline(t) }
func (p plain) close() error                      { return p.udp.Close() }
