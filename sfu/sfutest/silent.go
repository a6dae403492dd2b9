package sfutest

import (
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Silent is a sfu.Handler that takes no notice.
type Silent struct{}

func (Silent) Offer(string, []sfu.SentTrack)      {}
func (Silent) Answer(string)                      {}
func (Silent) Candidate(*webrtc.ICECandidateInit) {}
func (Silent) Published([]sfu.Track)              {}
func (Silent) Message(sfu.Frame)                  {}
func (Silent) Speakers([]sfu.Track)               {}
func (Silent) Stalled([]sfu.StalledTrack)         {}
func (Silent) Needed([]sfu.Need)                  {}
func (Silent) RestartSource(sfu.Track)            {}
func (Silent) Reduced([]sfu.ReducedTrack)         {}
func (Silent) State(webrtc.PeerConnectionState)   {}
func (Silent) Closed(error)                       {}
