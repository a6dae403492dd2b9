package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/signal"
)

func TestCallOfThree(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	c := r.joinPeer(r.page(robot), headless.Options{Tracks: picture("c")})
	all := []*headless.Peer{a, b, c}
	for _, p := range all {
		for _, from := range all {
			if p != from {
				frames(t, p, from.ID(), 10)
			}
		}
	}
	for _, p := range all {
		for _, s := range p.Stats() {
			if s.Kind == "video" && s.Keyframes < 5 {
				t.Errorf("%s of %s has %d key frames, want every frame to be one", s.Source, s.Peer, s.Keyframes)
			}
		}
	}
	a.Close()
	for _, p := range all[1:] {
		waitFor(t, "departure", func() error {
			if n := len(p.Peers()); n != 1 {
				return fmt.Errorf("%s sees %d others", p.ID(), n)
			}
			return nil
		})
	}
}

// A page's candidates are used: where it cannot reach the room, the room may reach it.
func TestRoomUsesThePagesCandidates(t *testing.T) {
	r := startRoom(t)
	watcher := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("w")})
	p := r.openTab(patient)
	p.deaf = true
	joined := p.join(signal.Join{})
	frames(t, watcher, joined.Peer, 5)
	p.hears(watcher.ID())
}

func TestSecondCameraAndScreenComeAndGo(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	frames(t, a, b.ID(), 1)
	got := func(source string, live bool) func() error {
		return func() error {
			for _, s := range a.Stats() {
				if s.Source == source && s.Live == live && s.Frames > 3 {
					return nil
				}
			}
			return fmt.Errorf("%+v", a.Stats())
		}
	}
	for _, source := range []string{signal.SourceCamera2, signal.SourceScreen} {
		if err := b.Publish(headless.Track{Source: source, Media: headless.NewPattern(source)}); err != nil {
			t.Fatal(err)
		}
		waitFor(t, source, got(source, true))
	}
	for _, p := range a.Peers() {
		if len(p.Tracks) != 4 {
			t.Errorf("the others are told of %+v, want 4 tracks", p.Tracks)
		}
	}
	if err := b.Unpublish(signal.SourceScreen); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "end of the screen", got(signal.SourceScreen, false))
	waitFor(t, "camera", got(signal.SourceCamera2, true))
}

// inbox keeps what OnMessage got.
type inbox struct {
	mu   sync.Mutex
	list []headless.Message
}

func (i *inbox) put(m headless.Message) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.list = append(i.list, m)
}

func (i *inbox) find(fits func(headless.Message) bool) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, m := range i.list {
		if fits(m) {
			return true
		}
	}
	return false
}

func TestDataMessages(t *testing.T) {
	r := startRoom(t)
	var boxB, boxC inbox
	a := r.joinPeer(r.page(clinician), headless.Options{})
	b := r.joinPeer(r.page(patient), headless.Options{OnMessage: boxB.put})
	c := r.joinPeer(r.page(robot), headless.Options{OnMessage: boxC.put})
	page, _ := r.dialRaw("/users?key=" + sharedKey) // without data channels, as the session page
	go page.read()
	page.join()

	// Channels open one after the other: repeat until everything has come.
	payload := strings.Repeat("z", signal.MaxFrame-2)
	waitFor(t, "binary frames", func() error {
		a.SendBinary(signal.ChannelReliable, "", []byte(payload)) //nolint:errcheck // tried again
		a.SendBinary(signal.ChannelLossy, c.ID(), []byte{1, 2})   //nolint:errcheck // tried again
		all := func(m headless.Message) bool {
			return m.From == a.ID() && string(m.Binary) == payload && m.Channel == signal.ChannelReliable
		}
		direct := func(m headless.Message) bool {
			return m.From == a.ID() && string(m.Binary) == "\x01\x02" && m.Channel == signal.ChannelLossy
		}
		if !boxB.find(all) || !boxC.find(all) || !boxC.find(direct) {
			return fmt.Errorf("not all came")
		}
		if boxB.find(direct) {
			t.Error("b got what was for c")
		}
		return nil
	})
	if err := a.Send("", "chat", json.RawMessage(`{"text":"hello"}`)); err != nil {
		t.Fatal(err)
	}
	text := func(m headless.Message) bool {
		return m.From == a.ID() && m.Topic == "chat" && string(m.Data) == `{"text":"hello"}` && m.Channel == signal.ChannelReliable
	}
	waitFor(t, "text", func() error {
		if !boxB.find(text) || !boxC.find(text) {
			return fmt.Errorf("not all came")
		}
		return nil
	})
	if m := expect[signal.ServerText](page); m.Topic != "chat" || m.From != a.ID() {
		t.Errorf("the page got %+v by websocket", m)
	}
	waitFor(t, "lossy text", func() error {
		if err := a.SendLossy(b.ID(), "pose", json.RawMessage(`[1,2]`)); err != nil {
			return err
		}
		if !boxB.find(func(m headless.Message) bool { return m.Topic == "pose" && m.Channel == signal.ChannelLossy }) {
			return fmt.Errorf("not come")
		}
		return nil
	})
	if boxC.find(func(m headless.Message) bool { return m.Topic == "pose" }) {
		t.Error("c got what was for b")
	}
}

// proxy forwards TCP to a room until it is cut, and again afterwards.
type proxy struct {
	l  net.Listener
	wg sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l}
	p.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close() //nolint:errcheck // the room is gone
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				p.wg.Go(func() {
					io.Copy(pair[0], pair[1]) //nolint:errcheck // cut
					pair[0].Close()           //nolint:errcheck // cut
				})
			}
		}
	})
	t.Cleanup(func() {
		l.Close() //nolint:errcheck // over
		p.cut()
		p.wg.Wait()
	})
	return p
}

// cut breaks all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close() //nolint:errcheck // that is the point
	}
	p.conns = nil
}

func TestCutWebsocketKeepsTheMedia(t *testing.T) {
	r := startRoom(t)
	watcher := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("w")})
	behind := newProxy(t, r.addr)
	resumed := make(chan bool, 10)
	page := strings.Replace(r.page(patient), r.addr, behind.l.Addr().String(), 1)
	p := r.joinPeer(page, headless.Options{Tracks: picture("p"), OnConnect: func(again bool) { resumed <- again }})
	<-resumed
	frames(t, watcher, p.ID(), 10)
	frames(t, p, watcher.ID(), 10)
	id := p.ID()
	of := func(source string) (n uint64) { // its frames so far
		for _, s := range watcher.Stats() {
			if s.Peer == id && s.Source == source && s.Kind == "video" {
				n = s.Frames
			}
		}
		return n
	}
	for round := range 3 {
		source := []string{signal.SourceCamera2, signal.SourceScreen, signal.SourceCamera2}[round]
		before := of(source)
		behind.cut()
		if again := await(t, resumed, "resume", func(bool) bool { return true }); !again {
			t.Fatalf("round %d: joined anew instead of resuming", round)
		}
		if p.ID() != id {
			t.Fatalf("round %d: the peer's id changed", round)
		}
		// What is published while and after the websocket was away arrives, too.
		if round < 2 {
			if err := p.Publish(headless.Track{Source: source, Media: headless.NewPattern(source)}); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, "media after the cut", func() error {
			for _, s := range watcher.Stats() {
				if s.Peer == id && s.Source == source && s.Live && s.Frames > before+5 {
					return nil
				}
			}
			return fmt.Errorf("%+v", watcher.Stats())
		})
	}
	for _, s := range watcher.Stats() {
		if s.Peer == id && !s.Live {
			t.Errorf("%s %s was interrupted", s.Source, s.Kind)
		}
	}
}

func TestPeerIsToldWhyItEnds(t *testing.T) {
	r := startRoom(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := headless.Join(ctx, strings.Replace(r.page(patient), "key=", "key=x", 1), headless.Options{})
	if err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("wrong key: got %v, want a refusal with 403", err)
	}
	p := r.joinPeer(r.page(patient), headless.Options{})
	if err := r.control.Stop(ctx, "stopped"); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	var ended *headless.EndedError
	if err := p.Err(); !errors.As(err, &ended) || ended.Reason != signal.ReasonStopped {
		t.Errorf("got %v", err)
	}
}
