package ingress

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/gotera/gotera/proto/handover"
)

// lastSTUN is the highest first byte of a STUN message of which the first two bits are zero and the method is assigned (RFC
// 7983, section 7): a TURN client's first request. HTTP begins with a letter.
const lastSTUN = 3

// turnDial is how long the TURN server may take to accept.
const turnDial = 2 * time.Second

// handOver passes a connection on to the TURN server, which decides on all that follows; begin was read already. It returns
// when one of the two has ended it.
func (h *handshakes) handOver(c *tls.Conn, begin []byte) {
	defer c.Close() //nolint:errcheck // it has ended
	if h.turn == "" {
		return
	}
	ctx, cancel := context.WithTimeout(h.ctx, turnDial)
	up, err := handover.Dial(ctx, h.turn)
	cancel()
	if err != nil {
		h.log.Debug("TURN server does not answer", "err", err)
		return
	}
	defer up.Close() //nolint:errcheck // likewise
	line := handover.Line(tcpAddress(c.RemoteAddr()), tcpAddress(c.LocalAddr()))
	if _, err := up.Write(append([]byte(line), begin...)); err != nil {
		return
	}
	c.SetDeadline(time.Time{})                              //nolint:errcheck // the next read says so
	stop := context.AfterFunc(h.ctx, func() { up.Close() }) //nolint:errcheck // both ways end
	defer stop()
	down := make(chan struct{})
	go func() {
		defer close(down)
		io.Copy(c, up) //nolint:errcheck // one of them has gone
		c.Close()      //nolint:errcheck // the other way ends, too
	}()
	io.Copy(up, c) //nolint:errcheck // likewise
	up.Close()     //nolint:errcheck // likewise
	<-down
}

func tcpAddress(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}
