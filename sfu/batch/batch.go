// Package batch wraps the room's UDP socket so that media packets written together leave in few system calls.
// Media is queued and sent by one goroutine as soon as the scheduler runs it, which is when those that forward have
// nothing more to do or another processor is free: there is no timer, so nothing waits. All else (STUN, DTLS, RTCP)
// is sent at once.
package batch

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of the queue. A writer that finds it full sends it.
const (
	maxPackets = 128
	maxBytes   = 96 << 10
)

// Conn is a net.PacketConn over a UDP socket. It implements ice.AddrPortReaderWriter.
type Conn struct {
	udp    *net.UDPConn
	sender sender

	mu     sync.Mutex // guards queue; held for copying only
	queue  *queue
	spare  *queue     // empty, or nil while it is being sent
	sendMu sync.Mutex // held while a queue is sent: keeps packets in order

	wake   chan struct{} // holds one signal: the queue is not empty
	done   chan struct{}
	closed chan struct{}
	once   sync.Once

	packets, calls atomic.Uint64
}

// queue is the packets of one flush: their bytes one after the other, and where each begins and goes to.
type queue struct {
	data  []byte
	ends  [maxPackets]int
	dests [maxPackets]netip.AddrPort
	n     int
}

func newQueue() *queue { return &queue{data: make([]byte, 0, maxBytes)} }

// packet is the i-th packet.
func (q *queue) packet(i int) []byte {
	begin := 0
	if i > 0 {
		begin = q.ends[i-1]
	}
	return q.data[begin:q.ends[i]]
}

func (q *queue) fits(n int) bool { return q.n < maxPackets && len(q.data)+n <= cap(q.data) }

func (q *queue) add(b []byte, dest netip.AddrPort) {
	q.data = append(q.data, b...)
	q.ends[q.n] = len(q.data)
	q.dests[q.n] = dest
	q.n++
}

func (q *queue) reset() {
	q.data = q.data[:0]
	q.n = 0
}

// sender sends the packets of a queue from the i-th on and returns how many it has dealt with, at least one.
type sender interface {
	send(q *queue, i int) int
}

// New wraps udp, which it owns from now on.
func New(udp *net.UDPConn) *Conn {
	c := &Conn{
		udp:    udp,
		queue:  newQueue(),
		spare:  newQueue(),
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		closed: make(chan struct{}),
	}
	c.sender = newSender(udp)
	go c.run()
	return c
}

func (c *Conn) run() {
	defer close(c.done)
	for {
		select {
		case <-c.wake:
			c.flush()
		case <-c.closed:
			return
		}
	}
}

// flush sends what is queued.
func (c *Conn) flush() {
	c.sendMu.Lock()
	defer c.sendMu.Unlock()
	c.mu.Lock()
	q := c.queue
	if q.n == 0 {
		c.mu.Unlock()
		return
	}
	c.queue, c.spare = c.spare, nil
	c.mu.Unlock()

	for i := 0; i < q.n; {
		i += c.sender.send(q, i)
		c.calls.Add(1)
	}
	c.packets.Add(uint64(q.n))
	q.reset()

	c.mu.Lock()
	c.spare = q
	c.mu.Unlock()
}

// isMedia reports whether b looks like an RTP packet, and not RTCP (RFC 7983 and RFC 5761, section 4).
func isMedia(b []byte) bool {
	return len(b) >= 12 && b[0]>>6 == 2 && (b[1] < 192 || b[1] > 223)
}

// WriteToAddrPort sends b, media a moment later: errors of media are lost, as on the network.
func (c *Conn) WriteToAddrPort(b []byte, dest netip.AddrPort) (int, error) {
	if !isMedia(b) || len(b) > maxBytes {
		return c.udp.WriteToUDPAddrPort(b, dest)
	}
	for {
		c.mu.Lock()
		if c.queue.fits(len(b)) {
			break
		}
		c.mu.Unlock()
		c.flush()
	}
	first := c.queue.n == 0
	c.queue.add(b, dest)
	c.mu.Unlock()
	if first {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return len(b), nil
}

// WriteTo is WriteToAddrPort for a *net.UDPAddr.
func (c *Conn) WriteTo(b []byte, dest net.Addr) (int, error) {
	udp, ok := dest.(*net.UDPAddr)
	if !ok {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: dest, Err: net.InvalidAddrError("not a UDP address")}
	}
	return c.WriteToAddrPort(b, udp.AddrPort())
}

// ReadFromAddrPort reads one packet.
func (c *Conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return c.udp.ReadFromUDPAddrPort(b)
}

// ReadFrom reads one packet.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) { return c.udp.ReadFrom(b) }

// Sent counts the media packets sent and the system calls it took.
func (c *Conn) Sent() (packets, calls uint64) { return c.packets.Load(), c.calls.Load() }

// Close closes the socket and waits for the sending goroutine.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		close(c.closed)
		err = c.udp.Close()
		<-c.done
	})
	return err
}

// LocalAddr is the socket's address.
func (c *Conn) LocalAddr() net.Addr { return c.udp.LocalAddr() }

// SetDeadline, SetReadDeadline and SetWriteDeadline are those of the socket.
func (c *Conn) SetDeadline(t time.Time) error      { return c.udp.SetDeadline(t) }
func (c *Conn) SetReadDeadline(t time.Time) error  { return c.udp.SetReadDeadline(t) }
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.udp.SetWriteDeadline(t) }

// plain is the sender that every system has: one call a packet.
type plain struct{ udp *net.UDPConn }

func (p plain) send(q *queue, i int) int {
	_, _ = p.udp.WriteToUDPAddrPort(q.packet(i), q.dests[i])
	return 1
}
