package peer_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
	"github.com/gotera/gotera/proto/signal"
)

// slowRoom lets a peer in, loses its websocket, and takes its time with the next one.
type slowRoom struct {
	*httptest.Server
	lose    chan struct{} // closed: the first websocket is lost
	dialled chan struct{} // holds one when the second is asked for
	upgrade chan struct{} // closed: it opens
	ponged  chan struct{} // closed: the peer reads it
	joining chan struct{} // holds one when its join has come
	let     chan struct{} // closed: the join is answered
	states  chan string   // what it says after that
}

func newSlowRoom(t *testing.T) *slowRoom {
	t.Helper()
	r := &slowRoom{
		lose: make(chan struct{}), dialled: make(chan struct{}, 1), upgrade: make(chan struct{}), ponged: make(chan struct{}),
		joining: make(chan struct{}, 1), let: make(chan struct{}), states: make(chan string, 10),
	}
	first := make(chan struct{}, 1)
	first <- struct{}{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		select {
		case <-first:
			r.serve(t, w, req, false)
		default:
			r.serve(t, w, req, true)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *slowRoom) serve(t *testing.T, w http.ResponseWriter, req *http.Request, second bool) {
	if second {
		r.dialled <- struct{}{}
		select {
		case <-r.upgrade:
		case <-req.Context().Done():
			return
		}
	}
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, req, nil)
	if err != nil {
		return // the peer has given up
	}
	defer ws.Close() //nolint:errcheck // over
	if second {
		ws.SetPongHandler(func(string) error { close(r.ponged); return nil })
		ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience)) //nolint:errcheck // no pong comes then
	}
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := signal.DecodeClient(raw)
		if err != nil {
			t.Error(err)
			return
		}
		switch m := m.(type) {
		case signal.Join:
			if second {
				r.joining <- struct{}{}
				<-r.let
			}
			joined := signal.Joined{Peer: "p", Resume: "p.secret", Peers: []signal.Peer{{ID: "stays"}}}
			if !second {
				joined.Peers = append(joined.Peers, signal.Peer{ID: "goes"})
			}
			answer, _ := signal.Encode(joined)
			if ws.WriteMessage(websocket.TextMessage, answer) != nil || !second {
				<-r.lose
				return
			}
		case signal.State:
			r.states <- string(m.State)
		case signal.Leave:
			return
		}
	}
}

// What changes between a join and its answer is told: the join has the state of before.
func TestStateThatChangesWhileJoiningIsTold(t *testing.T) {
	r := newSlowRoom(t)
	close(r.upgrade)
	p := join(t, r.URL+"/devices?key=k", peer.Options{})
	close(r.lose)
	<-r.joining
	if err := p.SetState([]byte(`{"arm":"up"}`)); err != nil {
		t.Fatal(err)
	}
	p.Lines() // waits until that is done
	close(r.let)
	select {
	case s := <-r.states:
		if s != `{"arm":"up"}` {
			t.Errorf("the room was told %s", s)
		}
	case <-time.After(patience):
		t.Error("the room was not told the state")
	}
}

// Who goes while the peer is away is told to have gone when it is back: whoever counts those who are there would wait for ever.
func TestWhoLeftMeanwhileIsTold(t *testing.T) {
	r := newSlowRoom(t)
	close(r.upgrade)
	close(r.let)
	left := make(chan string, 10)
	p := join(t, r.URL+"/devices?key=k", peer.Options{OnLeft: func(id, reason string) { left <- id + " " + reason }})
	close(r.lose)
	select {
	case got := <-left:
		if got != "goes lost" {
			t.Errorf("told of %q", got)
		}
	case <-time.After(patience):
		t.Error("nobody was told to have left")
	}
	p.Lines() // waits until all is told
	if len(left) > 0 {
		t.Errorf("told of %q, too", <-left)
	}
}

// A room that has died takes the media with it: health does not wait for another room to say so.
func TestMediaOfADeadRoomIsNotWell(t *testing.T) {
	r := peertest.StartRoom(t, "")
	viewer := join(t, r.URL("users"), peer.Options{})
	p := join(t, r.URL("devices"), peer.Options{Tracks: []peer.Track{{Media: peer.NewPattern("")}}})
	received(t, viewer, "video", "video/VP8", 5)
	is := func(want peer.Health) func() error {
		return func() error {
			if got := p.Health(); got != want {
				return fmt.Errorf("%+v, want %+v", got, want)
			}
			return nil
		}
	}
	waitFor(t, "health", is(peer.Health{Signaling: true, Media: true}))
	r.Stop()
	waitFor(t, "the end of it", is(peer.Health{}))
}

// A websocket that opens while the peer closes is closed too.
func TestCloseWhileConnecting(t *testing.T) {
	for range 6 { // what comes first is chance
		r := newSlowRoom(t)
		p := join(t, r.URL+"/devices?key=k", peer.Options{})
		close(r.lose)
		close(r.let)
		<-r.dialled
		busy, free := make(chan struct{}), make(chan struct{})
		p.Occupy(busy, free)
		<-busy
		close(r.upgrade)
		<-r.ponged
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			p.Close()
		}()
		waitFor(t, "the beginning of Close", func() error {
			if !errors.Is(p.SetState([]byte("{}")), peer.ErrClosed) {
				return errors.New("it is open")
			}
			return nil
		})
		close(free)
		select {
		case <-closed:
		case <-time.After(patience):
			t.Fatal("Close waits for a websocket that nobody uses")
		}
	}
}
