package bus

import (
	"errors"
	"net"
	"sync"
	"time"
)

const (
	maxUnsent    = 32 << 20 // bytes waiting for a client that does not read; redis-server's limit for subscribers
	closeTimeout = time.Second
)

var errSlowClient = errors.New("client does not read")

// asyncConn is a connection whose writes never wait for the client. The embedded server delivers messages under its one
// lock: a subscriber that stopped reading would stop everybody. Such a client is disconnected, as redis-server does.
type asyncConn struct {
	net.Conn
	writers *sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	unsent  []byte
	writing bool // a goroutine is emptying unsent
	closed  bool
}

func newAsyncConn(c net.Conn, writers *sync.WaitGroup) *asyncConn {
	return &asyncConn{Conn: c, writers: writers}
}

func (c *asyncConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if len(c.unsent)+len(p) > maxUnsent {
		c.closed = true
		c.unsent = nil
		c.Conn.Close()
		return 0, errSlowClient
	}
	c.unsent = append(c.unsent, p...)
	if !c.writing {
		c.writing = true
		c.writers.Go(c.flush) // ends when unsent is empty or the connection is closed
	}
	return len(p), nil
}

func (c *asyncConn) flush() {
	for {
		c.mu.Lock()
		p := c.unsent
		c.unsent = nil
		if len(p) == 0 {
			c.writing = false
			if c.closed {
				c.Conn.Close()
			}
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		if _, err := c.Conn.Write(p); err != nil {
			c.mu.Lock()
			c.closed, c.unsent = true, nil
			c.mu.Unlock()
		}
	}
}

// Close lets what was written go out first, for a second at most.
func (c *asyncConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed && !c.writing {
		return c.Conn.Close()
	}
	c.closed = true
	if !c.writing {
		return c.Conn.Close()
	}
	c.Conn.SetReadDeadline(time.Now()) // the server's reader ends now
	return c.Conn.SetWriteDeadline(time.Now().Add(closeTimeout))
}
