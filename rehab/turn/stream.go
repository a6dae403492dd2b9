package turn

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/proto/handover"
)

// streams is a front on a listener.
type streams struct {
	net.Listener
	front    *front
	tls      *tls.Config // nil: what comes is not encrypted
	handover bool        // each connection begins with a PROXY line

	mu     sync.Mutex // guards conns
	conns  map[netip.AddrPort]*stream
	closed bool
}

// Accept returns a connection whose Read gives one admitted message each.
func (s *streams) Accept() (net.Conn, error) {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() { // no descriptor left: one will be
				time.Sleep(50 * time.Millisecond)
				continue
			}
			return nil, err
		}
		c := &stream{Conn: conn, streams: s, client: addrPort(conn.RemoteAddr()), local: conn.LocalAddr()}
		if s.tls != nil {
			c.Conn = tls.Server(conn, s.tls) // before it enters: from then on it may have to give way
		}
		if !s.handover && !c.enter() {
			conn.Close() //nolint:errcheck // refused
			continue
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			tune(tcp)
		}
		return c, nil
	}
}

// Close ends the connections, too.
func (s *streams) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, c := range s.conns {
		c.Conn.Close() //nolint:errcheck // its reader ends
	}
	s.mu.Unlock()
	return s.Listener.Close()
}

// tune bounds what a slow or vanished client keeps.
func tune(tcp *net.TCPConn) {
	_ = tcp.SetWriteBuffer(tcpBuffer)
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = control(raw, func(fd int) error {
			return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int((30 * time.Second).Milliseconds()))
		})
	}
}

// stream is one connection. One goroutine reads it; it is closed by pion when Read fails.
type stream struct {
	net.Conn
	streams *streams
	client  netip.AddrPort
	local   net.Addr
	reader  *bufio.Reader // nil before the first Read
	until   time.Time     // to make an allocation
	close   sync.Once
	source  netip.Addr // that it counts for, once it has entered
	since   time.Time  // when it did
	entered bool
}

// enter counts the connection, if there may be another. Two of one address and port would be one client to pion.
func (c *stream) enter() bool {
	s := c.streams
	server := s.front.server
	c.source, c.since = sourceOf(c.client.Addr()), time.Now()
	if !server.knocks.allow(c.source) { // a handshake costs more than a packet; whose address it is, is known
		server.counts.refuse(refusedFlood)
		return false
	}
	loser, ok := server.connected(c)
	if loser != nil || !ok {
		server.counts.refuse(refusedConnection)
	}
	if loser != nil {
		loser.Conn.Close() //nolint:errcheck // its reader ends
	}
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.conns[c.client] != nil {
		server.disconnected(c)
		server.counts.refuse(refusedConnection)
		return false
	}
	s.conns[c.client] = c
	c.entered = true
	return true
}

// Close is part of net.Conn.
func (c *stream) Close() error {
	c.close.Do(func() {
		if !c.entered {
			return
		}
		c.streams.mu.Lock()
		delete(c.streams.conns, c.client)
		c.streams.mu.Unlock()
		c.streams.front.server.disconnected(c)
	})
	return c.Conn.Close()
}

// RemoteAddr is the client's address, which a PROXY line may have told.
func (c *stream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.client) }

// LocalAddr is always a TCP address: pion tells allocations by it.
func (c *stream) LocalAddr() net.Addr {
	if _, ok := c.local.(*net.TCPAddr); ok {
		return c.local
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
}

// begin reads what comes before the messages.
func (c *stream) begin() error {
	c.until = time.Now().Add(c.streams.front.server.cfg.limits.begin)
	if err := c.SetReadDeadline(c.until); err != nil {
		return err
	}
	c.reader = bufio.NewReaderSize(c.Conn, 2*maxFrame)
	if !c.streams.handover {
		return nil
	}
	client, server, err := handover.ReadLine(c.reader)
	if err != nil {
		return err
	}
	c.client, c.local = client, net.TCPAddrFromAddrPort(c.streams.front.server.hosts.reachable(server))
	if !c.enter() {
		return errRefused
	}
	return nil
}

// Read fills p, which has maxFrame bytes, with the next message that is admitted.
func (c *stream) Read(p []byte) (int, error) {
	if c.reader == nil {
		if err := c.begin(); err != nil {
			return 0, c.failed(err)
		}
	}
	for {
		until, used := c.until, c.streams.front.of(c.client) != nil
		if used {
			until = time.Now().Add(idleLimit)
		}
		if err := c.SetReadDeadline(until); err != nil {
			return 0, err
		}
		n, err := c.frame(p)
		if err != nil {
			return 0, c.failed(err)
		}
		if used { // this message may be the end of the allocation
			c.until = time.Now().Add(c.streams.front.server.cfg.limits.begin)
		}
		take, answer := c.streams.front.admit(p[:n], c.client)
		if take > 0 {
			return take, nil
		}
		if answer != nil {
			if _, err := c.Write(answer); err != nil {
				return 0, err
			}
		}
	}
}

// failed counts a connection that was of no use; a lost one is none of that.
func (c *stream) failed(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.streams.front.server.counts.refuse(refusedConnection)
	}
	return err
}

var errFrame = errors.New("no TURN message")

// frame reads one message, with its padding.
func (c *stream) frame(p []byte) (int, error) {
	head, err := c.reader.Peek(4)
	if err != nil {
		return 0, err
	}
	n := frameSize(head)
	if n == 0 || n >= len(p) {
		c.streams.front.server.counts.refuse(refusedMalformed)
		return 0, errFrame
	}
	whole, err := c.reader.Peek(n)
	if err != nil {
		return 0, err
	}
	copy(p, whole)
	_, err = c.reader.Discard(n)
	return n, err
}

// Write sends one message. A client that takes nothing for a while is gone.
func (c *stream) Write(p []byte) (int, error) {
	l := c.streams.front.of(c.client)
	if err := c.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return 0, err
	}
	if _, err := c.Conn.Write(c.streams.front.outgoing(p, l)); err != nil {
		c.Conn.Close() //nolint:errcheck // half a message was sent, perhaps
		return 0, err
	}
	return len(p), nil
}
