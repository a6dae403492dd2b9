package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Labels of the data channels that a peer may create; the room answers on the same ones.
const (
	ChannelReliable = "reliable" // ordered, retransmitted
	ChannelLossy    = "lossy"    // unordered, maxRetransmits 0
)

// frameVersion is the first byte of a binary frame.
const frameVersion = 1

// A text frame is the JSON of ClientText towards the room and of ServerText from it, without a type. A binary frame
// is the byte 1, a byte n, n bytes of a peer id (towards the room: the addressee, n = 0 for all others; from it: the
// sender) and the payload.

// DecodeText reads a text frame that a peer sent.
func DecodeText(frame []byte) (ClientText, error) {
	var m ClientText
	if len(frame) > MaxFrame {
		return ClientText{}, tooLong(frame, MaxFrame)
	}
	if err := frameJSON(frame, &m); err != nil {
		return ClientText{}, err
	}
	if err := m.check(); err != nil {
		return ClientText{}, &Error{Type: "frame", Reason: err.Error()}
	}
	return m, nil
}

// DecodeServerText reads a text frame that the room sent.
func DecodeServerText(frame []byte) (ServerText, error) {
	var m ServerText
	return m, frameJSON(frame, &m)
}

func frameJSON(frame []byte, into any) error {
	switch {
	case len(frame) > MaxData:
		return tooLong(frame, MaxData)
	case !utf8.Valid(frame):
		return &Error{Type: "frame", Reason: "not UTF-8"}
	}
	if err := json.Unmarshal(frame, into); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return &Error{Type: "frame", Reason: "not JSON"}
		}
		return &Error{Type: "frame", Reason: shape(err).Error()}
	}
	return nil
}

func tooLong(frame []byte, max int) error {
	return &Error{Type: "frame", Reason: fmt.Sprintf("%d bytes, at most %d", len(frame), max)}
}

// DecodeBinary splits a binary frame into the peer id and the payload, which shares memory with frame.
func DecodeBinary(frame []byte) (id string, payload []byte, err error) {
	switch {
	case len(frame) > MaxData:
		err = tooLong(frame, MaxData)
	case len(frame) < 2:
		err = &Error{Type: "frame", Reason: "shorter than its head"}
	case frame[0] != frameVersion:
		err = &Error{Type: "frame", Reason: fmt.Sprintf("version %d, should be %d", frame[0], frameVersion)}
	case len(frame) < 2+int(frame[1]):
		err = &Error{Type: "frame", Reason: "shorter than its peer id"}
	default:
		n := 2 + int(frame[1])
		return string(frame[2:n]), frame[n:], nil
	}
	return "", nil, err
}

// EncodeBinary makes a binary frame. It fails when id has more than 255 bytes.
func EncodeBinary(id string, payload []byte) ([]byte, error) {
	if len(id) > 255 {
		return nil, &Error{Type: "frame", Reason: "peer id longer than 255 bytes"}
	}
	b := make([]byte, 0, 2+len(id)+len(payload))
	b = append(b, frameVersion, byte(len(id)))
	b = append(b, id...)
	return append(b, payload...), nil
}

// EncodeText makes a text frame of what the room sends. It fails when m.Data is not JSON.
func EncodeText(m ServerText) ([]byte, error) { return marshal(m) }

// EncodeClientText makes a text frame of what a peer sends. It fails when m.Data is not JSON.
func EncodeClientText(m ClientText) ([]byte, error) { return marshal(m) }
