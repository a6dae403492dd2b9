// Package relay carries UDP between the clients of one port and one server, as a NAT would: each client address gets a
// socket of its own towards the server. Each direction is one impair.Path, shared by all clients. It needs no
// privileges: who uses it has to be told the relay's address in place of the server's. Start with Relay.
package relay

import (
	"container/heap"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gotera/gotera/e2e/netpath/impair"
)

// Bounds. Beyond them packets are dropped: of further clients, or in a direction that counts them as overflow.
const (
	maxFlows   = 64
	maxPending = 20_000 // 10 s at 2,000 packets a second
	maxPacket  = 2048   // bytes of UDP payload; more are cut
	socketSize = 1 << 20
)

// Relay is a running relay. Its methods may be called from any goroutine.
type Relay struct {
	server netip.AddrPort
	listen *net.UDPConn
	alarm  *alarm
	began  time.Time
	ending sync.WaitGroup // all goroutines

	mu       sync.Mutex // guards the fields below, and what they lead to; never held during I/O
	up, down *direction
	line     line
	order    uint64
	flows    map[netip.AddrPort]*flow
	closed   bool
}

// flow is a client and its socket towards the server.
type flow struct {
	client netip.AddrPort
	conn   *net.UDPConn
}

// New listens on a free port of address ("127.0.0.1") and relays to server, without impairment until Set.
func New(address string, server netip.AddrPort, seed uint64) (*Relay, error) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil, fmt.Errorf("relay address: %w", err)
	}
	wake, err := newAlarm()
	if err != nil {
		return nil, err
	}
	listen, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		wake.close()
		return nil, fmt.Errorf("relay: %w", err)
	}
	enlarge(listen)
	r := &Relay{
		server: server, listen: listen, alarm: wake, began: time.Now(), flows: map[netip.AddrPort]*flow{},
		up: newDirection(seed), down: newDirection(seed + 1),
	}
	r.ending.Go(r.fromClients)
	r.ending.Go(r.deliver)
	return r, nil
}

// enlarge gives a socket room for bursts; a refusal is no failure.
func enlarge(c *net.UDPConn) {
	_ = c.SetReadBuffer(socketSize)
	_ = c.SetWriteBuffer(socketSize)
}

// Addr is where clients send to.
func (r *Relay) Addr() netip.AddrPort { return r.listen.LocalAddr().(*net.UDPAddr).AddrPort() }

// Set gives the directions to the server (up) and from it (down) new profiles, or neither when one is out of bounds.
func (r *Relay) Set(up, down impair.Profile) error {
	if err := errors.Join(up.Check(), down.Check()); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	return errors.Join(r.up.path.Set(up, now), r.down.path.Set(down, now))
}

// Report says what was done so far.
func (r *Relay) Report() (up, down Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up.report(), r.down.report()
}

// Close ends the relay. Packets on their way are gone.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	for _, f := range r.flows {
		_ = f.conn.Close()
	}
	r.mu.Unlock()
	_ = r.listen.Close()
	r.alarm.close()
	r.ending.Wait()
}

// now is the time that paths are told.
func (r *Relay) now() time.Duration { return time.Since(r.began) }

// fromClients reads what clients send.
func (r *Relay) fromClients() {
	buf := make([]byte, maxPacket)
	for {
		n, client, err := r.listen.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			if f := r.flow(client); f != nil {
				r.take(r.up, f, buf[:n])
			}
		}
	}
}

// flow returns the client's, made with its first packet; nil: no more are taken.
func (r *Relay) flow(client netip.AddrPort) *flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.flows[client]; f != nil || r.closed || len(r.flows) == maxFlows {
		return f
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.server))
	if err != nil {
		return nil
	}
	enlarge(conn)
	f := &flow{client: client, conn: conn}
	r.flows[client] = f
	r.ending.Go(func() { r.fromServer(f) })
	return f
}

// fromServer reads what the server sends to one client.
func (r *Relay) fromServer(f *flow) {
	buf := make([]byte, maxPacket)
	for {
		n, err := f.conn.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // any other is an ICMP message: nobody listens there yet, or any more
			r.take(r.down, f, buf[:n])
		}
	}
}

// take lets the direction decide about a packet, and puts it in line when it is to arrive.
func (r *Relay) take(d *direction, f *flow, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	at, ok := d.decide(now, data)
	if !ok {
		return
	}
	if len(r.line) >= maxPending {
		d.overflow++
		return
	}
	r.order++
	heap.Push(&r.line, pending{due: at, order: r.order, dir: d, flow: f, data: append([]byte(nil), data...)})
	if r.line[0].order == r.order { // it is the next to leave
		_ = r.alarm.set(at - now)
	}
}

// deliver sends packets when they are due.
func (r *Relay) deliver() {
	for r.alarm.wait() == nil {
		for {
			p, ok := r.next()
			if !ok {
				break
			}
			r.send(p)
		}
	}
}

// next takes the packet that is due; when there is none, it sets the alarm for the next.
func (r *Relay) next() (pending, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	p, ok := r.line.take(now)
	if ok {
		p.dir.left(now - p.due)
	} else if len(r.line) > 0 {
		_ = r.alarm.set(r.line[0].due - now)
	}
	return p, ok
}

// send writes a packet. Errors are losses, as on a network.
func (r *Relay) send(p pending) {
	if p.dir == r.up {
		_, _ = p.flow.conn.Write(p.data)
	} else {
		_, _ = r.listen.WriteToUDPAddrPort(p.data, p.flow.client)
	}
}
