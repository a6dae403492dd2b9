package websocket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/core/registry"
)

// hijacked answers a handshake on a given connection.
type hijacked struct {
	conn   net.Conn
	header http.Header
}

func (h hijacked) Header() http.Header         { return h.header }
func (h hijacked) Write(p []byte) (int, error) { return h.conn.Write(p) }
func (h hijacked) WriteHeader(int)             {}
func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// pair is a socket and its client, connected in memory.
func pair(t *testing.T) (*socket, *websocket.Conn) {
	t.Helper()
	near, far := net.Pipe()
	accepted := make(chan *websocket.Conn, 1)
	go func() {
		r, err := http.ReadRequest(bufio.NewReader(near))
		if err != nil {
			t.Error(err)
			return
		}
		conn, err := (&websocket.Upgrader{}).Upgrade(hijacked{near, http.Header{}}, r, nil)
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	d := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return far, nil }}
	client, _, err := d.DialContext(t.Context(), "ws://core/wss/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	return newSocket(nil, <-accepted, registry.Person{}), client
}

// The server pings every 10 s with 20 bytes, and gives a client up that has not answered for 30 s (core.md 6).
func TestPing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		until time.Duration // the client answers pings until then
	}{{"a silent client", 0}, {"a client that falls silent", 55 * time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, client := pair(t)
				began := time.Now()
				var pings []time.Duration
				client.SetPingHandler(func(payload string) error {
					if len(payload) != 20 {
						t.Errorf("ping of %d bytes, want 20", len(payload))
					}
					pings = append(pings, time.Since(began))
					if time.Since(began) > tt.until {
						return nil
					}
					return client.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(time.Second))
				})
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					for {
						if _, _, err := client.ReadMessage(); err != nil {
							return
						}
					}
				}()
				ctx, cancel := context.WithCancel(t.Context())
				go func() { _ = s.writeLoop(ctx) }()
				err := s.readLoop()
				last := tt.until.Truncate(pingInterval) // of the pings that were answered
				if got, want := time.Since(began), last+pongTimeout; got != want || err == nil || err.Error() != "silent" {
					t.Errorf("given up after %s (%v), want %s", got, err, want)
				}
				cancel()
				s.conn.Close()
				<-ended
				for i, at := range pings {
					if want := time.Duration(i+1) * pingInterval; at != want {
						t.Errorf("ping %d after %s, want %s", i+1, at, want)
					}
				}
				if len(pings) < 2 {
					t.Errorf("got %d pings", len(pings))
				}
			})
		})
	}
}

// A client that does not read is given up when its queue is full.
func TestSlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := pair(t)
		for range queueSize + 1 {
			s.send([]byte("event"))
		}
		if err := <-s.why; !errors.Is(err, errSlow) {
			t.Errorf("got %v, want %v", err, errSlow)
		}
		go func() { _, _ = io.Copy(io.Discard, client.NetConn()) }()
		s.sayWhy(errSlow)
		client.Close()
	})
}
