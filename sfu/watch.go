package sfu

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/watchdog"
)

// watchInterval is how often the room looks whether all media flows that should.
const watchInterval = 500 * time.Millisecond

// Limits of the watch.
const (
	sourceAlive = 3 * time.Second  // a source counts as sending for so long after its last packet
	unheardFor  = 12 * time.Second // a subscriber reports on each stream at least every 5 s (Chromium, audio)
)

// Reasons why a track does not arrive.
const (
	StalledSource  = "source"  // nothing comes from its publisher
	StalledPath    = "path"    // it comes, and does not get through to the subscriber as a picture or sound
	StalledCodec   = "codec"   // the subscriber cannot decode it
	StalledRefused = "refused" // the subscriber does not take it
)

// StalledTrack is a track that a subscriber should see or hear and does not.
type StalledTrack struct {
	Track
	Reason string
}

// SourceKind names what a peer publishes, live or not.
type SourceKind struct{ Source, Kind string }

// alive reports whether the source gave a sign of life lately.
func (w *sourceWatch) alive(now time.Time) bool { return now.Sub(w.aliveAt) < sourceAlive }

// subscription is the watch over one track on its way to one peer. Only the room's wheel uses it.
type subscription struct {
	watchdog.Watch
	sender        *sender // at the last look
	packets, asks uint64  // of sender, then
}

// sourceWatch is the watch over what a receiver gets. Only the room's wheel uses it, but for the counters.
type sourceWatch struct {
	watchdog.Watch
	packets, reports uint64
	packetAt         time.Time // a packet came in the time before
	aliveAt          time.Time // likewise, or another sign of life

	restarts, faults atomic.Uint64
}

// SetMuted says what of the peer's own sources is switched off now: that these send nothing is no fault.
func (p *Peer) SetMuted(off []SourceKind) { p.muted.Store(&off) }

// sends reports whether the peer means to send r.
func (p *Peer) sends(r *receiver) bool {
	off := p.muted.Load()
	return off == nil || !slices.Contains(*off, SourceKind{r.track.Source, r.track.Kind})
}

// Renew says that the client gets the track with this id and shows nothing of it. Once is a hint; repeated each second
// or two it leads to a fresh m-line, and to a fault.
func (p *Peer) Renew(track string) {
	for _, s := range *p.senders.Load() {
		if s.receiver.track.ID == track {
			s.complained.Store(true)
		}
	}
}

// watch is the work of the room's watch timer, on its wheel.
func (r *Room) watch(now time.Time) {
	peers := r.all()
	if len(peers) == 0 {
		return // Join sets the timer again
	}
	r.watchTimer.Set(r.wheel.Next(now, watchInterval))
	published := r.published()
	for _, rc := range published {
		rc.peer.watchSource(rc, now)
	}
	for _, p := range peers {
		p.watchFlood()
		p.watchSubscriptions(published, now)
	}
}

// watchSource looks whether a published track comes in.
func (p *Peer) watchSource(r *receiver, now time.Time) {
	w := &r.watch
	var packets, reports uint64
	for _, l := range *r.layers.Load() {
		packets += l.packets.Load()
		reports += l.senderReports.Load()
	}
	came, reported := packets != w.packets, reports != w.reports
	w.packets, w.reports = packets, reports
	if came {
		w.packetAt = now
	}
	// Silence may send nothing (DTX), and so may a screen on which nothing moves: their reports go on.
	alive := came || reported && (r.track.Kind == KindAudio || r.track.Source == SourceScreen)
	if alive {
		w.aliveAt = now
	}
	switch w.Look(&watchdog.Publisher, now, watchdog.Seen{Owed: p.sends(r) && r.need.n > 0, Moved: alive}) {
	case watchdog.Ask:
		r.requestKeyframe()
	case watchdog.Renew:
		w.restarts.Add(1)
		p.event(func() { p.handler.RestartSource(r.track) })
	case watchdog.Fault:
		w.faults.Add(1)
		p.room.log.Warn("published track sends nothing", "peer", p.id, "track", r.track.ID)
	case watchdog.Cleared:
		p.room.log.Info("published track sends again", "peer", p.id, "track", r.track.ID)
	}
}

// watchSubscriptions looks whether all that the others publish flows to p, and tells it what does not.
func (p *Peer) watchSubscriptions(published []*receiver, now time.Time) {
	stalled := []StalledTrack{}
	connected := webrtc.PeerConnectionState(p.state.Load()) == webrtc.PeerConnectionStateConnected
	for _, r := range published {
		if !p.gets(r) {
			continue
		}
		sub := p.subscriptions[r]
		if sub == nil {
			sub = &subscription{}
			p.subscriptions[r] = sub
		}
		s := p.senderOf(r)
		p.act(sub.Look(&watchdog.Subscriber, now, sub.look(p, r, s, connected, now)), r, s, now)
		switch {
		case sub.Faulty():
			stalled = append(stalled, StalledTrack{r.track, s.stallReason(r, now)})
		case r.watch.Faulty():
			stalled = append(stalled, StalledTrack{r.track, StalledSource})
		}
	}
	for r := range p.subscriptions {
		if !slices.Contains(published, r) || !p.gets(r) {
			delete(p.subscriptions, r)
		}
	}
	if told := p.stalled.Load(); !slices.Equal(stalled, *told) {
		p.stalled.Store(&stalled)
		p.event(func() { p.handler.Stalled(stalled) })
	}
}

// look notes what happened since the last look.
func (sub *subscription) look(p *Peer, r *receiver, s *sender, connected bool, now time.Time) watchdog.Seen {
	if s != sub.sender {
		sub.sender, sub.packets, sub.asks = s, 0, 0
	}
	flows := s != nil && s.live.Load()
	waits := !flows || s.packets.Load() == 0
	quiet := r.watch.alive(now) && now.Sub(r.watch.packetAt) >= sourceAlive // a source that has nothing to send
	reason := s.stallReason(r, now)
	seen := watchdog.Seen{
		Owed: connected && r.peer.sends(r) && (s == nil || !s.paused()) &&
			(!quiet || waits && r.track.Kind == KindVideo),
		Futile: reason == StalledSource || reason == StalledCodec,
	}
	if s == nil {
		return seen
	}
	packets, asks := s.packets.Load(), s.plis.Load()
	seen.Moved, seen.Asked = packets != sub.packets, asks != sub.asks
	sub.packets, sub.asks = packets, asks
	seen.Complained = s.complained.Swap(false) || seen.Moved && p.unheard(s, now)
	return seen
}

// unheard reports whether the subscriber's reports say that no packet of s arrives any more.
func (p *Peer) unheard(s *sender, now time.Time) bool {
	at := s.advancedAt.Load()
	reports := s.highest.Load() == 0 || now.UnixNano()-p.reportedAt.Load() < int64(unheardFor/2)
	return at != 0 && now.UnixNano()-at > int64(unheardFor) && reports
}

// act does what the watch over r says; s may be nil.
func (p *Peer) act(a watchdog.Action, r *receiver, s *sender, now time.Time) {
	switch a {
	case watchdog.Ask:
		p.changed() // in case it was not negotiated
		if s != nil {
			s.wantKeyframe()
		}
	case watchdog.Renew:
		p.event(func() { p.renew(r) })
	case watchdog.Fault:
		p.faults.Add(1)
		p.room.log.Warn("track does not arrive", "peer", p.id, "track", r.track.ID, "reason", s.stallReason(r, now))
	case watchdog.Cleared:
		p.room.log.Info("track arrives again", "peer", p.id, "track", r.track.ID)
	}
}

func (p *Peer) senderOf(r *receiver) *sender {
	for _, s := range *p.senders.Load() {
		if s.receiver == r {
			return s
		}
	}
	return nil
}

// stallReason says why nothing of r flows, if so; s may be nil: it is not negotiated.
func (s *sender) stallReason(r *receiver, now time.Time) string {
	switch {
	case !r.watch.alive(now):
		return StalledSource
	case s == nil:
		return StalledPath
	}
	if s.refused.Load() {
		return StalledRefused
	}
	b, layers := s.binding.Load(), *s.receiver.layers.Load()
	if b != nil && len(layers) > 0 && b.payloads[layers[0].codec.Load()] == 0 {
		return StalledCodec
	}
	return StalledPath
}

// paused reports whether the subscriber is to get nothing of the track now.
func (s *sender) paused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.target.Spatial < 0
}

// renew gives the track a fresh m-line, now or when our open offer has been answered.
func (p *Peer) renew(r *receiver) {
	if !slices.Contains(p.renewals, r) {
		p.renewals = append(p.renewals, r)
	}
	p.negotiate()
}
