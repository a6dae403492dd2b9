package sfu

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/datachannel"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sctp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
)

// The layers of Pion below the room, as the room uses them: what comes from the network meets them first.

var quietLogs = &logging.DefaultLoggerFactory{Writer: io.Discard}

func srtpContext(t testing.TB) *srtp.Context {
	c, err := srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzSRTP decrypts raw bytes, which nobody has sealed, and what a peer has sealed, whatever is in it, and passes it on.
func FuzzSRTP(f *testing.F) {
	h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 77}
	_ = h.SetExtension(4, []byte("1"))
	packet, err := (&rtp.Packet{Header: h, Payload: []byte{0x10, 0, 0}}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 77}, &rtcp.PictureLossIndication{MediaSSRC: 0}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packet)
	f.Add(report)
	f.Add(append([]byte{0x90, 96}, make([]byte, 14)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := fuzzPeer()
		defer p.room.wheel.Close()
		p.link.peer = p
		p.link.toPion = time.Now() // or it would get the first report
		p.link.keys.Store(&linkKeys{opener: srtpContext(t)})
		if _, opened := p.link.took(append([]byte(nil), b...), true); opened {
			t.Error("nobody has sealed this")
		}
		out := srtpContext(t)
		if sealed, err := out.EncryptRTP(nil, b, nil); err == nil {
			p.link.took(sealed, true)
		}
		if sealed, err := out.EncryptRTCP(nil, b, nil); err == nil {
			p.link.took(sealed, true)
		}
	})
}

// wire is a net.PacketConn of which a test puts in what is read.
type wire struct {
	in     chan []byte
	from   netip.AddrPort
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire {
	return &wire{in: make(chan []byte), from: netip.MustParseAddrPort("192.0.2.1:9"), closed: make(chan struct{})}
}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-w.in:
		return copy(b, p), net.UDPAddrFromAddrPort(w.from), nil
	case <-w.closed:
		return 0, nil, net.ErrClosed
	}
}
func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }
func (w *wire) Close() error                              { w.once.Do(func() { close(w.closed) }); return nil }
func (w *wire) LocalAddr() net.Addr                       { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (w *wire) SetDeadline(time.Time) error               { return nil }
func (w *wire) SetReadDeadline(time.Time) error           { return nil }
func (w *wire) SetWriteDeadline(time.Time) error          { return nil }

// FuzzPort gives the room's UDP port what anybody may send it; afterwards it still takes a check of connectivity.
func FuzzPort(f *testing.F) {
	check, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("room:client"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(check.Raw)
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42})
	f.Add([]byte{22, 254, 253, 0, 0})
	f.Add([]byte{0x80, 96, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWire()
		mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: w, Logger: quietLogs.NewLogger("ice")})
		defer mux.Close() //nolint:errcheck // over
		conn, err := mux.GetConn("room", w.LocalAddr())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{b, check.Raw} {
			select {
			case w.in <- p:
			case <-time.After(5 * time.Second):
				t.Fatal("the port reads nothing any more")
			}
		}
		got := make([]byte, 9000)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		for {
			n, _, err := conn.ReadFrom(got)
			if err != nil {
				t.Fatal(err)
			}
			if string(got[:n]) == string(check.Raw) {
				return
			}
			m := &stun.Message{Raw: got[:n]}
			_ = m.Decode()
			_ = stun.NewShortTermIntegrity("x").Check(m)
		}
	})
}

// pipe is one end of a packet connection in memory.
type pipe struct {
	net.Conn // nil: unused methods
	in       <-chan []byte
	out      chan<- []byte
	done     chan struct{}
	once     *sync.Once
}

func newPipe() (a, b *pipe) {
	x, y := make(chan []byte, 64), make(chan []byte, 64)
	done, once := make(chan struct{}), &sync.Once{}
	return &pipe{in: x, out: y, done: done, once: once}, &pipe{in: y, out: x, done: done, once: once}
}

func (p *pipe) Read(b []byte) (int, error) {
	select {
	case packet := <-p.in:
		return copy(b, packet), nil
	case <-p.done:
		return 0, io.EOF
	}
}

func (p *pipe) Write(b []byte) (int, error) {
	select {
	case p.out <- append([]byte(nil), b...):
		return len(b), nil
	case <-p.done:
		return 0, io.ErrClosedPipe
	}
}

func (p *pipe) Close() error                     { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipe) SetDeadline(time.Time) error      { return nil }
func (p *pipe) SetReadDeadline(time.Time) error  { return nil }
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

// sealed gives an SCTP packet the verification tag and the checksum without which it is dropped at once.
func sealed(b []byte, tag []byte) []byte {
	if len(b) < 12 {
		return b
	}
	out := append([]byte(nil), b...)
	copy(out[4:8], tag)
	copy(out[8:12], make([]byte, 4))
	binary.LittleEndian.PutUint32(out[8:12], crc32.Checksum(out, crc32.MakeTable(crc32.Castagnoli)))
	return out
}

// FuzzSCTP gives an association, and the data channels on it, packets and messages that a peer may send.
func FuzzSCTP(f *testing.F) {
	f.Add([]byte{0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 50, 3, 0, 0, 0}, []byte{3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 'x'})
	f.Add([]byte{0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 130, 0, 0, 16, 0, 13, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1}, []byte{2})
	f.Add([]byte{0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 0, 8, 0, 0, 0, 9}, []byte{3, 0x82, 0xff, 0xff, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 16, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 0, 0}, []byte{})
	f.Fuzz(func(t *testing.T, packet, message []byte) {
		ours, theirs := newPipe()
		var server *sctp.Association
		accepted := make(chan error, 1)
		go func() {
			var err error
			server, err = sctp.ServerWithOptions(sctp.WithNetConn(ours), sctp.WithLoggerFactory(quietLogs), sctp.WithMaxMessageSize(maxFrame))
			accepted <- err
		}()
		tagged := &tagReader{pipe: theirs}
		client, err := sctp.ClientWithOptions(sctp.WithNetConn(tagged), sctp.WithLoggerFactory(quietLogs))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-accepted; err != nil {
			t.Fatal(err)
		}
		ends := make(chan struct{})
		go func() {
			defer close(ends)
			for {
				dc, err := datachannel.Accept(server, &datachannel.Config{LoggerFactory: quietLogs})
				if err != nil {
					return
				}
				_ = dc.Close()
			}
		}()
		if stream, err := client.OpenStream(1, sctp.PayloadTypeWebRTCDCEP); err == nil {
			_, _ = stream.WriteSCTP(message, sctp.PayloadTypeWebRTCDCEP)
		}
		_, _ = theirs.Write(packet)
		_, _ = theirs.Write(sealed(packet, tagged.tag()))
		_ = client.Close()
		_ = server.Close()
		select {
		case <-ends:
		case <-time.After(5 * time.Second):
			t.Fatal("the association does not end")
		}
	})
}

// tagReader learns the verification tag that its peer expects: that of the packets sent.
type tagReader struct {
	*pipe
	mu   sync.Mutex
	last [4]byte
}

func (r *tagReader) Write(b []byte) (int, error) {
	if len(b) >= 8 {
		r.mu.Lock()
		copy(r.last[:], b[4:8])
		r.mu.Unlock()
	}
	return r.pipe.Write(b)
}

func (r *tagReader) tag() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]byte(nil), r.last[:]...)
}
