// Package signal holds the messages of the room's websocket protocol and of its data channels, for both ends: the
// room (signaling) and headless peers (peer). The protocol is told in prose in signaling/README.md; the TypeScript
// mirror is web/src/signaling/messages.ts. Start at DecodeClient and DecodeServer.
package signal

import "encoding/json"

// Version is the protocol number that Join carries.
const Version = 1

// Limits of what a room takes from a peer; more is a bad message (CloseBad).
const (
	MaxMessage   = 256 << 10    // bytes of one websocket message
	MaxState     = 4 << 10      // bytes of Join.State and State.State
	MaxData      = 16 << 10     // bytes of ClientText.Data
	MaxFrame     = 16<<10 - 256 // bytes of one data channel frame; with the sender's id it has to fit into 16 KiB
	MaxTopic     = 64           // bytes of ClientText.Topic
	MaxText      = 256          // bytes of names, ids and tokens
	MaxCandidate = 2 << 10      // bytes of one ICE candidate line
	MaxTracks    = 64           // entries of any track list
	MaxSize      = 16384        // pixels, of View
	MaxEarly     = 2 << 10      // bytes of a Join in the address
)

// EarlyJoin is the parameter of the websocket's address that may hold a Join: the room lets the peer in with the upgrade, a round
// trip earlier than by the message, which follows all the same. Its Resume is the peer's id alone: a token would land in logs.
const EarlyJoin = "join"

// Close codes of the websocket (4000 to 4999 are the application's; RFC 6455, section 7.4.2).
const (
	CloseShutdown = 1012 // the room process ends; try again
	CloseError    = 1011 // the media connection ended; join again
	CloseStopped  = 4001 // the session is over
	CloseRemoved  = 4003 // this invitee was removed
	CloseReplaced = 4009 // the same invitee joined elsewhere
	CloseBad      = 4400 // a bad message; the close reason says what
	CloseNoJoin   = 4401 // the first message was not join, or did not come in time
	CloseSilent   = 4408 // nothing was heard for too long
	CloseTooMany  = 4429 // too many messages, or too slow to read them
	CloseFull     = 4503 // the room is full
)

// Reasons of Ended, and of Left.
const (
	ReasonStopped  = "stopped"
	ReasonRemoved  = "removed"
	ReasonReplaced = "replaced"
	ReasonFull     = "full"
	ReasonShutdown = "shutdown"
	ReasonError    = "error"
	ReasonLeft     = "left" // Left only: it said goodbye
	ReasonLost     = "lost" // Left only: its connection did not come back
)

// Sources: what a track shows.
const (
	SourceCamera  = "camera"
	SourceCamera2 = "camera2"
	SourceScreen  = "screen"
)

// Kinds of media.
const (
	KindAudio = "audio"
	KindVideo = "video"
)

// Kinds of people and things in a session.
const (
	KindUser        = "user"
	KindParticipant = "participant"
	KindDevice      = "device"
)

// Peer is one connected endpoint as others are told of it.
type Peer struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"` // user, participant or device
	UUID      string          `json:"uuid"` // OpenTera's, "" when unknown
	Name      string          `json:"name"`
	Verified  bool            `json:"verified"`  // kind, uuid and name come from the invitee's own key
	Connected bool            `json:"connected"` // false: its websocket is lost, it may come back
	State     json.RawMessage `json:"state"`     // its own free JSON object
	Tracks    []Track         `json:"tracks"`
	Quiet     bool            `json:"quiet,omitempty"` // it neither sends nor takes media, as far as is known
}

// Track is one published track of a Peer.
type Track struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Kind   string `json:"kind"`
}

// Invitee is one member of the session, present or not. Status is a word of rehab's (invited, online, in_room, ...).
type Invitee struct {
	Kind   string `json:"kind"`
	UUID   string `json:"uuid"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Self is what the room knows of the peer it speaks to.
type Self struct {
	Kind     string `json:"kind"`
	UUID     string `json:"uuid"`
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
}

// Session is what the room knows of its session; empty when it was not told.
type Session struct {
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	StartedAt string `json:"startedAt"` // RFC 3339
}

// ICEServer is an entry of RTCConfiguration.iceServers.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// PublishedTrack says what the peer publishes on an m-line of its offer.
type PublishedTrack struct {
	Mid    string `json:"mid"`
	Source string `json:"source"`
	Kind   string `json:"kind"`
}

// SentTrack says what the room sends on an m-line of its offer.
type SentTrack struct {
	Mid    string `json:"mid"`
	Track  string `json:"track"` // Track.ID
	Peer   string `json:"peer"`  // Peer.ID of its publisher
	Source string `json:"source"`
	Kind   string `json:"kind"`
}

// StalledTrack is a track that does not arrive, and why (below).
type StalledTrack struct {
	Track  string `json:"track"` // Track.ID
	Reason string `json:"reason"`
}

// Reasons of StalledTrack.
const (
	StalledSource  = "source"  // nothing comes from its publisher
	StalledPath    = "path"    // it comes, and does not get through to this peer
	StalledCodec   = "codec"   // this peer cannot decode it
	StalledRefused = "refused" // this peer's answer did not take it
)

// ICECandidate is RTCIceCandidateInit.
type ICECandidate struct {
	Candidate        string  `json:"candidate"`
	SDPMid           *string `json:"sdpMid"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex"`
	UsernameFragment *string `json:"usernameFragment"`
}

// Shown is the size at which a track is shown, in physical pixels; 0 by 0: hidden.
type Shown struct {
	Track  string `json:"track"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Pinned bool   `json:"pinned,omitempty"` // the viewer wants it before the others
}
