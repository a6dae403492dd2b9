// Package batch wraps the room's UDP socket so that media packets written together leave in few system calls, and
// packets that came together are read in few. What is written while a burst of packets is read and handled is sent when
// the burst ends; what is written at other times is sent by one goroutine as soon as the scheduler runs it. There is no
// timer: nothing waits. All else (STUN, DTLS) is sent at once.
//
// Packets of one size to one destination leave as one message that the kernel cuts (UDP_SEGMENT, udp(7)), in one
// sendmmsg(2) with the others. Where the system refuses one or the other it is not tried again.
package batch

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Handler takes a packet that came in, if it is for it: it reports whether it has. b is only good during the call.
type Handler func(b []byte, from netip.AddrPort) bool

// Conn is a net.PacketConn over a UDP socket. It implements ice.AddrPortReaderWriter.
type Conn struct {
	local   net.Addr
	socket  socket
	handler atomic.Pointer[Handler]
	burst   atomic.Bool // packets that were read are being handled: who does that sends the queue

	mu     sync.Mutex // guards queue and dests; held for sealing and copying only
	queue  *queue
	spare  *queue // empty, or nil while it is being sent
	dests  map[netip.AddrPort]*Dest
	sendMu sync.Mutex // held while a queue is sent: keeps packets in order

	wake   chan struct{} // holds one signal: the queue is not empty
	done   chan struct{}
	closed chan struct{}
	once   sync.Once

	packets, calls atomic.Uint64
}

// socket is how the system reads and writes.
type socket interface {
	// name makes what is needed to send to d.addr.
	name(d *Dest)
	// send sends a queue, waiting when the socket is full, and returns how many system calls it took. It is used under
	// Conn.sendMu.
	send(q *queue) (calls int)
	// write sends one packet at once.
	write(b []byte, d *Dest) error
	// read reads one packet that the handler does not take. One goroutine uses it.
	read(b []byte) (int, netip.AddrPort, error)
	setReadDeadline(t time.Time) error
	close() error
}

// New wraps udp, which it owns from now on.
func New(udp *net.UDPConn) *Conn {
	c := &Conn{
		local: udp.LocalAddr(), queue: &queue{}, spare: &queue{}, dests: map[netip.AddrPort]*Dest{},
		wake: make(chan struct{}, 1), done: make(chan struct{}), closed: make(chan struct{}),
	}
	c.socket = newSocket(c, udp)
	go c.run()
	return c
}

// Handle gives f every packet that is read. It is called by who reads, so it must not wait.
func (c *Conn) Handle(f Handler) { c.handler.Store(&f) }

// handled offers a packet to the handler.
func (c *Conn) handled(b []byte, from netip.AddrPort) bool {
	f := c.handler.Load()
	return f != nil && (*f)(b, from)
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

// flush sends what is queued. It returns how many packets that were.
func (c *Conn) flush() int {
	c.sendMu.Lock()
	defer c.sendMu.Unlock()
	c.mu.Lock()
	q := c.queue
	if q.n() == 0 {
		c.mu.Unlock()
		return 0
	}
	c.queue, c.spare = c.spare, nil
	c.mu.Unlock()

	n := q.n()
	c.calls.Add(uint64(c.socket.send(q)))
	c.packets.Add(uint64(n))
	q.reset()

	c.mu.Lock()
	if c.queue.n() == 0 { // go on with the one whose memory is in use
		c.queue, q = q, c.queue
	}
	c.spare = q
	c.mu.Unlock()
	return n
}

// Dest is where packets go: an address, and what is known about sending there.
type Dest struct {
	addr  netip.AddrPort
	name  sockaddr
	whole bool  // the path does not take messages that the kernel cuts; guarded by sendMu
	train int32 // the last one of the queue that is being sent, 1 for the first; guarded by sendMu
}

// Addr is the address.
func (d *Dest) Addr() netip.AddrPort { return d.addr }

// Dest returns how to send to addr.
func (c *Conn) Dest(addr netip.AddrPort) *Dest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.destLocked(addr)
}

// maxDests bounds what is remembered; peers come and go.
const maxDests = 1024

func (c *Conn) destLocked(addr netip.AddrPort) *Dest {
	d := c.dests[addr]
	if d == nil {
		if len(c.dests) >= maxDests {
			clear(c.dests) // those in use are held by their users
		}
		d = &Dest{addr: addr}
		c.socket.name(d)
		c.dests[addr] = d
	}
	return d
}

// Reserve returns room for a packet of n bytes to d, at most MaxPacket, which the caller fills at once, without calling
// anything that waits, and then calls Commit. What comes back is the queue's own memory: it saves a copy.
func (c *Conn) Reserve(d *Dest, n int) []byte {
	for {
		c.mu.Lock()
		if b := c.queue.add(d, n, len(c.dests)); b != nil {
			return b
		}
		c.mu.Unlock()
		c.flush()
	}
}

// Commit ends what Reserve began; errors of media are lost, as on the network.
func (c *Conn) Commit() {
	first := c.queue.n() == 1
	c.mu.Unlock()
	if first && !c.burst.Load() {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// isMedia reports whether b looks like an RTP or RTCP packet (RFC 7983).
func isMedia(b []byte) bool { return len(b) >= 12 && b[0]>>6 == 2 }

// WriteToAddrPort sends b, media a moment later.
func (c *Conn) WriteToAddrPort(b []byte, dest netip.AddrPort) (int, error) {
	if !isMedia(b) || len(b) > MaxPacket {
		if err := c.socket.write(b, c.Dest(dest)); err != nil {
			return 0, &net.OpError{Op: "write", Net: "udp", Addr: net.UDPAddrFromAddrPort(dest), Err: err}
		}
		return len(b), nil
	}
	copy(c.Reserve(c.Dest(dest), len(b)), b)
	c.Commit()
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

// ReadFromAddrPort reads one packet that the handler does not take. One goroutine may read.
func (c *Conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) { return c.socket.read(b) }

// ReadFrom is ReadFromAddrPort with a net.Addr.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.socket.read(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// Sent counts the media packets sent and the system calls it took.
func (c *Conn) Sent() (packets, calls uint64) { return c.packets.Load(), c.calls.Load() }

// Close closes the socket and waits for the sending goroutine.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		close(c.closed)
		err = c.socket.close()
		<-c.done
	})
	return err
}

// LocalAddr is the socket's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// SetDeadline and SetReadDeadline are those of reading; writing does not wait.
func (c *Conn) SetDeadline(t time.Time) error     { return c.socket.setReadDeadline(t) }
func (c *Conn) SetReadDeadline(t time.Time) error { return c.socket.setReadDeadline(t) }

// SetWriteDeadline does nothing.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
