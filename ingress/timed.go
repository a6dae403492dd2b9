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
	rc    *http.ResponseController
	limit time.Duration // clientTimeout; shorter in tests
	rest  *timedBody    // what the server may read before the header of an answer; nil: nothing any more
}

func newTimedWriter(w http.ResponseWriter, limit time.Duration) *timedWriter {
	return &timedWriter{ResponseWriter: w, rc: http.NewResponseController(w), limit: limit}
}

// Unwrap lets a ResponseController hijack the connection for a websocket.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *timedWriter) Write(p []byte) (int, error) {
	defer w.begin()()
	return w.ResponseWriter.Write(p)
}

// FlushError is what a ResponseController calls.
func (w *timedWriter) FlushError() error {
	end := w.begin()
	err := w.rc.Flush()
	end()
	w.rest = nil // the header is written
	return err
}

// begin sets the deadlines for one write; the result removes them. The server under test may have none to set.
func (w *timedWriter) begin() (end func()) {
	w.rc.SetWriteDeadline(time.Now().Add(w.limit))
	if w.rest != nil {
		w.rest.wait()
	}
	return func() {
		w.rc.SetWriteDeadline(time.Time{})
		if w.rest != nil {
			w.rest.done()
		}
	}
}

// body limits the time of each read of the body of req: those of the transport and, with HTTP/1, those of the server, which reads what is
// left of a body before it answers, and before it looks for the next request.
func (w *timedWriter) body(req *http.Request) *timedBody {
	b := &timedBody{ReadCloser: req.Body, rc: w.rc, limit: w.limit, http1: req.ProtoMajor == 1}
	if b.http1 {
		w.rest = b
		b.wait()
	}
	return b
}

// timedBody may be read after its handler has returned: a service that answers early leaves the transport reading. The
// server's side of the request must not be touched any more then (HTTP/2 panics), which release makes sure of.
type timedBody struct {
	io.ReadCloser
	limit time.Duration
	http1 bool

	mu sync.Mutex
	rc *http.ResponseController // nil once the handler has returned
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.wait()
	n, err := b.ReadCloser.Read(p)
	if !b.http1 || err == io.EOF {
		b.done() // the server goes on reading, to notice a client that leaves
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStalledClient
	}
	return n, err
}

// Close is called by the transport, and by the handler while the transport may still be reading.
func (b *timedBody) Close() error {
	if !b.http1 {
		return b.ReadCloser.Close()
	}
	b.wait()
	defer b.done()
	return b.ReadCloser.Close()
}

// wait sets the deadline of what is read now; done removes it.
func (b *timedBody) wait() { b.deadline(time.Now().Add(b.limit)) }
func (b *timedBody) done() { b.deadline(time.Time{}) }

func (b *timedBody) deadline(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rc != nil {
		b.rc.SetReadDeadline(t)
	}
}

// release is called when the handler returns. The server may still read what is left.
func (b *timedBody) release() {
	if b.http1 {
		b.wait()
	}
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
