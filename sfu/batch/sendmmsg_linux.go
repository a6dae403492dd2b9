package batch

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsg is struct mmsghdr of sendmmsg(2).
type mmsg struct {
	hdr unix.Msghdr
	len uint32
}

// multi sends with sendmmsg: up to maxPackets packets a call. It is used under Conn.sendMu.
type multi struct {
	udp      *net.UDPConn
	raw      syscall.RawConn
	inet6    bool // the socket's family: IPv4 addresses are mapped
	fallback bool // sendmmsg is refused here (a sandbox, an old kernel): never tried again

	msgs  [maxPackets]mmsg
	iovs  [maxPackets]unix.Iovec
	addr4 [maxPackets]unix.RawSockaddrInet4
	addr6 [maxPackets]unix.RawSockaddrInet6

	from, to int // the messages of the call under way
	sent     int
	errno    syscall.Errno
	call     func(fd uintptr) bool // m.write, made once so that a flush allocates nothing
}

// newSender returns a multi, or plain when the socket cannot be used directly.
func newSender(udp *net.UDPConn) sender {
	raw, err := udp.SyscallConn()
	if err != nil {
		return plain{udp}
	}
	m := &multi{udp: udp, raw: raw}
	err = raw.Control(func(fd uintptr) {
		domain, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DOMAIN)
		m.fallback = err != nil
		m.inet6 = domain == unix.AF_INET6
	})
	if err != nil || m.fallback {
		return plain{udp}
	}
	m.call = m.write
	return m
}

func (m *multi) send(q *queue, i int) int {
	if m.fallback || q.n-i == 1 {
		return plain{m.udp}.send(q, i)
	}
	for j := i; j < q.n; j++ {
		if !m.prepare(j, q.packet(j), q.dests[j]) {
			if j == i {
				return 1 // an address that this socket cannot reach
			}
			m.to = j
			break
		}
		m.to = j + 1
	}
	m.from = i
	err := m.raw.Write(m.call)
	switch {
	case err != nil:
		return q.n - i // closed
	case m.errno == 0:
		return max(1, m.sent)
	case errors.Is(m.errno, unix.ENOSYS), errors.Is(m.errno, unix.EPERM):
		m.fallback = true
		return plain{m.udp}.send(q, i)
	}
	return 1 // the first one was refused, as an unreachable destination is: skip it
}

// prepare fills message j; it returns false when the socket's family cannot reach dest.
func (m *multi) prepare(j int, b []byte, dest netip.AddrPort) bool {
	h := &m.msgs[j].hdr
	ip := dest.Addr()
	switch {
	case m.inet6:
		a := &m.addr6[j]
		a.Family = unix.AF_INET6
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], dest.Port())
		a.Addr = ip.As16()
		a.Scope_id = 0
		if zone := ip.Zone(); zone != "" {
			ifi, err := net.InterfaceByName(zone)
			if err != nil {
				return false
			}
			a.Scope_id = uint32(ifi.Index)
		}
		h.Name = (*byte)(unsafe.Pointer(a))
		h.Namelen = unix.SizeofSockaddrInet6
	case ip.Unmap().Is4():
		a := &m.addr4[j]
		a.Family = unix.AF_INET
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], dest.Port())
		a.Addr = ip.Unmap().As4()
		h.Name = (*byte)(unsafe.Pointer(a))
		h.Namelen = unix.SizeofSockaddrInet4
	default:
		return false
	}
	m.iovs[j].Base = unsafe.SliceData(b)
	m.iovs[j].SetLen(len(b))
	h.Iov = &m.iovs[j]
	h.SetIovlen(1)
	return true
}

// write is one sendmmsg on a non-blocking socket; false means that the socket is full and is to be waited for.
func (m *multi) write(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&m.msgs[m.from])),
			uintptr(m.to-m.from), unix.MSG_DONTWAIT, 0, 0)
		m.sent, m.errno = int(n), errno
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		}
		return true
	}
}
