// Package sfutest has peers for tests of the sfu package and of what is built on it: real Pion connections over
// loopback that publish generated media and check what arrives. Start with Connect.
package sfutest

import (
	"errors"
	"io"
	"slices"
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
	offered    *webrtc.SessionDescription
	needOffer  bool // as soon as nothing is open
	candidates []webrtc.ICECandidateInit

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
		if cand != nil {
			c.later(func() { _ = c.Peer.Candidate(cand.ToJSON()) })
		}
	})
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { c.iceOnce.Do(func() { close(c.iceStarted) }) })
	pc.OnTrack(c.track)
	ready := make(chan struct{})
	c.wg.Go(func() {
		<-ready
		c.run()
	})
	c.Peer, err = room.Join(c.ID, c)
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

// Renegotiate offers, now or when the server's own offer is done with.
func (c *Client) Renegotiate() { c.later(c.offer) }

// Restart offers an ICE restart.
func (c *Client) Restart() {
	c.later(func() { c.offerWith(&webrtc.OfferOptions{ICERestart: true}) })
}

func (c *Client) offer() { c.offerWith(nil) }

func (c *Client) offerWith(opt *webrtc.OfferOptions) {
	if c.offered != nil {
		c.needOffer = true
		return
	}
	c.needOffer = false
	offer, err := c.PC.CreateOffer(opt)
	if err != nil {
		c.fail("offer", err)
		return
	}
	c.offered = &offer
	_ = c.Peer.Offer(offer.SDP, c.mapping())
}

// mapping says what each m-line of the client publishes.
func (c *Client) mapping() []sfu.PublishedTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []sfu.PublishedTrack
	for _, p := range c.publications {
		if !p.stopped() {
			out = append(out, sfu.PublishedTrack{Mid: p.transceiver.Mid(), Source: p.Source, Kind: p.Kind})
		}
	}
	return out
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

// Offer is for sfu.Handler.
func (c *Client) Offer(sdp string, tracks []sfu.SentTrack) {
	c.later(func() { c.takeOffer(sdp, tracks) })
}

func (c *Client) takeOffer(sdp string, tracks []sfu.SentTrack) {
	if lose(&c.loseOffers) {
		return
	}
	if c.offered != nil { // glare: the server wins
		c.offered, c.needOffer = nil, true
	}
	if c.PC.CurrentRemoteDescription() != nil {
		select { // Pion takes an offer that comes before it has started ICE for a restart
		case <-c.iceStarted:
		case <-c.done:
			return
		}
	}
	c.mu.Lock()
	c.sent = map[string]sfu.SentTrack{}
	for _, t := range tracks {
		c.sent[t.Mid] = t
	}
	c.offers++
	c.mlines = mediaLines(sdp)
	c.mu.Unlock()
	err := c.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp})
	if err != nil {
		c.fail("server offer", err)
		return
	}
	c.addCandidates()
	answer, err := c.PC.CreateAnswer(nil)
	if err == nil {
		err = c.PC.SetLocalDescription(answer)
	}
	if err != nil {
		c.fail("answer", err)
		return
	}
	text := answer.SDP
	if c.opt.Answer != nil {
		text = c.opt.Answer(text)
	}
	if !lose(&c.loseAnswer) {
		_ = c.Peer.Answer(text)
	}
	if c.needOffer {
		c.offer()
	}
}

// LoseOffers loses the next n offers of the server, LoseAnswers the next n answers to them: signaling repeats neither, the
// server does.
func (c *Client) LoseOffers(n int32) { c.loseOffers.Store(n) }

// LoseAnswers is told with LoseOffers.
func (c *Client) LoseAnswers(n int32) { c.loseAnswer.Store(n) }

// lose counts n down to 0 and reports whether it was more.
func lose(n *atomic.Int32) bool {
	if n.Add(-1) >= 0 {
		return true
	}
	n.Store(0)
	return false
}

// Answer is for sfu.Handler.
func (c *Client) Answer(sdp string) {
	c.mu.Lock()
	c.lastAnswer = sdp
	c.mu.Unlock()
	c.later(func() {
		if c.offered == nil {
			c.fail("answer", errors.New("to no offer"))
			return
		}
		offer := *c.offered
		c.offered = nil
		err := c.PC.SetLocalDescription(offer)
		if err == nil {
			err = c.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
		}
		if err != nil {
			c.fail("server answer", err)
			return
		}
		c.followTypes(sdp)
		c.addCandidates()
		if c.needOffer {
			c.offer()
		}
	})
}

// Candidate is for sfu.Handler.
func (c *Client) Candidate(cand *webrtc.ICECandidateInit) {
	if cand == nil {
		return
	}
	c.later(func() {
		c.candidates = append(c.candidates, *cand)
		if c.PC.RemoteDescription() != nil {
			c.addCandidates()
		}
	})
}

func (c *Client) addCandidates() {
	for _, cand := range c.candidates {
		if err := c.PC.AddICECandidate(cand); err != nil {
			c.fail("candidate", err)
		}
	}
	c.candidates = nil
}

// Published is for sfu.Handler.
func (c *Client) Published(tracks []sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.published = tracks
}

// Message is for sfu.Handler.
func (c *Client) Message(f sfu.Frame) {
	if c.opt.OnMessage != nil {
		c.opt.OnMessage(f)
	}
}

// Speakers is for sfu.Handler.
func (c *Client) Speakers(tracks []sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.speakers = tracks
}

// Speaking is what the server says of who speaks.
func (c *Client) Speaking() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speakers
}

// Stalled is for sfu.Handler.
func (c *Client) Stalled(tracks []sfu.StalledTrack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = tracks
}

// Reduced is for sfu.Handler.
func (c *Client) Reduced(tracks []sfu.ReducedTrack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reduced = tracks
}

// ReducedTracks is what the server last said is reduced for lack of bandwidth.
func (c *Client) ReducedTracks() []sfu.ReducedTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reduced
}

// RestartSource is for sfu.Handler.
func (c *Client) RestartSource(track sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.restarts = append(c.restarts, track)
}

// StalledTracks is what the server last said does not arrive.
func (c *Client) StalledTracks() []sfu.StalledTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stalled
}

// Restarts is what the server asked the client to restart.
func (c *Client) Restarts() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.restarts)
}

// State is for sfu.Handler.
func (c *Client) State(webrtc.PeerConnectionState) {}

// Closed is for sfu.Handler.
func (c *Client) Closed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed, c.closedErr = true, err
}

// Ended returns whether the server has ended the peer, and why.
func (c *Client) Ended() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed, c.closedErr
}

// Needed is for sfu.Handler.
func (c *Client) Needed(tracks []sfu.Need) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.needs = tracks
}

// Needs is how many layers of a source's video the others need, as the server said last; -1: it has not.
func (c *Client) Needs(source string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.needs {
		if n.Source == source {
			return n.Layers
		}
	}
	return -1
}

// PublishedTracks is what the server says that this client publishes.
func (c *Client) PublishedTracks() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.published
}

// Offers counts the server's offers; lines is the number of m-lines in the last.
func (c *Client) Offers() (n, lines int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offers, c.mlines
}

// LastAnswer is the server's last answer, "" before the first.
func (c *Client) LastAnswer() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastAnswer
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
