package sfu

import (
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// gatherTime is how long the first offer waits for the room's candidates. They are known in a millisecond: nobody is asked.
const gatherTime = 100 * time.Millisecond

// gatherLimit is how long a client's offer waits at most for the end of gathering.
const gatherLimit = 2 * time.Second

// gathering is what is known of the room's own candidates. A first offer of the room holds them all: the client can make its first
// check as soon as it has answered, and not only when it has read them one after the other.
type gathering struct {
	lines   []string // for the first offer
	over    bool
	waiting bool      // the first offer, for them
	until   time.Time // when nobody waits for it any more: gatherLimit after the last description that may have begun it
}

// gathered takes a candidate of the room's, on the peer's goroutine; nil: there are no more.
func (p *Peer) gathered(c *webrtc.ICECandidateInit) {
	g := &p.gathering
	g.over = g.over || c == nil
	switch {
	case !g.waiting:
		p.handler.Candidate(c)
	case c != nil:
		g.lines = append(g.lines, c.Candidate)
	default:
		p.release()
	}
	if c == nil {
		p.takeHeld()
	}
}

// gathers reports whether Pion still gathers, so that a client's offer has to wait: for a millisecond, and not for longer than
// gatherLimit. If the offer restarts ICE Pion gathers anew, and what gathers for the session before does not end at once. It
// reads the session's name without a lock (pion/ice 4.4.2, gatherCandidatesLocal): it may find the new one there, and close what
// is read in the new session, or leave a candidate of the old one, as whose repetition that of the new one is given up.
func (p *Peer) gathers() bool {
	g := &p.gathering
	if p.pc.ICEGatheringState() != webrtc.ICEGatheringStateGathering || !time.Now().Before(g.until) {
		return false
	}
	p.offerTimer.Set(g.until) // no offer of ours is out
	return true
}

// hold has the offer wait for the candidates, if they are being gathered.
func (p *Peer) hold() bool {
	g := &p.gathering
	if g.over || p.pc.CurrentRemoteDescription() != nil {
		return false
	}
	now := time.Now()
	g.waiting, g.until = true, now.Add(gatherLimit)
	p.offerTimer.Set(now.Add(gatherTime))
	return true
}

// release sends the offer that waits, with the candidates that there are.
func (p *Peer) release() {
	g := &p.gathering
	if g.waiting {
		g.waiting = false
		p.offered = withCandidates(p.offered, g.lines, g.over)
		p.repeatOffer()
	}
}

// withCandidates adds candidates to the first m-line, which carries all others (RFC 8839, section 5.1; RFC 8843); all: there are no
// more (RFC 8840, section 8.2).
func withCandidates(text string, candidates []string, all bool) string {
	var add strings.Builder
	for _, c := range candidates {
		add.WriteString("a=" + c + "\r\n")
	}
	if all {
		add.WriteString("a=end-of-candidates\r\n")
	}
	start := strings.Index(text, "\r\nm=")
	if start < 0 {
		return text
	}
	if next := strings.Index(text[start+2:], "\r\nm="); next >= 0 {
		end := start + 2 + next + 2
		return text[:end] + add.String() + text[end:]
	}
	return text + add.String()
}
