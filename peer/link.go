package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/signal"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Second
	leaveTimeout = 500 * time.Millisecond // for the room to close the websocket after a goodbye
	silence      = 15 * time.Second       // without a message, a link is dead: the room pings every 5 s
)

// link is one websocket to the room.
type link struct {
	ws       *websocket.Conn
	messages chan signal.ServerMessage // closed when the websocket is
	code     int                       // close code, once messages is closed; 0 without one
	heard    atomic.Int64              // Unix nanoseconds of the last sign of life
}

// dial opens a websocket. A refusal of the room is an ErrRefused.
func (p *Peer) dial(ctx context.Context, address string, attempt int) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	d := websocket.Dialer{TLSClientConfig: p.tls, HandshakeTimeout: dialTimeout, Proxy: http.ProxyFromEnvironment}
	stop := func() bool { return true }
	d.NetDialContext = func(short context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: connectTimeout(attempt)}).DialContext(short, network, addr)
		if err == nil { // once it is connected, the dialer heeds a deadline of the context only
			stop = context.AfterFunc(ctx, func() { conn.Close() }) //nolint:errcheck // given up
		}
		return conn, err
	}
	ws, res, err := d.DialContext(ctx, address, nil)
	stop()
	if err != nil {
		switch {
		case res != nil && refuses(res.StatusCode, p.ID() == ""):
			return nil, fmt.Errorf("%w: the server answered %s", ErrRefused, res.Status)
		case res != nil:
			return nil, fmt.Errorf("connect: the server answered %s", res.Status)
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	ws.SetReadLimit(signal.MaxMessage * 4) // lists of peers may be longer than what a peer may send
	l := &link{ws: ws, messages: make(chan signal.ServerMessage, 64)}
	ws.SetPongHandler(func(string) error { l.alive(); return nil })
	p.wg.Go(func() { l.read(p.ctx) })
	return l, nil
}

// refuses reports whether trying again is of no use after an HTTP status. A server that was only just reached and does not know
// the page may be starting; on the first attempt the URL is wrong.
func refuses(status int, first bool) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusGone:
		return true
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return false
	}
	return first && status/100 == 4
}

// connectTimeout is how long an attempt waits for TCP: short at first, because a packet that was lost while the network was
// away is sent again only after a second or more; longer then, for networks that are that slow.
func connectTimeout(attempt int) time.Duration {
	return min(2*time.Second<<min(attempt/6, 3), dialTimeout)
}

// read hands messages to the loop until the websocket ends.
func (l *link) read(ctx context.Context) {
	defer close(l.messages)
	defer l.ws.Close() //nolint:errcheck // it has ended
	for {
		l.ws.SetReadDeadline(time.Now().Add(silence)) //nolint:errcheck // the next read says so
		_, raw, err := l.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				l.code = closed.Code
			}
			return
		}
		l.alive()
		m, err := signal.DecodeServer(raw)
		if err != nil {
			continue // of a newer room
		}
		select {
		case l.messages <- m:
		case <-ctx.Done():
			return
		}
	}
}

// send writes m. An error means that the link is dead.
func (l *link) send(m signal.ClientMessage) error {
	raw, err := signal.EncodeClient(m)
	if err != nil {
		return err
	}
	l.ws.SetWriteDeadline(time.Now().Add(writeTimeout)) //nolint:errcheck // never fails
	return l.ws.WriteMessage(websocket.TextMessage, raw)
}

func (l *link) alive() { l.heard.Store(time.Now().UnixNano()) }

// heardAt is when the room was heard last; zero: not yet.
func (l *link) heardAt() time.Time { return time.Unix(0, l.heard.Load()) }

// ping asks for a sign of life.
func (l *link) ping() {
	l.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) //nolint:errcheck // no answer comes then
}

// local is the own address of the websocket.
func (l *link) local() netip.Addr {
	addr, err := netip.ParseAddrPort(l.ws.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().WithZone("").Unmap()
}

// drain waits until the room has closed the websocket, for d at most.
func (l *link) drain(d time.Duration) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	for {
		select {
		case _, ok := <-l.messages:
			if !ok {
				return
			}
		case <-limit.C:
			return
		}
	}
}

// close ends the websocket; messages is closed soon after.
func (l *link) close() { l.ws.Close() } //nolint:errcheck // there is nothing left to lose
