// Package fair is a listener whose places nobody can take from all others: connections have a bound in all and one by address, and
// when all places are taken, who has most of them gives the oldest up.
package fair

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limits of a Listener.
type Limits struct {
	Total int // connections at once; required
	Each  int // of them of one address, of IPv6 one /64; required

	// Settled is the age from which a connection does not give way any more, as only those that are of use get so old. 0: all do.
	Settled time.Duration
}

// Listener is a net.Listener whose Accept goes on when the system has no descriptor left.
type Listener struct {
	net.Listener
	limits Limits

	mu    sync.Mutex // guards the fields below
	conns map[netip.Addr][]*conn
	total int
}

// New makes a listener of l, which it owns.
func New(l net.Listener, limits Limits) *Listener {
	return &Listener{Listener: l, limits: limits, conns: map[netip.Addr][]*conn{}}
}

// Accept is part of net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if temporary, ok := err.(interface{ Temporary() bool }); ok && temporary.Temporary() {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			return nil, err
		}
		c := &conn{Conn: raw, listener: l, source: Source(raw.RemoteAddr()), since: time.Now()}
		loser, taken := l.add(c)
		if loser != nil {
			loser.Conn.Close() //nolint:errcheck // it has given way; its owner closes it, too
		}
		if taken {
			return c, nil
		}
		raw.Close() //nolint:errcheck // there is no place
	}
}

// add gives c a place, that of loser if need be.
func (l *Listener) add(c *conn) (loser *conn, taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns[c.source]) >= l.limits.Each {
		loser = l.oldestLocked(c.source, c.since)
	} else if l.total >= l.limits.Total {
		loser = l.oldestLocked(l.greediestLocked(c.since), c.since)
	} else {
		taken = true
	}
	if loser != nil {
		l.dropLocked(loser)
		taken = true
	}
	if taken {
		l.conns[c.source] = append(l.conns[c.source], c)
		l.total++
	}
	return loser, taken
}

// oldestLocked is the oldest connection of source that may give way; nil: none.
func (l *Listener) oldestLocked(source netip.Addr, now time.Time) *conn {
	for _, c := range l.conns[source] {
		if l.limits.Settled == 0 || now.Sub(c.since) < l.limits.Settled {
			return c
		}
	}
	return nil
}

// greediestLocked is the address with most connections of those that have one to give.
func (l *Listener) greediestLocked(now time.Time) (greediest netip.Addr) {
	most := 0
	for source, list := range l.conns {
		if len(list) > most && l.oldestLocked(source, now) != nil {
			greediest, most = source, len(list)
		}
	}
	return greediest
}

func (l *Listener) dropLocked(c *conn) {
	list := l.conns[c.source]
	i := slices.Index(list, c)
	if i < 0 {
		return
	}
	l.total--
	if len(list) == 1 {
		delete(l.conns, c.source)
		return
	}
	l.conns[c.source] = slices.Delete(list, i, i+1)
}

// conn has a place until it is closed.
type conn struct {
	net.Conn
	listener *Listener
	source   netip.Addr
	since    time.Time
}

// Close is part of net.Conn.
func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.listener.dropLocked(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// Source is what an address counts as: of IPv6 the network that a home is given (RFC 6177).
func Source(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return Network(tcp.AddrPort().Addr())
}

// Network is Source of an IP address.
func Network(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.Addr()
}
