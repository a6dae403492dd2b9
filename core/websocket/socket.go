package websocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/proto/opentera"
)

// Times of core.md 6; the last is ours.
const (
	pingInterval = 10 * time.Second
	pongTimeout  = 30 * time.Second
	writeTimeout = 10 * time.Second

	queueSize  = 256      // frames waiting for a slow client; it is closed beyond
	maxMessage = 16 << 10 // bytes of a client's message
)

// closeCommanded is the code of a forced close; clients do not come back by themselves after it.
const closeCommanded = 4000

var (
	errCommanded = errors.New("CMD_CLIENT_DISCONNECT")
	errSlow      = errors.New("too slow")
	errShutdown  = errors.New("shutdown")
	errRead      = errors.New("nothing more to read") // readLoop knows why
)

// socket is one connection. The hub queues frames; one goroutine writes, one reads. Neither is the request's: its
// buffers and its stack, which database drivers have grown, are gone while the websocket is open.
type socket struct {
	hub    *Hub
	conn   *websocket.Conn
	person registry.Person
	why    chan error    // capacity 1: the reason to end
	wake   chan struct{} // capacity 1: frames is not empty

	mu     sync.Mutex // guards frames
	frames [][]byte   // at most queueSize
}

func newSocket(h *Hub, conn *websocket.Conn, p registry.Person) *socket {
	return &socket{hub: h, conn: conn, person: p, why: make(chan error, 1), wake: make(chan struct{}, 1)}
}

// account is whose connection it is.
func (s *socket) account() Account { return Account{s.person.Kind, s.person.UUID} }

// end makes the socket close for this reason; the first reason counts.
func (s *socket) end(err error) {
	select {
	case s.why <- err:
	default:
	}
}

// run serves the connection until it ends and returns why. The hub queues events for it already, so that none that
// follows from its arrival is lost.
func (s *socket) run(ctx context.Context) error {
	s.hub.cfg.Registry.Connected(s.person)
	defer s.hub.cfg.Registry.Disconnected(s.person)
	read := make(chan error, 1)
	go func() {
		read <- s.readLoop()
		s.end(errRead)
	}()
	err := s.writeLoop(ctx)
	s.conn.Close() // ends readLoop
	if why := <-read; errors.Is(err, errRead) {
		return why
	}
	return err
}

// command obeys a ServerCommand; only CMD_CLIENT_DISCONNECT has a meaning.
func (s *socket) command(payload []byte) {
	var msg opentera.TeraModuleMessage
	if proto.Unmarshal(payload, &msg) != nil {
		return
	}
	for _, a := range msg.GetData() {
		var c opentera.ServerCommand
		if a.MessageIs(&c) && a.UnmarshalTo(&c) == nil && c.Type == opentera.ServerCommand_CMD_CLIENT_DISCONNECT {
			s.end(errCommanded)
		}
	}
}

// send queues a frame; a client that does not keep up is closed.
func (s *socket) send(frame []byte) {
	s.mu.Lock()
	full := len(s.frames) >= queueSize
	if !full {
		s.frames = append(s.frames, frame)
	}
	s.mu.Unlock()
	if full {
		s.end(errSlow)
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest frame off the queue; nil when there is none.
func (s *socket) next() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.frames) == 0 {
		s.frames = nil
		return nil
	}
	frame := s.frames[0]
	s.frames = s.frames[1:]
	return frame
}

// readLoop answers every message with the same text (core.md 6) and watches for pongs.
func (s *socket) readLoop() error {
	s.conn.SetReadLimit(maxMessage)
	alive := func(string) error { return s.conn.SetReadDeadline(time.Now().Add(pongTimeout)) }
	s.conn.SetPongHandler(alive)
	if err := alive(""); err != nil {
		return err
	}
	for {
		if _, _, err := s.conn.ReadMessage(); err != nil {
			return readError(err)
		}
		s.send([]byte("Not allowed to send message"))
	}
}

func readError(err error) error {
	var closed *websocket.CloseError
	var timeout net.Error
	switch {
	case errors.As(err, &closed):
		return fmt.Errorf("closed by the client (%d)", closed.Code)
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("silent")
	}
	return err
}

// writeLoop sends frames and pings until ctx ends or end is called.
func (s *socket) writeLoop(ctx context.Context) error {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-s.wake:
			err = s.writeQueued()
		case <-ping.C:
			payload := fmt.Sprintf("%020d", time.Now().UnixNano())
			err = s.conn.WriteControl(websocket.PingMessage, []byte(payload), time.Now().Add(writeTimeout))
		case err = <-s.why:
			s.sayWhy(err)
		case <-ctx.Done():
			err = errShutdown
			s.sayWhy(err)
		}
		if err != nil {
			return err
		}
	}
}

// writeQueued writes what waits, unless there is a reason to end.
func (s *socket) writeQueued() error {
	for len(s.why) == 0 {
		frame := s.next()
		if frame == nil {
			break
		}
		if err := s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		if err := s.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
			return err
		}
	}
	return nil
}

func (s *socket) sayWhy(err error) {
	switch {
	case errors.Is(err, errCommanded):
		s.goodbye(closeCommanded, errCommanded.Error())
	case errors.Is(err, errSlow):
		s.goodbye(websocket.ClosePolicyViolation, errSlow.Error())
	case errors.Is(err, errShutdown):
		s.goodbye(websocket.CloseGoingAway, errShutdown.Error())
	}
}

func (s *socket) goodbye(code int, reason string) {
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	_ = s.conn.Close()
}
