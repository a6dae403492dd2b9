// Package sfutest has peers for tests of the sfu package and of what is built on it: real Pion connections over
// loopback that publish generated media and check what arrives. Start with Connect.
package sfutest

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Options of a client. The zero value is an ordinary peer.
type Options struct {
	Drop      Drop                            // what its network loses
	TCP       bool                            // use ICE-TCP only
	Feedback  bool                            // give transport-wide feedback, so that the room estimates its bandwidth
	Link      Link                            // the bottleneck on the way to it
	RED       bool                            // publish and take redundant audio (RFC 2198)
	Engine    func(*webrtc.MediaEngine) error // registers codecs; nil: Pion's default ones
	Settings  func(*webrtc.SettingEngine)     // changes what is set up before it is used; optional
	Answer    func(sdp string) string         // changes its answers
	OnMessage func(sfu.Frame)                 // data channel frames of it, on their channel's goroutine
	Hidden    bool                            // its addresses are not told, as those of browsers behind a NAT
	BothWays  bool                            // publish on m-lines that also receive
	MDNS      bool                            // name no address in its candidates, but one that only its own network resolves, as browsers do
	Unnamed   bool                            // its simulcast streams do not say their rids
	FPS       int                             // pictures per second of what it publishes; default 30
	Join      sfu.Options                     // how it joins; with Answers it makes all offers itself
}

// Client is a peer of a room: the polite side of perfect negotiation, as a browser is.
type Client struct {
	ID   sfu.PeerID
	Peer *sfu.Peer
	PC   *webrtc.PeerConnection

	t    testing.TB
	room *sfu.Room
	opt  Options
	do   chan func() // the negotiation of this side, one at a time
	done chan struct{}

	network    *lossyConn    // nil over TCP
	loseOffers atomic.Int32  // how many of the server's offers get lost
	loseAnswer atomic.Int32  // how many of the client's answers do
	iceStarted chan struct{} // closed when ICE has been started
	iceOnce    sync.Once

	wg sync.WaitGroup

	// Pion cannot roll back an offer, so one that was sent is applied only when its answer comes: if the server's own
	// offer comes first, nothing has to be undone. Only used by the negotiation, as the next ones.
	offered   *webrtc.SessionDescription
	needOffer bool // as soon as nothing is open
	// needRestart: that offer restarts ICE; restarts: the one that was sent does.
	needRestart, restartsICE bool
	aside                    int // offers that the server may still answer
	candidates               []webrtc.ICECandidateInit

	mu           sync.Mutex
	publications []*Publication
	sent         map[string]sfu.SentTrack // by mid, of the last offer
	received     []*Received
	published    []sfu.Track
	needs        []sfu.Need
	speakers     []sfu.Track
	channels     map[string]*webrtc.DataChannel
	closedErr    error
	closed       bool
	offers       int // of the server
	mlines       int // of the last server offer
	lastAnswer   string
	stalled      []sfu.StalledTrack
	reduced      []sfu.ReducedTrack
	restarts     []sfu.Track
}

// Connect joins a client to room. It leaves with the test.
func Connect(t testing.TB, room *sfu.Room, id string, opt Options) *Client {
	t.Helper()
	c := &Client{
		ID: sfu.PeerID(id), t: t, room: room, opt: opt, do: make(chan func(), 1024), done: make(chan struct{}),
		iceStarted: make(chan struct{}),
		sent:       map[string]sfu.SentTrack{}, channels: map[string]*webrtc.DataChannel{},
	}
	pc, err := c.newConnection()
	if err != nil {
		t.Fatalf("client %s: %v", id, err)
	}
	c.PC = pc
	pc.OnICECandidate(func(cand *webrtc.ICECandidate) {
		if cand != nil && !opt.Hidden {
			init := cand.ToJSON()
			if opt.MDNS {
				init.Candidate = strings.Replace(init.Candidate, cand.Address, "7e3b1f0c-6f0a-4a57-9a0e-3f2f0a1b2c3d.local", 1)
			}
			c.later(func() { _ = c.Peer.Candidate(init) })
		}
	})
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { c.iceOnce.Do(func() { close(c.iceStarted) }) })
	pc.OnTrack(c.track)
	ready := make(chan struct{})
	c.wg.Go(func() {
		<-ready
		c.run()
	})
	c.Peer, err = room.JoinWith(c.ID, c, opt.Join)
	close(ready)
	if err != nil {
		close(c.done)
		_ = pc.Close()
		t.Fatalf("client %s: %v", id, err)
	}
	t.Cleanup(c.Leave)
	return c
}

func (c *Client) newConnection() (*webrtc.PeerConnection, error) {
	media := &webrtc.MediaEngine{}
	register := c.opt.Engine
	if register == nil {
		register = (*webrtc.MediaEngine).RegisterDefaultCodecs
	}
	if c.opt.RED {
		if err := registerRED(media); err != nil {
			return nil, err
		}
	}
	if err := register(media); err != nil {
		return nil, err
	}
	if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: levelURI}, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	reg := &interceptor.Registry{}
	if err := c.interceptors(media, reg); err != nil {
		return nil, err
	}
	var s webrtc.SettingEngine
	logs := &logging.DefaultLoggerFactory{Writer: io.Discard}
	s.LoggerFactory = logs
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if c.opt.TCP {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	} else {
		conn, err := newLossyConn(c.opt.Drop, c.opt.Link)
		if err != nil {
			return nil, err
		}
		c.network = conn
		mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: logs.NewLogger("ice")})
		c.t.Cleanup(func() { _ = mux.Close() })
		s.SetICEUDPMux(mux)
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	}
	if c.opt.Settings != nil {
		c.opt.Settings(&s)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(reg), webrtc.WithSettingEngine(s))
	return api.NewPeerConnection(webrtc.Configuration{})
}

// Leave ends the client; it may be called twice.
func (c *Client) Leave() {
	c.mu.Lock()
	select {
	case <-c.done:
		c.mu.Unlock()
		return
	default:
		close(c.done)
	}
	pubs := c.publications
	c.mu.Unlock()
	for _, p := range pubs {
		p.stop()
	}
	c.Peer.Close()
	_ = c.PC.Close()
	c.wg.Wait()
}

// run does the negotiation.
func (c *Client) run() {
	for {
		select {
		case f := <-c.do:
			f()
		case <-c.done:
			return
		}
	}
}

func (c *Client) later(f func()) {
	select {
	case c.do <- f:
	case <-c.done:
	}
}

func (c *Client) fail(what string, err error) {
	select {
	case <-c.done:
	default:
		if c.PC.ConnectionState() != webrtc.PeerConnectionStateClosed {
			c.t.Errorf("client %s: %s: %v", c.ID, what, err)
		}
	}
}

// WaitFor waits until cond is true and fails the test when it is not within limit.
func WaitFor(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !cond(); {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
