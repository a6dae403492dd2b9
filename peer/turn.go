package peer

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// relayTimeout bounds how long a TCP connection to a TURN server may take, with TLS.
const relayTimeout = 10 * time.Second

// relayDialer makes the TCP connections to TURN servers. Pion's own trusts no authority but the system's, and leaves TLS to
// the dialer once it has one. It connects over IPv4 and IPv6.
type relayDialer struct {
	ctx context.Context // of the peer: with it the connections end. Pion waits for those to servers that do not answer
	tls *tls.Config

	mu     sync.Mutex
	secure map[string]string // host by host:port, of turns: URLs
}

// know notes which addresses speak TLS.
func (d *relayDialer) know(servers []signal.ICEServer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secure = map[string]string{}
	for _, s := range servers {
		for _, text := range s.URLs {
			rest, secure := strings.CutPrefix(text, "turns:")
			hostport, _, _ := strings.Cut(rest, "?")
			if _, _, err := net.SplitHostPort(hostport); err != nil {
				hostport = net.JoinHostPort(strings.Trim(hostport, "[]"), "5349") // RFC 7065, section 3.2
			}
			if host, _, err := net.SplitHostPort(hostport); secure && err == nil {
				d.secure[hostport] = host
			}
		}
	}
}

// Dial implements proxy.Dialer of golang.org/x/net.
func (d *relayDialer) Dial(_, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, relayTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	host, secure := d.secure[addr]
	d.mu.Unlock()
	if !secure {
		return d.ends(conn, conn), nil
	}
	c := d.tls.Clone()
	c.ServerName = host
	over := tls.Client(conn, c)
	if err := over.HandshakeContext(ctx); err != nil {
		conn.Close() //nolint:errcheck // of no use
		return nil, err
	}
	return d.ends(over, conn), nil
}

// relayConn is a connection that ends with its peer.
type relayConn struct {
	net.Conn
	stop func() bool
}

// ends is conn, whose socket is closed with the peer.
func (d *relayDialer) ends(conn, socket net.Conn) net.Conn {
	return &relayConn{conn, context.AfterFunc(d.ctx, func() { socket.Close() })} //nolint:errcheck // of no use any more
}

// Close is part of net.Conn.
func (c *relayConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
