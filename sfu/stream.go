package sfu

import (
	"io"

	"github.com/pion/transport/v4/packetio"
)

// A connection's packets do not pass through Pion's tracks. Pion decrypts each one and writes it to the buffer of
// its SSRC, which is ours: Write forwards it, on the goroutine that decrypted it. So a packet costs no queue, no copy
// and no wake-up between decryption and forwarding, and all packets of one publisher are handled one after the other.
// Nothing is ever read from the buffers: which SSRC is what we find out ourselves (route.go).

// bufferFactory is what Pion asks for a buffer when an SSRC is new.
type bufferFactory = func(packetType packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser

// maxStreams is how many SSRCs a connection may have at once, RTP and RTCP together: a peer that goes on inventing
// them is ended.
const maxStreams = 2048

// newBuffer is the bufferFactory of p.
func (p *Peer) newBuffer(packetType packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	if p.streams.Add(1) > maxStreams {
		p.fail(errTooManyStreams)
	}
	if packetType == packetio.RTCPBufferPacket {
		return &rtcpStream{unread{p}, ssrc}
	}
	return &rtpStream{unread: unread{p}, ssrc: ssrc}
}

// unread is the side of a buffer that nobody reads.
type unread struct{ peer *Peer }

func (unread) Read([]byte) (int, error) { return 0, io.EOF }

// Close is called when Pion stops a track, not when the whole connection ends.
func (u unread) Close() error {
	u.peer.streams.Add(-1)
	return nil
}

// rtcpStream takes the RTCP packets, one by one, that concern one SSRC.
type rtcpStream struct {
	unread
	ssrc uint32
}

func (s *rtcpStream) Write(b []byte) (int, error) {
	s.peer.handleRTCP(s.ssrc, b)
	return len(b), nil
}
