package signal

import "encoding/json"

// ServerMessage is one of the messages below (or Answer, Candidate): what the room sends.
type ServerMessage interface{ serverType() string }

// Joined answers Join.
type Joined struct {
	Peer       string      `json:"peer"`    // own id
	Resume     string      `json:"resume"`  // for Join after a lost websocket, within 90 s
	Resumed    bool        `json:"resumed"` // still the peer of before: id and tracks are the same
	Fresh      bool        `json:"fresh"`   // the room has a new media connection: make a new PeerConnection
	Self       Self        `json:"self"`
	Session    Session     `json:"session"`
	Peers      []Peer      `json:"peers"`    // the others
	Invitees   []Invitee   `json:"invitees"` // for users; empty for others
	ICEServers []ICEServer `json:"iceServers"`
	CanManage  bool        `json:"canManage"` // Request is allowed
}

// ICEServers replaces the list of Joined: credentials of TURN servers are good for some minutes. It comes often enough that the
// last one can be used at any time.
type ICEServers struct {
	ICEServers []ICEServer `json:"iceServers"`
}

// PeerUpdate tells of a new or changed peer.
type PeerUpdate struct {
	Peer Peer `json:"peer"`
}

// Left tells that a peer is gone for good.
type Left struct {
	Peer   string `json:"peer"`
	Reason string `json:"reason"`
}

// ServerOffer is an SDP offer and what each of its sending m-lines carries. An offer that is sent again has the same ID, from 1
// on: of two answers to it the second is not one to the offer that came between them.
type ServerOffer struct {
	ID     uint64      `json:"id,omitempty"`
	SDP    string      `json:"sdp"`
	Tracks []SentTrack `json:"tracks"`
}

// ServerText is a ClientText as its receivers see it.
type ServerText struct {
	From  string          `json:"from"`
	Topic string          `json:"topic"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// ServerMute asks this peer to mute a kind of media.
type ServerMute struct {
	From string `json:"from"`
	Kind string `json:"kind"`
}

// Invitees replaces the list of Joined, for users.
type Invitees struct {
	Invitees []Invitee `json:"invitees"`
}

// Speakers replaces the list of those who speak, the one to look at first.
type Speakers struct {
	Speakers []Speaker `json:"speakers"`
}

// Speaker is an audio track whose publisher speaks.
type Speaker struct {
	Peer  string `json:"peer"`
	Track string `json:"track"`
}

// Stalled replaces the list of tracks that this peer should be getting and does not; at first it is empty.
type Stalled struct {
	Tracks []StalledTrack `json:"tracks"`
}

// Layers replaces how many layers of each video that this peer publishes anybody needs: the lowest so many; of a track that
// is not named, all. The others need not be encoded.
type Layers struct {
	Tracks []NeededLayers `json:"tracks"`
}

// NeededLayers is one track of Layers.
type NeededLayers struct {
	Mid    string `json:"mid"`
	Source string `json:"source"`
	Layers int    `json:"layers"` // simulcast encodings or spatial layers; 0: nobody watches
}

// Reduced replaces the list of tracks of which this peer is sent less than it shows, for lack of bandwidth on the way to it;
// at first it is empty.
type Reduced struct {
	Tracks []ReducedTrack `json:"tracks"`
}

// ReducedTrack is one of Reduced.
type ReducedTrack struct {
	Track  string `json:"track"`
	Paused bool   `json:"paused"` // nothing is sent; false: a smaller or less fluent picture
}

// Restart asks the peer to restart what it publishes as a source: nothing comes of it, though its state says that it is on.
type Restart struct {
	Source string `json:"source"`
	Kind   string `json:"kind"`
}

// Delivery tells the sender of data channel frames that some did not get to their receivers, at most once a second.
type Delivery struct {
	To []DeliveryCount `json:"to"` // those for whom a count changed
}

// DeliveryCount counts the frames to one receiver since it and the sender are in the room.
type DeliveryCount struct {
	Peer    string `json:"peer"`
	Channel string `json:"channel"` // ChannelReliable or ChannelLossy
	Sent    uint64 `json:"sent"`    // handed to its connection
	Stale   uint64 `json:"stale"`   // waited for it too long and were dropped
	Dropped uint64 `json:"dropped"` // found its queue full
}

// Ping asks for Pong; the room sends it every 5 s, a peer when it doubts that it is still heard.
type Ping struct{}

// Ended is the last message of a websocket that does not come back.
type Ended struct {
	Reason string `json:"reason"`
	Text   string `json:"text"` // for support, in English
}

func (Joined) serverType() string      { return "joined" }
func (ICEServers) serverType() string  { return "iceServers" }
func (PeerUpdate) serverType() string  { return "peer" }
func (Left) serverType() string        { return "left" }
func (ServerOffer) serverType() string { return "offer" }
func (Answer) serverType() string      { return "answer" }
func (Candidate) serverType() string   { return "candidate" }
func (ServerText) serverType() string  { return "message" }
func (ServerMute) serverType() string  { return "mute" }
func (Invitees) serverType() string    { return "invitees" }
func (Speakers) serverType() string    { return "speakers" }
func (Stalled) serverType() string     { return "stalled" }
func (Layers) serverType() string      { return "layers" }
func (Reduced) serverType() string     { return "reduced" }
func (Restart) serverType() string     { return "restart" }
func (Delivery) serverType() string    { return "delivery" }
func (Ping) serverType() string        { return "ping" }
func (Pong) serverType() string        { return "pong" }
func (Ended) serverType() string       { return "ended" }

// serverDecoders maps the type field to the decoder of its message.
var serverDecoders = map[string]func([]byte) (ServerMessage, error){
	"joined":     decodeAs[Joined, ServerMessage],
	"iceServers": decodeAs[ICEServers, ServerMessage],
	"peer":       decodeAs[PeerUpdate, ServerMessage],
	"left":       decodeAs[Left, ServerMessage],
	"offer":      decodeAs[ServerOffer, ServerMessage],
	"answer":     decodeAs[Answer, ServerMessage],
	"candidate":  decodeAs[Candidate, ServerMessage],
	"message":    decodeAs[ServerText, ServerMessage],
	"mute":       decodeAs[ServerMute, ServerMessage],
	"invitees":   decodeAs[Invitees, ServerMessage],
	"speakers":   decodeAs[Speakers, ServerMessage],
	"quality":    decodeAs[Quality, ServerMessage],
	"stalled":    decodeAs[Stalled, ServerMessage],
	"layers":     decodeAs[Layers, ServerMessage],
	"reduced":    decodeAs[Reduced, ServerMessage],
	"restart":    decodeAs[Restart, ServerMessage],
	"delivery":   decodeAs[Delivery, ServerMessage],
	"ping":       decodeAs[Ping, ServerMessage],
	"pong":       decodeAs[Pong, ServerMessage],
	"ended":      decodeAs[Ended, ServerMessage],
}
