package sfu

import (
	"errors"

	"github.com/pion/webrtc/v4"
)

// Errors that callers test for.
var (
	ErrRoomClosed = errors.New("room closed")
	ErrRoomFull   = errors.New("room full")
	ErrPeerExists = errors.New("peer already in the room")
	ErrPeerClosed = errors.New("peer closed")
	ErrQueueFull  = errors.New("peer queue full")
	ErrNoChannel  = errors.New("no open data channel with this label")
)

// Handler is told what happens to one peer. All methods but Message are called from that peer's own goroutine, one after
// the other, and none may block: they queue. They may call any method of Peer and Room.
type Handler interface {
	// Offer carries a server offer to the client, with what each sent m-line shows.
	Offer(sdp string, tracks []SentTrack)
	// Answer answers the client's last offer.
	Answer(sdp string)
	// Candidate is a local candidate; nil means there are no more.
	Candidate(c *webrtc.ICECandidateInit)
	// Published is the full list of what the peer now publishes, each time it changed.
	Published(tracks []Track)
	// Message is a data channel frame that came in, with its age and life so that it can be sent on; the data is the
	// handler's to keep. Frames of one channel come one after the other, on a goroutine of the channel: they do not wait
	// for negotiation.
	Message(f Frame)
	// Speakers is the audio tracks of those who speak, the one to look at first, each time it changed. The list must not be
	// modified.
	Speakers(tracks []Track)
	// Stalled is the full list of tracks that the peer should be getting and does not, each time it changed.
	Stalled(tracks []StalledTrack)
	// Needed is how many layers of each video that the peer publishes anybody needs, each time it changed. The list must not
	// be modified.
	Needed(tracks []Need)
	// Reduced is the full list of tracks of which the peer is sent less than it shows, for lack of bandwidth, each time it
	// changed for more than a moment.
	Reduced(tracks []ReducedTrack)
	// RestartSource says that a track which the peer publishes, and has not muted, sends nothing: it should restart its source.
	RestartSource(track Track)
	// State is the state of the peer's connection.
	State(s webrtc.PeerConnectionState)
	// Closed ends it: no method is called after it. err is nil when Peer.Close or Room.Close was called.
	Closed(err error)
}
