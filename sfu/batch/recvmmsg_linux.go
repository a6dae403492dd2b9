package batch

import (
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What one recvmmsg takes at most, and how many of them may follow one another before what was written is sent.
const (
	readPackets = 16
	readSize    = 2048 // bytes of a packet: more than an Ethernet frame; larger ones are not for us
	readRounds  = 4
)

// multiReader reads with recvmmsg. One goroutine uses it.
type multiReader struct {
	conn *Conn
	fd   *descriptor
	poll syscall.RawConn // of the socket's epoll

	msgs  [readPackets]mmsg
	iovs  [readPackets]unix.Iovec
	names [readPackets][unix.SizeofSockaddrInet6]byte
	bufs  [readPackets][readSize]byte

	n, i    int  // packets read, and the next one to be looked at
	drained bool // nothing was left when they were read
	rounds  int  // of reading since the queue was sent
	data    []byte
	from    netip.AddrPort // of data
	errno   syscall.Errno
	call    func(uintptr) bool // r.recv, made once
}

func newMultiReader(c *Conn, fd *descriptor, poll syscall.RawConn) *multiReader {
	r := &multiReader{conn: c, fd: fd, poll: poll}
	for i := range r.msgs {
		r.iovs[i].Base = &r.bufs[i][0]
		r.iovs[i].SetLen(readSize)
		h := &r.msgs[i].hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.Iov, h.Name = &r.iovs[i], &r.names[i][0]
		h.SetIovlen(1)
	}
	r.call = r.recv
	return r
}

func (r *multiReader) read(b []byte) (int, netip.AddrPort, error) {
	r.drained = false // what the poller knew is forgotten when a new wait begins
	if err := r.poll.Read(r.call); err != nil {
		return 0, netip.AddrPort{}, err
	}
	if r.errno != 0 {
		return 0, netip.AddrPort{}, &net.OpError{Op: "read", Net: "udp", Err: r.errno}
	}
	return copy(b, r.data), r.from, nil
}

// recv reads and hands over until there is a packet that the handler does not take (true), or nothing (false: the socket
// is to be waited for). Nothing left to read is the end of a burst: what it made is sent.
func (r *multiReader) recv(uintptr) bool {
	for {
		for r.i < r.n {
			m := &r.msgs[r.i]
			r.data, r.from = r.bufs[r.i][:m.len], address(&r.names[r.i])
			r.i++
			if m.hdr.Flags&unix.MSG_TRUNC == 0 && !r.conn.handled(r.data, r.from) {
				r.errno = 0
				return true
			}
		}
		if r.drained || r.rounds == readRounds {
			r.end()
		}
		if r.drained {
			r.drained = false
			return false
		}
		for i := range r.n {
			r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
		}
		n, errno := r.fd.call(unix.SYS_RECVMMSG, uintptr(unsafe.Pointer(&r.msgs[0])), readPackets, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			r.n, r.i, r.drained = n, 0, n < readPackets
			r.rounds++
			r.conn.burst.Store(true)
		case unix.EINTR:
		case unix.EAGAIN:
			r.end()
			return false
		case unix.EBADF, unix.EFAULT, unix.EINVAL, unix.ENOSYS, unix.ENOTSOCK:
			r.errno = errno
			return true
		default: // of the moment (memory, what an ICMP message said): whoever reads would stop for good
			r.end()
			time.Sleep(time.Millisecond)
		}
	}
}

// end ends a burst.
func (r *multiReader) end() {
	r.rounds = 0
	if r.conn.burst.Swap(false) {
		r.conn.flush()
	}
}
