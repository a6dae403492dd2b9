package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// MaxLine bounds one line of the event stream, in bytes.
const MaxLine = 256 << 10

// maxQuality bounds the answer of GET /quality, in bytes.
const maxQuality = 4 << 20

// Client talks to one room's control socket.
type Client struct {
	http *http.Client
}

// NewClient returns a client of the room that serves the unix socket at path. It connects on use.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConns: 1}}}
}

// PutSession replaces what the room knows about its session. When it returns nil, peers of invitees that are no
// longer listed have been closed.
func (c *Client) PutSession(ctx context.Context, s Session) error {
	return c.send(ctx, http.MethodPut, "/session", s)
}

// Stop ends the room; peers are told the reason.
func (c *Client) Stop(ctx context.Context, reason string) error {
	return c.send(ctx, http.MethodPost, "/stop", Stop{Reason: reason})
}

// Events opens the event stream; it ends with ctx, with Close, or with the room.
func (c *Client) Events(ctx context.Context) (*Stream, error) {
	res, err := c.do(ctx, http.MethodGet, "/events", nil)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, MaxLine)
	return &Stream{body: res.Body, lines: lines}, nil
}

// Quality measures the room now. All its peers are in it.
func (c *Client) Quality(ctx context.Context) (Quality, error) {
	res, err := c.do(ctx, http.MethodGet, "/quality", nil)
	if err != nil {
		return Quality{}, err
	}
	defer res.Body.Close()
	var e Event
	if err := json.NewDecoder(io.LimitReader(res.Body, maxQuality)).Decode(&e); err != nil {
		return Quality{}, fmt.Errorf("room control: quality: %w", err)
	}
	if e.Quality == nil {
		return Quality{}, errors.New("room control: no quality")
	}
	return *e.Quality, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) send(ctx context.Context, method, path string, body any) error {
	res, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (c *Client) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	raw := []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://room"+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("room control: %w", err)
	}
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
		res.Body.Close()
		return nil, fmt.Errorf("room control: %s %s: %s: %s", method, path, res.Status, strings.TrimSpace(string(text)))
	}
	return res, nil
}

// Stream is a room's event stream. It is read by one goroutine.
type Stream struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

// Next waits for the next event. Any error, io.EOF as a rule, means that the stream is over.
func (s *Stream) Next() (Event, error) {
	var e Event
	if !s.lines.Scan() {
		if err := s.lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return e, err
		}
		return e, io.EOF
	}
	if err := json.Unmarshal(s.lines.Bytes(), &e); err != nil {
		return e, fmt.Errorf("room event: %w", err)
	}
	return e, nil
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }
