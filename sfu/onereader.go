package sfu

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// oneReader has one of a connection's local candidates at a time read for all of them. They share the room's socket, and with it
// one conn of the mux, from which any could read anything: an answer to the check of one would be counted for another, and a
// pair that the client has nominated would wait for its next check. Some clients do not send one. When the candidate that reads is
// closed another goes on: ICE gives up its first ones when it is restarted while it still gathers.
type oneReader struct {
	mu    sync.Mutex               // guards turns
	turns map[family]chan struct{} // holds a token while somebody reads
}

// family is what shares a conn of the mux: the candidates of an ICE session, of IPv4 or IPv6.
type family struct {
	ufrag string
	v6    bool
}

// maxTurns is how many are known: those of this ICE session, and of others that have just ended.
const maxTurns = 8

// turn is the place of the one who reads, for a conn for addr in the ICE session; first: nobody has asked for it before.
func (o *oneReader) turn(ufrag string, addr net.Addr) (turn chan struct{}, first bool) {
	udp, ok := addr.(*net.UDPAddr)
	f := family{ufrag, ok && udp.IP.To4() == nil} // as the mux tells them apart
	o.mu.Lock()
	defer o.mu.Unlock()
	if turn, ok := o.turns[f]; ok {
		return turn, false
	}
	if o.turns == nil || len(o.turns) >= maxTurns {
		o.turns = map[family]chan struct{}{}
	}
	turn = make(chan struct{}, 1)
	o.turns[f] = turn
	return turn, true
}

// begin gives the turn to the first conn at once: what has come early is kept by it.
func (r *reading) begin(turn chan struct{}, first bool) {
	r.turn = turn
	if first {
		turn <- struct{}{}
		r.held.Store(true)
	}
}

// reading is a conn's part in that.
type reading struct {
	turn chan struct{}
	held atomic.Bool
}

// wait waits for the conn's turn, and reports whether it has come before closed.
func (r *reading) wait(closed <-chan struct{}) bool {
	if r.held.Load() {
		return true
	}
	select {
	case <-closed:
		return false
	case r.turn <- struct{}{}:
	}
	r.held.Store(true)
	select {
	case <-closed: // and end may have missed it
		r.end()
		return false
	default:
		return true
	}
}

// end gives the turn to the next. It is called once closed is.
func (r *reading) end() {
	if r.held.CompareAndSwap(true, false) {
		<-r.turn
	}
}

// ReadFromAddrPort is part of ice.AddrPortReaderWriter.
func (c *linkedUDPConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		if !c.reading.wait(c.closed) {
			return 0, netip.AddrPort{}, net.ErrClosed
		}
		n, from, err := c.early.read(c, b)
		if err != nil {
			return n, from, err
		}
		if !c.link.cameBy(b[:n], from, true) {
			c.link.fromPath(from, false)
			return n, from, nil
		}
	}
}

// ReadFrom is for who reads a net.Addr.
func (c *linkedUDPConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}
