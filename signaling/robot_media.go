package signaling

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// These are call's methods as sfu.Handler: they run on the media's goroutine of this connection and only queue.

// Offer is not called: the client makes all offers.
func (c *call) Offer(string, []sfu.SentTrack) {}

// Answer tells the client the answer, and then the candidates: before it, clients can do nothing with them.
func (c *call) Answer(sdp string) {
	b := c.robot
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	c.answered = true
	b.send(robotAnswered, answeredData{From: c.to, To: b.id, Answer: &descriptionData{Type: "answer", SDP: sdp}})
	for _, candidate := range c.candidates {
		c.sendLocked(candidate)
	}
	c.candidates = nil
}

// Candidate tells the client of a candidate of the room.
func (c *call) Candidate(candidate *webrtc.ICECandidateInit) {
	if candidate == nil {
		return // clients ignore the end of candidates
	}
	c.robot.room.mu.Lock()
	defer c.robot.room.mu.Unlock()
	switch {
	case c.answered:
		c.sendLocked(*candidate)
	case len(c.candidates) < maxCandidates:
		c.candidates = append(c.candidates, *candidate)
	}
}

func (c *call) sendLocked(candidate webrtc.ICECandidateInit) {
	c.robot.send(robotCandidateIn, candidateOutData{
		From: c.to, To: c.robot.id, Candidate: iceCandidate{Candidate: candidate.Candidate, Mid: c.mid},
	})
}

// Published shows the others what the robot publishes on this connection.
func (c *call) Published(tracks []sfu.Track) {
	c.robot.room.mu.Lock()
	defer c.robot.room.mu.Unlock()
	if c.over {
		return
	}
	c.tracks = nil
	for _, t := range tracks {
		c.tracks = append(c.tracks, signal.Track{ID: t.ID, Source: t.Source, Kind: t.Kind})
	}
	c.robot.publishLocked()
}

// publishLocked shows everybody what the robot publishes on all its connections, if that has changed. What several
// publish under one name counts once.
func (b *robotConn) publishLocked() {
	p := b.peer
	if p == nil || p.gone {
		return
	}
	list := []signal.Track{}
	add := func(c *call) {
		for _, t := range c.tracks {
			if !slices.Contains(list, t) {
				list = append(list, t)
			}
		}
	}
	for _, rem := range b.remotes {
		if rem.call != nil {
			add(rem.call)
		}
	}
	for c := range b.retired {
		add(c)
	}
	slices.SortFunc(list, func(a, b signal.Track) int { return strings.Compare(a.ID, b.ID) })
	if slices.Equal(list, p.tracks) {
		return
	}
	p.tracks = list
	b.showSelfLocked()
}

// showSelfLocked shows everybody what the robot is like now.
func (b *robotConn) showSelfLocked() {
	b.peer.state = b.stateLocked(b.peer.tracks)
	b.room.othersLocked(b.peer, signal.PeerUpdate{Peer: b.peer.viewLocked()})
}

// measuredLocked is the connection whose quality counts as p's: of a robot, that which carries its media.
func (p *peer) measuredLocked() sfu.PeerID {
	if b := robotOf(p); b != nil && b.publisher != nil {
		return b.publisher.id
	}
	return p.id
}

// State follows the connection. One that is interrupted is given up, as the clients of this protocol do: they do not
// restart ICE, but call again.
func (c *call) State(s webrtc.PeerConnectionState) {
	b := c.robot
	b.room.log.Debug("robot's media state", "peer", c.id, "state", s.String())
	b.room.mu.Lock()
	var closing []*sfu.Peer
	switch {
	case c.over:
	case s == webrtc.PeerConnectionStateConnected:
		c.connected, b.interrupted = true, false
		b.noticeLocked()
		if c.remote != nil {
			c.remote.fails = 0
		}
		if c == b.publisher {
			closing = b.retiredLocked()
			b.publishLocked()
		}
	case s == webrtc.PeerConnectionStateDisconnected, s == webrtc.PeerConnectionStateFailed:
		closing = c.endLocked()
		c.brokenLocked()
	}
	b.room.mu.Unlock()
	closeMedia(closing)
}

// brokenLocked has the client call again after c was lost: at once, or later when it has not worked before.
func (c *call) brokenLocked() {
	rem := c.remote
	c.lostLocked()
	if c.connected && !c.robot.workingLocked() {
		c.robot.interrupted = true
		c.robot.noticeLocked()
	}
	if rem == nil {
		return
	}
	wait := time.Duration(0)
	if !c.connected {
		wait = min(firstCall<<rem.fails, maxFail)
		rem.fails = min(rem.fails+1, maxCalls)
	}
	c.robot.renewLocked(rem, time.Now().Add(wait))
}

// noticeLocked tells the others when the robot's network is interrupted, and when it works again.
func (b *robotConn) noticeLocked() {
	if b.peer != nil {
		b.room.noticeLocked(b.peer)
	}
}

// restedLocked ends an interruption when there is nobody to call, and so no call that would tell of its end: the websocket
// is proof enough then.
func (b *robotConn) restedLocked() {
	if b.interrupted {
		b.interrupted = false
		b.noticeLocked()
	}
}

// workingLocked reports whether a call is connected.
func (b *robotConn) workingLocked() bool {
	for _, rem := range b.remotes {
		if c := rem.call; c != nil && c.connected && !c.over {
			return true
		}
	}
	return false
}

// Closed forgets the connection. A client that hangs up is asked to call again later, each time more so: it may have done so
// because its network was interrupted, and then it does not call by itself.
func (c *call) Closed(err error) {
	b := c.robot
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	b.room.endedLocked(b)
	if err != nil && !c.answered {
		b.send(robotAnswered, answeredData{From: c.to, To: b.id})
	}
	rem := c.remote
	switch {
	case c.over || err == nil || errors.Is(err, sfu.ErrBadDescription):
		c.lostLocked()
	case errors.Is(err, sfu.ErrClosedByClient):
		c.lostLocked()
		if rem != nil && rem.call == nil {
			rem.tries, rem.due = 0, time.Now().Add(min(firstCall<<rem.hangUps, maxFail))
			rem.hangUps = min(rem.hangUps+1, maxCalls)
			b.wake()
		}
	default:
		c.brokenLocked()
	}
}

// Speakers, Stalled, Needed, Reduced and RestartSource have no counterpart in this protocol.

func (c *call) Speakers([]sfu.Track) {}

func (c *call) Stalled([]sfu.StalledTrack) {}

func (c *call) Needed([]sfu.Need) {}

func (c *call) Reduced([]sfu.ReducedTrack) {}

func (c *call) RestartSource(sfu.Track) {}
