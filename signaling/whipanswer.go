package signaling

import (
	"github.com/pion/webrtc/v4"
)

// whipAnswer gathers an answer and the room's candidates for it: HTTP has no way to send them later. The lock of its
// whipPeer guards it.
type whipAnswer struct {
	sdp        string
	candidates []string
	answered   chan struct{} // closed when sdp is there
	complete   chan struct{} // closed when all candidates are
}

// maxCandidates bounds what an answer tells; a room has a handful.
const maxWHIPCandidates = 64

func newWHIPAnswer() *whipAnswer {
	return &whipAnswer{answered: make(chan struct{}), complete: make(chan struct{})}
}

func (a *whipAnswer) take(sdp string) {
	if a.sdp == "" {
		a.sdp, a.candidates = sdp, nil
		close(a.answered)
	}
}

func (a *whipAnswer) candidate(c *webrtc.ICECandidateInit) {
	switch {
	case a.sdp == "": // of the ICE session before
	case c == nil:
		select {
		case <-a.complete:
		default:
			close(a.complete)
		}
	case len(a.candidates) < maxWHIPCandidates && c.Candidate != "":
		a.candidates = append(a.candidates, c.Candidate)
	}
}
