package servertest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/bus"
)

// Wait bounds how long a test waits for something that should happen at once.
const Wait = 10 * time.Second

// Socket is a websocket client that keeps what it receives.
type Socket struct {
	conn   *websocket.Conn
	frames chan Event
	closed chan error
}

// Event is one event of a TeraMessage, or Raw when the frame is none.
type Event struct {
	Raw    string
	Type   string // without its prefix: "UserEvent"
	Fields map[string]any
}

// Dial opens the websocket of an answer's websocket_url on this core. The status is that of a refusal.
func (s *Server) Dial(t testing.TB, websocketURL string) (socket *Socket, status int) {
	t.Helper()
	u, err := url.Parse(websocketURL)
	if err != nil {
		t.Fatal(err)
	}
	target := "ws" + strings.TrimPrefix(s.URL, "http") + u.RequestURI()
	dialer := websocket.Dialer{HandshakeTimeout: Wait}
	conn, resp, err := dialer.DialContext(t.Context(), target, http.Header{"Origin": {"https://elsewhere.example.org"}})
	if err != nil {
		if resp == nil {
			t.Fatalf("dial: %v", err)
		}
		return nil, resp.StatusCode
	}
	socket = &Socket{conn: conn, frames: make(chan Event, 1024), closed: make(chan error, 1)}
	go socket.read()
	t.Cleanup(func() { conn.Close() })
	return socket, http.StatusSwitchingProtocols
}

// Connect logs an account in, opens its websocket and returns when it is online: "user" with a login name, "participant" or "device" with a token.
func (s *Server) Connect(t testing.TB, kind string, auth Auth) *Socket {
	t.Helper()
	a := s.Get(t, "/api/"+kind+"/login"+map[string]string{"user": "?with_websocket=1", "participant": "?with_websocket=1"}[kind], auth)
	target, _ := a.Object()["websocket_url"].(string)
	if a.Status != http.StatusOK || target == "" {
		t.Fatalf("%s login: got %d %s", kind, a.Status, a.Text)
	}
	socket, status := s.Dial(t, target)
	if socket == nil {
		t.Fatalf("%s websocket: got %d", kind, status)
	}
	o := a.Object()
	if info, ok := o["device_info"].(map[string]any); ok {
		o = info
	}
	uuid, _ := o[kind+"_uuid"].(string)
	Eventually(t, kind+" online", func() bool { return slices.Contains(s.Online(t, kind), uuid) })
	return socket
}

// Online asks the user manager who of a kind is online.
func (s *Server) Online(t testing.TB, kind string) []string {
	t.Helper()
	raw, err := s.Bus.Call(t.Context(), bus.ModuleRPC(bus.UserManager), "online_"+kind+"s")
	if err != nil {
		t.Fatal(err)
	}
	var uuids []string
	if err := json.Unmarshal(raw, &uuids); err != nil {
		t.Fatal(err)
	}
	return uuids
}

func (c *Socket) read() {
	for {
		_, raw, err := c.conn.ReadMessage()
		if err != nil {
			c.closed <- err
			close(c.frames)
			return
		}
		c.frames <- parse(raw)
	}
}

func parse(raw []byte) Event {
	var frame struct {
		Message struct {
			Events []map[string]any `json:"events"`
		} `json:"message"`
	}
	if json.Unmarshal(raw, &frame) != nil || len(frame.Message.Events) == 0 {
		return Event{Raw: string(raw)}
	}
	fields := frame.Message.Events[0]
	kind, _ := fields["@type"].(string)
	return Event{Raw: string(raw), Type: strings.TrimPrefix(kind, "type.googleapis.com/opentera.protobuf."), Fields: fields}
}

// Await returns the next event that match accepts; others before it are thrown away.
func (c *Socket) Await(t testing.TB, what string, match func(Event) bool) Event {
	t.Helper()
	deadline := time.After(Wait)
	for {
		select {
		case e, ok := <-c.frames:
			if !ok {
				t.Fatalf("waiting for %s: the websocket closed", what)
			}
			if match(e) {
				return e
			}
		case <-deadline:
			t.Fatalf("waiting for %s: nothing came", what)
		}
	}
}

// Is accepts events of a type whose fields have these values.
func Is(kind string, fields map[string]any) func(Event) bool {
	return func(e Event) bool {
		if e.Type != kind {
			return false
		}
		for name, v := range fields {
			if e.Fields[name] != v {
				return false
			}
		}
		return true
	}
}

// Pending returns what has come and not been looked at.
func (c *Socket) Pending() []Event {
	var all []Event
	for {
		select {
		case e, ok := <-c.frames:
			if !ok {
				return all
			}
			all = append(all, e)
		default:
			return all
		}
	}
}

// Send sends a text message.
func (c *Socket) Send(t testing.TB, text string) {
	t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// Close closes the connection without a word.
func (c *Socket) Close() { c.conn.Close() }

// CloseCode waits until the server closes the websocket and returns code and reason.
func (c *Socket) CloseCode(t testing.TB) (int, string) {
	t.Helper()
	select {
	case err := <-c.closed:
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code, closed.Text
		}
		t.Fatalf("websocket ended with %v, want a close message", err)
	case <-time.After(Wait):
		t.Fatal("the websocket is still open")
	}
	return 0, ""
}

// Eventually waits until f holds.
func Eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(Wait)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, Wait)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
