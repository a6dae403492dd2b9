package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"unicode/utf16"
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
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	raw := []byte(`{"message": "Internal Server Error"}` + "\n")
	if err := encodeTo(b, v); err != nil {
		status = http.StatusInternalServerError
	} else {
		raw = escape(b.Bytes())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
	if b.Cap() <= maxBuffer {
		buffers.Put(b)
	}
}

// buffers are for answers: most are some kilobytes, and growing a new one each time was a fifth of all allocation.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxBuffer = 1 << 20 // bytes; larger ones are not kept

// encode is JSON with every character above 126 escaped, followed by a newline.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := encodeTo(&b, v); err != nil {
		return nil, err
	}
	return escape(b.Bytes()), nil
}

func encodeTo(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func escape(raw []byte) []byte {
	plain := slices.IndexFunc(raw, func(c byte) bool { return c > 126 })
	if plain < 0 {
		return raw
	}
	out := append(make([]byte, 0, len(raw)+len(raw)/8), raw[:plain]...)
	for i := plain; i < len(raw); {
		if raw[i] <= 126 {
			out = append(out, raw[i])
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			out = appendUnit(out, high)
			r = low
		}
		out = appendUnit(out, r)
		i += n
	}
	return out
}

// appendUnit appends a UTF-16 code unit as a JSON escape.
func appendUnit(out []byte, u rune) []byte {
	const hex = "0123456789abcdef"
	return append(out, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}

// asFailure turns any error into what the caller sees; known is false when the error is to be logged.
func asFailure(err error) (f *failure, known bool) {
	if errors.As(err, &f) {
		return f, true
	}
	return &failure{http.StatusInternalServerError, map[string]any{"message": "Internal Server Error"}}, false
}
