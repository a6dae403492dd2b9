package sfutest

import (
	"errors"
	"sync/atomic"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Renegotiate offers, now or when the server's own offer is done with.
func (c *Client) Renegotiate() { c.later(c.offer) }

// Receive adds an m-line of each kind on which the client only receives, and offers.
func (c *Client) Receive(kinds ...string) {
	c.t.Helper()
	done := make(chan error, 1)
	c.later(func() {
		var err error
		for _, kind := range kinds {
			if err == nil {
				_, err = c.PC.AddTransceiverFromKind(webrtc.NewRTPCodecType(kind),
					webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
			}
		}
		c.offer()
		done <- err
	})
	select {
	case err := <-done:
		if err != nil {
			c.t.Fatalf("client %s: receive: %v", c.ID, err)
		}
	case <-c.done:
	}
}

// Restart offers an ICE restart, now or when nothing else is open.
func (c *Client) Restart() {
	c.later(func() {
		c.needRestart = true
		c.offer()
	})
}

func (c *Client) offer() {
	if c.offered != nil {
		c.needOffer = true
		return
	}
	c.needOffer = false
	if c.needRestart && !c.gathered() {
		return
	}
	offer, err := c.PC.CreateOffer(&webrtc.OfferOptions{ICERestart: c.needRestart})
	if err != nil {
		c.fail("offer", err)
		return
	}
	c.offered, c.restartsICE, c.needRestart = &offer, c.needRestart, false
	_ = c.Peer.Offer(offer.SDP, c.mapping())
}

// gathered waits until Pion gathers no more: a restart would end that, but not at once (see sfu's gathers). False: the client has left.
func (c *Client) gathered() bool {
	if c.PC.ICEGatheringState() != webrtc.ICEGatheringStateGathering {
		return true
	}
	select {
	case <-webrtc.GatheringCompletePromise(c.PC):
		return true
	case <-c.done:
		return false
	}
}

// mapping says what each m-line of the client publishes.
func (c *Client) mapping() []sfu.PublishedTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []sfu.PublishedTrack
	for _, p := range c.publications {
		if !p.stopped() {
			out = append(out, sfu.PublishedTrack{Mid: p.transceiver.Mid(), Source: p.Source, Kind: p.Kind})
		}
	}
	return out
}

// Offer is for sfu.Handler.
func (c *Client) Offer(sdp string, tracks []sfu.SentTrack) {
	c.later(func() { c.takeOffer(sdp, tracks) })
}

func (c *Client) takeOffer(sdp string, tracks []sfu.SentTrack) {
	if lose(&c.loseOffers) {
		return
	}
	if c.opt.Join.Answers {
		c.fail("server offer", errors.New("to a client that makes all offers"))
		return
	}
	if c.offered != nil { // glare: the server wins
		c.offered, c.needOffer = nil, true
		c.aside++
		c.needRestart = c.needRestart || c.restartsICE
	}
	if c.PC.CurrentRemoteDescription() != nil {
		select { // Pion takes an offer that comes before it has started ICE for a restart
		case <-c.iceStarted:
		case <-c.done:
			return
		}
	}
	if !c.gathered() { // it may restart ICE
		return
	}
	c.mu.Lock()
	c.sent = map[string]sfu.SentTrack{}
	for _, t := range tracks {
		c.sent[t.Mid] = t
	}
	c.offers++
	c.mlines = mediaLines(sdp)
	c.mu.Unlock()
	err := c.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp})
	if err != nil {
		c.fail("server offer", err)
		return
	}
	c.addCandidates()
	answer, err := c.PC.CreateAnswer(nil)
	if err == nil {
		err = c.PC.SetLocalDescription(answer)
	}
	if err != nil {
		c.fail("answer", err)
		return
	}
	text := answer.SDP
	if c.opt.Answer != nil {
		text = c.opt.Answer(text)
	}
	if !lose(&c.loseAnswer) {
		_ = c.Peer.Answer(text)
	}
	if c.needOffer {
		c.offer()
	}
}

// LoseOffers loses the next n offers of the server, LoseAnswers the next n answers to them: signaling repeats neither, the
// server does.
func (c *Client) LoseOffers(n int32) { c.loseOffers.Store(n) }

// LoseAnswers is told with LoseOffers.
func (c *Client) LoseAnswers(n int32) { c.loseAnswer.Store(n) }

// lose counts n down to 0 and reports whether it was more.
func lose(n *atomic.Int32) bool {
	if n.Add(-1) >= 0 {
		return true
	}
	n.Store(0)
	return false
}

// Answer is for sfu.Handler.
func (c *Client) Answer(sdp string) {
	c.mu.Lock()
	c.lastAnswer = sdp
	c.mu.Unlock()
	c.later(func() {
		if c.offered == nil && c.aside > 0 { // to one that was pushed aside by an offer that the server had sent again
			c.aside--
			return
		}
		if c.offered == nil {
			c.fail("answer", errors.New("to no offer"))
			return
		}
		offer := *c.offered
		c.offered = nil
		err := c.PC.SetLocalDescription(offer)
		if err == nil {
			err = c.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
		}
		if err != nil {
			c.fail("server answer", err)
			return
		}
		c.followTypes(sdp)
		c.addCandidates()
		if c.needOffer {
			c.offer()
		}
	})
}

// Candidate is for sfu.Handler.
func (c *Client) Candidate(cand *webrtc.ICECandidateInit) {
	if cand == nil {
		return
	}
	c.later(func() {
		c.candidates = append(c.candidates, *cand)
		if c.PC.RemoteDescription() != nil {
			c.addCandidates()
		}
	})
}

func (c *Client) addCandidates() {
	for _, cand := range c.candidates {
		if err := c.PC.AddICECandidate(cand); err != nil {
			c.fail("candidate", err)
		}
	}
	c.candidates = nil
}
