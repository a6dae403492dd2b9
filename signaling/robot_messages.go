package signaling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// Bounds of the messages of the robots' protocol.
const (
	maxRobotMessage = signal.MaxMessage
	maxGroup        = signal.MaxTopic // bytes of a room's name: it is a label of data channels and a topic of messages
	robotProtocol   = 2
)

// Events from the client.
const (
	robotJoinRoom   = "join-room"
	robotCallAll    = "call-all"
	robotCallIDs    = "call-ids"
	robotCallPeer   = "call-peer"
	robotAnswer     = "make-peer-call-answer" // to an offer of ours; there is none
	robotCandidate  = "send-ice-candidate"
	robotCloseCalls = "close-all-room-peer-connections"
)

// Events to the client.
const (
	robotJoined      = "join-room-answer"
	robotClients     = "room-clients"
	robotMakeCall    = "make-peer-call"
	robotAnswered    = "peer-call-answer-received"
	robotCandidateIn = "ice-candidate-received"
	robotCallsClosed = "close-all-peer-connections-request-received"
)

// robotEvent is one message, in either direction.
type robotEvent struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data,omitempty"`
}

type joinRoomData struct {
	Name     string          `json:"name"`
	Data     json.RawMessage `json:"data"`
	Room     string          `json:"room"`
	Password string          `json:"password"`
	Version  float64         `json:"protocolVersion"`
}

// clientData is an entry of room-clients. The native client skips entries without all three.
type clientData struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Data json.RawMessage `json:"data"`
}

type callPeerData struct {
	To    string          `json:"toId"`
	Offer descriptionData `json:"offer"`
}

type descriptionData struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

// answeredData without an answer is a refusal.
type answeredData struct {
	From   string           `json:"fromId"`
	To     string           `json:"toId"`
	Answer *descriptionData `json:"answer,omitempty"`
}

type candidateInData struct {
	To        string                   `json:"toId"`
	Candidate *webrtc.ICECandidateInit `json:"candidate"`
}

type candidateOutData struct {
	From      string       `json:"fromId"`
	To        string       `json:"toId"`
	Candidate iceCandidate `json:"candidate"`
}

// iceCandidate has all its fields, and an integer index: the native client drops others.
type iceCandidate struct {
	Candidate string `json:"candidate"`
	Mid       string `json:"sdpMid"`
	Index     uint16 `json:"sdpMLineIndex"`
}

func encodeRobotEvent(event string, data any) []byte {
	m := robotEvent{Event: event}
	var err error
	if data != nil {
		m.Data, err = json.Marshal(data)
	}
	raw, err2 := json.Marshal(m)
	if err != nil || err2 != nil {
		panic(fmt.Sprint("robot event: ", err, err2)) // made of our own types, and of data found to be JSON
	}
	return raw
}

// decodeRobotEvent reads a message. The error names no content.
func decodeRobotEvent(raw []byte) (robotEvent, error) {
	var m robotEvent
	if !utf8.Valid(raw) || json.Unmarshal(raw, &m) != nil || m.Event == "" {
		return m, fmt.Errorf("message of %d bytes is no event", len(raw))
	}
	return m, nil
}

// decodeRobotData reads the data of an event, which is what join-room and the like need.
func decodeRobotData[T any](raw json.RawMessage) (T, error) {
	var v T
	if json.Unmarshal(raw, &v) != nil {
		return v, fmt.Errorf("data has the wrong shape")
	}
	return v, nil
}

// check bounds what the others will be shown of the client.
func (d *joinRoomData) check() error {
	if len(d.Data) == 0 || bytes.Equal(d.Data, []byte("null")) {
		d.Data = json.RawMessage("{}")
	}
	switch {
	case d.Version != robotProtocol:
		return fmt.Errorf("protocol version is not %d", robotProtocol)
	case d.Room == "" || len(d.Room) > maxGroup:
		return fmt.Errorf("room's name has %d bytes, should have 1 to %d", len(d.Room), maxGroup)
	case len(d.Name) > signal.MaxText:
		return fmt.Errorf("name of %d bytes, at most %d", len(d.Name), signal.MaxText)
	case len(d.Data) > signal.MaxState:
		return fmt.Errorf("data of %d bytes, at most %d", len(d.Data), signal.MaxState)
	}
	return nil
}
