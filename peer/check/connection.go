package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/peer/turnnet"
	"github.com/gotera/gotera/proto/signal"
)

// echoes is how many messages go there and back; the fastest counts.
const echoes = 3

var errNothingCame = errors.New("nothing comes back")

// connection is a connection to the echo peer that can use one way only.
type connection struct {
	pc      *webrtc.PeerConnection
	channel *webrtc.DataChannel
	opened  chan struct{}
	heard   chan string
}

// connect has a connection answered by the echo peer.
func connect(ctx context.Context, e *endpoint, way Way, relays []signal.ICEServer) (*connection, error) {
	c, err := newConnection(ctx, e, way, relays)
	if err != nil {
		return nil, err
	}
	if err := c.negotiate(ctx, e, way); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func newConnection(ctx context.Context, e *endpoint, way Way, relays []signal.ICEServer) (*connection, error) {
	network, err := turnnet.New()
	if err != nil {
		return nil, fmt.Errorf("this machine's network interfaces cannot be read: %w", err)
	}
	var s webrtc.SettingEngine
	s.LoggerFactory = quiet()
	s.SetNet(network)
	s.SetRelayAcceptanceMinWait(0)      // there is nothing better to wait for
	s.SetIncludeLoopbackCandidate(true) // the server may be on this machine
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	types := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if way == TCP {
		types = []webrtc.NetworkType{webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6}
	}
	s.SetNetworkTypes(types)
	switch way {
	case RelayTCP:
		s.SetICEProxyDialer(dialer{ctx, nil})
	case RelayTLS:
		s.SetICEProxyDialer(dialer{ctx, e.trust})
	}
	config := webrtc.Configuration{}
	if len(relays) > 0 {
		config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	for _, r := range relays {
		config.ICEServers = append(config.ICEServers, webrtc.ICEServer{URLs: r.URLs, Username: r.Username, Credential: r.Credential})
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(config)
	if err != nil {
		return nil, fmt.Errorf("the server's relays cannot be used: %w", err)
	}
	c := &connection{pc: pc, opened: make(chan struct{}), heard: make(chan string, echoes)}
	if c.channel, err = pc.CreateDataChannel("echo", nil); err != nil {
		c.close()
		return nil, err
	}
	c.channel.OnOpen(func() { close(c.opened) })
	c.channel.OnMessage(func(m webrtc.DataChannelMessage) {
		select {
		case c.heard <- string(m.Data):
		default: // more than was asked for
		}
	})
	return c, nil
}

func (c *connection) negotiate(ctx context.Context, e *endpoint, way Way) error {
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	answer, err := e.answer(ctx, offer.SDP)
	if err != nil {
		return err
	}
	if err := c.pc.SetLocalDescription(offer); err != nil {
		return err
	}
	if c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: only(way, answer)}) != nil {
		return errors.New("the server's answer cannot be used")
	}
	return nil
}

// only keeps the candidates of an answer that lead over a way: relays reach the echo peer on UDP.
func only(way Way, answer string) string {
	protocol := "udp"
	if way == TCP {
		protocol = "tcp"
	}
	var kept []string
	for _, line := range strings.Split(answer, "\r\n") {
		if f := strings.Fields(line); strings.HasPrefix(line, "a=candidate:") && len(f) > 2 && !strings.EqualFold(f[2], protocol) {
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\r\n")
}

// echo returns the shortest time that a message took there and back.
func (c *connection) echo(ctx context.Context) (time.Duration, error) {
	select {
	case <-c.opened:
	case <-ctx.Done():
		return 0, errNothingCame
	}
	best := time.Duration(0)
	for i := range echoes {
		text := fmt.Sprint("echo ", i)
		start := time.Now()
		if err := c.channel.SendText(text); err != nil {
			return 0, err
		}
		select {
		case got := <-c.heard:
			if got != text {
				return 0, errors.New("something else comes back")
			}
		case <-ctx.Done():
			return 0, errNothingCame
		}
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

// ipv6 reports whether the way goes over IPv6, to the relay if there is one.
func (c *connection) ipv6() bool {
	pair, err := c.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return false
	}
	address := pair.Remote.Address
	if pair.Local.Typ == webrtc.ICECandidateTypeRelay {
		address = pair.Local.RelatedAddress // this machine's, as it goes to the relay
		if own, err := netip.ParseAddr(address); err == nil && own.IsUnspecified() {
			address = pair.Local.Address // over UDP: relays of ours have the family that they are reached by
		}
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Is6() && !ip.Is4In6()
}

func (c *connection) close() { _ = c.pc.Close() }

// dialer connects to a relay, with TLS if trust is not nil, for as long as ctx lasts. Pion would use the system's trust, and
// would wait for two minutes where a firewall drops what is sent, also to close the connection.
type dialer struct {
	ctx   context.Context
	trust *tls.Config
}

// Dial is for golang.org/x/net/proxy.Dialer. Pion asks for IPv4.
func (d dialer) Dial(_, address string) (net.Conn, error) {
	if d.trust == nil {
		return (&net.Dialer{}).DialContext(d.ctx, "tcp", address)
	}
	return (&tls.Dialer{Config: d.trust.Clone()}).DialContext(d.ctx, "tcp", address)
}

func quiet() logging.LoggerFactory {
	l := logging.NewDefaultLoggerFactory()
	l.DefaultLogLevel = logging.LogLevelDisabled
	return l
}
