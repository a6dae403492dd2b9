package batch

import (
	"bytes"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refuse makes sendmmsg fail with errno for the messages that fails names.
func refuse(m *multi, errno syscall.Errno, fails func(h *unix.Msghdr) bool) {
	m.call = func(m *multi) syscall.Errno {
		if fails(&m.msgs[m.done].hdr) {
			return errno
		}
		n := m.n
		m.n = m.done + 1 // one at a time, so that each is looked at
		defer func() { m.n = n }()
		return sendReady(m)
	}
}

// burst writes packets of the given sizes to each destination as one batch.
func burst(c *Conn, sizes []int, dests ...netip.AddrPort) {
	c.sendMu.Lock()
	for i, size := range sizes {
		for _, d := range dests {
			_, _ = c.WriteToAddrPort(rtp(i, size), d)
		}
	}
	c.sendMu.Unlock()
	c.flush()
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func TestSystemRefusals(t *testing.T) {
	sizes := []int{1100, 1100, 1100, 400, 1100, 1100, 60, 60, 1200, 90}
	train := func(h *unix.Msghdr) bool { return h.Control != nil }
	every := func(*unix.Msghdr) bool { return true }
	for name, tt := range map[string]struct {
		errno      syscall.Errno
		fails      func(*unix.Msghdr) bool
		noSegments bool
		noMulti    bool
		whole      bool
	}{
		"device without checksums": {unix.EIO, train, true, false, false},
		"path with a small MTU":    {unix.EINVAL, train, false, false, true},
		"no sendmmsg":              {unix.ENOSYS, every, false, true, false},
		"sandbox":                  {unix.EPERM, every, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := New(listen(t, "udp4", "127.0.0.1:0"))
			defer c.Close()
			m := c.socket.(*linuxSocket).multi
			refuse(m, tt.errno, tt.fails)
			a, b := listen(t, "udp4", "127.0.0.1:0"), listen(t, "udp4", "127.0.0.1:0")
			for range 2 { // once to find out, once to remember
				burst(c, sizes, addrOf(a), addrOf(b))
				receive(t, a, len(sizes))
				receive(t, b, len(sizes))
			}
			if m.noSegments != tt.noSegments || m.noMulti != tt.noMulti || c.Dest(addrOf(a)).whole != tt.whole {
				t.Errorf("noSegments %v, noMulti %v, whole %v", m.noSegments, m.noMulti, c.Dest(addrOf(a)).whole)
			}
			refuse(m, tt.errno, func(h *unix.Msghdr) bool {
				if tt.fails(h) {
					t.Error("tried again")
				}
				return false
			})
			burst(c, sizes, addrOf(a))
			receive(t, a, len(sizes))
		})
	}
}

func TestOneUnreachableDestinationChangesNothing(t *testing.T) {
	for _, errno := range []syscall.Errno{unix.EPERM, unix.EINVAL, unix.ENETUNREACH} {
		c := New(listen(t, "udp4", "127.0.0.1:0"))
		m := c.socket.(*linuxSocket).multi
		to := listen(t, "udp4", "127.0.0.1:0")
		bad := netip.MustParseAddrPort("240.0.0.1:9") // sendto fails too
		refuse(m, errno, func(h *unix.Msghdr) bool { return unsafe.Slice(h.Name, 8)[4] == 240 })
		burst(c, []int{1000, 1000, 500}, bad, addrOf(to))
		receive(t, to, 3)
		if m.noMulti || m.noSegments {
			t.Errorf("%v for one destination: noMulti %v, noSegments %v", errno, m.noMulti, m.noSegments)
		}
		_ = c.Close()
	}
}

func TestFramesLeaveAsOneMessage(t *testing.T) {
	c := New(listen(t, "udp4", "127.0.0.1:0"))
	defer c.Close()
	if c.socket.(*linuxSocket).multi.noSegments {
		t.Skip("this kernel does not cut messages")
	}
	var dests []netip.AddrPort
	var to []*net.UDPConn
	for range 20 {
		to = append(to, listen(t, "udp4", "127.0.0.1:0"))
		dests = append(dests, addrOf(to[len(to)-1]))
	}
	burst(c, []int{1100, 1100, 1100, 1100, 1100, 500}, dests...)
	for _, u := range to {
		receive(t, u, 6)
	}
	if packets, calls := c.Sent(); packets != 120 || calls != 1 {
		t.Errorf("%d packets in %d calls, want 120 in 1", packets, calls)
	}
}

func TestIPv6(t *testing.T) {
	for _, network := range []string{"udp6", "udp"} {
		udp, err := net.ListenUDP(network, &net.UDPAddr{})
		if err != nil {
			t.Skip("no IPv6 here")
		}
		c := New(udp)
		to, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
		if err != nil {
			t.Skip("no IPv6 here")
		}
		burst(c, []int{800, 800, 300, 800}, addrOf(to))
		receive(t, to, 4)
		_, _ = to.WriteToUDP(rtp(7, 90), &net.UDPAddr{IP: net.IPv6loopback, Port: c.LocalAddr().(*net.UDPAddr).Port})
		got := make([]byte, 100)
		n, from, err := c.ReadFromAddrPort(got)
		if err != nil || !bytes.Equal(got[:n], rtp(7, 90)) || from != addrOf(to) {
			t.Errorf("%s: got %d bytes from %v, %v; want 90 from %v", network, n, from, err, addrOf(to))
		}
		_, _ = to.Close(), c.Close()
	}
}
