package signal

import (
	"encoding/json"
	"slices"
	"strings"
)

// ClientMessage is one of the messages below: what a peer sends.
type ClientMessage interface{ clientType() string }

// Join is the first message, due within 5 s. Name and UUID only count with the session's shared key.
type Join struct {
	Protocol int             `json:"protocol"`
	Name     string          `json:"name,omitempty"`
	UUID     string          `json:"uuid,omitempty"`
	Resume   string          `json:"resume,omitempty"`   // token of an earlier Joined, to be that peer again
	Fresh    bool            `json:"fresh,omitempty"`    // with Resume: the PeerConnection of before is given up
	Features []string        `json:"features,omitempty"` // what the client can: FeatureLite; others are ignored
	State    json.RawMessage `json:"state,omitempty"`    // first State, optional
}

// FeatureLite says that the client nominates a path as soon as it works, as libwebrtc does with an ICE-lite end: the room is
// one to it, which saves two round trips.
const FeatureLite = "ice-lite"

// Has reports whether the client said that it can do this.
func (m Join) Has(feature string) bool { return slices.Contains(m.Features, feature) }

// ClientOffer is an SDP offer and what each of its m-lines publishes.
type ClientOffer struct {
	SDP    string           `json:"sdp"`
	Tracks []PublishedTrack `json:"tracks"`
}

// Answer answers the other side's last offer; both sides send it.
type Answer struct {
	SDP string `json:"sdp"`
	ID  uint64 `json:"id,omitempty"` // of the room's offer; 0: it does not say, and nothing does of the room's answers
}

// Candidate is an ICE candidate of the sender; null: there are no more. Both sides send it.
type Candidate struct {
	Candidate *ICECandidate `json:"candidate"`
}

// Session is the user name fragment of the ICE session that the candidate belongs to; "" if it does not say.
func (c Candidate) Session() string {
	if c.Candidate == nil {
		return ""
	}
	_, rest, _ := strings.Cut(c.Candidate.Candidate, " ufrag ")
	ufrag, _, _ := strings.Cut(rest, " ")
	return ufrag
}

// KeepCandidate appends one of own candidates to those that are told again after a resume, at most limit; those of an ICE
// session before it are dropped.
func KeepCandidate(kept []Candidate, c Candidate, limit int) []Candidate {
	if s := c.Session(); s != "" && len(kept) > 0 && kept[0].Session() != s {
		kept = nil
	}
	if len(kept) >= limit {
		return kept
	}
	return append(kept, c)
}

// State replaces the peer's own free JSON object (microphone, camera, screen, ...), which the others are shown.
type State struct {
	State json.RawMessage `json:"state"`
}

// ClientText is a small message to one peer, or to all others when To is empty.
type ClientText struct {
	To    string          `json:"to,omitempty"`
	Topic string          `json:"topic"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// ClientMute asks another peer to mute a kind of media. User-kind peers only.
type ClientMute struct {
	Peer string `json:"peer"`
	Kind string `json:"kind"`
}

// Request asks rehab to stop the session or to remove an invitee. Verified user-kind peers only.
type Request struct {
	Action string `json:"action"` // ActionStop or ActionRemove
	Kind   string `json:"kind,omitempty"`
	UUID   string `json:"uuid,omitempty"`
}

// Actions of Request.
const (
	ActionStop   = "stop"
	ActionRemove = "remove"
)

// View tells the size at which each received track is shown.
type View struct {
	Tracks []Shown `json:"tracks"`
}

// Renew says that a received track shows nothing although its packets come; repeated each 2 s while that is so.
type Renew struct {
	Track string `json:"track"`
}

// Pong answers Ping. Both sides send both.
type Pong struct{}

// Leave says goodbye: the peer is gone at once.
type Leave struct{}

func (Join) clientType() string        { return "join" }
func (ClientOffer) clientType() string { return "offer" }
func (Answer) clientType() string      { return "answer" }
func (Candidate) clientType() string   { return "candidate" }
func (State) clientType() string       { return "state" }
func (ClientText) clientType() string  { return "message" }
func (ClientMute) clientType() string  { return "mute" }
func (Request) clientType() string     { return "request" }
func (View) clientType() string        { return "view" }
func (Renew) clientType() string       { return "renew" }
func (Ping) clientType() string        { return "ping" }
func (Pong) clientType() string        { return "pong" }
func (Leave) clientType() string       { return "leave" }

// clientDecoders maps the type field to the decoder of its message.
var clientDecoders = map[string]func([]byte) (ClientMessage, error){
	"join":      decodeAs[Join, ClientMessage],
	"offer":     decodeAs[ClientOffer, ClientMessage],
	"answer":    decodeAs[Answer, ClientMessage],
	"candidate": decodeAs[Candidate, ClientMessage],
	"state":     decodeAs[State, ClientMessage],
	"message":   decodeAs[ClientText, ClientMessage],
	"mute":      decodeAs[ClientMute, ClientMessage],
	"request":   decodeAs[Request, ClientMessage],
	"view":      decodeAs[View, ClientMessage],
	"quality":   decodeAs[ClientQuality, ClientMessage],
	"renew":     decodeAs[Renew, ClientMessage],
	"ping":      decodeAs[Ping, ClientMessage],
	"pong":      decodeAs[Pong, ClientMessage],
	"leave":     decodeAs[Leave, ClientMessage],
}
