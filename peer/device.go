package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxLoginAnswer = 1 << 20
	coreSilence    = 35 * time.Second // the core pings every 10 s
	firstRetry     = time.Second
	lastRetry      = 30 * time.Second
)

// Invitation asks the device to join a session.
type Invitation struct {
	URL     string // of the session's room, with the device's key
	Session string // uuid
}

// Device is a device account that is online at the core: people see it and can invite it. It logs in again by itself.
type Device struct {
	base, token string
	client      *http.Client
	dialer      *websocket.Dialer
	log         *slog.Logger
	invitations chan Invitation
	online      func(bool)
}

// NewDevice prepares a device account with its token. base is the server's address, such as https://tera.example:40075.
// Only Insecure, CAFile and Log of o count; online is told when the device comes online and goes offline, and may be nil.
func NewDevice(base, token string, o Options, online func(bool)) (*Device, error) {
	if !strings.HasPrefix(base, "https://") && !strings.HasPrefix(base, "http://") {
		return nil, errors.New("the server's address does not begin with https:// or http://")
	}
	if token == "" {
		return nil, errors.New("the device's token is missing")
	}
	trust, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	d := &Device{
		base: strings.TrimRight(base, "/"), token: token, log: o.Log, online: online,
		client:      &http.Client{Timeout: dialTimeout, Transport: &http.Transport{TLSClientConfig: trust, Proxy: http.ProxyFromEnvironment}},
		dialer:      &websocket.Dialer{TLSClientConfig: trust, HandshakeTimeout: dialTimeout, Proxy: http.ProxyFromEnvironment},
		invitations: make(chan Invitation, 16),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.online == nil {
		d.online = func(bool) {}
	}
	return d, nil
}

// Invitations are those that came while Run runs; when 16 wait, the oldest is dropped. The server sends one again when
// the device comes online during the session, so the same URL may come twice.
func (d *Device) Invitations() <-chan Invitation { return d.invitations }

// Run keeps the device online until ctx ends or the token is refused, which is an ErrRefused.
func (d *Device) Run(ctx context.Context) error {
	retry := firstRetry
	for {
		socket, err := d.login(ctx)
		if err == nil {
			began := time.Now()
			err = d.listen(ctx, socket)
			if time.Since(began) > lastRetry {
				retry = firstRetry
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrRefused) {
			return err
		}
		d.log.Info("device is offline", "error", err, "retry", retry)
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return ctx.Err()
		}
		retry = min(2*retry, lastRetry)
	}
}

// login returns the websocket's one-time URL (core.md 4.4).
func (d *Device) login(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/api/device/login", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "OpenTera "+d.token)
	res, err := d.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read only
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return "", fmt.Errorf("%w: the server does not accept the device's token", ErrRefused)
	case res.StatusCode != http.StatusOK: // 403: the last websocket is not known to be dead yet
		return "", fmt.Errorf("log in: the server answered %s", res.Status)
	}
	var answer struct {
		Websocket string `json:"websocket_url"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxLoginAnswer)).Decode(&answer); err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	if answer.Websocket == "" {
		return "", fmt.Errorf("%w: the device's account may not come online", ErrRefused)
	}
	return answer.Websocket, nil
}

// listen hands on invitations until the websocket ends.
func (d *Device) listen(ctx context.Context, url string) error {
	ws, res, err := d.dialer.DialContext(ctx, url, nil)
	if err != nil {
		if res != nil {
			return fmt.Errorf("websocket: the server answered %s", res.Status)
		}
		return fmt.Errorf("websocket: %w", err)
	}
	defer ws.Close() //nolint:errcheck // it has ended
	stop := context.AfterFunc(ctx, func() {
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) //nolint:errcheck // it closes anyway
		ws.Close()                                                                //nolint:errcheck // unblocks the reader
	})
	defer stop()
	ws.SetReadLimit(maxLoginAnswer)
	alive := func() { ws.SetReadDeadline(time.Now().Add(coreSilence)) } //nolint:errcheck // the next read says so
	ws.SetPingHandler(func(data string) error {
		alive()
		err := ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout))
		var wait net.Error
		if errors.As(err, &wait) && wait.Timeout() {
			return nil
		}
		return err
	})
	d.online(true)
	defer d.online(false)
	for {
		alive()
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return fmt.Errorf("websocket: %w", err)
		}
		if i, ok := invitation(raw); ok {
			d.offer(i)
		}
	}
}

func (d *Device) offer(i Invitation) {
	for {
		select {
		case d.invitations <- i:
			return
		default:
		}
		select {
		case <-d.invitations:
		default:
		}
	}
}

// invitation reads a websocket frame of the core (core.md 6): only the first event of a TeraEvent counts.
func invitation(raw []byte) (Invitation, bool) {
	var frame struct {
		Message struct {
			Events []struct {
				Type    string `json:"@type"`
				URL     string `json:"sessionUrl"`
				Session string `json:"sessionUuid"`
			} `json:"events"`
		} `json:"message"`
	}
	if json.Unmarshal(raw, &frame) != nil || len(frame.Message.Events) == 0 {
		return Invitation{}, false
	}
	e := frame.Message.Events[0]
	if !strings.HasSuffix(e.Type, "opentera.protobuf.JoinSessionEvent") || e.URL == "" {
		return Invitation{}, false
	}
	return Invitation{URL: e.URL, Session: e.Session}, true
}
