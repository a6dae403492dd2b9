package sfu

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/batch"
	"github.com/gotera/gotera/sfu/pionlog"
	"github.com/gotera/gotera/sfu/seal"
)

// Connection timing.
const (
	iceDisconnected = 5 * time.Second        // of silence: the peer is told, nothing is torn down
	iceFailed       = 20 * time.Second       // after that: only an ICE restart helps
	iceKeepAlive    = 2 * time.Second        // between checks of a working path
	dtlsResend      = 400 * time.Millisecond // of a handshake flight that is not answered
	sctpResend      = 2 * time.Second        // at most until data is sent again: an interruption is soon over
	relayWait       = 300 * time.Millisecond // that a relayed path leaves to direct ones before it is nominated
)

// Bounds of ICE-TCP connections that no peer has claimed: when they have to say whose they are, and how long they are kept
// after that. The mux waits for them when it closes; the room does not, for longer than tcpLinger.
const (
	tcpFirst  = 5 * time.Second
	tcpLinger = time.Second
)

// tcpWriteBuffer is how much a slow ICE-TCP peer may lag behind before its packets are dropped: it must not block
// the others. About a second of video.
const tcpWriteBuffer = 512 << 10

// transport is the sockets of a room: one UDP and one TCP port for all its peers.
type transport struct {
	conn        *batch.Conn
	udp         *ice.UDPMuxDefault
	tcp         *ice.TCPMuxDefault
	certificate webrtc.Certificate // of all peers of the room: making one costs more than the rest of a join
	settings    webrtc.SettingEngine
	loopback    bool
	lite        bool // towards everybody
	links       links
}

// newTransport opens the sockets.
func newTransport(cfg Config) (*transport, error) {
	udp, tcp, err := listen(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if cfg.BoundTCP != nil {
		tcp = cfg.BoundTCP(tcp)
	}
	_ = udp.SetReadBuffer(2 << 20) // a burst of every publisher's keyframe; the kernel's limit may be lower
	_ = udp.SetWriteBuffer(2 << 20)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err == nil {
		var cert *webrtc.Certificate
		if cert, err = webrtc.GenerateCertificate(key); err == nil {
			t := &transport{conn: batch.New(udp), certificate: *cert, loopback: cfg.Loopback, lite: cfg.ICELite}
			t.conn.Handle(t.links.took)
			logs := pionlog.New(cfg.Log)
			t.udp = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: t.conn, Logger: logs.NewLogger("ice")})
			t.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
				Listener: tcp, Logger: logs.NewLogger("ice"), ReadBufferSize: 8, WriteBufferSize: tcpWriteBuffer,
				FirstStunBindTimeout: tcpFirst, AliveDurationForConnFromStun: tcpFirst,
			})
			if err = t.configure(cfg); err == nil {
				return t, nil
			}
			t.close()
			return nil, err
		}
	}
	_, _ = udp.Close(), tcp.Close()
	return nil, fmt.Errorf("make certificate: %w", err)
}

// listen opens UDP and TCP on one port; for port 0 it looks for one that is free in both.
func listen(address string) (*net.UDPConn, net.Listener, error) {
	addr, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("media address %q: %w", address, err)
	}
	for try := 0; ; try++ {
		udp, err := net.ListenUDP("udp", addr)
		if err != nil {
			return nil, nil, fmt.Errorf("listen for media: %w", err)
		}
		bound := udp.LocalAddr().(*net.UDPAddr)
		tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: addr.IP, Port: bound.Port, Zone: addr.Zone})
		if err == nil {
			return udp, tcp, nil
		}
		_ = udp.Close()
		if addr.Port != 0 || try == 20 {
			return nil, nil, fmt.Errorf("listen for media: %w", err)
		}
	}
}

// configure fills the settings that all peers share.
func (t *transport) configure(cfg Config) error {
	s := &t.settings
	s.LoggerFactory = pionlog.New(cfg.Log)
	s.SetNetworkTypes([]webrtc.NetworkType{
		webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6,
	})
	s.DisableActiveTCP(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // browsers' .local candidates become peer-reflexive
	s.SetIncludeLoopbackCandidate(cfg.Loopback)
	s.SetICETimeouts(iceDisconnected, iceFailed, iceKeepAlive)
	// The first path that works is taken. Pion would wait for a better one, for a second where the client's address is not one
	// that it told: behind any NAT, and from any browser that hides its addresses.
	s.SetHostAcceptanceMinWait(0)
	s.SetSrflxAcceptanceMinWait(0)
	s.SetPrflxAcceptanceMinWait(0)
	s.SetRelayAcceptanceMinWait(relayWait)
	s.SetDTLSRetransmissionInterval(dtlsResend)
	s.SetDTLSInsecureSkipHelloVerify(true) // ICE has proved the address
	s.SetFireOnTrackBeforeFirstRTP(true)   // no reading goroutine for a track: see stream.go
	// A client's later offer says actpass again: whichever role the answer to it names must be the one of the first, or
	// Chromium refuses the answer and sends nothing. As the server it is also we who choose the SRTP profile.
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return err
	}
	s.SetSRTPProtectionProfiles(
		dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	s.SetSCTPMaxMessageSize(maxFrame)
	s.SetSCTPMinCwnd(minWindow + 1200) // the initial window of RFC 9260, section 7.2.1: commands go out after a loss, too
	s.SetSCTPRTOMax(sctpResend)

	rules, err := addressRules(cfg)
	if err != nil {
		return err
	}
	return s.SetICEAddressRewriteRules(rules...)
}

// addressRules replaces local addresses by the public ones, except loopback when that is offered.
func addressRules(cfg Config) ([]webrtc.ICEAddressRewriteRule, error) {
	var rules []webrtc.ICEAddressRewriteRule
	seen := map[bool]bool{}
	for _, text := range cfg.PublicIPs {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("public address %q: %w", text, err)
		}
		if seen[ip.Is4()] {
			return nil, fmt.Errorf("public address %q: %w", text, errTwoPublic)
		}
		seen[ip.Is4()] = true
		rules = append(rules, webrtc.ICEAddressRewriteRule{
			External: []string{ip.String()}, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		})
		if cfg.Loopback {
			local := "::1"
			if ip.Is4() {
				local = "127.0.0.1"
			}
			rules = append(rules, webrtc.ICEAddressRewriteRule{
				External: []string{local}, Local: local, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
			})
		}
	}
	return rules, nil
}

var errTwoPublic = errors.New("more than one of this family")

// newConnection makes p's connection, which p.link listens to.
func (t *transport) newConnection(p *Peer) (*webrtc.PeerConnection, error) {
	media, err := newMediaEngine(p.opt.Lite)
	if err != nil {
		return nil, err
	}
	settings := t.settings
	settings.BufferFactory = p.newBuffer
	settings.SetLite(p.link.lite)
	settings.SetICEUDPMux(linkedUDP{t.udp, &p.link, t.loopback})
	settings.SetICETCPMux(linkedTCP{t.tcp, &p.link})
	settings.SetICEBindingRequestHandler(p.link.moved)
	handshake := seal.NewHandshake(p.link.keyed)
	settings.SetDTLSServerHelloMessageHook(handshake.Hello)
	settings.SetDTLSKeyLogWriter(handshake)
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(media),
		webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}), // none: the room does its own NACKs and reports
	)
	return api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{t.certificate}})
}

// close frees the sockets.
func (t *transport) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = t.tcp.Close()
	}()
	linger := time.NewTimer(tcpLinger)
	defer linger.Stop()
	select {
	case <-closed:
	case <-linger.C:
	}
	_ = t.udp.Close()
	_ = t.conn.Close()
}
