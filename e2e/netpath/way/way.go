// Package way is a way into a room, through a proxy on loopback, that tests and benchmarks can make slow or break: its pages and
// websocket, and the UDP of its media. Of the addresses that room and client tell one another only the proxy's is passed on,
// so that nothing goes round it. Start with New.
package way

import (
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Way is one client's way into a room. Its methods may be called from any goroutine.
type Way struct {
	page     string // address of the room's HTTP
	listener net.Listener
	server   *http.Server
	media    *media

	delay  atomic.Int64 // nanoseconds, one way
	closed atomic.Bool  // no websocket comes through
	lose   atomic.Int64 // candidates that are still to be lost

	mu      sync.Mutex // guards sockets
	sockets map[*websocket.Conn]bool
}

// New opens a way to the room with this address of HTTP and of media.
func New(page, mediaAddress string) (*Way, error) {
	w := &Way{page: page, sockets: map[*websocket.Conn]bool{}}
	m, err := newMedia(mediaAddress, &w.delay)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.close()
		return nil, err
	}
	w.listener, w.media = listener, m
	w.server = &http.Server{Handler: http.HandlerFunc(w.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = w.server.Serve(listener) }()
	return w, nil
}

// Addr is where the room's pages are.
func (w *Way) Addr() string { return w.listener.Addr().String() }

// Close ends the way and all that goes through it.
func (w *Way) Close() {
	_ = w.server.Close()
	w.CutSockets()
	w.media.close()
}

// SetDelay is the time that everything takes each way, from now on.
func (w *Way) SetDelay(d time.Duration) { w.delay.Store(int64(d)) }

// Refuse says that no new websocket comes through.
func (w *Way) Refuse(on bool) { w.closed.Store(on) }

// CutSockets breaks all websockets off, without a word.
func (w *Way) CutSockets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.sockets {
		_ = s.NetConn().Close()
	}
}

// CutMedia loses all UDP, both ways.
func (w *Way) CutMedia(on bool) { w.media.cut.Store(on) }

// Rebind changes the address that the room sees, as a NAT does that forgets, or another network.
func (w *Way) Rebind() { w.media.rebind() }

// LoseCandidates loses the next n candidates, of either side.
func (w *Way) LoseCandidates(n int) { w.lose.Store(int64(n)) }

// serve takes a request as late as one that came by the way, after the round trip of TCP's handshake and half of another, and
// lets the answer take the other half.
func (w *Way) serve(out http.ResponseWriter, r *http.Request) {
	time.Sleep(3 * time.Duration(w.delay.Load()))
	switch {
	case !websocket.IsWebSocketUpgrade(r):
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: w.page})
		proxy.ModifyResponse = func(*http.Response) error {
			time.Sleep(time.Duration(w.delay.Load()))
			return nil
		}
		proxy.ServeHTTP(out, r)
	case w.closed.Load():
		http.Error(out, "closed", http.StatusBadGateway)
	default:
		w.socket(out, r)
	}
}

func (w *Way) socket(out http.ResponseWriter, r *http.Request) {
	server, res, err := websocket.DefaultDialer.Dial("ws://"+w.page+r.URL.RequestURI(), nil)
	if err != nil {
		status := http.StatusBadGateway
		if res != nil {
			status = res.StatusCode
		}
		http.Error(out, "no room", status)
		return
	}
	opened := w.due()
	down := make(chan message, queued) // what the room says at once comes with its answer
	go w.read(server, down, w.onlyOurs)
	time.Sleep(time.Until(opened))
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	client, err := upgrader.Upgrade(out, r, nil)
	if err != nil {
		_ = server.Close()
		for range down { //nolint:revive // until its reader has ended
		}
		return
	}
	w.mu.Lock()
	w.sockets[client], w.sockets[server] = true, true
	w.mu.Unlock()
	up := make(chan message, queued)
	go w.read(client, up, w.withoutAddresses)
	go w.write(client, server, up)
	go w.write(server, client, down)
}

// due is when what is sent now arrives.
func (w *Way) due() time.Time { return time.Now().Add(time.Duration(w.delay.Load())) }

// queued is how many messages may be on their way.
const queued = 1024

// message is what was read, and when it is to be passed on.
type message struct {
	kind int
	data []byte
	due  time.Time
}

// write passes on what came from a, when it is due, until either end closes; how a closed, b is closed.
func (w *Way) write(a, b *websocket.Conn, queue <-chan message) {
	for m := range queue {
		time.Sleep(time.Until(m.due))
		if b.WriteMessage(m.kind, m.data) != nil {
			_ = a.Close()
		}
	}
	_ = b.Close()
	w.mu.Lock()
	delete(w.sockets, b)
	w.mu.Unlock()
}

// read notes what comes from a, until it closes.
func (w *Way) read(a *websocket.Conn, queue chan<- message, change func([]byte) []byte) {
	defer close(queue)
	for {
		kind, data, err := a.ReadMessage()
		var closing *websocket.CloseError
		switch {
		case errors.As(err, &closing) && closing.Code != websocket.CloseAbnormalClosure && closing.Code != websocket.CloseNoStatusReceived:
			queue <- message{websocket.CloseMessage, websocket.FormatCloseMessage(closing.Code, closing.Text), time.Now()}
			return
		case err != nil:
			return
		}
		if data = change(data); len(data) > 0 {
			queue <- message{kind, data, w.due()}
		}
	}
}
