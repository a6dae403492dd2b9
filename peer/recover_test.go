package peer_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/testlog"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/signaling"
)

// longPatience bounds waits for the ladder, which has patience itself.
const longPatience = 30 * time.Second

// badNet is a network whose sockets lose what lost says.
type badNet struct {
	*stdnet.Net
	mu    sync.Mutex
	conns []*badConn
	lost  func(socket int, out bool, packet []byte) bool
	held  func(c *badConn, packet []byte, to net.Addr)
}

type badConn struct {
	transport.UDPConn
	net *badNet
	n   int
}

func newBadNet(t *testing.T) *badNet {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return &badNet{Net: n}
}

func (n *badNet) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	own := &badConn{c, n, len(n.conns)}
	n.conns = append(n.conns, own)
	return own, nil
}

// lose sets what is lost from now on; it is called with the number of the socket, in order of making.
func (n *badNet) lose(f func(socket int, out bool, packet []byte) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lost = f
}

// hold sets what is done instead of sending; nil: it is sent.
func (n *badNet) hold(f func(*badConn, []byte, net.Addr)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = f
}

// sockets is how many have been made.
func (n *badNet) sockets() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

func (c *badConn) lost(out bool, packet []byte) bool {
	c.net.mu.Lock()
	f := c.net.lost
	c.net.mu.Unlock()
	return f != nil && f(c.n, out, packet)
}

func (c *badConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.lost(true, b) {
		return len(b), nil
	}
	c.net.mu.Lock()
	held := c.net.held
	c.net.mu.Unlock()
	if held != nil {
		held(c, b, to)
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

func (c *badConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.lost(false, b[:n]) {
			return n, from, err
		}
	}
}

// settings makes a peer use the network, and UDP only.
func (n *badNet) settings(e *webrtc.SettingEngine) {
	e.SetNet(n)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
}

// isMedia tells RTP and RTCP from STUN and DTLS (RFC 7983).
func isMedia(packet []byte) bool { return len(packet) > 0 && packet[0] >= 128 && packet[0] < 192 }

// call is a robot and an operator who see each other.
type call struct {
	t               *testing.T
	robot, operator *peer.Peer
	left            atomic.Int64 // others that left, as the operator saw
	joins           atomic.Int64 // of the robot
	id              string       // of the robot
	seen, shown     atomic.Int64 // packets of video that the robot and the operator got
	heard           atomic.Int64 // packets of sound that the operator got
	told            atomic.Int64 // lossy messages that the robot got
}

// count counts packets of video and of sound.
func count(video, sound *atomic.Int64) func(peer.Received, *rtp.Packet) {
	return func(from peer.Received, p *rtp.Packet) {
		switch {
		case len(p.Payload) == 0:
		case from.Kind == "video":
			video.Add(1)
		default:
			sound.Add(1)
		}
	}
}

func newCall(t *testing.T, url func(page string) string, robot peer.Options) *call {
	t.Helper()
	c := &call{t: t}
	viewer := peer.Options{Tracks: []peer.Track{{Media: peer.NewPattern("operator")}}, OnLeft: func(string, string) { c.left.Add(1) }, OnPacket: count(&c.shown, &c.heard)}
	robot.Tracks = []peer.Track{{Media: peer.NewPattern("robot")}, {Media: peer.NewTone()}}
	robot.Log = testlog.New(t, slog.LevelInfo).With("peer", "robot")
	robot.OnPacket = count(&c.seen, new(atomic.Int64))
	robot.OnMessage = func(m peer.Message) {
		if m.Channel == signal.ChannelLossy {
			c.told.Add(1)
		}
	}
	robot.OnConnect = func(bool) { c.joins.Add(1) }
	c.operator = join(t, url("users"), viewer)
	c.robot = join(t, url("devices"), robot)
	c.id = c.robot.ID()
	c.flows("at first")
	return c
}

// flows waits until pictures flow both ways from now on, and sound, and the robot says so. It returns how long that took.
func (c *call) flows(when string) time.Duration {
	c.t.Helper()
	began := time.Now()
	seen, shown, heard := c.seen.Load(), c.shown.Load(), c.heard.Load()
	for time.Since(began) < longPatience {
		if c.seen.Load() > seen+10 && c.shown.Load() > shown+10 && c.heard.Load() > heard+10 && c.robot.Health() == (peer.Health{Signaling: true, Media: true}) {
			return time.Since(began)
		}
		<-time.After(10 * time.Millisecond)
	}
	c.t.Fatalf("%s: media does not flow: robot %v got %+v, operator got %+v", when, c.robot.Health(), c.robot.Stats(), c.operator.Stats())
	return 0
}

// driven waits until the operator's lossy messages reach the robot from now on.
func (c *call) driven(when string) {
	c.t.Helper()
	told := c.told.Load()
	waitFor(c.t, "commands "+when, func() error {
		err := c.operator.SendLossy(c.id, "drive", []byte("{}"))
		if n := c.told.Load() - told; n < 5 {
			return fmt.Errorf("%d came, %w", n, err)
		}
		return nil
	})
}

// same fails if the robot is another peer now, or was seen to leave.
func (c *call) same() {
	c.t.Helper()
	if c.robot.ID() != c.id || c.left.Load() != 0 {
		c.t.Errorf("the robot was %s and is %s; %d leaves were seen", c.id, c.robot.ID(), c.left.Load())
	}
}

// The path dies while the websocket lives: ICE finds another one for the same connection.
func TestLostPathIsReplaced(t *testing.T) {
	t.Parallel()
	r, n := peertest.StartRoom(t, ""), newBadNet(t)
	c := newCall(t, r.URL, peer.Options{}.WithSettings(n.settings))
	made := n.sockets()
	lost := time.Now()
	n.lose(func(socket int, _ bool, _ []byte) bool { return socket < made })
	waitFor(t, "loss to be noticed", func() error {
		if c.robot.Health().Media {
			return fmt.Errorf("all is well")
		}
		return nil
	})
	c.flows("after the loss of its path")
	t.Logf("back %v after the loss", time.Since(lost))
	c.same()
	if c.joins.Load() != 1 {
		t.Errorf("the robot joined %d times: an ICE restart was enough", c.joins.Load())
	}
}

// ICE says connected, but media is lost in one direction: a fresh connection for the same peer helps.
func TestConnectedButBlackIsFound(t *testing.T) {
	for name, out := range map[string]bool{"nothing arrives": false, "nothing gets out": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, n := peertest.StartRoom(t, ""), newBadNet(t)
			c := newCall(t, r.URL, peer.Options{}.WithSettings(n.settings))
			n.lose(func(_ int, leaves bool, packet []byte) bool { // an ICE restart does not help; what comes then does
				return leaves == out && isMedia(packet) && c.joins.Load() == 1
			})
			waitWithin(t, longPatience, "a fresh connection", func() error { // blackFor and restartFor are 9 s
				if c.joins.Load() == 1 {
					return fmt.Errorf("there is none")
				}
				return nil
			})
			c.flows("after it went black")
			c.driven("after it went black")
			c.same()
		})
	}
}

// An address of this machine goes away: the robot does not wait until packets are missed, and looks for another path although
// they come as before.
func TestChangedAddressIsNoticed(t *testing.T) {
	t.Parallel()
	r := peertest.StartRoom(t, "")
	var list atomic.Pointer[[]netip.Addr]
	here := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	if own, err := net.InterfaceAddrs(); err == nil {
		for _, a := range own {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				here = append(here, p.Addr())
			}
		}
	}
	list.Store(&here)
	var unwell atomic.Bool
	n := newBadNet(t)
	c := newCall(t, r.URL, peer.Options{OnHealth: func(h peer.Health) {
		if !h.Signaling {
			unwell.Store(true)
		}
	}}.WithAddresses(func() []netip.Addr { return *list.Load() }).WithSettings(n.settings))
	made := n.sockets()
	<-time.After(600 * time.Millisecond) // the list is looked at twice a second
	list.Store(&[]netip.Addr{netip.MustParseAddr("192.0.2.1")})
	waitFor(t, "the websocket to be given up", func() error {
		if !unwell.Load() {
			return fmt.Errorf("still there")
		}
		return nil
	})
	list.Store(&here)
	waitFor(t, "another path to be looked for", func() error {
		if n.sockets() == made {
			return fmt.Errorf("it has the sockets of before")
		}
		return nil
	})
	took := c.flows("after the change")
	t.Logf("back after %v", took)
	c.same()
	if took > 5*time.Second {
		t.Errorf("back after %v", took)
	}
}

// hole is a TCP proxy that can stop passing anything on, as a network that is away.
type hole struct {
	net.Listener
	mu    sync.Mutex
	away  bool
	conns []net.Conn
}

func newHole(t *testing.T, to string) *hole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{Listener: l}
	t.Cleanup(func() {
		l.Close() //nolint:errcheck // over
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.conns {
			c.Close() //nolint:errcheck // over
		}
	})
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close() //nolint:errcheck // nobody there
				continue
			}
			h.mu.Lock()
			h.conns = append(h.conns, in, out)
			h.mu.Unlock()
			go h.pass(in, out)
			go h.pass(out, in)
		}
	}()
	return h
}

func (h *hole) pass(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			to.Close() //nolint:errcheck // the other end is gone
			return
		}
		for h.isAway() {
			<-time.After(10 * time.Millisecond)
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// robots is for newCall: the robot's way to the room leads through h.
func (h *hole) robots(r *peertest.Room) func(page string) string {
	return func(page string) string {
		if page == "devices" {
			return strings.Replace(r.URL(page), r.Addr, h.Addr().String(), 1)
		}
		return r.URL(page)
	}
}

func (h *hole) isAway() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.away
}

func (h *hole) set(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
}

// The whole network is away for 5 s: media goes on when it is back, at once and as the same peer.
func TestFiveSecondsWithoutNetwork(t *testing.T) {
	t.Parallel()
	r, n := peertest.StartRoom(t, ""), newBadNet(t)
	h := newHole(t, r.Addr)
	c := newCall(t, h.robots(r), peer.Options{}.WithSettings(n.settings))
	h.set(true)
	n.lose(func(int, bool, []byte) bool { return true })
	<-time.After(5 * time.Second)
	h.set(false)
	n.lose(nil)
	took := c.flows("after the interruption")
	t.Logf("back after %v", took)
	if took > 5*time.Second {
		t.Errorf("back after %v", took)
	}
	c.same()
}

// A dead websocket beside living media is replaced without anybody noticing, also one that says nothing any more.
func TestSilentWebsocketIsResumed(t *testing.T) {
	for name, closed := range map[string]bool{"closed": true, "silent": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := peertest.StartRoom(t, "")
			h := newHole(t, r.Addr)
			c := newCall(t, h.robots(r), peer.Options{})
			if closed {
				h.mu.Lock()
				for _, conn := range h.conns {
					conn.Close() //nolint:errcheck // that is the test
				}
				h.mu.Unlock()
			} else {
				h.set(true)
				waitWithin(t, longPatience, "silence to be noticed", func() error { // for 15 s
					if c.robot.Health().Signaling {
						return fmt.Errorf("all is well")
					}
					return nil
				})
				h.set(false)
			}
			waitFor(t, "a second join", func() error {
				if c.joins.Load() < 2 {
					return fmt.Errorf("%d joins", c.joins.Load())
				}
				return nil
			})
			c.flows("after the websocket")
			c.same()
		})
	}
}

// What is published while the websocket is dead is seen when there is another: its offer was lost with the first.
func TestOfferThatIsLostIsRepeated(t *testing.T) {
	t.Parallel()
	r := peertest.StartRoom(t, "")
	h := newHole(t, r.Addr)
	c := newCall(t, h.robots(r), peer.Options{})
	h.set(true)
	if err := c.robot.Publish(peer.Track{Source: signal.SourceScreen, Media: peer.NewPattern("screen")}); err != nil {
		t.Fatal(err)
	}
	c.robot.Lines() // waits until that is done
	h.mu.Lock()
	for _, conn := range h.conns {
		conn.Close() //nolint:errcheck // that is the test
	}
	h.mu.Unlock()
	h.set(false)
	waitFor(t, "the screen", func() error {
		for _, s := range c.operator.Stats() {
			if s.Source == signal.SourceScreen && s.Frames > 5 {
				return nil
			}
		}
		return fmt.Errorf("the operator gets %+v", c.operator.Stats())
	})
	c.same()
}

func TestMediaOverTCP(t *testing.T) {
	t.Parallel()
	r := peertest.StartRoom(t, "")
	newCall(t, r.URL, peer.Options{}.WithSettings(func(e *webrtc.SettingEngine) {
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}))
}

// relayServer is a TURN server on one TCP port, with or without TLS.
func relayServer(t *testing.T, key []byte, l net.Listener) {
	t.Helper()
	s, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, turncred.Credential(key, a.Username)), true
		},
		ListenerConfigs: []turn.ListenerConfig{{
			Listener: l,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
				RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1",
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // over
}

// Where only TLS connections to one port get through, media goes through TURN, if the certificate is trusted.
func TestMediaThroughTURN(t *testing.T) {
	for name, insecure := range map[string]bool{"tls": true, "tcp": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := make([]byte, turncred.SecretSize)
			server := httptest.NewUnstartedServer(nil)
			url := "turn:%s?transport=tcp"
			l := server.Listener
			if insecure {
				server.StartTLS()
				certificate := server.TLS
				server.Close()
				plain, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				l, url = tlsListener(plain, certificate), "turns:%s?transport=tcp"
			}
			relayServer(t, key, l)
			r := peertest.StartRoom(t, "", func(c *signaling.Config) {
				c.TURNKey, c.TURNURLs = key, []string{fmt.Sprintf(url, l.Addr())}
			})
			var stranger *peer.Peer
			if insecure {
				stranger = join(t, r.URL("devices"), peer.Options{RelayOnly: true, Tracks: []peer.Track{{Media: peer.NewPattern("")}}})
			}
			c := newCall(t, r.URL, peer.Options{Insecure: insecure, RelayOnly: true})
			if !c.robot.Relayed() {
				t.Error("media goes another way")
			}
			if stranger != nil && stranger.Health().Media { // it came before those whose media flows
				t.Error("media goes through a server whose certificate is not trusted")
			}
		})
	}
}

func tlsListener(l net.Listener, c *tls.Config) net.Listener {
	return tls.NewListener(l, &tls.Config{Certificates: c.Certificates, MinVersion: tls.VersionTLS12})
}
