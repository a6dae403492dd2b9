package sfu

import (
	"fmt"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/wheel"
)

// An offer of ours that is not answered is sent again, since signaling may have been interrupted, and at last the
// peer is ended: without an answer it would miss what is new for ever.
const (
	offerRepeat = 5 * time.Second
	offerTries  = 6
)

// maxCandidates is how many candidates of the client wait for its description, and maxTried how many are taken with each: all
// are sent checks, wherever they point to.
const (
	maxCandidates = 64
	maxTried      = 128
)

// negotiation is the part of a Peer that its goroutine owns.
type negotiation struct {
	lines      []*line // m-lines of ours, in the order of making; those of gone tracks are used again
	offered    string  // our unanswered offer; "" when there is none
	tries      int     // how often it was sent
	offerTimer *wheel.Timer
	offeredAt  time.Time // our offer went out last
	failTimer  *wheel.Timer
	candidates []webrtc.ICECandidateInit // waiting for the client's description
	tried      int                       // candidates since the last description
	iceStarted bool
	held       func() // the newest client offer, which waits for Pion; while it does, there is none of ours
	published  []*receiver
	renewals   []*receiver // to be given fresh m-lines
	gathering  gathering
}

// Offer takes a client offer and what each of its m-lines publishes. The answer comes through Handler.Answer; an
// offer that collides with an unanswered server offer is ignored (the client is the polite side and offers again).
func (p *Peer) Offer(sdp string, tracks []PublishedTrack) error {
	return p.post(func() { p.clientOffer(sdp, tracks) })
}

// Answer takes the client's answer to the last server offer.
func (p *Peer) Answer(sdp string) error {
	return p.post(func() { p.clientAnswer(sdp) })
}

// Candidate adds a candidate of the client.
func (p *Peer) Candidate(c webrtc.ICECandidateInit) error {
	return p.post(func() { p.addCandidate(c) })
}

// Resume repeats an offer that is not answered yet: for a client whose signaling was interrupted and is back.
func (p *Peer) Resume() error {
	return p.post(p.repeatOffer)
}

func (p *Peer) clientOffer(text string, tracks []PublishedTrack) {
	p.held = nil
	if p.offered != "" {
		p.room.log.Debug("client offer ignored: ours is not answered", "peer", p.id)
		return
	}
	if p.pc.CurrentRemoteDescription() != nil && (!p.iceStarted || p.gathers()) {
		// Pion starts ICE a moment after the first description, and until then takes any other for a restart.
		p.held = func() { p.clientOffer(text, tracks) }
		return
	}
	if err := p.takeOffer(text, tracks); err != nil {
		p.fail(fmt.Errorf("client offer: %w", err))
		return
	}
	p.addWaitingCandidates()
	p.startSenders() // on m-lines that the client offered to receive on
	p.negotiate()
}

// iceChanged is called when ICE has changed its state: it has been started.
func (p *Peer) iceChanged() {
	p.iceStarted = true
	p.takeHeld()
}

// takeHeld takes the offer that waits, unless it still has to.
func (p *Peer) takeHeld() {
	if p.held != nil {
		p.held()
	}
}

func (p *Peer) takeOffer(text string, tracks []PublishedTrack) error {
	d, err := parseDescription(text)
	if err != nil {
		return err
	}
	offered := sections(d)
	if p.opt.Answers {
		prepareAnswering(d, p.opt.Ignores)
	} else {
		prepareOffer(d, p.lineUse, p.opt.Ignores)
	}
	prepared, err := d.Marshal()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(prepared)}
	p.describing.Lock()
	err = p.pc.SetRemoteDescription(offer)
	p.describing.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	p.gathering.until = time.Now().Add(gatherLimit)
	said, err := p.answer(offered)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	said = forPictures(forSpeech(withoutRepeats(said))) // what the client is told is what its packets are read by
	a, err := parseDescription(said)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	answered := sections(a)
	if p.opt.Answers {
		p.openLines(offered, answered)
	}
	p.publish(offered, answered, tracks)
	p.handler.Answer(forStart(said))
	return nil
}

// answer makes Pion's answer to what it was offered, and returns it as the client is to see it.
func (p *Peer) answer(offered []section) (string, error) {
	if p.opt.Answers {
		if err := p.addOutlets(offered); err != nil {
			return "", err
		}
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	if err = p.pc.SetLocalDescription(answer); err != nil || !p.opt.Answers {
		return answer.SDP, err
	}
	d, err := parseDescription(answer.SDP)
	if err != nil {
		return "", err
	}
	withDirections(d, offered, p.opt.Ignores)
	text, err := d.Marshal()
	return string(text), err
}

// negotiate makes the m-lines fit what the room has for the peer, and offers if that changes anything. While an offer
// is not answered, or one of the client's waits, nothing is done: the answer leads here again.
func (p *Peer) negotiate() {
	if p.offered != "" || p.held != nil || !p.alive() {
		return
	}
	if p.opt.Answers {
		p.showOnLines(p.room.tracksFor(p))
		return
	}
	changed, err := p.syncLines(p.room.tracksFor(p))
	if err != nil {
		p.fail(fmt.Errorf("change m-lines: %w", err))
		return
	}
	if !changed {
		return
	}
	offer, err := p.pc.CreateOffer(nil)
	if err == nil {
		err = p.pc.SetLocalDescription(offer)
	}
	if err != nil {
		p.fail(fmt.Errorf("server offer: %w", err))
		return
	}
	p.offered = withIdleLines(forPictures(forSpeech(withoutRepeats(offer.SDP))), func(mid string) bool { return p.lineUse(mid) == lineIdle })
	p.link.knows(p.offered)
	p.tries = 0
	if !p.hold() {
		p.repeatOffer()
	}
}

func (p *Peer) alive() bool {
	select {
	case <-p.dying:
		return false
	default:
		return p.pc.ConnectionState() != webrtc.PeerConnectionStateClosed
	}
}

// repeatOffer sends our unanswered offer, if there is one.
func (p *Peer) repeatOffer() {
	if p.offered == "" || p.gathering.waiting {
		return
	}
	p.tries++
	p.offeredAt = time.Now()
	p.offerTimer.Set(p.offeredAt.Add(offerRepeat))
	p.handler.Offer(p.offered, p.sentTracks())
}

func (p *Peer) offerUnanswered() {
	switch {
	case p.offered == "":
		p.takeHeld()
	case p.gathering.waiting:
		p.release()
	case time.Since(p.offeredAt) < offerRepeat/2: // the timer was for the candidates, which came meanwhile
	case p.tries >= offerTries:
		p.fail(ErrNoAnswer)
	default:
		p.repeatOffer()
	}
}

func (p *Peer) clientAnswer(text string) {
	if p.offered == "" {
		p.room.log.Debug("client answer ignored: no offer of ours is open", "peer", p.id)
		return
	}
	d, err := parseDescription(text)
	if err == nil && p.pc.CurrentRemoteDescription() != nil && !answersTo(d, p.offered) {
		p.room.log.Debug("client answer ignored: it has other m-lines than our offer", "peer", p.id)
		return
	}
	if err == nil {
		err = p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text})
	}
	if err != nil {
		p.fail(fmt.Errorf("client answer: %w", err))
		return
	}
	p.offered = ""
	p.offerTimer.Stop()
	p.answered(sections(d))
	p.addWaitingCandidates()
	p.startSenders()
	p.negotiate() // what changed meanwhile
}

func (p *Peer) addCandidate(c webrtc.ICECandidateInit) {
	if p.pc.RemoteDescription() == nil || p.held != nil && p.iceStarted { // Pion takes none of an ICE session that it does not know
		if len(p.candidates) < maxCandidates {
			p.candidates = append(p.candidates, c)
		}
		return
	}
	if p.tried++; p.tried > maxTried {
		return
	}
	if err := p.pc.AddICECandidate(c); err != nil {
		// Not the end: others may work, and a browser's own address can be unusable to us.
		p.room.log.Debug("candidate not taken", "peer", p.id, "end", strings.TrimSpace(c.Candidate) == "", "error", err)
	}
}

func (p *Peer) addWaitingCandidates() {
	p.tried = 0
	waiting := p.candidates
	p.candidates = nil
	for _, c := range waiting {
		p.addCandidate(c)
	}
}

// answersTo reports whether answer has the m-lines of offer (RFC 3264, section 6).
func answersTo(answer *sdp.SessionDescription, offer string) bool {
	return len(answer.MediaDescriptions) == strings.Count(offer, "\r\nm=")
}
