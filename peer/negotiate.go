package peer

import (
	"fmt"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/peer/turnnet"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu/pionlog"
	"github.com/gotera/gotera/signaling/sdpfrag"
)

// connection is the peer's PeerConnection and the state of its negotiation. It is owned by the loop.
//
// This side is the polite one of perfect negotiation (W3C WebRTC, section 10.7): when its offer meets one of the room, it
// takes its own back, answers, and offers again. Pion cannot roll a local offer back, so an offer is only set as local
// description when its answer has come: until then, taking it back is to forget it.
type connection struct {
	pc       *webrtc.PeerConnection
	lines    []*line
	offer    *signal.ClientOffer // sent, not answered: not set as local description yet
	again    bool                // something changed since the last offer
	remote   []webrtc.ICECandidateInit
	local    []signal.Candidate // told again after a resume
	lastMid  int
	restart  bool      // the next offer restarts ICE
	restarts bool      // the one that is not answered does
	since    time.Time // of the present state of pc
}

// line is an m-line of ours.
type line struct {
	pub         *publication
	transceiver *webrtc.RTPTransceiver
	taken       bool // the room takes what is sent on it
}

// When ICE takes a path for lost, and gives it up (RFC 7675, section 5.1, has 30 s), and how often it looks: a robot has to
// know soon.
const (
	iceLost   = 1500 * time.Millisecond
	iceFailed = 28500 * time.Millisecond
	iceLook   = 400 * time.Millisecond
)

// relayWait is what a relayed path leaves to direct ones before it is nominated, as in the room; Pion would wait for 2 s.
const relayWait = 300 * time.Millisecond

// gatherLimit is how long a restart waits for what is gathered before it. The host's own candidates take a millisecond; relays
// that do not answer are not waited for.
const gatherLimit = 200 * time.Millisecond

// maxCandidates bounds what is kept of candidates, each way.
const maxCandidates = 64

func newAPI(relays *relayDialer, o Options) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	registry, logs := &interceptor.Registry{}, pionlog.New(o.Log)
	if err := webrtc.RegisterDefaultInterceptorsWithOptions(engine, registry, webrtc.WithInterceptorLoggerFactory(logs)); err != nil {
		return nil, fmt.Errorf("register interceptors: %w", err)
	}
	network, err := turnnet.New()
	if err != nil {
		return nil, fmt.Errorf("network interfaces: %w", err)
	}
	var settings webrtc.SettingEngine
	settings.LoggerFactory = logs
	settings.SetNet(network)
	settings.SetIncludeLoopbackCandidate(true) // a room on this machine may offer nothing else
	settings.SetICETimeouts(iceLost, iceFailed, iceLook)
	settings.SetRelayAcceptanceMinWait(relayWait)
	settings.SetNetworkTypes([]webrtc.NetworkType{
		webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6,
	})
	settings.SetICEProxyDialer(relays)
	settings.DisableActiveTCP(o.RelayOnly) // Pion connects to a room's TCP candidates whatever the policy
	if o.settings != nil {
		o.settings(&settings)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}

// giveUp closes the PeerConnection, if there is one.
func (p *Peer) giveUp() {
	l := &p.loop
	if l.pc != nil {
		p.wg.Go(l.pc.close) // it waits for relays that do not answer, up to 10 s
		l.pc = nil
	}
}

// begin makes a new PeerConnection, with everything published on it, and offers.
func (p *Peer) begin() error {
	l := &p.loop
	pc, err := p.api.NewPeerConnection(p.configuration())
	if err != nil {
		return fmt.Errorf("peer connection: %w", err)
	}
	c := &connection{pc: pc, since: time.Now()}
	l.pc = c
	l.path.gone, l.path.hopeful = false, false
	p.mu.Lock()
	p.sent = map[string]signal.SentTrack{}
	p.mu.Unlock()
	p.watch(c)
	if err := p.openChannels(pc); err != nil {
		return err
	}
	for _, pub := range l.published {
		if err := p.attach(c, pub); err != nil {
			return err
		}
	}
	p.negotiate()
	return nil
}

// watch takes what Pion calls back with to the loop, where it is dropped if c has been replaced.
func (p *Peer) watch(c *connection) {
	on := func(f func()) {
		p.callback(func() {
			if p.loop.pc == c {
				f()
			}
		})
	}
	c.pc.OnICECandidate(func(i *webrtc.ICECandidate) {
		var m signal.Candidate
		if i != nil {
			init := signal.ICECandidate(i.ToJSON())
			m.Candidate = &init
		}
		on(func() {
			c.local = signal.KeepCandidate(c.local, m, maxCandidates)
			p.write(m)
		})
	})
	c.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { on(func() { p.mediaState(c, s) }) })
	c.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) { p.receive(c.pc, t, r) })
}

// setServers notes the ICE servers that the room tells, whose credentials are good for some minutes. A connection uses them
// from its next ICE restart on.
func (p *Peer) setServers(servers []signal.ICEServer) {
	l := &p.loop
	l.servers = servers
	p.relays.know(servers)
	if l.pc == nil {
		return
	}
	if err := l.pc.pc.SetConfiguration(p.configuration()); err != nil {
		p.log.Debug("ICE servers not taken", "err", err)
	}
}

func (p *Peer) configuration() webrtc.Configuration {
	c := webrtc.Configuration{}
	if p.opts.RelayOnly {
		c.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	for _, s := range p.loop.servers {
		c.ICEServers = append(c.ICEServers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	return c
}

// mediaState notes when the state changed: path.go does what is to be done.
func (p *Peer) mediaState(c *connection, s webrtc.PeerConnectionState) {
	p.log.Info("media", "state", s.String())
	c.since = time.Now()
}

// negotiate offers what is published now, or notes that this is to be done.
func (p *Peer) negotiate() {
	c := p.loop.pc
	if c.offer != nil || !p.loop.welcome {
		c.again = true
		return
	}
	c.again = false
	for _, line := range c.lines {
		if line.transceiver.Mid() == "" {
			// A name of our own: the room's lines have numbers, and after a collision both sides' names are in use.
			if err := line.transceiver.SetMid(fmt.Sprintf("c%d", c.lastMid)); err != nil {
				p.broken("name m-line", err)
				return
			}
			c.lastMid++
		}
	}
	restarts := c.restart
	if restarts {
		c.restart, c.local = false, nil // candidates of before are of no use
		c.gathered()
	}
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restarts})
	if err != nil {
		p.broken("offer", err)
		return
	}
	m := signal.ClientOffer{SDP: offer.SDP, Tracks: []signal.PublishedTrack{}}
	for _, line := range c.lines {
		if line.pub != nil {
			m.Tracks = append(m.Tracks, signal.PublishedTrack{Mid: line.transceiver.Mid(), Source: line.pub.track.Source, Kind: line.pub.kind})
		}
	}
	c.offer, c.restarts = &m, restarts
	p.write(m)
}

// renew repeats what the lost websocket may have swallowed.
func (p *Peer) renew() {
	c := p.loop.pc
	for _, m := range c.local {
		p.write(m)
	}
	if c.offer != nil {
		p.write(*c.offer)
	} else if c.again {
		p.negotiate()
	}
}

func (p *Peer) onAnswer(m signal.Answer) {
	c := p.loop.pc
	if c == nil || c.offer == nil {
		return // to an offer that was taken back, or answered twice after a resume
	}
	err := c.pc.SetLocalDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: c.offer.SDP})
	if err == nil {
		err = c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: m.SDP})
	}
	if err != nil {
		p.broken("take answer", err)
		return
	}
	c.offer = nil
	c.taken(m.SDP)
	p.settled(c)
}

// taken notes on which m-lines the room's answer takes what is sent.
func (c *connection) taken(answer string) {
	var d sdp.SessionDescription
	if d.UnmarshalString(answer) != nil {
		return // cannot be: Pion has taken it
	}
	for _, m := range d.MediaDescriptions {
		mid, _ := m.Attribute("mid")
		_, receives := m.Attribute("recvonly")
		for _, line := range c.lines {
			if line.transceiver.Mid() == mid {
				line.taken = receives && m.MediaName.Port.Value != 0
			}
		}
	}
}

func (p *Peer) onOffer(m signal.ServerOffer) {
	c := p.loop.pc
	if c == nil {
		return
	}
	if c.offer != nil { // collision: the room has dropped ours
		c.offer, c.again, c.restart = nil, true, c.restarts
	}
	if c.pc.RemoteDescription() != nil && c.restartsICE(m.SDP) {
		c.gathered()
	}
	p.setSent(m.Tracks)
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: m.SDP}); err != nil {
		p.broken("take offer", err)
		return
	}
	answer, err := c.pc.CreateAnswer(nil)
	if err == nil {
		err = c.pc.SetLocalDescription(answer)
	}
	if err != nil {
		p.broken("answer", err)
		return
	}
	p.write(signal.Answer{SDP: answer.SDP, ID: m.ID})
	p.settled(c)
}

// gathered waits, for gatherLimit at most, until Pion gathers no more: a restart would end that, but not at once, and what still
// gathers might spoil what gathers then (sfu/gather.go).
func (c *connection) gathered() {
	if c.pc.ICEGatheringState() != webrtc.ICEGatheringStateGathering {
		return
	}
	select {
	case <-webrtc.GatheringCompletePromise(c.pc):
	case <-time.After(gatherLimit):
	}
}

// restartsICE reports whether Pion will take an offer for a restart of ICE: it has other credentials than Pion knows of the room
// (RFC 8839, section 4.4.1.1.1), which knows none after a restart of our own that the offer crosses.
func (c *connection) restartsICE(offer string) bool {
	known, err := c.pc.SCTP().Transport().ICETransport().GetRemoteParameters()
	ufrag, pwd := sdpfrag.Credentials(offer)
	return err == nil && (known.UsernameFragment != ufrag || known.Password != pwd)
}

// settled follows each exchange of descriptions.
func (p *Peer) settled(c *connection) {
	for _, i := range c.remote {
		p.addCandidate(c, i)
	}
	c.remote = nil
	if c.again {
		p.negotiate()
	}
}

func (p *Peer) onCandidate(m signal.Candidate) {
	c := p.loop.pc
	if c == nil || m.Candidate == nil || m.Candidate.Candidate == "" {
		return
	}
	i := webrtc.ICECandidateInit(*m.Candidate)
	if c.pc.RemoteDescription() == nil {
		if len(c.remote) < maxCandidates {
			c.remote = append(c.remote, i)
		}
		return
	}
	p.addCandidate(c, i)
}

func (p *Peer) addCandidate(c *connection, i webrtc.ICECandidateInit) {
	if err := c.pc.AddICECandidate(i); err != nil {
		p.log.Debug("candidate not taken", "err", err)
	}
}

// broken is the way out when descriptions do not fit: only a fresh connection helps.
func (p *Peer) broken(op string, err error) {
	p.log.Warn("negotiation broken", "op", op, "err", err)
	p.loop.path.ladder.broken()
}

// close ends the PeerConnection and what reads from it.
func (c *connection) close() {
	c.pc.Close() //nolint:errcheck // nothing is left to do
}
