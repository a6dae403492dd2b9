package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketBuffer is for bursts of all clients; the kernel's limit may be lower.
const socketBuffer = 4 << 20

// packets is a front on UDP, of one family, on all addresses of the host. It remembers which of them each client uses: an
// answer from another one would be lost at the client's firewall.
type packets struct {
	*net.UDPConn
	front *front

	mu      sync.Mutex // guards the fields below
	current netip.AddrPort
	oob     []byte // of current
}

// listenPackets opens the UDP front of a family, "udp4" or "udp6".
func listenPackets(f *front, network, address string) (*packets, error) {
	addr, err := net.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	_, _ = conn.SetReadBuffer(socketBuffer), conn.SetWriteBuffer(socketBuffer)
	raw, err := conn.SyscallConn()
	if err == nil {
		err = control(raw, func(fd int) error {
			if network == "udp6" {
				return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
			}
			return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
		})
	}
	if err != nil {
		conn.Close() //nolint:errcheck // of no use
		return nil, err
	}
	return &packets{UDPConn: conn, front: f}, nil
}

func control(c syscall.RawConn, do func(fd int) error) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = do(int(fd)) }); cerr != nil {
		return cerr
	}
	return err
}

// ReadFrom returns the next message that is admitted.
func (c *packets) ReadFrom(p []byte) (int, net.Addr, error) {
	var oob [64]byte
	for {
		n, m, _, from, err := c.ReadMsgUDPAddrPort(p, oob[:])
		if err != nil {
			return 0, nil, err
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		take, answer := c.front.admit(p[:n], from)
		if take == 0 && answer == nil {
			continue
		}
		c.mu.Lock()
		c.current, c.oob = from, answerFrom(c.oob[:0], oob[:m])
		c.mu.Unlock()
		if answer == nil {
			return take, net.UDPAddrFromAddrPort(from), nil
		}
		_, _ = c.WriteTo(answer, net.UDPAddrFromAddrPort(from)) // it will ask again
	}
}

// WriteTo sends to a client, from the address to which its last request came.
func (c *packets) WriteTo(p []byte, addr net.Addr) (int, error) {
	to := addrPort(addr)
	var oob []byte
	l := c.front.of(to)
	c.mu.Lock()
	if to == c.current {
		oob = append(oob, c.oob...)
		if l != nil && l.oob == nil {
			l.oob = oob
		}
	} else if l != nil {
		oob = l.oob
	}
	c.mu.Unlock()
	if _, _, err := c.WriteMsgUDPAddrPort(c.front.outgoing(p, l), oob, to); err != nil {
		return 0, err
	}
	return len(p), nil
}

// answerFrom appends the control message with which an answer leaves from where a packet with the control message oob has
// arrived (ip(7), ipv6(7)). The interface is the route's choice, except for link-local addresses.
func answerFrom(to, oob []byte) []byte {
	header, data, _, err := unix.ParseOneSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	to = append(to, oob...)
	body := to[len(to)-len(oob)+unix.CmsgLen(0):]
	switch {
	case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		binary.NativeEndian.PutUint32(body, 0)
	case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		if ip := netip.AddrFrom16([16]byte(body[:16])); !ip.IsLinkLocalUnicast() {
			binary.NativeEndian.PutUint32(body[16:], 0)
		}
	default:
		return nil
	}
	return to
}
