package signaling

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

func joinAs(name, uuid string) signal.Join {
	return signal.Join{Protocol: signal.Version, Name: name, UUID: uuid}
}

// TestBadMessagesEndOneConnectionOnly sends each bad input from a fresh peer while another one looks on.
func TestBadMessagesEndOneConnectionOnly(t *testing.T) {
	r := startRoom(t)
	bystander := r.connect(clinician)
	bystander.join()
	long := strings.Repeat("x", signal.MaxMessage)
	for _, tt := range []struct {
		name   string
		binary bool
		joined bool
		send   string
		code   int
		want   string // in the close text
	}{
		{"pong before join", false, false, `{"type":"pong"}`, signal.CloseNoJoin, "first message"},
		{"offer before join", false, false, `{"type":"offer","sdp":"v=0"}`, signal.CloseNoJoin, "first message"},
		{"no JSON before join", false, false, `hello`, signal.CloseBad, "not JSON"},
		{"other protocol", false, false, `{"type":"join","protocol":2}`, signal.CloseBad, "protocol is 2, should be 1"},
		{"join twice", false, true, `{"type":"join","protocol":1}`, signal.CloseBad, "join: joined already"},
		{"no JSON", false, true, `{"type":`, signal.CloseBad, "not JSON"},
		{"empty", false, true, ``, signal.CloseBad, "not JSON"},
		{"not UTF-8", false, true, "{\"type\":\"\xff\"}", signal.CloseBad, "not UTF-8"},
		{"binary", true, true, `{"type":"pong"}`, signal.CloseBad, "binary message"},
		{"unknown type", false, true, `{"type":"hack"}`, signal.CloseBad, `unknown message type "hack"`},
		{"server type", false, true, `{"type":"ended","reason":"stopped"}`, signal.CloseBad, `unknown message type "ended"`},
		{"too big", false, true, `{"type":"offer","sdp":"` + long + `"}`, signal.CloseBad, "at most 262144"},
		{"far too big", false, true, strings.Repeat(long, 8), signal.CloseBad, "at most 262144"},
		{"wrong shape", false, true, `{"type":"offer","sdp":5}`, signal.CloseBad, "offer: sdp is a number"},
		{"offer that is no SDP", false, true, `{"type":"offer","sdp":"hello","tracks":[]}`, signal.CloseBad, "offer: sdp cannot be parsed"},
		{"offer without credentials", false, true, `{"type":"offer","sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n","tracks":[]}`, signal.CloseBad, "media: the descriptions do not fit"},
		{"answer without an offer", false, true, `{"type":"answer","sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"}`, signal.CloseBad, "answer: there was no offer"},
		{"answer that is no SDP", false, true, `{"type":"answer","sdp":"hello"}`, signal.CloseBad, "answer: sdp cannot be parsed"},
		{"state is a list", false, true, `{"type":"state","state":[]}`, signal.CloseBad, "state: state is not an object"},
		{"mute by a participant", false, true, `{"type":"mute","peer":"x","kind":"audio"}`, signal.CloseBad, "mute: for users only"},
		{"request by a participant", false, true, `{"type":"request","action":"stop"}`, signal.CloseBad, "request: for users"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.connect(patient)
			c.t = t
			id := ""
			if tt.joined {
				id = c.join().Peer
			}
			kind := websocket.TextMessage
			if tt.binary {
				kind = websocket.BinaryMessage
			}
			c.write(kind, tt.send)
			ended, text := c.expectClose(tt.code)
			if ended == nil || ended.Reason != signal.ReasonError || !strings.Contains(ended.Text, tt.want) {
				t.Errorf("ended is %+v, want reason error and %q", ended, tt.want)
			}
			if !strings.Contains(tt.want, text) && !strings.Contains(text, tt.want) {
				t.Errorf("close text %q, want %q", text, tt.want)
			}
			if id != "" {
				expectThat(bystander, func(l signal.Left) bool { return l.Peer == id && l.Reason == signal.ReasonError })
			}
		})
	}
	// The bystander is still there, and so is the room.
	bystander.send(signal.State{State: json.RawMessage(`{"still":"here"}`)})
	newcomer := r.connect(patient)
	j := newcomer.join()
	if len(j.Peers) != 1 || string(j.Peers[0].State) != `{"still":"here"}` || !j.Peers[0].Connected {
		t.Errorf("the bystander is %+v", j.Peers)
	}
}

func TestJoinMustComeInTime(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.join = 50 * time.Millisecond })
	r.connect(patient).expectClose(signal.CloseNoJoin)
}

func TestFloodEndsThePeer(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.perSecond, c.limits.burst = 1, 20 })
	c := r.connect(patient)
	c.join()
	for range 30 {
		if c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"pong"}`)) != nil {
			break // closed already
		}
	}
	if ended, _ := c.expectClose(signal.CloseTooMany); ended == nil || ended.Text != "too many messages" {
		t.Errorf("ended is %+v", ended)
	}
}

// TestSlowWebsocketIsCut has a peer that reads nothing while another one talks.
func TestSlowWebsocketIsCut(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.perSecond, c.limits.burst, c.limits.write = 1e6, 1e6, 200*time.Millisecond })
	talker := r.connect(clinician)
	talker.join()
	slow, _ := r.dialRaw("/participants?key=" + r.key(patient))
	slow.send(signal.Join{Protocol: signal.Version})
	id := expect[signal.PeerUpdate](talker).Peer.ID
	data := json.RawMessage(`"` + strings.Repeat("x", signal.MaxData-2) + `"`)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				talker.send(signal.ClientText{Topic: "t", Data: data})
			}
		}
	}()
	expectThat(talker, func(u signal.PeerUpdate) bool { return u.Peer.ID == id && !u.Peer.Connected })
	close(stop)
	<-done
}

func TestSilentPeerIsCutAndMayResume(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.silence = 300 * time.Millisecond; c.limits.resume = time.Minute })
	c := r.connect(patient)
	j := c.join()
	if ended, _ := c.expectClose(signal.CloseSilent); ended != nil {
		t.Errorf("was told %+v: it is to come back", ended)
	}
	back := r.connect(patient).joinWith(signal.Join{Protocol: signal.Version, Resume: j.Resume})
	if !back.Resumed || back.Peer != j.Peer {
		t.Errorf("got %+v, want peer %s resumed", back, j.Peer)
	}
}

func TestPingsAndPongsKeepAWebsocket(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.ping = 20 * time.Millisecond; c.limits.silence = 2 * time.Second })
	connects := make(chan bool, 10)
	p := r.joinPeer(r.page(robot), headless.Options{OnConnect: func(resumed bool) { connects <- resumed }})
	id := p.ID()
	deadline := time.After(3 * time.Second) // longer than silence: only pongs are sent
	for {
		select {
		case <-p.Done():
			t.Fatal(p.Err())
		case <-deadline:
			if !p.Connected() || p.ID() != id || len(connects) != 1 { // one that was cut is soon there again
				t.Errorf("the websocket was not kept: %d were opened", len(connects))
			}
			return
		}
	}
}

func TestLostPeerIsShownThenRemoved(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.resume = 200 * time.Millisecond })
	events := r.events()
	watcher := r.connect(clinician)
	watcher.join()
	c := r.connect(patient)
	j := c.join()
	c.ws.NetConn().Close() //nolint:errcheck // as a network does
	expectThat(watcher, func(u signal.PeerUpdate) bool { return u.Peer.ID == j.Peer && !u.Peer.Connected })
	expectThat(watcher, func(l signal.Left) bool { return l.Peer == j.Peer && l.Reason == signal.ReasonLost })
	await(t, events, "reconnecting", func(e control.Event) bool {
		return e.Type == control.EventJoined && e.Peer.ID == j.Peer && !e.Peer.Connected
	})
	await(t, events, "left", func(e control.Event) bool { return e.Type == control.EventLeft && e.Peer.ID == j.Peer })
	late := r.connect(patient).joinWith(signal.Join{Protocol: signal.Version, Resume: j.Resume})
	if late.Resumed || late.Peer == j.Peer {
		t.Errorf("a token that is over resumed peer %s", late.Peer)
	}
}

func TestGoodbyes(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	for name, leave := range map[string]func(*raw){
		"leave": func(c *raw) { c.send(signal.Leave{}) },
		"page closed": func(c *raw) {
			c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second)) //nolint:errcheck // the test sees
		},
	} {
		c := r.connect(patient)
		id := c.join().Peer
		leave(c)
		expectThat(watcher, func(l signal.Left) bool {
			if l.Peer == id && l.Reason != signal.ReasonLeft {
				t.Errorf("%s: left with reason %q", name, l.Reason)
			}
			return l.Peer == id
		})
	}
}

func TestSecondJoinReplacesTheFirst(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	first := r.connect(patient)
	j1 := first.join()
	j2 := r.connect(patient).join()
	if j1.Peer == j2.Peer || len(j2.Peers) != 1 {
		t.Errorf("second join is %+v", j2)
	}
	if ended, _ := first.expectClose(signal.CloseReplaced); ended == nil || ended.Reason != signal.ReasonReplaced {
		t.Errorf("the first was told %+v", ended)
	}
	expectThat(watcher, func(l signal.Left) bool { return l.Peer == j1.Peer && l.Reason == signal.ReasonReplaced })
}

// A laptop that wakes up does not take the call away from the tablet on which it goes on, until somebody asks it to.
func TestComingBackLeavesThePlaceToANewerPage(t *testing.T) {
	r := startRoom(t)
	watcher := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("c")})
	asleep := signal.Join{Protocol: signal.Version, Resume: r.connect(patient).join().Resume}
	unheard := r.connect(patient).join() // the same page, perhaps: it never had media
	if j := r.connect(patient).joinWith(asleep); j.Resumed || j.Peer == unheard.Peer {
		t.Errorf("beside a peer without media: got %+v", j)
	}
	tablet := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("p")})
	frames(t, watcher, tablet.ID(), 5)
	awake := r.connect(patient)
	awake.send(asleep)
	if ended, _ := awake.expectClose(signal.CloseReplaced); ended == nil || ended.Reason != signal.ReasonReplaced {
		t.Errorf("coming back ends with %+v", ended)
	}
	moreFrames(t, watcher, tablet.ID(), 20)
	if j := r.connect(patient).join(); len(j.Peers) != 1 { // a person has opened it
		t.Errorf("got %+v", j)
	}
	select {
	case <-tablet.Done():
	case <-time.After(patience):
		t.Error("the older page is not replaced")
	}
}

func TestResumeTakesOverALiveWebsocket(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	first := r.connect(patient)
	j1 := first.join()
	second := r.connect(patient)
	j2 := second.joinWith(signal.Join{Protocol: signal.Version, Resume: j1.Resume, State: json.RawMessage(`{"n":2}`)})
	if !j2.Resumed || j2.Peer != j1.Peer || j2.Resume != j1.Resume {
		t.Errorf("got %+v, want %s resumed", j2, j1.Peer)
	}
	first.expectClose(signal.CloseReplaced)
	expectThat(watcher, func(u signal.PeerUpdate) bool { return u.Peer.ID == j1.Peer && string(u.Peer.State) == `{"n":2}` })
	second.send(signal.ClientText{Topic: "alive"})
	if m := expect[signal.ServerText](watcher); m.From != j1.Peer {
		t.Errorf("message from %s, want %s", m.From, j1.Peer)
	}
}

func TestResumeTokenIsBoundToTheInvitee(t *testing.T) {
	r := startRoom(t)
	victim := r.connect(patient)
	j := victim.join()
	thief := r.connect(robot).joinWith(signal.Join{Protocol: signal.Version, Resume: j.Resume})
	if thief.Resumed || thief.Peer == j.Peer {
		t.Error("another invitee resumed the peer")
	}
	for i := range 4 {
		j := r.connect(patient).join() // its own page, and the one before has been replaced
		token := []string{j.Peer, j.Peer + ".", j.Resume[:len(j.Resume)-1], "." + j.Resume}[i]
		if got := r.connect(patient).joinWith(signal.Join{Protocol: signal.Version, Resume: token}); got.Resumed {
			t.Errorf("token %q resumed", token)
		}
	}
}

func TestRoomIsFull(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.MaxPeers = 2 })
	r.connect(clinician).join()
	r.connect(patient).join()
	c := r.connect(robot)
	c.send(signal.Join{Protocol: signal.Version})
	if ended, _ := c.expectClose(signal.CloseFull); ended == nil || ended.Reason != signal.ReasonFull {
		t.Errorf("got %+v", ended)
	}
	if j := r.connect(patient).join(); len(j.Peers) != 1 { // replacing needs no place
		t.Errorf("got %+v", j)
	}
}

func TestTooManyWebsocketsAreRefused(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.conns = 3 })
	for range 3 {
		r.connect(patient)
	}
	waitFor(t, "refusal", func() error {
		if c, status := r.dialRaw("/users?key=" + r.key(clinician)); c != nil || status != 503 {
			return fmt.Errorf("status %d, want 503", status)
		}
		return nil
	})
}

func TestMessagesReachWhomTheyAreFor(t *testing.T) {
	r := startRoom(t)
	a, b, c := r.connect(clinician), r.connect(patient), r.connect(robot)
	idA, idB := a.join().Peer, b.join().Peer
	c.join()
	a.send(signal.ClientText{To: "nobody", Topic: "lost"}) // dropped without harm
	a.send(signal.ClientText{To: idB, Topic: "private", Data: json.RawMessage(`{"n":1}`)})
	a.send(signal.ClientText{Topic: "all", Data: json.RawMessage(`"<b>"`)})
	if m := expect[signal.ServerText](b); m.Topic != "private" || m.From != idA || string(m.Data) != `{"n":1}` {
		t.Errorf("b got %+v", m)
	}
	for _, x := range []*raw{b, c} {
		if m := expect[signal.ServerText](x); m.Topic != "all" {
			t.Errorf("got %+v, want the message to all", m)
		}
	}
	a.send(signal.ClientMute{Peer: idB, Kind: "audio"})
	if m := expect[signal.ServerMute](b); m.From != idA || m.Kind != "audio" {
		t.Errorf("b got %+v", m)
	}
	b.send(signal.State{State: json.RawMessage(`{"microphone":false}`)})
	expectThat(c, func(u signal.PeerUpdate) bool {
		return u.Peer.ID == idB && string(u.Peer.State) == `{"microphone":false}`
	})
	b.send(signal.View{Tracks: []signal.Shown{{Track: "t", Width: 1, Height: 1}}})
	b.send(signal.Candidate{})
	b.send(signal.ClientText{To: idA, Topic: "after"}) // b is still in good standing
	if m := expect[signal.ServerText](a); m.Topic != "after" {
		t.Errorf("a got %+v", m)
	}
}
