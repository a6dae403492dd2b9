package sfu

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/gotera/gotera/sfu/batch"
	"github.com/gotera/gotera/sfu/seal"
)

// link is the short way of a connection's media: packets are opened where they are read from the socket, and sealed into
// the batch that leaves it, instead of going through the queues and goroutines of Pion's ICE, mux and SRTP. Pion goes on
// doing ICE, DTLS, SCTP and sending RTCP; link learns the keys from the handshake, and the path from where Pion sends.
// Without keys of AES-GCM it takes nothing, and all goes Pion's way.
type link struct {
	peer *Peer
	keys atomic.Pointer[linkKeys] // nil: media goes Pion's way
	made atomic.Pointer[linkKeys] // of a handshake that has not proved yet whose it is
	path atomic.Pointer[path]     // nil: Pion has not sent anything yet
	lost atomic.Uint64            // packets that could not be opened

	lite     bool // the room is ICE-lite towards the client
	heard    heard
	began    string        // user name of the ICE session's checks; only used by ICE
	session  atomic.Uint32 // counts ICE sessions
	reader   oneReader
	own      atomic.Pointer[credentials] // of the room's offer; nil: it has not offered
	checking chan struct{}               // closed when ICE has been started
	started  sync.Once

	mu      sync.Mutex // held while a packet that came is handled; guards the fields below
	streams map[uint32]*rtpStream
	swept   time.Time  // when those that ended were taken out of streams
	header  rtp.Header // of the packet at hand
	toPion  time.Time  // when it was last given an RTCP packet

	fromSocket, fromMux bucket // of packets by the short way and by Pion's

	addrs  []netip.AddrPort // where packets came from; guarded by links.mu
	misses int              // packets in a row that were garbage; only used by the socket's reader

	sealMu  sync.Mutex // held while a packet is sealed; guards the fields below, and linkKeys.sealer
	indexes map[uint32]*seal.Index
	scratch []byte
}

// linkKeys are made of the keys of one handshake.
type linkKeys struct {
	opener *srtp.Context // guarded by link.mu
	sealer *seal.Sealer
}

// path is where packets go: to a destination of the room's UDP socket, or through another conn (ICE-TCP).
type path struct {
	to   netip.AddrPort
	dest *batch.Dest // nil: conn
	conn net.PacketConn
	addr net.Addr

	session uint32 // of ICE that selected it
}

// replayWindow is how far packets may come out of order, and still be let in once.
const replayWindow = 1024

// pionEvery is how often Pion is given an RTCP packet instead of us: its ICE takes that for a sign of life.
const pionEvery = time.Second

// keyed is called in the midst of the handshake, before the client has shown its certificate.
func (l *link) keyed(k seal.Keys) {
	opener, err := seal.NewOpener(k, replayWindow)
	if err != nil {
		return
	}
	sealer, err := seal.NewSealer(k)
	if err != nil {
		return
	}
	l.made.Store(&linkKeys{opener, sealer})
}

// proved is called when the handshake has ended well, and the client is who its description says.
func (l *link) proved() {
	if k := l.made.Swap(nil); k != nil {
		l.keys.Store(k)
	}
}

// close lets go of the connection's addresses. Packets of it that still come find no track.
func (l *link) close() {
	l.peer.room.transport.links.forget(l)
}

// Kinds of packet on a connection (RFC 7983; RFC 5761, section 4).
func isMedia(b []byte) bool { return len(b) >= 12 && b[0]>>6 == 2 }
func isRTCP(b []byte) bool  { return b[1] >= 192 && b[1] <= 223 }

// took handles a packet if it is media, and reports whether Pion need not see it, and whether it was good. direct: it comes
// from the socket, and not by way of Pion's mux.
func (l *link) took(b []byte, direct bool) (took, opened bool) {
	k := l.keys.Load()
	if k == nil || !isMedia(b) {
		return false, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !isRTCP(b) {
		packet, err := k.opener.DecryptRTP(b, b, &l.header)
		if err != nil {
			l.lost.Add(1)
			return true, false
		}
		l.peer.streamLocked(l.header.SSRC).receive(packet)
		return true, true
	}
	if now := time.Now(); now.Sub(l.toPion) > pionEvery {
		if !direct {
			l.toPion = now
		}
		return false, false
	}
	packet, err := k.opener.DecryptRTCP(b, b, nil)
	if err != nil {
		l.lost.Add(1)
		return true, false
	}
	l.peer.handleRTCP(nil, packet)
	return true, true
}

// cameBy is took for a packet on its way to Pion's ICE, whose next ones from there need not go that far.
func (l *link) cameBy(b []byte, from netip.AddrPort, udp bool) bool {
	if !l.fromMux.take() {
		l.peer.inflow.excess.Add(1)
		return true
	}
	took, opened := l.took(b, false)
	if opened && udp {
		l.peer.room.transport.links.learn(l, from)
	}
	return took
}

// sends notes where Pion sends: what is not a check is on the path that ICE has selected.
func (l *link) sends(b []byte, p path) {
	if len(b) == 0 || b[0] < 4 { // STUN (RFC 7983)
		return
	}
	p.session = l.session.Load()
	if old := l.path.Load(); old != nil && old.to == p.to && old.conn == p.conn && old.session == p.session {
		return
	}
	if p.conn == nil {
		p.dest = l.peer.room.transport.conn.Dest(p.to)
	}
	l.path.Store(&p)
}

// pathChanged has Pion send something at once on the path that it has just selected.
func (p *Peer) pathChanged() { p.writeRTCP(&rtcp.ReceiverReport{SSRC: p.ssrc}) }

// index is the counter of an SSRC that this side sends.
func (l *link) index(ssrc uint32) *seal.Index {
	i := l.indexes[ssrc]
	if i == nil {
		if l.indexes == nil {
			l.indexes = map[uint32]*seal.Index{}
		}
		i = &seal.Index{}
		l.indexes[ssrc] = i
	}
	return i
}

// write sends a packet. It returns its size without what sealing adds, which is 0 when there is no path yet. again says that
// it is the one that was sent under this number before; any other is refused.
func (l *link) write(b *binding, h *outHeader, payload []byte, again bool) (int, error) {
	k := l.keys.Load()
	if k == nil {
		return b.writer.WriteRTP(&h.Header, payload)
	}
	p := l.path.Load()
	if p == nil {
		return 0, nil
	}
	n := h.MarshalSize()
	size := n + len(payload) + int(h.PaddingSize)
	l.sealMu.Lock()
	defer l.sealMu.Unlock()
	index, fresh := l.index(h.SSRC).Next(h.SequenceNumber)
	if !fresh && !again {
		return 0, errIndexUsed
	}
	if p.dest == nil {
		if cap(l.scratch) < size+seal.Overhead {
			l.scratch = make([]byte, size+seal.Overhead)
		}
		out := l.scratch[:size+seal.Overhead]
		if err := k.seal(out, n, h, payload, index); err != nil {
			return 0, err
		}
		_, err := p.conn.WriteTo(out, p.addr)
		return size, err
	}
	if size+seal.Overhead > batch.MaxPacket {
		return 0, errPacketTooLarge
	}
	conn := l.peer.room.transport.conn
	out := conn.Reserve(p.dest, size+seal.Overhead)
	err := k.seal(out, n, h, payload, index)
	conn.Commit()
	return size, err
}

// seal makes the packet in out.
func (k *linkKeys) seal(out []byte, n int, h *outHeader, payload []byte, index uint64) error {
	if h.PaddingSize == 0 {
		if _, err := h.MarshalTo(out); err != nil {
			return err
		}
	} else {
		plain := len(out) - seal.Overhead
		packet := rtp.Packet{Header: h.Header, Payload: payload}
		if _, err := packet.MarshalTo(out[:plain]); err != nil {
			return err
		}
		payload = out[n:plain]
	}
	k.sealer.Seal(out, n, payload, h.SSRC, index)
	return nil
}
