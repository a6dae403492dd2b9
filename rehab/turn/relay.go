package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"github.com/gotera/gotera/proto/turncred"
)

// relay is the socket of one allocation. It is bound to an address of this host and connected to the media port of the grant
// there: the kernel sees to it that nothing else is reached, nor heard of. The client addresses one of this host's addresses, as the room has
// told it, and is answered as if from there.
type relay struct {
	server *Server
	front  *front
	client netip.AddrPort
	user   string
	grant  turncred.Grant
	source netip.Addr // counted against its quota

	conn     *net.UDPConn
	up, down *rate.Limiter // bytes; nil: any
	heard    atomic.Int64  // Unix seconds when the room last sent something
	closed   atomic.Bool

	mu    sync.Mutex   // guards the fields below
	last  *net.UDPAddr // the room's address that the client uses, or tried last
	media bool         // last is one that it sends media to
	asked [16]asked    // of the client's last checks
	next  int
}

// asked is a connectivity check of the client: the answer must seem to come from where the check went to (RFC 8445, section
// 7.2.5.2.1).
type asked struct {
	id [12]byte
	to *net.UDPAddr
}

// openRelay makes the socket for a grant. It has the announced address if that is one of this host's: the room then knows the
// path for a relayed one, and prefers others. The public address of a NAT is not; the room hears of such clients from loopback.
func openRelay(network string, announced netip.Addr, port int) (*net.UDPConn, error) {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if network == "udp6" {
		loopback = netip.IPv6Loopback()
	}
	dial := func(ip netip.Addr) (*net.UDPConn, error) {
		to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(port)))
		return net.DialUDP(network, &net.UDPAddr{IP: to.IP, Zone: to.Zone}, to)
	}
	conn, err := dial(announced)
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		conn, err = dial(loopback)
	}
	if err != nil {
		return nil, fmt.Errorf("open relay: %w", err)
	}
	_ = conn.SetReadBuffer(relayBuffer)
	return conn, nil
}

// WriteTo sends what the client has for a room's address. What may not be sent is dropped, as by any network.
func (r *relay) WriteTo(p []byte, addr net.Addr) (int, error) {
	to, ok := addr.(*net.UDPAddr)
	if !ok || !r.reaches(to.AddrPort()) {
		r.server.counts.refuse(refusedData)
		return len(p), nil
	}
	if r.up != nil && !r.up.AllowN(time.Now(), len(p)) {
		r.server.counts.refuse(refusedBandwidth)
		return len(p), nil
	}
	r.note(p, to)
	if _, err := r.conn.Write(p); errors.Is(err, net.ErrClosed) {
		return 0, err
	}
	r.server.counts.bytesIn.Add(uint64(len(p)))
	return len(p), nil // nobody listens there: a room that is being started again
}

// reaches reports whether a is what the grant is for.
func (r *relay) reaches(a netip.AddrPort) bool {
	return int(a.Port()) == r.grant.Port && r.server.hosts.own(a.Addr().Unmap())
}

// note remembers where p goes.
func (r *relay) note(p []byte, to *net.UDPAddr) {
	id, class, isSTUN := stunID(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case isSTUN && class == classRequest:
		r.asked[r.next] = asked{id, to}
		r.next = (r.next + 1) % len(r.asked)
		if !r.media {
			r.last = to
		}
	case !isSTUN:
		r.media = true
		r.last = to
	}
}

// ReadFrom waits for what the room sends, and says from which of its addresses it seems to come.
func (r *relay) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, err := r.conn.Read(p)
		if errors.Is(err, syscall.ECONNREFUSED) { // nobody listens there now
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		from := r.from(p[:n])
		if from == nil { // the client has not sent anything yet
			continue
		}
		if r.down != nil && !r.down.AllowN(time.Now(), n) {
			r.server.counts.refuse(refusedBandwidth)
			continue
		}
		r.heard.Store(time.Now().Unix())
		r.server.counts.bytesOut.Add(uint64(n))
		return n, from, nil
	}
}

func (r *relay) from(p []byte) net.Addr {
	id, class, isSTUN := stunID(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if isSTUN && class != classRequest && class != classIndication {
		for i := range r.asked {
			if a := &r.asked[i]; a.to != nil && a.id == id {
				return a.to
			}
		}
	}
	if r.last == nil {
		return nil
	}
	return r.last
}

// silent reports whether the room does not know this peer any more, or never has.
func (r *relay) silent(now time.Time) bool {
	return now.Sub(time.Unix(r.heard.Load(), 0)) > r.server.cfg.limits.silent
}

// over reports whether nothing keeps the allocation: the grant has expired, and the room is silent.
func (r *relay) over(now time.Time) bool { return !now.Before(r.grant.Expires) && r.silent(now) }

// Close ends the allocation: pion does when it has expired, and ends it when this was closed first.
func (r *relay) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	r.front.dropped(r)
	r.server.release(r)
	return r.conn.Close()
}

// LocalAddr is part of net.PacketConn.
func (r *relay) LocalAddr() net.Addr { return r.conn.LocalAddr() }

// SetDeadline is part of net.PacketConn.
func (r *relay) SetDeadline(t time.Time) error { return r.conn.SetDeadline(t) }

// SetReadDeadline is part of net.PacketConn.
func (r *relay) SetReadDeadline(t time.Time) error { return r.conn.SetReadDeadline(t) }

// SetWriteDeadline is part of net.PacketConn.
func (r *relay) SetWriteDeadline(t time.Time) error { return r.conn.SetWriteDeadline(t) }
