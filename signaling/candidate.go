package signaling

import (
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// candidate passes an ICE candidate on to the media. The end of candidates (null, or an empty line) needs no action.
func (c *conn) candidate(m signal.Candidate) error {
	if m.Candidate == nil || m.Candidate.Candidate == "" {
		return nil
	}
	return posted(c.media.conn.Candidate(webrtc.ICECandidateInit(*m.Candidate)))
}
