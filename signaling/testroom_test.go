package signaling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/testlog"
)

// patience bounds every wait of these tests; reaching it is a failure.
const patience = 10 * time.Second

// The people of the tests.
var (
	clinician = control.Invitee{Kind: control.User, UUID: "00000000-0000-4000-8000-000000000001", Name: "Dr. Roy", Status: control.Invited}
	patient   = control.Invitee{Kind: control.Participant, UUID: "00000000-0000-4000-8000-000000000002", Name: "M. Tremblay", Status: control.Invited}
	robot     = control.Invitee{Kind: control.Device, UUID: "00000000-0000-4000-8000-000000000003", Name: "Kitchen robot", Status: control.Invited}
	stranger  = control.Invitee{Kind: control.Participant, UUID: "00000000-0000-4000-8000-000000000004", Name: "Somebody", Status: control.Invited}
)

const sharedKey = "0c0ffee0-0000-4000-8000-00000000beef"

func session(invitees ...control.Invitee) control.Session {
	return control.Session{
		UUID: "00000000-0000-4000-8000-0000000000aa", Name: "Knee exercises", StartedAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Creator: control.Who{Kind: clinician.Kind, UUID: clinician.UUID}, Invitees: invitees,
	}
}

// testRoom is a room in this process.
type testRoom struct {
	t       *testing.T
	addr    string // of HTTP
	secret  []byte
	control *control.Client
	cancel  context.CancelFunc
	ended   chan struct{} // closed when Run has returned
	err     error         // of Run
}

// startRoom runs a room that knows clinician, patient and robot.
func startRoom(t *testing.T, change ...func(*Config)) *testRoom {
	t.Helper()
	r := startUntoldRoom(t, change...)
	r.put(session(clinician, patient, robot))
	return r
}

// startUntoldRoom runs a room that knows nobody yet.
func startUntoldRoom(t *testing.T, change ...func(*Config)) *testRoom {
	t.Helper()
	socket := filepath.Join(shortTempDir(t), "s")
	steering, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Key: sharedKey, Secret: control.NewSecret(), HTTP: pages, Control: steering, MediaListen: "127.0.0.1:0",
		RedisAddr: closedPort(t), Log: testlog.New(t, slog.LevelDebug),
		limits: defaultLimits,
	}
	for _, f := range change {
		f(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &testRoom{
		t: t, addr: pages.Addr().String(), secret: cfg.Secret, control: control.NewClient(socket), cancel: cancel,
		ended: make(chan struct{}),
	}
	go func() {
		defer close(r.ended)
		r.err = Run(ctx, cfg)
	}()
	t.Cleanup(func() {
		cancel()
		r.control.Close()
		r.waitEnded()
	})
	return r
}

func (r *testRoom) waitEnded() {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Error("the room does not end")
	}
}

func (r *testRoom) put(s control.Session) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.control.PutSession(ctx, s); err != nil {
		r.t.Fatal(err)
	}
}

// key is that of an invitee.
func (r *testRoom) key(i control.Invitee) string { return control.InviteeKey(r.secret, i.Kind, i.UUID) }

// page is an invitee's URL on this room, as the proxy would pass it on.
func (r *testRoom) page(i control.Invitee) string {
	return fmt.Sprintf("http://%s/%ss?key=%s", r.addr, i.Kind, url.QueryEscape(r.key(i)))
}

// get fetches a path of the room and returns the status.
func (r *testRoom) get(target string) int {
	r.t.Helper()
	res, err := http.Get("http://" + r.addr + target)
	if err != nil {
		r.t.Fatal(err)
	}
	res.Body.Close() //nolint:errcheck // only the status counts
	return res.StatusCode
}

// events reads the control stream; the channel is closed at its end.
func (r *testRoom) events() <-chan control.Event {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := r.control.Events(ctx)
	if err != nil {
		cancel()
		r.t.Fatal(err)
	}
	events := make(chan control.Event, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(events)
		for {
			e, err := stream.Next()
			if err != nil {
				return
			}
			events <- e
		}
	}()
	r.t.Cleanup(func() {
		cancel()
		stream.Close() //nolint:errcheck // over
		<-done
	})
	return events
}

// await takes events until one fits.
func await[T any](t *testing.T, ch <-chan T, what string, fits func(T) bool) T {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case v, ok := <-ch:
			if !ok {
				t.Fatalf("waiting for %s: the stream ended", what)
			}
			if fits(v) {
				return v
			}
		case <-limit:
			t.Fatalf("waiting for %s: nothing came", what)
		}
	}
}

// waitFor polls until f returns nil.
func waitFor(t *testing.T, what string, f func() error) {
	t.Helper()
	waitUpTo(t, patience, what, f)
}

// waitUpTo is waitFor for what takes longer than most.
func waitUpTo(t *testing.T, d time.Duration, what string, f func() error) {
	t.Helper()
	deadline := time.Now().Add(d)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// raw is a websocket without media, for what a well-behaved peer does not do.
type raw struct {
	t       *testing.T
	ws      *websocket.Conn
	writing sync.Mutex

	mu   sync.Mutex
	code int // close code, once messages is closed
	text string

	messages chan signal.ServerMessage // without pings
}

// dialRaw opens a websocket; the status is that of a refusal.
func (r *testRoom) dialRaw(target string) (*raw, int) {
	r.t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+r.addr+target, nil)
	if err != nil {
		if res == nil {
			r.t.Fatal(err)
		}
		return nil, res.StatusCode
	}
	c := &raw{t: r.t, ws: ws, messages: make(chan signal.ServerMessage, 4096)}
	r.t.Cleanup(func() { ws.Close() })
	return c, http.StatusSwitchingProtocols
}

// connect opens a websocket with the key of i and reads it.
func (r *testRoom) connect(i control.Invitee) *raw {
	r.t.Helper()
	c, status := r.dialRaw(fmt.Sprintf("/websocket/8080/%ss?key=%s", i.Kind, url.QueryEscape(r.key(i))))
	if c == nil {
		r.t.Fatalf("websocket refused with %d", status)
	}
	go c.read()
	return c
}

func (c *raw) read() {
	defer close(c.messages)
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				c.mu.Lock()
				c.code, c.text = closed.Code, closed.Text
				c.mu.Unlock()
			}
			return
		}
		m, err := signal.DecodeServer(data)
		if err != nil {
			c.t.Errorf("the room sent %s: %v", data, err)
			return
		}
		if _, ok := m.(signal.Ping); !ok {
			c.messages <- m
		}
	}
}

func (c *raw) write(kind int, data string) {
	c.t.Helper()
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.ws.WriteMessage(kind, []byte(data)); err != nil {
		c.t.Logf("write: %v", err) // the room may close while a long message is on its way
	}
}

func (c *raw) send(m signal.ClientMessage) {
	c.t.Helper()
	data, err := signal.EncodeClient(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(websocket.TextMessage, string(data))
}

// join sends join and returns the answer.
func (c *raw) join() signal.Joined {
	c.t.Helper()
	return c.joinWith(signal.Join{Protocol: signal.Version})
}

func (c *raw) joinWith(m signal.Join) signal.Joined {
	c.t.Helper()
	c.send(m)
	return expect[signal.Joined](c)
}

// expect takes messages until one of type T comes.
func expect[T signal.ServerMessage](c *raw) T {
	c.t.Helper()
	return expectThat(c, func(T) bool { return true })
}

func expectThat[T signal.ServerMessage](c *raw, fits func(T) bool) T {
	c.t.Helper()
	var found T
	await(c.t, c.messages, fmt.Sprintf("%T", found), func(m signal.ServerMessage) bool {
		v, ok := m.(T)
		if ok && fits(v) {
			found = v
			return true
		}
		return false
	})
	return found
}

// expectClose waits for the close frame and returns the last ended message, if there was one.
func (c *raw) expectClose(code int) (ended *signal.Ended, text string) {
	c.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case m, ok := <-c.messages:
			if !ok {
				c.mu.Lock()
				defer c.mu.Unlock()
				if c.code != code {
					c.t.Errorf("closed with %d %q, want %d", c.code, c.text, code)
				}
				return ended, c.text
			}
			if e, ok := m.(signal.Ended); ok {
				ended = &e
			}
		case <-limit:
			c.t.Fatalf("not closed, want close code %d", code)
		}
	}
}

// joinPeer joins as i with a real media connection.
func (r *testRoom) joinPeer(target string, o headless.Options) *headless.Peer {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o.Log = testlog.New(r.t, slog.LevelDebug)
	p, err := headless.Join(ctx, target, o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(p.Close)
	return p
}

// picture is a camera with sound.
func picture(label string) []headless.Track {
	return []headless.Track{{Media: headless.NewPattern(label)}, {Media: headless.NewTone()}}
}

// frames waits until p has got more than n video frames and n packets of sound of the peer with id from.
func frames(t *testing.T, p *headless.Peer, from string, n uint64) {
	t.Helper()
	waitFor(t, "frames of "+from, func() error {
		missing := map[string]bool{"audio": true, "video": true}
		for _, s := range p.Stats() {
			if s.Peer == from && s.Frames > n {
				delete(missing, s.Kind)
			}
		}
		if len(missing) > 0 {
			return fmt.Errorf("%s has got %+v", p.ID(), p.Stats())
		}
		return nil
	})
}

func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "room") // t.TempDir is too long for the path of a unix socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// closedPort is an address nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1))
}
