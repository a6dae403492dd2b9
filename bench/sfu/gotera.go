package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// gotera is our rooms: one process each, started as rehab starts them, beside a redis-server.
type gotera struct {
	bin, dir  string
	key       string
	ports     []int
	processes []*process
}

func newGotera(bin, dir string) func() server {
	return func() server { return &gotera{bin: bin, dir: dir, key: rand.Text()} }
}

func (g *gotera) start(ctx context.Context, c load) ([]int, error) {
	redis, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := g.spawn(exec.Command("redis-server", "--port", strconv.Itoa(redis), "--save", "", "--dir", g.dir)); err != nil {
		return nil, err
	}
	var pids []int
	for range c.rooms {
		http, err1 := freePort()
		media, err2 := freePort()
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		cmd := exec.Command(g.bin, "room", fmt.Sprintf("--port=%d", http), fmt.Sprintf("--media_port=%d", media),
			"--redis_hostname=127.0.0.1", fmt.Sprintf("--redis_port=%d", redis), "--external_host=127.0.0.1",
			fmt.Sprintf("--max_peers=%d", max(32, c.peers())))
		if err := g.spawn(cmd, control.EnvRoomKey+"="+g.key); err != nil {
			return nil, err
		}
		g.ports = append(g.ports, http)
		pids = append(pids, g.processes[len(g.processes)-1].pid())
	}
	for _, port := range g.ports {
		if err := answers(ctx, fmt.Sprintf("http://127.0.0.1:%d/status?key=%s", port, g.key)); err != nil {
			return nil, err
		}
	}
	return pids, nil
}

func (g *gotera) spawn(cmd *exec.Cmd, env ...string) error {
	p, err := spawn(cmd, env...)
	if err == nil {
		g.processes = append(g.processes, p)
	}
	return err
}

func (g *gotera) stop() { stopAll(g.processes) }

// nextPort is where the search for the next free port begins: below the ports that the system gives to clients, which the
// load takes by the hundred.
var nextPort = func() *atomic.Int32 {
	var p atomic.Int32
	p.Store(int32(12000 + os.Getpid()%8000))
	return &p
}()

// freePort is a TCP and UDP port that nobody has, and that it has not given before.
func freePort() (int, error) {
	for range 2000 {
		port := int(nextPort.Add(1))
		l, err := net.ListenTCP("tcp", &net.TCPAddr{Port: port})
		if err != nil {
			continue
		}
		u, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
		_ = l.Close()
		if err == nil {
			return port, u.Close()
		}
	}
	return 0, errors.New("no free port")
}

// answers waits until a GET is answered with 200.
func answers(ctx context.Context, url string) error {
	for {
		res, err := http.Get(url)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(res.Status)
		}
		if sleep(ctx, 10*time.Millisecond) != nil {
			return fmt.Errorf("not started: %w", err)
		}
	}
}

// member is an endpoint's websocket in one of our rooms. Its reading goroutine owns the negotiation.
type member struct {
	e       *endpoint
	writeMu sync.Mutex // guards writes to ws
	ws      *websocket.Conn
	offer   *webrtc.SessionDescription // sent, not answered, not yet set
	again   bool                       // offer once the room's is answered
	early   []webrtc.ICECandidateInit
}

func (g *gotera) join(ctx context.Context, room int, e *endpoint) error {
	if err := e.open(); err != nil {
		return err
	}
	url := fmt.Sprintf("ws://127.0.0.1:%d/users?key=%s", g.ports[room], g.key)
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		return err
	}
	m := &member{e: e, ws: ws}
	e.ends = append(e.ends, func() { _ = ws.Close() })
	e.pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			init := signal.ICECandidate(c.ToJSON())
			_ = m.write(signal.Candidate{Candidate: &init})
		}
	})
	if err := m.write(signal.Join{Protocol: signal.Version, Name: "bench"}); err != nil {
		return err
	}
	joined := make(chan error, 1)
	go m.run(joined)
	select {
	case err := <-joined:
		if err != nil || !e.publishes {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-e.connected:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("publisher not connected: %w", ctx.Err())
	}
}

func (m *member) write(msg signal.ClientMessage) error {
	raw, err := signal.EncodeClient(msg)
	if err != nil {
		return err
	}
	m.writeMu.Lock()
	defer m.writeMu.Unlock()
	return m.ws.WriteMessage(websocket.TextMessage, raw)
}

// run handles what the room says until the websocket closes.
func (m *member) run(joined chan<- error) {
	for {
		_, raw, err := m.ws.ReadMessage()
		if err == nil {
			var msg signal.ServerMessage
			if msg, err = signal.DecodeServer(raw); errors.Is(err, signal.ErrUnknownType) {
				continue
			}
			if err == nil {
				if _, ok := msg.(signal.Joined); ok {
					if m.e.publishes {
						err = m.publish()
					}
					select {
					case joined <- err:
					default:
					}
					continue
				}
				err = m.handle(msg)
			}
		}
		if err != nil {
			select {
			case joined <- err:
			default:
			}
			return
		}
	}
}

func (m *member) handle(msg signal.ServerMessage) error {
	switch msg := msg.(type) {
	case signal.Ping:
		return m.write(signal.Pong{})
	case signal.Ended:
		return errors.New("the room ended it: " + msg.Reason)
	case signal.Answer:
		return m.answered(msg.SDP)
	case signal.ServerOffer:
		return m.offered(msg.SDP)
	case signal.Candidate:
		if msg.Candidate == nil {
			return nil
		}
		c := webrtc.ICECandidateInit(*msg.Candidate)
		if m.e.pc.RemoteDescription() == nil {
			m.early = append(m.early, c)
			return nil
		}
		return m.e.pc.AddICECandidate(c)
	}
	return nil
}

// publish offers. The offer is set as local description when its answer has come, because Pion cannot take one back
// when it meets one of the room's.
func (m *member) publish() error {
	var tracks []signal.PublishedTrack
	for i, t := range m.e.pc.GetTransceivers() {
		if t.Sender() == nil || t.Sender().Track() == nil {
			continue
		}
		if t.Mid() == "" { // not the number that the room's m-lines may have got meanwhile
			if err := t.SetMid(fmt.Sprintf("p%d", i)); err != nil {
				return err
			}
		}
		tracks = append(tracks, signal.PublishedTrack{Mid: t.Mid(), Source: signal.SourceCamera, Kind: t.Kind().String()})
	}
	offer, err := m.e.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	m.offer, m.again = &offer, false
	return m.write(signal.ClientOffer{SDP: offer.SDP, Tracks: tracks})
}

func (m *member) answered(sdp string) error {
	if m.offer == nil {
		return nil
	}
	offer := *m.offer
	m.offer = nil
	if err := m.e.pc.SetLocalDescription(offer); err != nil {
		return err
	}
	return m.remote(webrtc.SDPTypeAnswer, sdp)
}

func (m *member) offered(sdp string) error {
	if m.offer != nil { // the two met: ours is taken back
		m.offer, m.again = nil, true
	}
	if err := m.remote(webrtc.SDPTypeOffer, sdp); err != nil {
		return err
	}
	answer, err := m.e.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := m.e.pc.SetLocalDescription(answer); err != nil {
		return err
	}
	if err := m.write(signal.Answer{SDP: answer.SDP}); err != nil {
		return err
	}
	if m.again {
		return m.publish()
	}
	return nil
}

func (m *member) remote(t webrtc.SDPType, sdp string) error {
	if err := m.e.pc.SetRemoteDescription(webrtc.SessionDescription{Type: t, SDP: sdp}); err != nil {
		return err
	}
	for _, c := range m.early {
		if err := m.e.pc.AddICECandidate(c); err != nil {
			return err
		}
	}
	m.early = nil
	return nil
}
