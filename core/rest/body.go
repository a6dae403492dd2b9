package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxBody   = 4 << 20 // bytes of a request body
	maxDepth  = 32      // of nested JSON
	maxNumber = 40      // characters of a JSON number
	maxValues = 200_000 // in a JSON text: each takes many times the memory of the two bytes that can stand for it
)

// object is a JSON object of a request. Values are nil, bool, int, float64, string, []any and map[string]any.
type object map[string]any

// readBody returns the whole body, which it reads once.
func (c *call) readBody() ([]byte, error) {
	if c.bodyRead {
		return c.body, c.bodyErr
	}
	c.bodyRead = true
	if c.Request.Body == nil {
		return nil, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.bodyErr = failMessage(http.StatusRequestEntityTooLarge, "The data value transmitted exceeds the capacity limit.")
	case err != nil:
		c.bodyErr = failMessage(http.StatusBadRequest, "The body could not be read.")
	}
	c.body = raw
	return c.body, c.bodyErr
}

// json is the JSON object in the body. Without a JSON content type it fails with 415, with anything but one sound
// object with 400 (core.md 3.1).
func (c *call) json() (object, error) {
	if !isJSON(c.Request) {
		return nil, failMessage(http.StatusUnsupportedMediaType,
			"Did not attempt to load JSON data because the request Content-Type was not 'application/json'.")
	}
	raw, err := c.readBody()
	if err != nil {
		return nil, err
	}
	v, err := decodeJSON(raw)
	if err != nil {
		return nil, failMessage(http.StatusBadRequest, "The browser (or proxy) sent a request that this server could not understand: "+err.Error())
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, failMessage(http.StatusBadRequest, "The body must be a JSON object.")
	}
	return o, nil
}

// wrapped is the object under key in the JSON body; missing is the text of the 400 without one (core.md 4.1).
func (c *call) wrapped(key, missing string) (object, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	v, ok := body[key]
	if !ok {
		return nil, fail(http.StatusBadRequest, missing)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, failArgument(key, "must be an object")
	}
	return o, nil
}

func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (t == "application/json" || strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json"))
}

// decodeJSON reads one JSON value strictly: bounded depth, UTF-8 only, no key twice, no NUL (which PostgreSQL cannot
// store), no number outside float64, not too many values, nothing after the value.
func decodeJSON(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	dec := decoder{Decoder: json.NewDecoder(bytes.NewReader(raw))}
	dec.UseNumber()
	v, err := dec.value(0)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the JSON ends too early")
	}
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return v, nil
}

// decoder counts the values that it has read.
type decoder struct {
	*json.Decoder
	values int
}

func (dec *decoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	if dec.values++; dec.values > maxValues {
		return nil, fmt.Errorf("more than %d values", maxValues)
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return dec.object(depth)
		}
		return dec.array(depth)
	case json.Number:
		return decodeNumber(t.String())
	case string:
		return t, checkText(t)
	}
	return t, nil
}

func (dec *decoder) object(depth int) (any, error) {
	o := map[string]any{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string)
		if err := checkText(key); err != nil {
			return nil, err
		}
		if _, twice := o[key]; twice {
			return nil, fmt.Errorf("the key %.40q is there twice", key)
		}
		if o[key], err = dec.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // the closing brace
	return o, err
}

func (dec *decoder) array(depth int) (any, error) {
	a := []any{}
	for dec.More() {
		v, err := dec.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := dec.Token() // the closing bracket
	return a, err
}

func decodeNumber(text string) (any, error) {
	if len(text) > maxNumber {
		return nil, errors.New("a number is too long")
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, errors.New("a number is too large")
	}
	return f, nil
}

func checkText(s string) error {
	if strings.ContainsRune(s, 0) {
		return errors.New("a text holds a NUL character")
	}
	return nil
}
