package peer

import (
	"time"

	"github.com/pion/webrtc/v4"
)

// step is a rung of the ladder.
type step int

const (
	stepNone    step = iota
	stepRestart      // ICE looks for a new path for the same connection
	stepFresh        // a new PeerConnection for the same peer
)

// Patience of the ladder.
const (
	lostFor     = 500 * time.Millisecond // ICE hears nothing, for longer than iceLost
	relayLost   = 250 * time.Millisecond // likewise, by a relay: one that was started again does not know its clients
	connectFor  = 10 * time.Second       // a path is looked for
	blackFor    = 4 * time.Second        // connected, and it is seen that nothing flows one way or the other
	restartFor  = 5 * time.Second        // until what was done has to show in packets
	firstRest   = 2 * time.Second        // between two fresh connections, doubled each time
	longestRest = 30 * time.Second
)

// ladder decides how a connection is helped whose media does not flow: first an ICE restart, then fresh connections with
// growing rests. A step counts as successful when packets have flowed after it, whatever state the connection claims.
type ladder struct {
	taken   step
	at      time.Time // of taken
	fresh   int       // connections made since all was well for a while
	freshAt time.Time // of the last of them
	forced  bool      // see broken
}

// sight is what the ladder goes by.
type sight struct {
	now     time.Time
	heard   bool // the websocket works both ways: help can be arranged
	state   webrtc.PeerConnectionState
	since   time.Time // of state
	gone    bool      // the local address of the path is not there any more
	flowed  time.Time // when last everything flowed that should
	relayed bool      // the path goes by TURN
	hopeful bool      // the network is back or another one: no patience with a path that is lost

	described bool // the room has answered: there is something to restart
}

// well reports whether media flows, as far as can be told.
func (s *sight) well() bool {
	return s.state == webrtc.PeerConnectionStateConnected && !s.gone && s.now.Sub(s.flowed) < blackFor
}

// due is when the first step is to be taken; zero: never.
func (s *sight) due() time.Time {
	switch {
	case s.gone, s.state == webrtc.PeerConnectionStateFailed, s.state == webrtc.PeerConnectionStateClosed:
		return s.now
	case s.state == webrtc.PeerConnectionStateDisconnected && s.hopeful:
		return s.now
	case s.state == webrtc.PeerConnectionStateDisconnected && s.relayed:
		return s.since.Add(relayLost)
	case s.state == webrtc.PeerConnectionStateDisconnected:
		return s.since.Add(lostFor)
	case s.state != webrtc.PeerConnectionStateConnected:
		return s.since.Add(connectFor)
	case s.now.Sub(s.flowed) < blackFor:
		return time.Time{}
	}
	if black := s.since.Add(blackFor); black.After(s.now) {
		return black
	}
	return s.now
}

// look returns the step to be taken now.
func (l *ladder) look(s sight) step {
	if s.well() && !l.forced && (l.taken == stepNone || s.flowed.After(l.at)) {
		l.taken, l.at = stepNone, time.Time{}
		if s.now.Sub(l.freshAt) > 2*longestRest {
			l.fresh = 0
		}
		return stepNone
	}
	due := l.due(s)
	if due.IsZero() || due.After(s.now) || !s.heard {
		return stepNone
	}
	l.taken, l.at = l.next(s), s.now
	if l.taken == stepFresh {
		l.fresh++
		l.freshAt, l.forced = s.now, false
	}
	return l.taken
}

func (l *ladder) due(s sight) time.Time {
	rested := l.freshAt.Add(l.rest())
	switch {
	case l.forced:
		return latest(rested, s.since)
	case l.taken == stepNone:
		return s.due()
	case l.taken == stepRestart:
		return latest(l.at.Add(restartFor), rested)
	case s.state == webrtc.PeerConnectionStateFailed:
		return latest(l.at, rested)
	}
	return latest(l.at.Add(connectFor), rested)
}

// rest is the least time between the last fresh connection and the next.
func (l *ladder) rest() time.Duration {
	if l.fresh == 0 {
		return 0
	}
	return min(firstRest<<min(l.fresh-1, 10), longestRest)
}

func (l *ladder) next(s sight) step {
	if l.taken == stepNone && !l.forced && s.described && s.state != webrtc.PeerConnectionStateClosed {
		return stepRestart
	}
	return stepFresh
}

// joined notes that the room has let the peer in again: what was begun before has its time from now on.
func (l *ladder) joined(now time.Time) {
	if l.taken != stepNone {
		l.at = now
	}
}

// broken notes that only a fresh connection helps: the two ends do not agree about it any more.
func (l *ladder) broken() { l.forced = true }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
