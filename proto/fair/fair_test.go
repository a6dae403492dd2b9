package fair

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// door is a listener of connections that tests make.
type door struct{ arriving chan any }

func (d *door) Accept() (net.Conn, error) {
	switch v := (<-d.arriving).(type) {
	case net.Conn:
		return v, nil
	case error:
		return nil, v
	}
	return nil, net.ErrClosed
}
func (d *door) Close() error   { return nil }
func (d *door) Addr() net.Addr { return &net.TCPAddr{} }

// visitor is a connection from an address.
type visitor struct {
	net.Conn
	from   string
	closed bool
}

func (v *visitor) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(v.from), 1))
}
func (v *visitor) Close() error { v.closed = true; return nil }

type house struct {
	*Listener
	door *door
	all  []*visitor
	in   []net.Conn
}

func open(limits Limits) *house {
	h := &house{door: &door{make(chan any)}}
	h.Listener = New(h.door, limits)
	go func() {
		for {
			c, err := h.Accept()
			if err != nil {
				return
			}
			h.in = append(h.in, c)
		}
	}()
	return h
}

// enter has n connections come from an address, and returns the first.
func (h *house) enter(n int, from string) int {
	first := len(h.all)
	for range n {
		v := &visitor{from: from}
		h.all = append(h.all, v)
		h.door.arriving <- v
		synctest.Wait()
	}
	return first
}

func (h *house) open(from string) (n int) {
	for _, v := range h.all {
		if v.from == from && !v.closed {
			n++
		}
	}
	return n
}

// Whoever takes all places loses the oldest of them to others, and others lose none.
func TestOneClientLeavesPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(Limits{Total: 10, Each: 8})
		first := h.enter(20, "198.51.100.1")
		if got := h.open("198.51.100.1"); got != 8 || !h.all[first].closed || h.all[first+19].closed {
			t.Errorf("%d connections of one address, want 8, the newest", got)
		}
		for _, from := range []string{"198.51.100.2", "198.51.100.3", "2001:db8::1", "2001:db8:1::1"} {
			h.enter(1, from)
		}
		for _, from := range []string{"198.51.100.2", "198.51.100.3", "2001:db8::1", "2001:db8:1::1"} {
			if h.open(from) != 1 {
				t.Errorf("%s lost its connection", from)
			}
		}
		h.enter(100, "198.51.100.1")
		if got := h.open("198.51.100.1"); got != 6 || h.open("198.51.100.2") != 1 || h.total != 10 {
			t.Errorf("%d connections of the greedy one, want 6; %d in all", got, h.total)
		}
		for _, c := range h.in {
			c.Close()
			c.Close()
		}
		if h.total != 0 || len(h.conns) != 0 {
			t.Errorf("%d places are not given back, %v", h.total, h.conns)
		}
		close(h.door.arriving)
	})
}

// A network of IPv6 has the share of one address.
func TestNetworkOfIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(Limits{Total: 10, Each: 2})
		for _, from := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3", "::ffff:192.0.2.1", "192.0.2.1"} {
			h.enter(1, from)
		}
		if h.open("2001:db8::1") != 0 || h.open("2001:db8::3") != 1 || len(h.conns) != 2 {
			t.Errorf("%v", h.conns)
		}
		close(h.door.arriving)
	})
}

// What is of use does not give way to what has yet to prove it.
func TestSettledConnectionsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(Limits{Total: 6, Each: 4, Settled: time.Minute})
		h.enter(3, "192.0.2.1")
		time.Sleep(time.Minute)
		h.enter(50, "192.0.2.1")
		if got := h.open("192.0.2.1"); got != 4 || h.all[0].closed || h.all[2].closed {
			t.Errorf("%d connections; calls ended: %v", got, h.all[0].closed)
		}
		h.enter(50, "192.0.2.2")
		if h.all[0].closed || h.open("192.0.2.1") < 3 || h.open("192.0.2.2") == 0 {
			t.Errorf("%d and %d connections", h.open("192.0.2.1"), h.open("192.0.2.2"))
		}
		time.Sleep(time.Minute)
		at := h.enter(1, "192.0.2.3")
		if !h.all[at].closed {
			t.Error("a settled connection gave way")
		}
		close(h.door.arriving)
	})
}

// Without a descriptor left it goes on.
func TestNoDescriptorLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(Limits{Total: 6, Each: 4})
		h.door.arriving <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		h.door.arriving <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		h.enter(1, "192.0.2.1")
		if len(h.in) != 1 {
			t.Error("nobody enters any more")
		}
		h.door.arriving <- errors.New("over")
		synctest.Wait()
	})
}
