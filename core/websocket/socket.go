package websocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// Times of core.md 6; the last two are ours.
const (
	pingInterval = 10 * time.Second
	pongTimeout  = 30 * time.Second
	writeTimeout = 10 * time.Second
	openTimeout  = 10 * time.Second // from the handshake to live subscriptions

	queueSize  = 256      // frames waiting for a slow client; it is closed beyond
	maxMessage = 16 << 10 // bytes of a client's message
)

// closeCommanded is the code of a forced close; clients do not come back by themselves after it.
const closeCommanded = 4000

var (
	errCommanded = errors.New("CMD_CLIENT_DISCONNECT")
	errSlow      = errors.New("too slow")
	errShutdown  = errors.New("shutdown")
	errNoEvents  = errors.New("events are not available")
)

// socket is one connection. Its bus subscription and the hub's queue frames; one goroutine writes, one reads.
type socket struct {
	hub    *Hub
	conn   *websocket.Conn
	person registry.Person
	frames chan []byte
	why    chan error // capacity 1: the reason to end
}

func newSocket(h *Hub, conn *websocket.Conn, p registry.Person) *socket {
	return &socket{hub: h, conn: conn, person: p, frames: make(chan []byte, queueSize), why: make(chan error, 1)}
}

// end makes the socket close for this reason; the first reason counts.
func (s *socket) end(err error) {
	select {
	case s.why <- err:
	default:
	}
}

// run serves the connection until it ends and returns why. Subscriptions are live before the account counts as online,
// so that no event that follows from its arrival is lost.
func (s *socket) run(ctx context.Context) error {
	defer s.conn.Close()
	open, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	sub, err := s.hub.cfg.Bus.Subscribe(open, s.receive, s.topics()...)
	if ctx.Err() != nil {
		s.sayWhy(errShutdown)
		return errShutdown
	}
	if err != nil {
		s.goodbye(websocket.CloseTryAgainLater, errNoEvents.Error())
		return fmt.Errorf("%w: %w", errNoEvents, err)
	}
	defer sub.Close()
	s.hub.cfg.Registry.Connected(s.person)
	defer s.hub.cfg.Registry.Disconnected(s.person)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(s.readLoop)
	g.Go(func() error {
		err := s.writeLoop(ctx)
		s.conn.Close() // ends readLoop
		return err
	})
	return g.Wait()
}

// account is whose connection it is.
func (s *socket) account() Account { return Account{s.person.Kind, s.person.UUID} }

// topics are those of core.md 6 that are this account's own; Hub.Start takes the ones that concern everybody. Those that
// carry nothing for this kind are left out.
func (s *socket) topics() []string {
	return []string{bus.TwistedEvents(s.person.UUID), bus.WebsocketEvents(string(s.person.Kind), s.person.UUID)}
}

// receive runs on the subscription's goroutine.
func (s *socket) receive(ctx context.Context, m bus.Message) {
	if m.Topic == bus.TwistedEvents(s.person.UUID) {
		s.command(m.Payload)
		return
	}
	s.hub.deliver(ctx, m, []*socket{s})
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
	select {
	case s.frames <- frame:
	default:
		s.end(errSlow)
	}
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
			s.end(err) // so that writeLoop says why, too
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
		case frame := <-s.frames:
			if err = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err == nil {
				err = s.conn.WriteMessage(websocket.TextMessage, frame)
			}
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
