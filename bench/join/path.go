package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"regexp"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/e2e/netpath/impair"
	"github.com/gotera/gotera/e2e/netpath/relay"
)

// path is a slow way to a room: for its pages, its websocket and the UDP of its media. Of the addresses that the room tells,
// only the relay's is passed on, and of those that the client tells none: so nothing goes round the path.
type path struct {
	listener net.Listener
	server   *http.Server
	media    *relay.Relay
	room     *room
	delay    time.Duration // one way
}

func newPath(r *room, rtt time.Duration) (*path, error) {
	server, err := netip.ParseAddrPort(r.media)
	if err != nil {
		return nil, err
	}
	media, err := relay.New("127.0.0.1", server, 1)
	if err != nil {
		return nil, err
	}
	way := impair.Profile{Delay: float64(rtt.Microseconds()) / 2000}
	if err = media.Set(way, way); err != nil {
		media.Close()
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		media.Close()
		return nil, err
	}
	p := &path{listener: listener, media: media, room: r, delay: rtt / 2}
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *path) addr() string { return p.listener.Addr().String() }

func (p *path) close() {
	_ = p.server.Close()
	p.media.Close()
}

// serve takes a request as late as one that came by the path: after the round trip of TCP's handshake, half of another, and
// the other half for the answer.
func (p *path) serve(w http.ResponseWriter, r *http.Request) {
	time.Sleep(4 * p.delay)
	if websocket.IsWebSocketUpgrade(r) {
		p.socket(w, r)
		return
	}
	httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: p.room.http}).ServeHTTP(w, r)
}

func (p *path) socket(w http.ResponseWriter, r *http.Request) {
	server, _, err := websocket.DefaultDialer.Dial("ws://"+p.room.http+r.URL.RequestURI(), nil)
	if err != nil {
		http.Error(w, "no room", http.StatusBadGateway)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	client, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		_ = server.Close()
		return
	}
	go p.carry(client, server, withoutCandidates)
	go p.carry(server, client, p.onlyRelay)
}

// message is what was read, and when it is to be passed on.
type message struct {
	kind int
	data []byte
	due  time.Time
}

// carry passes on what comes from a, later, until either end closes.
func (p *path) carry(a, b *websocket.Conn, change func([]byte) []byte) {
	queue := make(chan message, 1024)
	go func() {
		defer b.Close() //nolint:errcheck // the end
		for m := range queue {
			time.Sleep(time.Until(m.due))
			if b.WriteMessage(m.kind, m.data) != nil {
				_ = a.Close()
			}
		}
	}()
	defer close(queue)
	for {
		kind, data, err := a.ReadMessage()
		if err != nil {
			return
		}
		if data = change(data); len(data) > 0 {
			queue <- message{kind, data, time.Now().Add(p.delay)}
		}
	}
}

var (
	inDescription = regexp.MustCompile(`a=candidate:[^\\]*\\r\\n`)
	isCandidate   = []byte(`"type":"candidate"`)
)

// withoutCandidates is a message of the client without its addresses; empty: it was nothing else.
func withoutCandidates(b []byte) []byte {
	if bytes.Contains(b, isCandidate) && bytes.Contains(b, []byte(" typ ")) {
		return nil
	}
	return inDescription.ReplaceAll(b, nil)
}

// onlyRelay is a message of the room with the relay's address in place of the room's, and no other.
func (p *path) onlyRelay(b []byte) []byte {
	host, port, _ := net.SplitHostPort(p.room.media)
	udp := regexp.MustCompile(` udp (\d+) ` + regexp.QuoteMeta(host) + ` ` + port + ` typ`)
	out := udp.ReplaceAll(b, fmt.Appendf(nil, " relayed $1 %s %d typ", host, p.media.Addr().Port()))
	if bytes.Contains(out, isCandidate) && bytes.Contains(out, []byte(" typ ")) && !bytes.Contains(out, []byte(" relayed ")) {
		return nil
	}
	out = inDescription.ReplaceAllFunc(out, func(line []byte) []byte {
		if bytes.Contains(line, []byte(" relayed ")) {
			return line
		}
		return nil
	})
	return bytes.ReplaceAll(out, []byte(" relayed "), []byte(" udp "))
}
