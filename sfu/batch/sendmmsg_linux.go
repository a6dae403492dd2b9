package batch

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsg is struct mmsghdr of sendmmsg(2) and recvmmsg(2).
type mmsg struct {
	hdr unix.Msghdr
	len uint32
}

// segmentSize is a control message of type UDP_SEGMENT.
type segmentSize [24]byte

// maxMessages is how many messages go into one call; the kernel takes no more than 1024.
const maxMessages = 128

// multi sends with sendmmsg, and has the kernel cut trains. It is used under Conn.sendMu.
type multi struct {
	fd *descriptor

	noSegments bool // the kernel or the device does not cut: never tried again
	noMulti    bool // sendmmsg is refused here (a sandbox, an old kernel): never tried again

	msgs    [maxMessages]mmsg
	control [maxMessages]segmentSize
	iovs    []unix.Iovec
	n       int // messages ready
	done    int // of them sent
	calls   int
	call    func(m *multi) syscall.Errno // sendReady, but for tests
}

func (m *multi) send(q *queue) int {
	m.calls = 0
	if m.noMulti {
		for i := range q.packets {
			m.calls++
			_ = m.fd.sendTo(q.packets[i].data, q.packets[i].dest)
		}
		return m.calls
	}
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
		for m.done = 0; m.done < m.n; {
			if errno := m.call(m); errno == unix.EBADF {
				return m.calls // closed
			} else if errno != 0 {
				m.refused(q, trains[m.done], errno)
				m.done++
			}
		}
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

// refused takes the message that sendmmsg gave an error for. It is sent packet by packet, unless it is one packet that
// has failed for itself, as one to an unreachable address.
func (m *multi) refused(q *queue, t train, errno syscall.Errno) {
	system := errno == unix.ENOSYS || errno == unix.EPERM
	if t.count == 1 && !system {
		return
	}
	var err error
	for i := t.first; ; i = q.packets[i].next {
		m.calls++
		if e := m.fd.sendTo(q.packets[i].data, t.dest); e != nil {
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
	case errno == unix.EIO: // no checksum offload on the device, or an IPsec path
		m.noSegments = true
	default: // EINVAL: segments larger than the path's MTU, which fragments whole packets
		t.dest.whole = true
	}
}

// sendReady sends the messages that are ready, or those before the first that is refused.
func sendReady(m *multi) syscall.Errno {
	for m.done < m.n {
		n, errno := m.fd.call(unix.SYS_SENDMMSG, uintptr(unsafe.Pointer(&m.msgs[m.done])), uintptr(m.n-m.done), unix.MSG_DONTWAIT, 0, 0)
		m.calls++
		switch errno {
		case 0:
			m.done += n
		case unix.EINTR:
		case unix.EAGAIN:
			m.fd.waitWritable()
		default:
			return errno
		}
	}
	return 0
}
