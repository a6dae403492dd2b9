package signaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/proto/signal"
)

// closeWait is how long a closing websocket may take to say goodbye, and how long others wait for it.
const closeWait = 400 * time.Millisecond

// conn is one websocket of somebody who holds a key. One goroutine reads and handles messages, another writes.
type conn struct {
	ws    *websocket.Conn // nil until it is upgraded; set with room.mu held
	room  *room
	log   *slog.Logger
	queue *sendQueue
	rate  *rate.Limiter

	unread  chan struct{} // closed when nothing is read any more
	written chan struct{} // closed when nothing is written any more
	done    chan struct{} // closed at the end of everything, see room.socket

	who   identity // the name is guarded by room.mu
	peer  *peer    // nil before join; belongs to the reading goroutine, and to serve after it
	early bool     // peer was made of the websocket's address, and nothing has come yet; the same

	// media is what messages that come are for, set with peer: those of a replaced websocket do not reach the media of the
	// one that replaced it. Its conn does not change any more, and is not nil when messages are handled.
	media *media
}

func newConn(r *room, who identity) *conn {
	return &conn{
		room: r, who: who, log: r.log,
		queue:  newSendQueue(r.limits.messages, r.limits.bytes),
		rate:   rate.NewLimiter(rate.Limit(r.limits.perSecond), r.limits.burst),
		unread: make(chan struct{}), written: make(chan struct{}), done: make(chan struct{}),
	}
}

// serve serves the websocket until it ends, and then its peer if that ended with it. join is that of its address, or "".
func (c *conn) serve(ctx context.Context, join string) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.readLoop(join) })
	g.Go(func() error { return c.writeLoop(ctx) })
	g.Go(func() error { // ends reads and writes that wait
		<-ctx.Done()
		return c.ws.Close()
	})
	err := g.Wait() // never nil: each loop ends with a reason
	var e ending
	isEnding := errors.As(err, &e)
	if c.peer == nil {
		c.log.Info("websocket ended before join", "reason", err)
		return
	}
	if isEnding && !e.resumable() {
		c.room.drop(e, c.peer, c)
		return
	}
	if c.early { // its page never had it, and does not know the token
		c.room.drop(endLost, c.peer, c)
		return
	}
	c.log.Info("websocket lost", "peer", c.peer.id, "reason", err)
	c.room.lose(c.peer, c)
}

// end closes the websocket after what waits, with ended as its last message. It does not block. Others than the goroutines
// of c call it with room.mu held.
func (c *conn) end(e ending) {
	var last []byte
	if !e.again {
		last = encode(signal.Ended{Reason: e.reason, Text: e.text})
	}
	c.queue.end(e, last)
	if c.ws != nil {
		c.ws.NetConn().SetWriteDeadline(time.Now().Add(closeWait)) //nolint:errcheck // a closed one has ended already
	}
}

// encode is signal.Encode of what this package made, or took from a peer and found to be JSON.
func encode(m signal.ServerMessage) []byte {
	raw, err := signal.Encode(m)
	if err != nil {
		panic(err)
	}
	return raw
}

// errLost says that the other side closed the websocket, or the network did.
var errLost = errors.New("connection lost")

func (c *conn) readLoop(join string) error {
	err := c.read(join)
	close(c.unread)
	if c.queue.ended() != nil {
		<-c.written // let the goodbye out
	}
	return err
}

// read handles messages until the websocket can no longer be read. After an ending it goes on reading, without looking:
// closing a socket that has unread data destroys what is on its way out.
func (c *conn) read(join string) error {
	c.ws.SetReadDeadline(time.Now().Add(c.room.limits.join)) //nolint:errcheck // the next read says so
	var e ending
	if errors.As(c.joinEarly(join), &e) {
		c.end(e)
	}
	for {
		kind, raw, err := c.next()
		if closing := c.queue.ended(); closing != nil {
			if err != nil {
				return *closing
			}
			continue
		}
		if err == nil {
			err = c.receive(kind, raw)
		}
		if err == nil {
			c.ws.SetReadDeadline(time.Now().Add(c.room.limits.silence)) //nolint:errcheck // the next read says so
			continue
		}
		if errors.As(err, &e) {
			c.end(e)
			continue
		}
		err = c.lost(err)
		if errors.As(err, &e) {
			c.end(e)
		}
		return err
	}
}

// next reads one message, or one byte more than a message may have.
func (c *conn) next() (kind int, raw []byte, err error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return 0, nil, err
	}
	raw, err = io.ReadAll(io.LimitReader(r, signal.MaxMessage+1))
	return kind, raw, err
}

// receive checks one message and handles it. Its error is an ending.
func (c *conn) receive(kind int, raw []byte) error {
	if !c.rate.Allow() {
		return endFlood
	}
	if kind != websocket.TextMessage {
		return bad("binary message")
	}
	m, err := signal.DecodeClient(raw)
	if err != nil {
		return bad("%v", err)
	}
	if _, ok := m.(signal.Join); !ok && c.peer == nil {
		return endNoJoin
	} else if !ok {
		c.early = false
	}
	return c.handle(m)
}

// lost says what a read error means: a page that is closed or reloaded (close code 1001) leaves, a silent one is told
// so, and everything else is a loss of the connection.
func (c *conn) lost(err error) error {
	var timeout net.Error
	switch {
	case websocket.IsCloseError(err, websocket.CloseGoingAway):
		return endLeft
	case errors.As(err, &timeout) && timeout.Timeout() && (c.peer == nil || c.early):
		return endNoJoin
	case errors.As(err, &timeout) && timeout.Timeout():
		return endSilent
	}
	return errLost
}

var ping = encode(signal.Ping{})

func (c *conn) writeLoop(ctx context.Context) error {
	defer close(c.written)
	tick := time.NewTicker(c.room.limits.ping)
	defer tick.Stop()
	begun := false // joined comes before the first ping
	for {
		raw, e := c.queue.pop()
		if e != nil {
			goodbye(c.ws, e.code, e.text, c.unread)
			return *e
		}
		if raw == nil {
			select {
			case <-c.queue.wake:
			case <-tick.C:
				if begun {
					c.queue.push(ping)
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		begun = true
		if err := c.write(raw); err != nil {
			return fmt.Errorf("%w: write", errLost)
		}
	}
}

func (c *conn) write(raw []byte) error {
	limit := c.room.limits.write
	if c.queue.ended() != nil {
		limit = closeWait
	}
	return writeText(c.ws, raw, limit)
}

// writeText writes one message, for at most limit.
func writeText(ws *websocket.Conn, raw []byte, limit time.Duration) error {
	ws.SetWriteDeadline(time.Now().Add(limit)) //nolint:errcheck // never fails
	return ws.WriteMessage(websocket.TextMessage, raw)
}

// goodbye sends the close frame and gives the other side a moment to answer it, after which unread is closed.
func goodbye(ws *websocket.Conn, code int, text string, unread <-chan struct{}) {
	frame := websocket.FormatCloseMessage(code, signal.Clip(text, maxCloseText))
	if ws.WriteControl(websocket.CloseMessage, frame, time.Now().Add(closeWait)) != nil {
		return
	}
	wait := time.NewTimer(closeWait)
	defer wait.Stop()
	select {
	case <-unread:
	case <-wait.C:
	}
}

// maxCloseText is the room for text in a close frame (RFC 6455, section 5.5).
const maxCloseText = 123

// awaitConns waits until all of conns have ended, but not longer than d.
func awaitConns(conns []teller, d time.Duration) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	for _, c := range conns {
		select {
		case <-c.finished():
		case <-limit.C:
			return
		}
	}
}
