package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
)

// galene is one Galène for all rooms: WHIP in, its own websocket protocol out.
type galene struct {
	bin, dir string
	http     int
	process  *process
}

func newGalene(bin, dir string) func() server {
	return func() server { return &galene{bin: bin, dir: dir} }
}

func (g *galene) start(ctx context.Context, c load) ([]int, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	g.http = port
	dir, err := os.MkdirTemp(g.dir, "galene")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"data", "groups", "recordings", "static"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	for room := range c.rooms {
		file := filepath.Join(dir, "groups", fmt.Sprintf("room%d.json", room))
		if err := os.WriteFile(file, []byte(`{"wildcard-user":{"password":{"type":"wildcard"},"permissions":"present"}}`), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(g.bin, "-insecure", fmt.Sprintf("-http=127.0.0.1:%d", port), "-turn=",
		"-data="+filepath.Join(dir, "data"), "-groups="+filepath.Join(dir, "groups"),
		"-recordings="+filepath.Join(dir, "recordings"), "-static="+filepath.Join(dir, "static"))
	if g.process, err = spawn(cmd); err != nil {
		return nil, err
	}
	return []int{g.process.pid()}, answers(ctx, fmt.Sprintf("http://127.0.0.1:%d/group/room0/.status", port))
}

func (g *galene) stop() {
	if g.process != nil {
		g.process.stop()
	}
}

func (g *galene) join(ctx context.Context, room int, e *endpoint) error {
	if e.publishes {
		return exchange(ctx, fmt.Sprintf("http://127.0.0.1:%d/group/room%d/.whip", g.http, room), e)
	}
	if err := e.open(); err != nil {
		return err
	}
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, fmt.Sprintf("ws://127.0.0.1:%d/ws", g.http), nil)
	if err != nil {
		return err
	}
	e.ends = append(e.ends, func() { _ = ws.Close() })
	s := &galeneStream{ws: ws, e: e}
	e.pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			<-s.named()
			init := c.ToJSON()
			_ = s.write(galeneMessage{Type: "ice", ID: s.id, Candidate: &init})
		}
	})
	err = errors.Join(
		s.write(galeneMessage{Type: "handshake", Version: []string{"2"}, ID: fmt.Sprintf("%p", e)}),
		s.write(galeneMessage{Type: "join", Kind: "join", Group: fmt.Sprintf("room%d", room), Username: "bench", Password: "x"}))
	if err != nil {
		return err
	}
	go s.run()
	select {
	case <-e.connected:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("not connected: %w", ctx.Err())
	}
}

// galeneMessage is any message of galene-protocol.md that is needed here.
type galeneMessage struct {
	Type      string                   `json:"type"`
	Kind      string                   `json:"kind,omitempty"`
	Version   []string                 `json:"version,omitempty"`
	ID        string                   `json:"id,omitempty"`
	Group     string                   `json:"group,omitempty"`
	Username  string                   `json:"username,omitempty"`
	Password  string                   `json:"password,omitempty"`
	SDP       string                   `json:"sdp,omitempty"`
	Candidate *webrtc.ICECandidateInit `json:"candidate,omitempty"`
	Request   map[string][]string      `json:"request,omitempty"`
}

// galeneStream is a subscriber's websocket and the one stream it gets.
type galeneStream struct {
	e     *endpoint
	mu    sync.Mutex // guards writes, and the fields below
	ws    *websocket.Conn
	ready chan struct{}
	id    string
	early []webrtc.ICECandidateInit // only used by run
}

// named is closed when id is known.
func (s *galeneStream) named() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready == nil {
		s.ready = make(chan struct{})
	}
	return s.ready
}

func (s *galeneStream) write(m galeneMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ws.WriteJSON(m)
}

// run handles what the server says until the websocket closes.
func (s *galeneStream) run() {
	for {
		_, raw, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		var m galeneMessage
		if json.Unmarshal(raw, &m) != nil { // one whose fields are of other kinds: none that is needed
			continue
		}
		if err := s.handle(m); err != nil {
			fmt.Fprintln(os.Stderr, "sfu: galene:", time.Since(epoch), err)
			return
		}
	}
}

func (s *galeneStream) handle(m galeneMessage) error {
	switch m.Type {
	case "ping":
		return s.write(galeneMessage{Type: "pong"})
	case "joined":
		if m.Kind != "join" {
			return nil
		}
		return s.write(galeneMessage{Type: "request", Request: map[string][]string{"": {"audio", "video"}}})
	case "offer":
		return s.offered(m)
	case "ice":
		if m.Candidate == nil {
			return nil
		}
		if s.e.pc.RemoteDescription() == nil {
			s.early = append(s.early, *m.Candidate)
			return nil
		}
		return s.e.pc.AddICECandidate(*m.Candidate)
	}
	return nil
}

func (s *galeneStream) offered(m galeneMessage) error {
	if s.id == "" {
		s.id = m.ID
		close(s.named())
	}
	if err := s.e.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: m.SDP}); err != nil {
		return err
	}
	for _, c := range s.early {
		if err := s.e.pc.AddICECandidate(c); err != nil {
			return err
		}
	}
	s.early = nil
	answer, err := s.e.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := s.e.pc.SetLocalDescription(answer); err != nil {
		return err
	}
	return s.write(galeneMessage{Type: "answer", ID: m.ID, SDP: answer.SDP})
}
