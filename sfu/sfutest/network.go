package sfutest

import (
	"net"
	"strings"
	"sync/atomic"
)

// Drop says what a client's network loses: every n-th media packet in each direction, 0 for none.
type Drop struct {
	In  int // of what it receives
	Out int // of what it sends
}

// lossyConn is a UDP socket that loses RTP packets, before decryption, so that Pion and the room must recover.
type lossyConn struct {
	*net.UDPConn
	drop    Drop
	in, out atomic.Int64
	cut     atomic.Pointer[Cut]
	copies  atomic.Int32
	slow    *bottleneck // nil: none
}

// Cut says which directions lose all media, while ICE and reports go on; or that everything is lost, data channels too.
type Cut struct{ In, Out, All bool }

// Cut makes the client's network lose that, from now on. It does nothing over TCP.
func (c *Client) Cut(cut Cut) {
	if c.network != nil {
		c.network.cut.Store(&cut)
	}
}

// Repeat makes the client's network send each media packet n times more, from now on. It does nothing over TCP.
func (c *Client) Repeat(n int) {
	if c.network != nil {
		c.network.copies.Store(int32(n))
	}
}

func newLossyConn(d Drop, l Link) (*lossyConn, error) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = udp.SetReadBuffer(4 << 20)
	c := &lossyConn{UDPConn: udp, drop: d}
	c.cut.Store(&Cut{})
	if l.Rate > 0 {
		c.slow = newBottleneck(udp, l)
	}
	return c, nil
}

func isMedia(b []byte) bool {
	return len(b) > 12 && b[0]>>6 == 2 && (b[1] < 192 || b[1] > 223)
}

// ReadFrom returns the next packet that is not lost.
func (c *lossyConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.read(b)
		if cut := c.cut.Load(); err == nil && (cut.All || cut.In && isMedia(b[:n])) {
			continue
		}
		if err == nil && c.drop.In > 0 && isMedia(b[:n]) && c.in.Add(1)%int64(c.drop.In) == 0 {
			continue
		}
		return n, addr, err
	}
}

// WriteTo sends b unless it is lost.
func (c *lossyConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	if cut := c.cut.Load(); cut.All || cut.Out && isMedia(b) {
		return len(b), nil
	}
	if c.drop.Out > 0 && isMedia(b) && c.out.Add(1)%int64(c.drop.Out) == 0 {
		return len(b), nil
	}
	for range c.copies.Load() {
		if isMedia(b) {
			_, _ = c.UDPConn.WriteTo(b, addr) // what is lost of a flood is no loss
		}
	}
	return c.UDPConn.WriteTo(b, addr)
}

func mediaLines(sdp string) int { return strings.Count(sdp, "\nm=") }
