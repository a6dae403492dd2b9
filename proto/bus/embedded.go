package bus

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// tick is how often keys are looked at for expiry, and so how much too early or late one may expire.
const tick = 100 * time.Millisecond

// Embedded is a Redis server inside this process, for a site without one. Its content is in memory only. Other
// processes on this machine reach it like any Redis. It differs from a redis-server in two things that we know of: a
// message that several globs of one connection match is delivered to it once, and there is no order between messages
// that come by a glob and by a plain topic.
type Embedded struct {
	redis    *miniredis.Miniredis
	listener net.Listener
	stop     chan struct{}
	once     sync.Once
	wg       sync.WaitGroup
	writers  sync.WaitGroup // of the connections
}

// StartEmbedded listens on addr, host:port with a loopback IP address as host and 0 for any port. Clients
// have to give the password; "" asks for none.
func StartEmbedded(addr, password string) (*Embedded, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("embedded Redis: %s is not a loopback address", host)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	e := &Embedded{redis: miniredis.NewMiniRedis(), listener: l, stop: make(chan struct{})}
	e.redis.RequireAuth(password)
	first, err := e.redis.Dial() // starts it without a listener of its own
	if err != nil {
		l.Close()
		return nil, err
	}
	first.Close()
	e.redis.Server().SetPreHook(noCommandTable)
	e.wg.Go(e.accept)
	e.wg.Go(e.expire)
	return e, nil
}

// Addr is the host:port it listens on.
func (e *Embedded) Addr() string { return e.listener.Addr().String() }

// Close ends the server and its connections, and forgets everything.
func (e *Embedded) Close() {
	e.once.Do(func() {
		close(e.stop)
		e.listener.Close()
	})
	e.wg.Wait()
	e.redis.Close() // closes every connection, so that no more writers begin
	e.writers.Wait()
}

func (e *Embedded) accept() {
	srv := e.redis.Server()
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			select {
			case <-e.stop:
				return
			case <-time.After(tick): // out of file descriptors, say
				continue
			}
		}
		srv.ServeConn(newAsyncConn(conn, &e.writers))
	}
}

// expire advances the server's clock, which stands still by itself.
func (e *Embedded) expire() {
	t := time.NewTicker(tick)
	defer t.Stop()
	last := time.Now()
	for {
		select {
		case <-e.stop:
			return
		case <-t.C:
			now := time.Now()
			e.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}

// noCommandTable answers COMMAND with an empty table: redis-cli does not survive miniredis's answer to COMMAND DOCS.
func noCommandTable(c *server.Peer, cmd string, _ ...string) bool {
	if cmd != "COMMAND" {
		return false
	}
	c.WriteLen(0)
	return true
}
