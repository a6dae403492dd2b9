package signaling

import (
	"errors"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// media is one media connection of a peer, and its sfu.Handler. A peer that comes back with a fresh PeerConnection gets
// another one under the same id; what the one before still says is dropped.
type media struct {
	peer *peer
	made chan struct{} // closed when conn is set, or never will be

	// Guarded by room.mu.
	conn       *sfu.Peer // nil until it is made
	state      webrtc.PeerConnectionState
	offer      signal.ServerOffer // the last one
	open       bool               // it has no answer
	answered   bool               // one before it, or it
	published  bool               // it is known what it publishes
	reduced    signal.Reduced     // as last told; told again after a resume
	stalled    signal.Stalled     // as last told; told again after a resume
	layers     signal.Layers      // as last told; told again after a resume
	speakers   signal.Speakers    // as last told; told again after a resume
	candidates []signal.Candidate // its own, to be told again after a resume
}

// maxCandidates bounds media.candidates; a room has a handful.
const maxCandidates = 64

func newMedia(p *peer) *media { return &media{peer: p, made: make(chan struct{})} }

// currentLocked reports whether m is its peer's media connection still.
func (m *media) currentLocked() bool { return m.peer.media == m && !m.peer.gone }

// told does what a callback of the sfu is for, with room.mu held, unless m is over.
func (m *media) told(do func(p *peer)) {
	m.peer.room.mu.Lock()
	defer m.peer.room.mu.Unlock()
	if m.currentLocked() {
		do(m.peer)
	}
}

// repeatLocked tells a resumed websocket what it may have missed.
func (m *media) repeatLocked() {
	p := m.peer
	if len(m.reduced.Tracks) > 0 {
		p.sendLocked(m.reduced)
	}
	if len(m.stalled.Tracks) > 0 {
		p.sendLocked(m.stalled)
	}
	if len(m.layers.Tracks) > 0 {
		p.sendLocked(m.layers)
	}
	if m.open {
		p.sendLocked(m.offer)
	}
	for _, candidate := range m.candidates {
		p.sendLocked(candidate)
	}
	if len(m.speakers.Speakers) > 0 { // the page begins with nobody
		p.sendLocked(m.speakers)
	}
}

// The rest is media's methods as sfu.Handler: they run on the sfu's goroutine of this connection and only queue.

// Offer sends a server offer. It is kept until it is answered: a resumed websocket gets it again.
func (m *media) Offer(sdp string, tracks []sfu.SentTrack) {
	offer := signal.ServerOffer{SDP: sdp, Tracks: make([]signal.SentTrack, len(tracks))}
	for i, t := range tracks {
		offer.Tracks[i] = signal.SentTrack{Mid: t.Mid, Track: t.ID, Peer: string(t.Peer), Source: t.Source, Kind: t.Kind}
	}
	m.told(func(p *peer) {
		if sdp != m.offer.SDP { // the sfu sends it again when no answer comes in time
			p.offersMade++
		}
		offer.ID = p.offersMade
		m.offer, m.open = offer, true
		p.sendLocked(offer)
	})
}

// Answer sends the answer to the peer's last offer. If the websocket is lost the peer offers again after its resume.
func (m *media) Answer(sdp string) {
	m.told(func(p *peer) {
		if !m.published && len(p.tracks) > 0 { // the connection before published something, and this one does not
			m.publishedLocked(nil)
		}
		p.sendLocked(signal.Answer{SDP: sdp})
	})
}

// Candidate sends a candidate of the media. It is kept for a resumed websocket until ICE is restarted.
func (m *media) Candidate(c *webrtc.ICECandidateInit) {
	var own signal.Candidate
	if c != nil {
		init := signal.ICECandidate(*c)
		own.Candidate = &init
	}
	m.told(func(p *peer) {
		m.candidates = signal.KeepCandidate(m.candidates, own, maxCandidates)
		p.sendLocked(own)
	})
}

// Published tells everybody what the peer publishes.
func (m *media) Published(tracks []sfu.Track) {
	list := make([]signal.Track, len(tracks))
	for i, t := range tracks {
		list[i] = signal.Track{ID: t.ID, Source: t.Source, Kind: t.Kind}
	}
	m.told(func(*peer) { m.publishedLocked(list) })
}

func (m *media) publishedLocked(list []signal.Track) {
	m.published = true
	m.peer.tracks = list
	m.peer.room.othersLocked(m.peer, signal.PeerUpdate{Peer: m.peer.viewLocked()})
}

// Message passes a data channel frame on (data.go).
func (m *media) Message(f sfu.Frame) { m.peer.frame(f) }

// keep sends a message and remembers it in m's field, for a resumed websocket.
func keep[M signal.ServerMessage](m *media, field *M, message M) {
	m.told(func(p *peer) {
		*field = message
		p.sendLocked(message)
	})
}

// Speakers tells the peer who speaks. A resumed websocket gets it again.
func (m *media) Speakers(tracks []sfu.Track) {
	list := signal.Speakers{Speakers: make([]signal.Speaker, len(tracks))}
	for i, t := range tracks {
		list.Speakers[i] = signal.Speaker{Peer: string(t.Peer), Track: t.ID}
	}
	keep(m, &m.speakers, list)
}

// Stalled tells the peer what does not arrive.
func (m *media) Stalled(tracks []sfu.StalledTrack) {
	list := signal.Stalled{Tracks: make([]signal.StalledTrack, len(tracks))}
	for i, t := range tracks {
		list.Tracks[i] = signal.StalledTrack{Track: t.ID, Reason: t.Reason}
	}
	keep(m, &m.stalled, list)
}

// Needed tells the peer which layers of its own the others need. A resumed websocket gets it again.
func (m *media) Needed(tracks []sfu.Need) {
	list := signal.Layers{Tracks: make([]signal.NeededLayers, len(tracks))}
	for i, t := range tracks {
		list.Tracks[i] = signal.NeededLayers{Mid: t.Mid, Source: t.Source, Layers: t.Layers}
	}
	keep(m, &m.layers, list)
}

// Reduced tells the peer which pictures are smaller than it shows them, or paused, because its network is slow.
func (m *media) Reduced(tracks []sfu.ReducedTrack) {
	list := signal.Reduced{Tracks: make([]signal.ReducedTrack, len(tracks))}
	for i, t := range tracks {
		list.Tracks[i] = signal.ReducedTrack{Track: t.ID, Paused: t.Paused}
	}
	keep(m, &m.reduced, list)
}

// RestartSource asks the peer to restart what sends nothing.
func (m *media) RestartSource(t sfu.Track) {
	m.told(func(p *peer) { p.sendLocked(signal.Restart{Source: t.Source, Kind: t.Kind}) })
}

// State decides whether the others see the peer as connected.
func (m *media) State(s webrtc.PeerConnectionState) {
	m.told(func(p *peer) {
		p.room.log.Debug("media state", "peer", p.id, "state", s.String())
		m.state = s
		p.flowed = p.flowed || s == webrtc.PeerConnectionStateConnected
		p.room.noticeLocked(p)
	})
}

// Closed follows a media connection that ended by itself. After a lost one the peer stays, and is to come back with a fresh
// PeerConnection; everything else comes of descriptions that do not fit, and would come again.
func (m *media) Closed(err error) {
	switch {
	case err == nil: // closed by us
	case errors.Is(err, sfu.ErrConnectionFailed), errors.Is(err, sfu.ErrClosedByClient), errors.Is(err, sfu.ErrNoAnswer):
		m.peer.room.mediaLost(m)
	default:
		m.peer.room.log.Warn("media failed", "peer", m.peer.id) // why is in the log already, without what the client wrote
		m.peer.room.mediaFailed(bad("media: the descriptions do not fit"), m)
	}
}
