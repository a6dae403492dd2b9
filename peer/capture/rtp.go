package capture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// codecs of RTP sources.
var codecs = map[string]string{"h264": "video/H264", "vp8": "video/VP8", "vp9": "video/VP9", "opus": "audio/opus"}

const (
	maxPacket  = 2048                   // bytes of one datagram
	readBuffer = 1 << 20                // bytes that wait in the socket
	pliRest    = 500 * time.Millisecond // between two requests for a keyframe
)

// RTP receives one RTP stream by UDP, as GStreamer's udpsink sends it. It is a peer.Packets.
type RTP struct {
	addr string
	mime string

	mu   sync.Mutex // guards the fields below
	conn *net.UDPConn
	from *net.UDPAddr // of the stream
	ssrc uint32
	pli  time.Time // of the last request
}

func openRTP(kind, what string) (*RTP, error) {
	u, err := url.Parse(what)
	if err != nil {
		return nil, errors.New("the rtp: address cannot be read")
	}
	v, err := options(u.RawQuery, "codec")
	if err != nil {
		return nil, fmt.Errorf("rtp: %w", err)
	}
	name := strings.ToLower(v.Get("codec"))
	if name == "" {
		name = map[string]string{Video: "h264", Audio: "opus"}[kind]
	}
	mime := codecs[name]
	if !strings.HasPrefix(mime, kind+"/") {
		return nil, fmt.Errorf("rtp: codec %q is no %s codec of h264, vp8, vp9, opus", name, kind)
	}
	if u.Port() == "" {
		return nil, errors.New("rtp: lacks a port, such as rtp://127.0.0.1:5004")
	}
	addr, err := net.ResolveUDPAddr("udp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("rtp: %w", err)
	}
	if addr.IP == nil {
		addr.IP = net.IPv4(127, 0, 0, 1) // whoever reaches the port can replace the picture
	}
	return &RTP{addr: addr.String(), mime: mime}, nil
}

// MIME is part of peer.Packets.
func (r *RTP) MIME() string { return r.mime }

// Addr is where it listens, once it does.
func (r *RTP) Addr() net.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	return r.conn.LocalAddr()
}

func (r *RTP) listen() (*net.UDPConn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil {
		return r.conn, nil
	}
	addr, err := net.ResolveUDPAddr("udp", r.addr)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(readBuffer) //nolint:errcheck // it works with less
	r.conn = conn
	return conn, nil
}

// NextPacket is part of peer.Packets. RTCP of the source is left out.
func (r *RTP) NextPacket(ctx context.Context) (*rtp.Packet, error) {
	conn, err := r.listen()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) }) //nolint:errcheck // it is closed then
	defer stop()
	buf := make([]byte, maxPacket)
	for {
		n, from, err := conn.ReadFromUDP(buf)
		if err != nil {
			if ctx.Err() != nil {
				conn.SetReadDeadline(time.Time{}) //nolint:errcheck // likewise
				return nil, ctx.Err()
			}
			return nil, err
		}
		packet := &rtp.Packet{}
		if n < 12 || buf[1] >= 192 && buf[1] <= 223 || packet.Unmarshal(buf[:n]) != nil { // RFC 5761, section 4
			continue
		}
		r.mu.Lock()
		r.from, r.ssrc = from, packet.SSRC
		r.mu.Unlock()
		return packet, nil
	}
}

// Keyframe sends a PLI to where the stream comes from: a sender with RTCP on the same port (RFC 5761) obeys it, for others
// the encoder should make a keyframe each second.
func (r *RTP) Keyframe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil || r.from == nil || time.Since(r.pli) < pliRest {
		return
	}
	r.pli = time.Now()
	raw, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{}, &rtcp.PictureLossIndication{MediaSSRC: r.ssrc}})
	if err == nil {
		r.conn.WriteToUDP(raw, r.from) //nolint:errcheck // asked again if need be
	}
}

// Close stops listening. NextPacket starts it again.
func (r *RTP) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	err := r.conn.Close()
	r.conn, r.from = nil, nil
	return err
}
