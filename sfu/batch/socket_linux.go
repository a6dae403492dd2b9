package batch

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linuxSocket is the socket with many packets a call. It is not watched by Go's poller, which always asks for "writable"
// too: each packet that leaves then wakes the process once more. The poller watches an epoll of ours, which has the
// socket for reading only.
type linuxSocket struct {
	*multi
	*multiReader
	fd   *descriptor
	poll *os.File
}

// newSocket takes udp over, or falls back to it as it is.
func newSocket(c *Conn, udp *net.UDPConn) socket {
	s, err := takeOver(c, udp)
	if err != nil {
		return plain{c, udp}
	}
	_ = udp.Close() // fd is another descriptor of the same socket
	return s
}

func takeOver(c *Conn, udp *net.UDPConn) (*linuxSocket, error) {
	raw, err := udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	if e := raw.Control(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) }); e != nil || err != nil {
		return nil, fmt.Errorf("duplicate socket: %w, %w", e, err)
	}
	d := &descriptor{fd: fd}
	poll, err := watch(fd)
	if err != nil {
		d.close()
		return nil, err
	}
	rawPoll, err := poll.SyscallConn()
	if err != nil {
		_ = poll.Close()
		d.close()
		return nil, err
	}
	local, _ := c.local.(*net.UDPAddr)
	d.inet6 = local != nil && local.IP.To4() == nil
	_, err = unix.GetsockoptInt(fd, unix.SOL_UDP, unix.UDP_SEGMENT)
	m := &multi{fd: d, noSegments: err != nil, call: sendReady}
	return &linuxSocket{m, newMultiReader(c, d, rawPoll), d, poll}, nil
}

// watch makes an epoll that is readable when fd is.
func watch(fd int) (*os.File, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	err = unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	if err == nil {
		err = unix.SetNonblock(ep, true) // so that Go's poller takes it
	}
	if err != nil {
		_ = unix.Close(ep)
		return nil, fmt.Errorf("watch socket: %w", err)
	}
	f := os.NewFile(uintptr(ep), "epoll")
	if err := f.SetReadDeadline(time.Time{}); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("poll epoll: %w", err)
	}
	return f, nil
}

func (s *linuxSocket) name(d *Dest)                      { s.fd.name(d) }
func (s *linuxSocket) write(b []byte, d *Dest) error     { return s.fd.sendTo(b, d) }
func (s *linuxSocket) setReadDeadline(t time.Time) error { return s.poll.SetReadDeadline(t) }

func (s *linuxSocket) close() error {
	err := s.poll.Close()
	s.fd.close()
	return err
}

// descriptor is a socket whose number is not used once it is closed.
type descriptor struct {
	inet6 bool // the socket's family: IPv4 addresses are mapped

	mu sync.RWMutex // read-locked during calls, which do not block
	fd int          // -1: closed
}

func (d *descriptor) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd >= 0 {
		_ = unix.Close(d.fd)
		d.fd = -1
	}
}

// call makes a system call that does not block, with the socket as its first argument. It is a raw one: an ordinary one
// tells the scheduler that it may block, and so wakes the runtime's monitor thread when the process was idle before, as a
// room is 90 times a second. That thread then cost 40 % of a small room's CPU. Arguments may be pointers.
//
//go:uintptrescapes
func (d *descriptor) call(trap, a, b, c, e, f uintptr) (int, syscall.Errno) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.fd < 0 {
		return 0, unix.EBADF
	}
	n, _, errno := unix.RawSyscall6(trap, uintptr(d.fd), a, b, c, e, f)
	return int(n), errno
}

// fullWait bounds how long a full socket is waited for at a time.
const fullWait = 100 // ms

func (d *descriptor) waitWritable() {
	d.mu.RLock()
	fd := d.fd
	d.mu.RUnlock()
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, fullWait)
}

// sendTo sends one packet.
func (d *descriptor) sendTo(b []byte, to *Dest) error {
	if to.name.size == 0 {
		return unix.EAFNOSUPPORT
	}
	for {
		_, errno := d.call(unix.SYS_SENDTO, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_DONTWAIT,
			uintptr(unsafe.Pointer(&to.name.raw[0])), uintptr(to.name.size))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		case unix.EAGAIN:
			d.waitWritable()
		case unix.EBADF:
			return net.ErrClosed
		default:
			return errno
		}
	}
}

// sockaddr is an address as the kernel takes it.
type sockaddr struct {
	raw  [unix.SizeofSockaddrInet6]byte
	size uint32 // 0: this socket cannot reach it
}

// name fills in the address as the socket's family has it.
func (d *descriptor) name(to *Dest) {
	ip := to.addr.Addr()
	switch {
	case d.inet6:
		a := unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16()}
		if zone := ip.Zone(); zone != "" {
			ifi, err := net.InterfaceByName(zone)
			if err != nil {
				return
			}
			a.Scope_id = uint32(ifi.Index)
		}
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], to.addr.Port())
		to.name.raw, to.name.size = *(*[unix.SizeofSockaddrInet6]byte)(unsafe.Pointer(&a)), unix.SizeofSockaddrInet6
	case ip.Unmap().Is4():
		a := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: ip.Unmap().As4()}
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], to.addr.Port())
		copy(to.name.raw[:], (*[unix.SizeofSockaddrInet4]byte)(unsafe.Pointer(&a))[:])
		to.name.size = unix.SizeofSockaddrInet4
	}
}

// address reads a sender's address.
func address(name *[unix.SizeofSockaddrInet6]byte) netip.AddrPort {
	port := binary.BigEndian.Uint16(name[2:])
	if *(*uint16)(unsafe.Pointer(name)) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(name[4:8])), port)
	}
	ip := netip.AddrFrom16([16]byte(name[8:24]))
	if scope := *(*uint32)(unsafe.Pointer(&name[24])); scope != 0 && ip.IsLinkLocalUnicast() {
		if ifi, err := net.InterfaceByIndex(int(scope)); err == nil {
			ip = ip.WithZone(ifi.Name)
		}
	}
	return netip.AddrPortFrom(ip, port)
}
