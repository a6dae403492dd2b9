package ingress

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// clientTimeout is how long a client may take to send or to take the next piece of a body.
const clientTimeout = 60 * time.Second

var errStalledClient = errors.New("client stalled")

// timedWriter is a ResponseWriter that gives up on a client that does not read, and so frees what waits for it.
type timedWriter struct {
	http.ResponseWriter
	rc *http.ResponseController
}

func newTimedWriter(w http.ResponseWriter) *timedWriter {
	return &timedWriter{ResponseWriter: w, rc: http.NewResponseController(w)}
}

// Unwrap lets a ResponseController hijack the connection for a websocket.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *timedWriter) Write(p []byte) (int, error) {
	defer w.limit()()
	return w.ResponseWriter.Write(p)
}

// FlushError is what a ResponseController calls.
func (w *timedWriter) FlushError() error {
	defer w.limit()()
	return w.rc.Flush()
}

// limit sets the deadline for one write; the result removes it. The server under test may have none to set.
func (w *timedWriter) limit() (end func()) {
	w.rc.SetWriteDeadline(time.Now().Add(clientTimeout))
	return func() { w.rc.SetWriteDeadline(time.Time{}) }
}

// body limits the time of each read of a request's body.
func (w *timedWriter) body(b io.ReadCloser) *timedBody { return &timedBody{ReadCloser: b, rc: w.rc} }

// timedBody may be read after its handler has returned: a service that answers early leaves the transport reading. The
// server's side of the request must not be touched any more then (HTTP/2 panics), which release makes sure of.
type timedBody struct {
	io.ReadCloser

	mu sync.Mutex
	rc *http.ResponseController // nil once the handler has returned
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.deadline(time.Now().Add(clientTimeout))
	n, err := b.ReadCloser.Read(p)
	b.deadline(time.Time{}) // the server goes on reading, to notice a client that leaves
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStalledClient
	}
	return n, err
}

func (b *timedBody) deadline(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rc != nil {
		b.rc.SetReadDeadline(t)
	}
}

// release is called when the handler returns.
func (b *timedBody) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rc = nil
}

// idleConn is a connection to a service that fails when nothing has been sent or received for timeout.
type idleConn struct {
	net.Conn
	timeout time.Duration
}

func (c idleConn) extend() { c.Conn.SetReadDeadline(time.Now().Add(c.timeout)) }

func (c idleConn) Read(p []byte) (int, error) {
	c.extend()
	return c.Conn.Read(p)
}

func (c idleConn) Write(p []byte) (int, error) {
	c.extend() // of a read that waits meanwhile: an upload takes its time
	c.Conn.SetWriteDeadline(time.Now().Add(c.timeout))
	return c.Conn.Write(p)
}
