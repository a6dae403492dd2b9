package signal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Error is a message that breaks the protocol. Its text names the problem and never holds the message's content.
type Error struct {
	Type   string // of the message, "" when it has none
	Reason string
}

func (e *Error) Error() string {
	if e.Type == "" {
		return e.Reason
	}
	return e.Type + ": " + e.Reason
}

// ErrUnknownType is wrapped when the type is none of ours. A client skips such a message; the room does not.
var ErrUnknownType = errors.New("unknown message type")

// DecodeClient reads what a peer sent. Unknown fields are ignored, so that a newer page works with an older room;
// everything else that does not fit is an *Error.
func DecodeClient(raw []byte) (ClientMessage, error) { return decode(raw, clientDecoders) }

// DecodeServer reads what the room sent.
func DecodeServer(raw []byte) (ServerMessage, error) { return decode(raw, serverDecoders) }

func decode[M any](raw []byte, table map[string]func([]byte) (M, error)) (M, error) {
	var none M
	typ, err := typeOf(raw)
	if err != nil {
		return none, err
	}
	dec, ok := table[typ]
	if !ok {
		return none, fmt.Errorf("%w %q", ErrUnknownType, Clip(typ, 40))
	}
	m, err := dec(raw)
	if err != nil {
		return none, &Error{Type: typ, Reason: err.Error()}
	}
	return m, nil
}

// typeOf checks that raw is a JSON object of allowed size and returns its type field.
func typeOf(raw []byte) (string, error) {
	if len(raw) > MaxMessage {
		return "", &Error{Reason: fmt.Sprintf("message of %d bytes, at most %d", len(raw), MaxMessage)}
	}
	// Checked here because the websocket library does not, and a browser drops the connection on which it comes.
	if !utf8.Valid(raw) {
		return "", &Error{Reason: "message is not UTF-8"}
	}
	if !json.Valid(raw) {
		return "", &Error{Reason: "message is not JSON"}
	}
	var head struct {
		Type *string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return "", &Error{Reason: "message is not an object with a text type"}
	}
	if head.Type == nil {
		return "", &Error{Reason: "message has no type"}
	}
	return *head.Type, nil
}

// decodeAs reads raw as a T and checks it, if T has a check method.
func decodeAs[T, M any](raw []byte) (M, error) {
	var none M
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return none, shape(err)
	}
	if c, ok := any(v).(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return none, err
		}
	}
	return any(v).(M), nil
}

// shape says which field has the wrong JSON type.
func shape(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		return fmt.Errorf("%s is a %s, should be a %s", typ.Field, typ.Value, typ.Type.Kind())
	}
	return errors.New("wrong shape")
}

// Encode returns m as JSON with its type field. It fails only when a RawMessage in m is not JSON.
func Encode(m ServerMessage) ([]byte, error) { return encode(m.serverType(), m) }

// EncodeClient is Encode for what a peer sends.
func EncodeClient(m ClientMessage) ([]byte, error) { return encode(m.clientType(), m) }

func encode(typ string, m any) ([]byte, error) {
	body, err := marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", typ, err)
	}
	var b bytes.Buffer
	b.Grow(len(body) + len(typ) + 12)
	fmt.Fprintf(&b, `{"type":%q`, typ)
	if len(body) > 2 { // not {}
		b.WriteByte(',')
	}
	b.Write(body[1:])
	return b.Bytes(), nil
}

// marshal is json.Marshal without the escapes for HTML, which would make other people's data longer.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Clip returns the first n bytes of s at most, without cutting a character.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
