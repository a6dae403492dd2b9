package signaling

import (
	"errors"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// These are peer's methods as sfu.Handler: they run on the media's goroutine of this peer and only queue.

// Offer sends a server offer. It is kept until it is answered: a resumed websocket gets it again.
func (p *peer) Offer(sdp string, tracks []sfu.SentTrack) {
	m := signal.ServerOffer{SDP: sdp, Tracks: make([]signal.SentTrack, len(tracks))}
	for i, t := range tracks {
		m.Tracks[i] = signal.SentTrack{Mid: t.Mid, Track: t.ID, Peer: string(t.Peer), Source: t.Source, Kind: t.Kind}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.offer, p.offered = &m, true
	p.sendLocked(m)
}

// Answer sends the answer to the peer's last offer. If the websocket is lost the peer offers again after its resume.
func (p *peer) Answer(sdp string) { p.send(signal.Answer{SDP: sdp}) }

// Candidate sends a candidate of the media. It is kept for a resumed websocket.
func (p *peer) Candidate(c *webrtc.ICECandidateInit) {
	var m signal.Candidate
	if c != nil {
		own := signal.ICECandidate(*c)
		m.Candidate = &own
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if len(p.candidates) < maxCandidates {
		p.candidates = append(p.candidates, m)
	}
	p.sendLocked(m)
}

// Published tells everybody what the peer publishes.
func (p *peer) Published(tracks []sfu.Track) {
	list := make([]signal.Track, len(tracks))
	for i, t := range tracks {
		list[i] = signal.Track{ID: t.ID, Source: t.Source, Kind: t.Kind}
	}
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.gone {
		return
	}
	p.tracks = list
	r.othersLocked(p, signal.PeerUpdate{Peer: p.viewLocked()})
}

// Speakers tells the peer who speaks. A resumed websocket gets it again.
func (p *peer) Speakers(tracks []sfu.Track) {
	m := signal.Speakers{Speakers: make([]signal.Speaker, len(tracks))}
	for i, t := range tracks {
		m.Speakers[i] = signal.Speaker{Peer: string(t.Peer), Track: t.ID}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.speakers = m
	p.sendLocked(m)
}

// Stalled tells the peer what does not arrive.
func (p *peer) Stalled(tracks []sfu.StalledTrack) {
	m := signal.Stalled{Tracks: make([]signal.StalledTrack, len(tracks))}
	for i, t := range tracks {
		m.Tracks[i] = signal.StalledTrack{Track: t.ID, Reason: t.Reason}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.stalled = m
	p.sendLocked(m)
}

// Needed tells the peer which layers of its own the others need. A resumed websocket gets it again.
func (p *peer) Needed(tracks []sfu.Need) {
	m := signal.Layers{Tracks: make([]signal.NeededLayers, len(tracks))}
	for i, t := range tracks {
		m.Tracks[i] = signal.NeededLayers{Mid: t.Mid, Source: t.Source, Layers: t.Layers}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.layers = m
	p.sendLocked(m)
}

// Reduced tells the peer which pictures are smaller than it shows them, or paused, because its network is slow.
func (p *peer) Reduced(tracks []sfu.ReducedTrack) {
	m := signal.Reduced{Tracks: make([]signal.ReducedTrack, len(tracks))}
	for i, t := range tracks {
		m.Tracks[i] = signal.ReducedTrack{Track: t.ID, Paused: t.Paused}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.reduced = m
	p.sendLocked(m)
}

// RestartSource asks the peer to restart what sends nothing.
func (p *peer) RestartSource(t sfu.Track) { p.send(signal.Restart{Source: t.Source, Kind: t.Kind}) }

// State is logged only: the page sees the same of its own end.
func (p *peer) State(s webrtc.PeerConnectionState) {
	p.room.log.Debug("media state", "peer", p.id, "state", s.String())
}

// Closed ends the peer when the media ended by itself. After a lost connection it is to join again; everything else
// comes of descriptions that do not fit, and would come again.
func (p *peer) Closed(err error) {
	switch {
	case err == nil: // closed by us
	case errors.Is(err, sfu.ErrConnectionFailed), errors.Is(err, sfu.ErrClosedByClient), errors.Is(err, sfu.ErrNoAnswer):
		p.room.remove(endMedia, p)
	default:
		p.room.log.Warn("media failed", "peer", p.id, "err", err)
		p.room.remove(bad("media: the descriptions do not fit"), p)
	}
}

// mediaPeer is the peer's media connection. Only handlers of its messages call it: join has set it.
func (p *peer) mediaPeer() *sfu.Peer {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.media
}
