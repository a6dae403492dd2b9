package batch

import (
	"encoding/binary"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsg is struct mmsghdr of sendmmsg(2) and recvmmsg(2).
type mmsg struct {
	hdr unix.Msghdr
	len uint32
}

// sockaddr is an address as the kernel takes it.
type sockaddr struct {
	raw  [unix.SizeofSockaddrInet6]byte
	size uint32 // 0: this socket cannot reach it
}

// segmentSize is a control message of type UDP_SEGMENT.
type segmentSize [24]byte

// maxMessages is how many messages go into one call; the kernel takes no more than 1024.
const maxMessages = 128

// multi sends with sendmmsg, and has the kernel cut trains. It is used under Conn.sendMu.
type multi struct {
	conn *Conn
	raw  syscall.RawConn

	noSegments bool // the kernel or the device does not cut: never tried again
	noMulti    bool // sendmmsg is refused here (a sandbox, an old kernel): never tried again

	msgs    [maxMessages]mmsg
	control [maxMessages]segmentSize
	iovs    []unix.Iovec
	n       int // messages ready
	done    int // of them sent
	calls   int
	errno   syscall.Errno
	call    func(fd uintptr) bool // m.write, made once so that a flush allocates nothing
}

// setName fills in the address as the socket's family has it.
func (c *Conn) setName(d *Dest) {
	ip := d.addr.Addr()
	local, _ := c.udp.LocalAddr().(*net.UDPAddr)
	if local != nil && local.IP.To4() == nil { // an IPv6 socket: IPv4 addresses are mapped
		a := unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16()}
		if zone := ip.Zone(); zone != "" {
			ifi, err := net.InterfaceByName(zone)
			if err != nil {
				return
			}
			a.Scope_id = uint32(ifi.Index)
		}
		binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], d.addr.Port())
		d.name.raw, d.name.size = *(*[unix.SizeofSockaddrInet6]byte)(unsafe.Pointer(&a)), unix.SizeofSockaddrInet6
		return
	}
	if !ip.Unmap().Is4() {
		return
	}
	a := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: ip.Unmap().As4()}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&a.Port))[:], d.addr.Port())
	copy(d.name.raw[:], (*[unix.SizeofSockaddrInet4]byte)(unsafe.Pointer(&a))[:])
	d.name.size = unix.SizeofSockaddrInet4
}

// newSystem returns what the system can do best, or plain when the socket cannot be used directly.
func newSystem(c *Conn) (sender, reader) {
	raw, err := c.udp.SyscallConn()
	if err != nil {
		return plain{c}, plain{c}
	}
	m := &multi{conn: c, raw: raw}
	if err := raw.Control(func(fd uintptr) {
		_, err := unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
		m.noSegments = err != nil
	}); err != nil {
		return plain{c}, plain{c}
	}
	m.call = m.write
	return m, newMultiReader(c, raw)
}

func (m *multi) send(q *queue) int {
	if m.noMulti {
		return plain{m.conn}.send(q)
	}
	m.calls = 0
	q.couple(!m.noSegments)
	m.iovs = m.iovs[:0]
	if cap(m.iovs) < q.n() {
		m.iovs = make([]unix.Iovec, 0, max(q.n(), 64)) // before any message points into it
	}
	for from := 0; from < len(q.trains); {
		trains := q.trains[from:min(from+maxMessages, len(q.trains))]
		m.n = 0
		for i := range trains {
			m.add(q, &trains[i])
		}
		m.sendMessages(q, trains)
		from += len(trains)
	}
	return m.calls
}

// add makes a message of a train.
func (m *multi) add(q *queue, t *train) {
	begin := len(m.iovs)
	for i := t.first; ; i = q.packets[i].next {
		b := q.packets[i].data
		v := unix.Iovec{Base: unsafe.SliceData(b)}
		v.SetLen(len(b))
		m.iovs = append(m.iovs, v)
		if q.packets[i].next == 0 {
			break
		}
	}
	h := &m.msgs[m.n].hdr
	h.Name, h.Namelen = &t.dest.name.raw[0], t.dest.name.size
	h.Iov = &m.iovs[begin]
	h.SetIovlen(len(m.iovs) - begin)
	h.Control = nil
	h.SetControllen(0)
	if t.count > 1 {
		c := &m.control[m.n]
		head := (*unix.Cmsghdr)(unsafe.Pointer(c))
		head.Level, head.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		head.SetLen(unix.CmsgLen(2))
		*(*uint16)(unsafe.Pointer(&c[unix.CmsgLen(0)])) = uint16(t.size)
		h.Control = &c[0]
		h.SetControllen(unix.CmsgSpace(2))
	}
	m.n++
}

// sendMessages sends those that are ready. One that is refused is dealt with by itself.
func (m *multi) sendMessages(q *queue, trains []train) {
	for m.done = 0; m.done < m.n; {
		if m.raw.Write(m.call) != nil {
			return // closed
		}
		if m.errno != 0 {
			m.refused(q, trains[m.done])
			m.done++
		}
	}
}

// refused takes the message that sendmmsg gave an error for. It is sent packet by packet, unless it is one packet that
// has failed for itself, as one to an unreachable address.
func (m *multi) refused(q *queue, t train) {
	system := m.errno == unix.ENOSYS || m.errno == unix.EPERM
	if t.count == 1 && !system {
		return
	}
	var err error
	for i := t.first; ; i = q.packets[i].next {
		m.calls++
		if _, e := m.conn.udp.WriteToUDPAddrPort(q.packets[i].data, t.dest.addr); e != nil {
			err = e
		}
		if q.packets[i].next == 0 {
			break
		}
	}
	switch {
	case err != nil: // then it is not for the way it was sent
	case system:
		m.noMulti = true
	case m.errno == unix.EIO: // no checksum offload on the device, or an IPsec path
		m.noSegments = true
	default: // EINVAL: segments larger than the path's MTU, which fragments whole packets
		t.dest.whole = true
	}
}

// write calls sendmmsg, which does not block; false means that the socket is full and is to be waited for.
//
// The calls here and in multiReader are raw ones. An ordinary one tells the scheduler that it may block, and so wakes the
// runtime's monitor thread when the process was idle before, as a room is 90 times a second: that thread then cost 40 %
// of a small room's CPU.
func (m *multi) write(fd uintptr) bool {
	for m.done < m.n {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&m.msgs[m.done])),
			uintptr(m.n-m.done), unix.MSG_DONTWAIT, 0, 0)
		m.calls++
		m.errno = errno
		switch errno {
		case 0:
			m.done += int(n)
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			return true
		}
	}
	m.errno = 0
	return true
}
