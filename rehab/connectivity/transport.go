package connectivity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/fair"
)

const (
	maxTCP      = 256             // connections at once; when there are more, who has most of them loses the oldest
	maxTCPEach  = 128             // of them of one address: a clinic behind a NAT tests on many computers
	firstCheck  = 5 * time.Second // a TCP connection that sends no ICE check for so long is closed
	iceSilence  = 5 * time.Second // after which a connection counts as lost
	receiveSize = 64 << 10        // bytes that a peer may have under way to us
)

// transport is the two ports and what all peers share.
type transport struct {
	port     int
	udp      *ice.UDPMuxDefault
	conn     net.PacketConn
	tcp      *ice.TCPMuxDefault
	settings webrtc.SettingEngine
	config   webrtc.Configuration
}

func newTransport(cfg Config) (*transport, error) {
	conn, listener, err := listen(cfg.Listen)
	if err != nil {
		return nil, err
	}
	quiet := quietLogs{}
	t := &transport{
		port: conn.LocalAddr().(*net.UDPAddr).Port, conn: conn,
		udp: ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: quiet.NewLogger("ice")}),
		tcp: ice.NewTCPMuxDefault(ice.TCPMuxParams{
			Listener: fair.New(listener, fair.Limits{Total: maxTCP, Each: maxTCPEach}), Logger: quiet.NewLogger("ice"), ReadBufferSize: 8,
			WriteBufferSize: receiveSize, FirstStunBindTimeout: firstCheck, AliveDurationForConnFromStun: firstCheck,
		}),
	}
	if err := t.configure(cfg); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// configure fills in the settings of all peers.
func (t *transport) configure(cfg Config) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	cert, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	t.config.Certificates = []webrtc.Certificate{*cert}
	s := &t.settings
	s.LoggerFactory = quietLogs{}
	s.SetNetworkTypes([]webrtc.NetworkType{
		webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6,
	})
	s.SetICEUDPMux(t.udp)
	s.SetICETCPMux(t.tcp)
	s.DisableActiveTCP(true)
	s.SetLite(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(cfg.Loopback)
	s.SetICETimeouts(iceSilence, iceSilence, time.Second)
	s.SetDTLSInsecureSkipHelloVerify(true) // ICE has proved the address
	s.SetSCTPMaxMessageSize(maxMessage)
	s.SetSCTPMaxReceiveBufferSize(receiveSize)
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return err
	}
	rules, err := publicAddresses(cfg)
	if err != nil {
		return err
	}
	return s.SetICEAddressRewriteRules(rules...)
}

// publicAddresses puts the configured addresses in place of the host's own, but for loopback ones if those are offered:
// as the rooms do it.
func publicAddresses(cfg Config) ([]webrtc.ICEAddressRewriteRule, error) {
	var rules []webrtc.ICEAddressRewriteRule
	replace := func(by, local string) {
		rules = append(rules, webrtc.ICEAddressRewriteRule{
			External: []string{by}, Local: local, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		})
	}
	for _, text := range cfg.PublicIPs {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("public address %q: %w", text, err)
		}
		replace(ip.String(), "")
		if loopback := map[bool]string{true: "127.0.0.1", false: "::1"}[ip.Is4()]; cfg.Loopback {
			replace(loopback, loopback)
		}
	}
	return rules, nil
}

// newConnection makes a connection of data channels only.
func (t *transport) newConnection() (*webrtc.PeerConnection, error) {
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(&webrtc.MediaEngine{}),
		webrtc.WithSettingEngine(t.settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	)
	return api.NewPeerConnection(t.config)
}

func (t *transport) close() {
	_ = t.tcp.Close()
	_ = t.udp.Close()
	_ = t.conn.Close()
}

// listen opens UDP and TCP on one port; for port 0 it looks for one that is free in both.
func listen(address string) (net.PacketConn, net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, fmt.Errorf("connectivity test: %w", err)
	}
	for try := 0; ; try++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil {
			return nil, nil, fmt.Errorf("connectivity test: %w", err)
		}
		conn, uerr := net.ListenPacket("udp", net.JoinHostPort(host, fmt.Sprint(l.Addr().(*net.TCPAddr).Port)))
		if uerr == nil {
			return conn, l, nil
		}
		if err := l.Close(); port != "0" || try == 20 {
			return nil, nil, fmt.Errorf("connectivity test: %w", errors.Join(uerr, err))
		}
	}
}

// quietLogs drops Pion's logs: they hold descriptions and addresses, and a way that is not open is no fault.
type quietLogs struct{}

func (quietLogs) NewLogger(scope string) logging.LeveledLogger {
	l := logging.NewDefaultLoggerFactory()
	l.DefaultLogLevel = logging.LogLevelDisabled
	return l.NewLogger(scope)
}
