package ingress

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// protocols are what HTTP clients may choose (RFC 7301).
var protocols = []string{"h2", "http/1.1"}

// handshakes is a listener of connections whose TLS handshake is done. Those that turn out to be TURN are handed over, and
// not returned: TURN clients name no protocol, or one of their own (RFC 7443), and begin with a byte that HTTP does not.
type handshakes struct {
	net.Listener
	config *tls.Config
	turn   string // socket of the TURN server; empty: none
	log    *slog.Logger

	ctx     context.Context // of what is handed over
	ready   chan net.Conn
	done    chan struct{} // closed when nothing is accepted any more
	err     error         // why, valid then
	working sync.WaitGroup
}

// listenHandshakes accepts from l until that is closed; ctx ends what is handed over.
func listenHandshakes(ctx context.Context, l net.Listener, config *tls.Config, turn string, log *slog.Logger) *handshakes {
	h := &handshakes{Listener: l, turn: turn, log: log, ctx: ctx, ready: make(chan net.Conn), done: make(chan struct{})}
	h.config = config.Clone()
	h.config.NextProtos = protocols
	other := config.Clone()
	other.NextProtos = nil
	relay := other.Clone()
	relay.ClientAuth = tls.NoClientCert
	h.config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		switch {
		case slices.ContainsFunc(hello.SupportedProtos, func(p string) bool { return slices.Contains(protocols, p) }):
			return nil, nil
		case greases(hello):
			return relay, nil
		}
		return other, nil
	}
	go h.accept()
	return h
}

// greases reports whether a client offers cipher suites that do not exist (RFC 8701), as browsers do and clients of devices do
// not. One that does and names no HTTP is a browser's TURN client: that of Chromium gives up when it is asked for a
// certificate, although it need not have one.
func greases(hello *tls.ClientHelloInfo) bool {
	return slices.ContainsFunc(hello.CipherSuites, func(c uint16) bool { return c&0x0f0f == 0x0a0a && c>>8 == c&0xff })
}

func (h *handshakes) accept() {
	defer close(h.done)
	for wait := time.Duration(0); ; {
		c, err := h.Listener.Accept()
		if err == nil {
			wait = 0
			h.working.Go(func() { h.greet(c) })
			continue
		}
		if temporary, ok := err.(interface{ Temporary() bool }); !ok || !temporary.Temporary() {
			h.err = err
			return
		}
		wait = min(max(5*time.Millisecond, 2*wait), time.Second) // as net/http: no descriptor left
		time.Sleep(wait)
	}
}

// wait returns when nothing is accepted any more and all handshakes are over; the listener is closed.
func (h *handshakes) wait() {
	<-h.done
	h.working.Wait()
}

// Accept is part of net.Listener.
func (h *handshakes) Accept() (net.Conn, error) {
	select {
	case c := <-h.ready:
		return c, nil
	case <-h.done:
		return nil, h.err
	}
}

// greet does the handshake and finds out what the client speaks.
func (h *handshakes) greet(raw net.Conn) {
	stop := context.AfterFunc(h.ctx, func() { raw.Close() }) //nolint:errcheck // it is not wanted any more
	defer stop()
	raw.SetDeadline(time.Now().Add(headerTimeout)) //nolint:errcheck // the handshake says so
	c := tls.Server(raw, h.config)
	if c.HandshakeContext(h.ctx) != nil {
		raw.Close() //nolint:errcheck // of no use
		return
	}
	var conn net.Conn = c
	if c.ConnectionState().NegotiatedProtocol != "h2" { // net/http wants the tls.Conn itself for that
		first := make([]byte, 1)
		if _, err := c.Read(first); err != nil {
			c.Close() //nolint:errcheck // likewise
			return
		}
		if first[0] <= lastSTUN {
			h.handOver(c, first)
			return
		}
		conn = &begunConn{Conn: c, begin: first}
	}
	raw.SetDeadline(time.Time{}) //nolint:errcheck // the next read says so
	select {
	case h.ready <- conn:
	case <-h.done:
		conn.Close() //nolint:errcheck // nobody takes it
	}
}

// begunConn is a TLS connection of which the beginning has been read.
type begunConn struct {
	*tls.Conn
	begin []byte
}

func (c *begunConn) Read(p []byte) (int, error) {
	if len(c.begin) == 0 || len(p) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.begin)
	c.begin = c.begin[n:]
	return n, nil
}

type stateKey struct{}

// connContext keeps what net/http does not find out about a begunConn, and withState gives it to requests.
func connContext(ctx context.Context, c net.Conn) context.Context {
	if b, ok := c.(*begunConn); ok {
		state := b.ConnectionState()
		return context.WithValue(ctx, stateKey{}, &state)
	}
	return ctx
}

func withState(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if state, ok := req.Context().Value(stateKey{}).(*tls.ConnectionState); ok && req.TLS == nil {
			req.TLS = state
		}
		h.ServeHTTP(w, req)
	})
}
