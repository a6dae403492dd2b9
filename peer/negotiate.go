package peer

import (
	"fmt"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
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
	deadline *time.Timer // runs while the media connection is not there
}

// line is an m-line of ours.
type line struct {
	pub         *publication
	transceiver *webrtc.RTPTransceiver
}

// mediaWait is how long the media connection may take to come, or to come back, before everything is made anew.
const mediaWait = 20 * time.Second

// maxCandidates bounds what is kept of candidates, each way.
const maxCandidates = 64

func newAPI() (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	registry := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(engine, registry); err != nil {
		return nil, fmt.Errorf("register interceptors: %w", err)
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true) // a room on this machine may offer nothing else
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}

// begin makes a new PeerConnection, with everything published on it, and offers.
func (p *Peer) begin(servers []signal.ICEServer) error {
	l := &p.loop
	if l.pc != nil {
		l.pc.close()
	}
	config := webrtc.Configuration{}
	for _, s := range servers {
		config.ICEServers = append(config.ICEServers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	pc, err := p.api.NewPeerConnection(config)
	if err != nil {
		return fmt.Errorf("peer connection: %w", err)
	}
	c := &connection{pc: pc}
	l.pc = c
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
			if len(c.local) < maxCandidates {
				c.local = append(c.local, m)
			}
			p.write(m)
		})
	})
	c.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { on(func() { p.mediaState(c, s) }) })
	c.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) { p.receive(c.pc, t, r) })
	c.deadline = time.AfterFunc(mediaWait, func() { on(p.rejoin) })
}

// mediaState gives a connection that is lost some time to come back.
func (p *Peer) mediaState(c *connection, s webrtc.PeerConnectionState) {
	p.log.Info("media", "state", s.String())
	switch s {
	case webrtc.PeerConnectionStateConnected:
		c.deadline.Stop()
	case webrtc.PeerConnectionStateDisconnected:
		c.deadline.Reset(mediaWait)
	case webrtc.PeerConnectionStateFailed:
		p.rejoin()
	}
}

// rejoin leaves and joins anew, with a new PeerConnection.
func (p *Peer) rejoin() {
	l := &p.loop
	l.resume = ""
	if l.link != nil {
		p.log.Info("media lost: joining anew")
		p.write(signal.Leave{})
		l.link.close()
	}
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
	offer, err := c.pc.CreateOffer(nil)
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
	c.offer = &m
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
	p.settled(c)
}

func (p *Peer) onOffer(m signal.ServerOffer) {
	c := p.loop.pc
	if c == nil {
		return
	}
	if c.offer != nil { // collision: the room has dropped ours
		c.offer, c.again = nil, true
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
	p.write(signal.Answer{SDP: answer.SDP})
	p.settled(c)
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

// broken is the way out when descriptions do not fit: everything is made anew.
func (p *Peer) broken(op string, err error) {
	p.log.Warn("negotiation broken", "op", op, "err", err)
	p.rejoin()
}

// close ends the PeerConnection and what reads from it.
func (c *connection) close() {
	c.deadline.Stop()
	c.pc.Close() //nolint:errcheck // nothing is left to do
}
