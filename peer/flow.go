package peer

import (
	"encoding/json"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// What counts as flowing: a video sends several packets a second, and the room reports on what it gets each second.
const (
	packetGap = 2500 * time.Millisecond // without a packet of any track that should flow
	reportGap = 3500 * time.Millisecond // without a report that the room gets what is sent
)

// flows reports whether packets go both ways: since is when that began to count.
func (p *Peer) flows(c *connection, since, now time.Time) bool {
	return c.pc.ConnectionState() == webrtc.PeerConnectionStateConnected && p.arrives(since, now) && c.leaves(since, now)
}

// arrives reports whether packets come, if any should. One track that does not come while others do is the room's matter,
// which sees both its ends. Sound may be silent.
func (p *Peer) arrives(since, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	expected, latest := false, time.Time{}
	for _, t := range p.sent {
		if c := p.counters[t.Track]; c != nil && c.at.After(latest) {
			latest = c.at
		}
		publisher, ok := p.peers[t.Peer]
		if t.Kind == signal.KindVideo && ok && publisher.Connected && !p.paused[t.Track] && !elsewhere(p.stalled[t.Track]) && !off(publisher.State, t.Source) {
			expected = true
		}
	}
	return !expected || latest.After(since) && now.Sub(latest) < packetGap
}

// elsewhere reports whether a track that is stalled for this reason would not come over any other path either.
func elsewhere(reason string) bool { return reason != "" && reason != signal.StalledPath }

// off reports whether a peer's state says that a source is switched off.
func off(state json.RawMessage, source string) bool {
	var switches map[string]json.RawMessage
	return json.Unmarshal(state, &switches) == nil && string(switches[source]) == "false"
}

// leaves reports whether the room gets what is sent.
func (c *connection) leaves(since, now time.Time) bool {
	for _, line := range c.lines {
		pub := line.pub
		if pub == nil || pub.out == nil || !line.taken {
			continue
		}
		sent, proven := time.Unix(0, pub.sentAt.Load()), time.Unix(0, pub.proven.Load())
		if now.Sub(sent) < time.Second && (!proven.After(since) || now.Sub(proven) > reportGap) {
			return false
		}
	}
	return true
}

// onStalled notes what the room knows not to come.
func (p *Peer) onStalled(m signal.Stalled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.stuck
	p.stalled, p.stuck = map[string]string{}, time.Time{}
	for _, t := range m.Tracks {
		p.stalled[t.Track] = t.Reason
		if t.Reason == signal.StalledPath && before.IsZero() {
			before = time.Now()
		}
		if t.Reason == signal.StalledPath {
			p.stuck = before
		}
	}
}

// onReduced notes what the room does not send for lack of bandwidth.
func (p *Peer) onReduced(m signal.Reduced) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = map[string]bool{}
	for _, t := range m.Tracks {
		p.paused[t.Track] = t.Paused
	}
}

// stuckSince is since when the room cannot make a track flow to this peer; zero: it can.
func (p *Peer) stuckSince() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stuck
}
