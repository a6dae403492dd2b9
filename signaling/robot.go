package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/sfu"
)

// Bounds of a robot's websocket. It calls everybody at once, each with an offer and its candidates.
const (
	robotRate   = 100  // messages per second, in the long run
	robotBurst  = 4096 // and at once
	robotShouts = 64   // messages at once that all robots of its group are told of; then some per second
	robotOffers = 96   // calls at once; in the long run as many as other peers may offer
)

// robotConn is one websocket of the opentera-webrtc signaling protocol, version 2: the teller of a peer whose client sees a
// room of its own kind. In it virtual clients (remote) stand for the other peers; each that the client calls is a
// connection of the same peer (call). robot_handle.go is the table of messages, robot_tend.go shows the room.
type robotConn struct {
	room    *room
	log     *slog.Logger
	id      string          // as this protocol names the client
	ws      *websocket.Conn // nil until it is upgraded; set with room.mu held
	queue   *sendQueue
	rate    *rate.Limiter
	offers  *rate.Limiter
	shouts  *rate.Limiter // of what others are told
	address string        // where it comes from
	since   time.Time     // of its request
	letters chan letter   // data channel frames on their way to the client
	changed chan struct{} // capacity 1: the room has changed

	unread  chan struct{} // closed when nothing is read any more
	written chan struct{} // closed when nothing is written any more
	done    chan struct{} // closed at the end of everything

	// Guarded by room.mu.
	who       identity // of the key in the address, or that of join-room
	refused   bool     // it had a wrong password: nothing is taken any more
	peer      *peer    // nil before join-room
	group     string   // what this protocol calls the room; robots of other groups are not seen
	name      string   // of the client in its group
	data      json.RawMessage
	clients   []byte   // as last told
	told      []string // the ids in it
	media     bool     // the client has called somebody with media, not only for data
	video     bool     // it takes video, so that second cameras and screens are worth showing
	remotes   map[remoteKey]*remote
	byID      map[string]*remote
	publisher *call          // carries what the client publishes; the others ignore it
	retired   map[*call]bool // without a virtual client any more; they go on until there is another publisher
	retireBy  time.Time      // or until then
	succeedBy time.Time      // when another call may be made the publisher

	interrupted bool // its network is: a call that worked was lost, and none has worked since
}

func newRobot(r *room, who identity) *robotConn {
	return &robotConn{
		room: r, log: r.log, id: uuid.NewString(), who: who, since: time.Now(),
		queue:   newSendQueue(r.limits.messages, r.limits.bytes),
		rate:    rate.NewLimiter(robotRate, robotBurst),
		offers:  rate.NewLimiter(rate.Limit(r.limits.offers), robotOffers),
		shouts:  rate.NewLimiter(rate.Limit(r.limits.offers), robotShouts),
		letters: make(chan letter, maxLetters),
		changed: make(chan struct{}, 1),
		unread:  make(chan struct{}), written: make(chan struct{}), done: make(chan struct{}),
		remotes: map[remoteKey]*remote{}, byID: map[string]*remote{}, retired: map[*call]bool{},
	}
}

// serve serves the websocket until it ends, and the peer with it: this protocol has no coming back.
func (b *robotConn) serve(ctx context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(b.readLoop)
	g.Go(func() error { return b.writeLoop(ctx) })
	g.Go(func() error { return b.tendLoop(ctx) })
	g.Go(func() error { return b.letterLoop(ctx) })
	g.Go(func() error { // ends reads and writes that wait
		<-ctx.Done()
		return b.ws.Close()
	})
	err := g.Wait() // never nil: each loop ends with a reason
	if b.peer == nil {
		b.log.Info("robot's websocket ended before join", "reason", err)
		return
	}
	e := endLost
	errors.As(err, &e)
	b.room.drop(e, b.peer, b)
}

// end closes the websocket after what waits (teller).
func (b *robotConn) end(e ending) {
	b.queue.end(e, nil)
	if b.ws != nil {
		b.ws.NetConn().SetWriteDeadline(time.Now().Add(closeWait)) //nolint:errcheck // a closed one has ended already
	}
}

func (b *robotConn) holder() identity          { return b.who }
func (b *robotConn) finished() <-chan struct{} { return b.done }

// upgradedTo gives it its websocket. It may have been ended before it had one.
func (b *robotConn) upgradedTo(ws *websocket.Conn) {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	b.ws = ws
	if e := b.queue.ended(); e != nil && *e == endCrowded {
		ws.NetConn().Close() //nolint:errcheck // it has given way already
	}
}

func (b *robotConn) readLoop() error {
	err := b.read()
	close(b.unread)
	if b.queue.ended() != nil {
		<-b.written // let the goodbye out
	}
	return err
}

// read handles messages until the websocket can no longer be read; after an ending it goes on without looking, as
// conn.read does.
func (b *robotConn) read() error {
	heard := func() { b.ws.SetReadDeadline(time.Now().Add(b.room.limits.robotSilence)) } //nolint:errcheck // the next read says so
	b.ws.SetReadLimit(maxRobotMessage)
	b.ws.SetPongHandler(func(string) error {
		heard()
		return nil
	})
	answer := b.ws.PingHandler()
	b.ws.SetPingHandler(func(data string) error {
		heard()
		return answer(data)
	})
	join := time.AfterFunc(b.room.limits.join, b.joinOrEnd)
	defer join.Stop()
	heard()
	for {
		_, raw, err := b.ws.ReadMessage()
		if e := b.queue.ended(); e != nil {
			if err != nil {
				return *e
			}
			continue
		}
		switch {
		case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway):
			return endLeft
		case err != nil:
			return errLost
		case !b.rate.Allow():
			b.room.mu.Lock()
			b.end(endFlood)
			b.room.mu.Unlock()
		default:
			heard()
			b.handle(raw)
		}
	}
}

// joinOrEnd is called when the time for join-room is over.
func (b *robotConn) joinOrEnd() {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	if b.peer == nil {
		b.end(endNoJoin)
	}
}

func (b *robotConn) writeLoop(ctx context.Context) error {
	defer close(b.written)
	tick := time.NewTicker(b.room.limits.robotPing)
	defer tick.Stop()
	for {
		raw, e := b.queue.pop()
		switch {
		case e != nil:
			goodbye(b.ws, robotCode(*e), e.text, b.unread)
			return *e
		case raw != nil:
			if err := writeText(b.ws, raw, b.room.limits.write); err != nil {
				return fmt.Errorf("%w: write", errLost)
			}
			continue
		}
		select {
		case <-b.queue.wake:
		case <-tick.C:
			if b.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(b.room.limits.write)) != nil {
				return fmt.Errorf("%w: ping", errLost)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// robotCode is the code of the close frame: clients of this protocol do not know ours.
func robotCode(e ending) int {
	switch e {
	case endShutdown:
		return websocket.CloseServiceRestart
	case endFlood, endSlow:
		return websocket.ClosePolicyViolation
	}
	return websocket.CloseNormalClosure
}

// send queues an event; data nil: without data.
func (b *robotConn) send(event string, data any) { b.queue.push(encodeRobotEvent(event, data)) }

// robotOf is the robot that a peer is, or nil. It is called with room.mu held.
func robotOf(p *peer) *robotConn {
	b, _ := p.conn.(*robotConn)
	return b
}

// mediaLocked is all of its connections.
func (b *robotConn) mediaLocked() []*sfu.Peer {
	var list []*sfu.Peer
	for _, rem := range b.remotes {
		list = append(list, rem.call.endLocked()...)
	}
	for c := range b.retired {
		list = append(list, c.endLocked()...)
	}
	return list
}
