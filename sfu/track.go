package sfu

// PeerID names one connected endpoint in a room. It is chosen by the caller and unique in the room.
type PeerID string

// Kinds of media, as in SDP.
const (
	KindAudio = "audio"
	KindVideo = "video"
)

// Track is one published track of a peer, as other peers are told of it.
type Track struct {
	ID     string // unique in the room
	Peer   PeerID // who publishes it
	Source string // what it shows: "camera", "camera2", "screen"
	Kind   string // KindAudio or KindVideo
}

// SentTrack is a track the server sends to a peer, and the m-line that carries it.
type SentTrack struct {
	Mid string
	Track
}

// PublishedTrack says what a peer publishes on an m-line of its own offer.
type PublishedTrack struct {
	Mid    string
	Source string
	Kind   string
}
