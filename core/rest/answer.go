package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// answer is a response that is not simply "200 and this value".
type answer struct {
	status int
	value  any // becomes JSON
}

// failure is an error that the caller is meant to read: a status and a JSON body.
type failure struct {
	status int
	value  any
}

func (f *failure) Error() string { return fmt.Sprintf("%d: %v", f.status, f.value) }

// fail refuses with a text, which is sent as a JSON string (core.md 1.6).
func fail(status int, text string) error { return &failure{status, text} }

// failMessage refuses in the shape of the framework's own errors (core.md 3.1).
func failMessage(status int, text string) error {
	return &failure{status, map[string]any{"message": text}}
}

// failArgument says what is wrong with one argument (core.md 3.1).
func failArgument(name, text string) error {
	return &failure{http.StatusBadRequest, map[string]any{
		"errors": map[string]string{name: text}, "message": "Input payload validation failed",
	}}
}

var (
	errForbidden = fail(http.StatusForbidden, "Forbidden")
	errDatabase  = fail(http.StatusInternalServerError, "Database error")
	errConflict  = fail(http.StatusConflict, "Changed by somebody else at the same time")
)

// write sends v as OpenTera does: ASCII-only JSON and a newline.
func write(w http.ResponseWriter, status int, v any) {
	raw, err := encode(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"message": "Internal Server Error"}`+"\n")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// encode is JSON with every character above 126 escaped, followed by a newline.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escape(b.Bytes()), nil
}

func escape(raw []byte) []byte {
	i := bytes.IndexFunc(raw, func(r rune) bool { return r > 126 })
	if i < 0 {
		return raw
	}
	out := bytes.NewBuffer(make([]byte, 0, len(raw)+len(raw)/4))
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		switch {
		case r <= 126:
			out.WriteByte(raw[i])
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(out, `\u%04x`, r)
		}
		i += n
	}
	return out.Bytes()
}

// asFailure turns any error into what the caller sees; known is false when the error is to be logged.
func asFailure(err error) (f *failure, known bool) {
	if errors.As(err, &f) {
		return f, true
	}
	return &failure{http.StatusInternalServerError, map[string]any{"message": "Internal Server Error"}}, false
}
