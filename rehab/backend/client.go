// Package backend is a client of the part of the core's service API that a video service needs (core.md 4.5): session
// rows, their events, names and access. Start at Client.
package backend

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	requestTimeout = 5 * time.Second // a caller of session_manage waits 10 s for all of it
	maxAnswer      = 16 << 20        // bytes
	maxErrorText   = 300             // bytes of the core's own words that are passed on
)

// ErrUnreachable is a core that does not answer.
var ErrUnreachable = errors.New("core does not answer")

// StatusError is an answer other than 200.
type StatusError struct {
	Method, Path string
	Code         int
	Text         string // the core's words
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %d: %s", e.Method, e.Path, e.Code, e.Text)
}

// Permanent reports whether the same request will not fare better later.
func Permanent(err error) bool {
	var s *StatusError
	return errors.As(err, &s) && s.Code >= 400 && s.Code < 500 &&
		s.Code != http.StatusUnauthorized && s.Code != http.StatusRequestTimeout && s.Code != http.StatusTooManyRequests
}

// Down reports whether err means that the core or its database is not working, rather than that it refused.
func Down(err error) bool {
	var s *StatusError
	return errors.Is(err, ErrUnreachable) || errors.As(err, &s) && s.Code >= 500
}

// TokenSource returns the service's token. With renew it is signed with the key that is valid now: the core has
// another one after each restart.
type TokenSource func(ctx context.Context, renew bool) (string, error)

// Config configures a Client.
type Config struct {
	URL   string // of the core, without a final slash
	CA    string // PEM file that signed its certificate; empty: the certificate is not verified, as OpenTera
	Token TokenSource
}

// Client calls the core. Its methods may be used from any goroutine.
type Client struct {
	base  string
	token TokenSource
	http  *http.Client
}

// New fails when the CA file cannot be used.
func New(cfg Config) (*Client, error) {
	tlsConfig := &tls.Config{InsecureSkipVerify: cfg.CA == ""}
	if cfg.CA != "" {
		pem, err := os.ReadFile(cfg.CA)
		if err != nil {
			return nil, fmt.Errorf("backend certificate authority: %w", err)
		}
		tlsConfig.RootCAs = x509.NewCertPool()
		if !tlsConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("backend certificate authority: no certificate in %s", cfg.CA)
		}
	}
	return &Client{
		base: cfg.URL, token: cfg.Token,
		http: &http.Client{
			Timeout: requestTimeout,
			Transport: &http.Transport{
				TLSClientConfig: tlsConfig, ForceAttemptHTTP2: true,
				MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
			},
		},
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get reads path, below the base, with query.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (json.RawMessage, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.call(ctx, http.MethodGet, path, nil)
}

// Post sends body as JSON.
func (c *Client) Post(ctx context.Context, path string, body any) (json.RawMessage, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return c.call(ctx, http.MethodPost, path, raw)
}

// call tries once more with a new token when the core refuses the one it gets.
func (c *Client) call(ctx context.Context, method, path string, body []byte) (json.RawMessage, error) {
	raw, err := c.once(ctx, method, path, body, false)
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusUnauthorized {
		return c.once(ctx, method, path, body, true)
	}
	return raw, err
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, renew bool) (json.RawMessage, error) {
	token, err := c.token(ctx, renew)
	if err != nil {
		return nil, fmt.Errorf("service token: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "OpenTera "+token)
	req.Header.Set("Accept-Language", "en")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(ctx, method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, unreachable(ctx, method, path, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, &StatusError{Method: method, Path: withoutQuery(path), Code: res.StatusCode, Text: words(raw)}
	}
	return raw, nil
}

// unreachable leaves out the URL, which names people.
func unreachable(ctx context.Context, method, path string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%s %s: %w: %w", method, withoutQuery(path), ErrUnreachable, err)
}

func withoutQuery(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// words is what the core says in an error answer: a JSON string, an object with a message and the arguments that are
// wrong, or plain text.
func words(raw []byte) string {
	var text string
	var object struct {
		Message string            `json:"message"`
		Errors  map[string]string `json:"errors"` // by argument
	}
	switch {
	case json.Unmarshal(raw, &text) == nil:
	case json.Unmarshal(raw, &object) == nil && object.Message != "":
		text = object.Message
		for _, key := range slices.Sorted(maps.Keys(object.Errors)) {
			text += "; " + key + ": " + object.Errors[key]
		}
	default:
		text = string(raw)
	}
	text = strings.TrimSpace(text)
	return strings.ToValidUTF8(text[:min(len(text), maxErrorText)], "")
}
