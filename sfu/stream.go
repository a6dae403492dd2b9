package sfu

import (
	"io"
	"maps"
	"time"

	"github.com/pion/transport/v4/packetio"
)

// A connection's packets do not pass through Pion's tracks. link.go opens those of most connections where they are read
// from the socket. Of the others (those without AES-GCM, or that are DTLS servers) Pion decrypts each and writes it to
// the buffer of its SSRC, which is ours. Either way Write forwards a packet on the goroutine that decrypted it, so it
// costs no queue, no copy and no wake-up in between. Nothing is ever read from the buffers: which SSRC is what we find out
// ourselves (route.go).

// maxStreams is how many SSRCs a connection may have at once, RTP and RTCP together: a peer that goes on inventing
// them is ended. Of those that link.go opens, the ones do not count whose track has ended.
const maxStreams = 2048

// sweepEvery is how often those that ended are looked for, which costs as much as there are streams.
const sweepEvery = time.Second

// newBuffer is what Pion asks for a buffer when an SSRC is new.
func (p *Peer) newBuffer(packetType packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	if p.streams.Add(1) > maxStreams {
		p.fail(errTooManyStreams)
	}
	if packetType == packetio.RTCPBufferPacket {
		return &rtcpStream{unread{p}, ssrc}
	}
	return &rtpBuffer{unread{p}, ssrc}
}

// unread is the side of a buffer that nobody reads.
type unread struct{ peer *Peer }

func (unread) Read([]byte) (int, error) { return 0, io.EOF }

// Close is called when Pion stops a track, not when the whole connection ends.
func (u unread) Close() error {
	u.peer.streams.Add(-1)
	return nil
}

// rtpBuffer takes the RTP packets of one SSRC.
type rtpBuffer struct {
	unread
	ssrc uint32
}

func (b *rtpBuffer) Write(packet []byte) (int, error) {
	b.peer.link.mu.Lock()
	defer b.peer.link.mu.Unlock()
	b.peer.streamLocked(b.ssrc).receive(packet)
	return len(packet), nil
}

// streamLocked is the stream of an SSRC, of which link.mu is held.
func (p *Peer) streamLocked(ssrc uint32) *rtpStream {
	l := &p.link
	if s := l.streams[ssrc]; s != nil {
		return s
	}
	if now := time.Now(); len(l.streams) >= maxStreams/16 && now.Sub(l.swept) > sweepEvery {
		l.swept = now
		maps.DeleteFunc(l.streams, func(_ uint32, s *rtpStream) bool { return s.layer != nil && !s.layer.alive(now) })
	}
	if len(l.streams) >= maxStreams {
		p.fail(errTooManyStreams)
		clear(l.streams)
	}
	if l.streams == nil {
		l.streams = map[uint32]*rtpStream{}
	}
	s := &rtpStream{peer: p, ssrc: ssrc}
	l.streams[ssrc] = s
	return s
}

// rtcpStream takes the RTCP packets, one by one, that concern one SSRC.
type rtcpStream struct {
	unread
	ssrc uint32
}

func (s *rtcpStream) Write(b []byte) (int, error) {
	s.peer.link.mu.Lock()
	defer s.peer.link.mu.Unlock()
	s.peer.handleRTCP(&s.ssrc, b)
	return len(b), nil
}
