package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
	samples "github.com/pion/webrtc/v4/pkg/media"

	headless "github.com/gotera/gotera/peer"
)

// nativeClient behaves as the native client of opentera-webrtc and the nodes built on it do: it finds its addresses and
// password in the device URL, takes only messages of the exact form, offers video and then audio, never offers again on a
// connection, and calls everybody as soon as it sees somebody new.
type nativeClient struct {
	t        *testing.T
	room     string
	name     string
	base     string
	password string
	sends    []headless.Media
	receives bool        // video and sound
	data     bool        // a data channel, and no media
	passive  bool        // waits to be called
	deaf     bool        // takes no candidates of the room
	secret   bool        // tells none of its own
	late     bool        // offers when it has told all of its own
	lifeless bool        // answers no pings
	holds    bool        // does not hang up when it is asked to
	cut      atomic.Bool // its network is: media neither comes nor goes, the websocket stays

	ws   *websocket.Conn
	wg   sync.WaitGroup
	ctx  context.Context
	pump []*webrtc.TrackLocalStaticSample

	mu       sync.Mutex
	id       string
	refused  bool
	code     int // of the close frame, once closed
	closed   bool
	clients  []nativeEntry
	calls    map[string]*nativeCall
	all      []*nativeCall // those that ended, too
	hungUp   int
	refusals int        // of calls
	asked    [][]string // whom it was to call, each time
}

type nativeEntry struct {
	ID   *string          `json:"id"`
	Name *string          `json:"name"`
	Data *json.RawMessage `json:"data"`
}

// parse splits a device URL as its ROS nodes do.
func (c *nativeClient) parse(device string) {
	c.base = strings.ToLower(device[:strings.LastIndexByte(device, '/')])
	_, query, ok := strings.Cut(device, "?")
	_, rest, ok2 := strings.Cut(query, "pwd=")
	if !ok || !ok2 {
		c.t.Fatal("a device URL without pwd= ends these nodes")
	}
	c.password, _, _ = strings.Cut(rest, "&")
}

// join connects a client by the URL of a device.
func (c *nativeClient) join(t *testing.T, device string) *nativeClient {
	t.Helper()
	c.dial(t, device)
	c.send("join-room", map[string]any{"name": c.name, "data": map[string]any{"battery": 80}, "room": c.room, "password": c.password, "protocolVersion": 2})
	return c
}

// joinRaw is join with other data of join-room; "": without it.
func (c *nativeClient) joinRaw(t *testing.T, device, data string) *nativeClient {
	t.Helper()
	c.dial(t, device)
	if data != "" {
		c.send("join-room", json.RawMessage(data))
	}
	return c
}

func (c *nativeClient) dial(t *testing.T, device string) {
	t.Helper()
	c.t, c.calls = t, map[string]*nativeCall{}
	c.parse(device)
	ctx, cancel := context.WithCancel(context.Background())
	c.ctx = ctx
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.base, "http")+"/signaling", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.lifeless {
		ws.SetPingHandler(func(string) error { return nil })
	}
	c.ws = ws
	for _, m := range c.sends {
		c.feed(m)
	}
	c.wg.Go(c.read)
	t.Cleanup(func() {
		cancel()
		c.leave()
		c.wg.Wait()
	})
}

func (c *nativeClient) leave() {
	c.ws.Close() //nolint:errcheck // it may be closed already
	c.hangUp()
}

func (c *nativeClient) hangUp() {
	c.mu.Lock()
	calls := c.calls
	c.calls = map[string]*nativeCall{}
	c.mu.Unlock()
	for _, k := range calls {
		k.pc.Close() //nolint:errcheck // it may have failed
	}
}

// feed makes one of its tracks, which all connections send.
func (c *nativeClient) feed(m headless.Media) {
	capability := webrtc.RTPCodecCapability{MimeType: m.MIME(), ClockRate: 90000}
	if strings.HasPrefix(m.MIME(), "audio") {
		capability.ClockRate, capability.Channels = 48000, 2
	}
	track, err := webrtc.NewTrackLocalStaticSample(capability, m.MIME(), "stream")
	if err != nil {
		c.t.Fatal(err)
	}
	c.pump = append(c.pump, track)
	c.wg.Go(func() {
		for {
			data, d, err := m.Next(c.ctx)
			if err != nil {
				return
			}
			track.WriteSample(samples.Sample{Data: data, Duration: d}) //nolint:errcheck // nobody may be there
		}
	})
}

func (c *nativeClient) send(event string, data any) {
	m := map[string]any{"event": event}
	if data != nil {
		m["data"] = data
	}
	raw, err := json.Marshal(m)
	if err != nil {
		c.t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ws.WriteMessage(websocket.TextMessage, raw) //nolint:errcheck // the room may have closed
}

func (c *nativeClient) read() {
	for {
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			c.mu.Lock()
			c.closed = true
			var e *websocket.CloseError
			if errors.As(err, &e) {
				c.code = e.Code
			}
			c.mu.Unlock()
			return
		}
		var m struct {
			Event *string         `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		if json.Unmarshal(raw, &m) != nil || m.Event == nil {
			c.t.Errorf("the room sent %s", raw)
			return
		}
		c.take(*m.Event, m.Data)
	}
}

// strict reads data as a T without anything unknown in it.
func strict[T any](c *nativeClient, event string, data json.RawMessage) (v T) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	if err := d.Decode(&v); err != nil {
		c.t.Errorf("%s with data %s: %v", event, data, err)
	}
	return v
}

func (c *nativeClient) take(event string, data json.RawMessage) {
	switch event {
	case "join-room-answer":
		id := strict[string](c, event, data)
		c.mu.Lock()
		c.id, c.refused = id, id == ""
		c.mu.Unlock()
	case "room-clients":
		c.onClients(strict[[]nativeEntry](c, event, data))
	case "make-peer-call":
		ids := strict[[]string](c, event, data)
		c.mu.Lock()
		c.asked = append(c.asked, ids)
		c.mu.Unlock()
		for _, id := range ids {
			c.call(id)
		}
	case "peer-call-answer-received":
		c.onAnswer(data)
	case "ice-candidate-received":
		c.onCandidate(data)
	case "close-all-peer-connections-request-received":
		if !c.holds {
			c.hangUp()
		}
		c.mu.Lock()
		c.hungUp++
		c.mu.Unlock()
	default:
		c.t.Errorf("the room sent %s", event)
	}
}

func (c *nativeClient) onClients(list []nativeEntry) {
	missing := false
	c.mu.Lock()
	c.clients = list
	for _, e := range list {
		if e.ID == nil || e.Name == nil || e.Data == nil {
			c.t.Errorf("room-clients has an entry without id, name or data")
			continue
		}
		missing = missing || c.calls[*e.ID] == nil && *e.ID != c.id
	}
	c.mu.Unlock()
	if missing && !c.passive {
		c.send("call-all", nil)
	}
}

// seen is the names in its list, its own not.
func (c *nativeClient) seen() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.clients {
		if *e.ID != c.id {
			names = append(names, *e.Name)
		}
	}
	return names
}

func (c *nativeClient) awaitClosed() int {
	c.t.Helper()
	waitFor(c.t, "end of the websocket", func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.closed {
			return errors.New("it is open")
		}
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

// iceServers fetches the list as the client does.
func (c *nativeClient) iceServers(password string) (status int, body string, header http.Header) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.base+"/iceservers", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(raw)), res.Header
}
