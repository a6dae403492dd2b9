package signaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// deviceURL is what rehab gives to a device, on this room.
func (r *testRoom) deviceURL() string { return r.page(robot) + "&pwd=" + r.key(robot) }

// videoRobot has a camera and a screen.
func videoRobot() *nativeClient {
	return &nativeClient{room: "VideoConf", name: "Robot Camera 1", sends: []headless.Media{headless.NewPattern("robot"), headless.NewTone()}, receives: true}
}

// peerNamed waits until p sees a peer of that name.
func peerNamed(t *testing.T, p *headless.Peer, name string, fits func(signal.Peer) bool) signal.Peer {
	t.Helper()
	var found signal.Peer
	waitUpTo(t, 3*patience, name, func() error {
		for _, o := range p.Peers() {
			if o.Name == name && fits(o) {
				found = o
				return nil
			}
		}
		return fmt.Errorf("%s sees %+v", p.ID(), p.Peers())
	})
	return found
}

func anyPeer(signal.Peer) bool { return true }

func TestRobotGetsEverybodysMediaAndPublishesOnce(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	c := videoRobot().join(t, r.deviceURL())
	for _, name := range []string{clinician.Name, patient.Name} {
		c.media(name)
	}
	shown := peerNamed(t, a, "Kitchen robot (Robot Camera 1)", func(p signal.Peer) bool { return len(p.Tracks) == 2 })
	if shown.Kind != control.Device || shown.UUID != robot.UUID || !shown.Verified || shown.Quiet || string(shown.State) != `{"microphone":true,"camera":true,"room":"VideoConf"}` {
		t.Errorf("the robot is shown as %+v, state %s", shown, shown.State)
	}
	frames(t, a, shown.ID, 10)
	frames(t, b, shown.ID, 10)
	if n := c.publishing(); n != 1 {
		t.Errorf("%d connections of the robot take its media, want 1", n)
	}

	waitFor(t, "the robot's quality", func() error {
		q, err := r.control.Quality(t.Context())
		if err == nil && !slices.ContainsFunc(q.Peers, func(p control.PeerQuality) bool { return p.Peer.ID == shown.ID }) {
			err = fmt.Errorf("measured are %d peers, not the robot", len(q.Peers))
		}
		return err
	})

	// Whoever carries its media leaves: it goes on, on a connection that the robot makes anew with somebody who stays.
	leaves, stays := a, b
	name, left := patient.Name, clinician.Name
	if c.with(left, "connection", func(*nativeCall) bool { return true }).takes == 0 {
		leaves, stays, name, left = b, a, left, name
	}
	before := c.with(name, "connection", func(*nativeCall) bool { return true })
	leaves.Close()
	after := c.with(name, "another connection, which takes its media", func(k *nativeCall) bool {
		return k != before && k.takes == 2 && k.packets["video"] > 10 && k.packets["audio"] > 10
	})
	if after.to == before.to {
		t.Error("it has the same id: a native client would not call it")
	}
	had := map[string]uint64{}
	for _, s := range stays.Stats() {
		had[s.Kind] = s.Frames
	}
	frames(t, stays, shown.ID, max(had["video"], had["audio"])+20)
	waitFor(t, "one publishing connection", func() error {
		if n := c.publishing(); n != 1 || !slices.Equal(c.seen(), []string{name}) {
			return fmt.Errorf("%d connections take its media, it sees %v", n, c.seen())
		}
		return nil
	})
}

func TestRobotThatOnlySends(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	if err := a.Publish(headless.Track{Source: signal.SourceScreen, Media: headless.NewPattern("s")}); err != nil {
		t.Fatal(err)
	}
	c := (&nativeClient{room: "Map", name: "Map image", sends: []headless.Media{headless.NewPattern("map")}}).join(t, r.deviceURL())
	for _, name := range []string{clinician.Name, patient.Name} {
		c.with(name, "connection", func(k *nativeCall) bool { return k.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
	}
	for _, p := range []*headless.Peer{a, b} {
		waitFor(t, "the map", func() error {
			for _, s := range p.Stats() {
				if s.Kind == "video" && s.Source == signal.SourceCamera && s.Frames > 10 && s.Peer == peerNamed(t, p, "Kitchen robot (Map image)", anyPeer).ID {
					return nil
				}
			}
			return fmt.Errorf("%+v", p.Stats())
		})
	}
	if got := c.seen(); len(got) != 2 || c.publishing() != 1 {
		t.Errorf("it sees %v and publishes on %d connections; the screen is nothing for it", got, c.publishing())
	}
}

func TestRobotSeesSecondCamerasAndScreens(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := videoRobot().join(t, r.deviceURL())
	c.media(clinician.Name)
	if err := a.Publish(headless.Track{Source: signal.SourceScreen, Media: headless.NewPattern("s")}); err != nil {
		t.Fatal(err)
	}
	sound := 0
	c.with("Dr. Roy (screen)", "picture", func(k *nativeCall) bool { sound = k.packets["audio"]; return k.packets["video"] > 10 })
	if sound > 0 {
		t.Error("the screen has the sound of the camera")
	}
	if err := a.Unpublish(signal.SourceScreen); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "end of the screen", func() error {
		if got := c.seen(); !slices.Equal(got, []string{clinician.Name}) {
			return fmt.Errorf("it sees %v", got)
		}
		return nil
	})
}

func TestRobotData(t *testing.T) {
	r := startRoom(t)
	var boxA, boxB inbox
	a := r.joinPeer(r.page(clinician), headless.Options{OnMessage: boxA.put})
	r.joinPeer(r.page(patient), headless.Options{OnMessage: boxB.put})
	c := (&nativeClient{room: "Teleop", name: "Robot Data Channel", data: true}).join(t, r.deviceURL())
	me := peerNamed(t, a, "Kitchen robot (Robot Data Channel)", anyPeer)
	if !me.Quiet || string(me.State) != `{"microphone":false,"camera":false,"room":"Teleop"}` {
		t.Errorf("it is shown as %+v, state %s", me, me.State)
	}

	k := c.with(clinician.Name, "channel", func(k *nativeCall) bool { return k.dc != nil && k.dc.ReadyState().String() == "open" })
	c.with(patient.Name, "channel", func(k *nativeCall) bool { return k.dc.ReadyState().String() == "open" })
	for _, text := range []string{`{"type":"robotStatus","battery":80}`, "not JSON"} {
		if err := k.dc.SendText(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`{"type":"robotStatus","battery":80}`, `"not JSON"`} {
		fits := func(m headless.Message) bool { return m.Topic == "Teleop" && m.From == me.ID && string(m.Data) == want }
		waitFor(t, want, func() error {
			if !boxA.find(fits) {
				return errors.New("it has not come")
			}
			return nil
		})
		if boxB.find(fits) {
			t.Error("a message to the clinician came to the patient")
		}
	}
	if err := a.Send(me.ID, "drive", json.RawMessage(`{"type":"velCmd","x":0.5}`)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the lossy channel", func() error { return a.SendLossy("", "Teleop", json.RawMessage(`"stop"`)) })
	if err := a.Send("", "chat", json.RawMessage(`"for people"`)); err != nil {
		t.Fatal(err)
	}
	if err := a.Send("", "Teleop", json.RawMessage(`"last"`)); err != nil {
		t.Fatal(err)
	}
	c.with(clinician.Name, "messages", func(k *nativeCall) bool { return slices.Contains(k.texts, "last") && len(k.texts) == 3 })
	for _, want := range []string{`{"type":"velCmd","x":0.5}`, "stop"} {
		if !slices.Contains(k.texts, want) {
			t.Errorf("the robot got %q, want %s among them", k.texts, want)
		}
	}
}

// What a robot sends too fast on its channel is dropped, and the rest arrives.
func TestRobotThatSendsTooMuch(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.frames, c.limits.frameRun = 0.001, 5 })
	var box inbox
	r.joinPeer(r.page(clinician), headless.Options{OnMessage: box.put})
	c := (&nativeClient{room: "Teleop", name: "x", data: true}).join(t, r.deviceURL())
	k := c.with(clinician.Name, "channel", func(k *nativeCall) bool { return k.dc != nil && k.dc.ReadyState().String() == "open" })
	for i := range 20 {
		if err := k.dc.SendText(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	text := func(want string) bool {
		return box.find(func(m headless.Message) bool { return string(m.Data) == want })
	}
	waitFor(t, "the fifth", func() error {
		if !text("4") {
			return errNone
		}
		return nil
	})
	<-time.After(200 * time.Millisecond)
	if text("5") {
		t.Error("the sixth has come")
	}
}

func TestRobotsOfOneRoomSeeEachOther(t *testing.T) {
	r := startRoom(t)
	map1 := (&nativeClient{room: "Map", name: "Map image", sends: []headless.Media{headless.NewPattern("m")}}).join(t, r.deviceURL())
	seesNobody := func(c *nativeClient) {
		t.Helper()
		waitFor(t, "list", func() error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.clients) != 1 || *c.clients[0].ID != c.id || string(*c.clients[0].Data) != `{"battery":80}` {
				return fmt.Errorf("it sees %d clients", len(c.clients))
			}
			return nil
		})
	}
	seesNobody(map1)
	conf := videoRobot().join(t, r.deviceURL())
	seesNobody(conf)
	second := videoRobot()
	second.name = "Robot Camera 2"
	second.holds = true // so that it is the room that ends its calls
	second.join(t, r.deviceURL())
	conf.media("Robot Camera 2")
	second.media("Robot Camera 1")
	if n := conf.publishing() + second.publishing(); n != 2 {
		t.Errorf("the two take media on %d connections, want 2", n)
	}
	if got := map1.seen(); len(got) != 0 {
		t.Errorf("a robot of another room sees %v", got)
	}

	conf.send("close-all-room-peer-connections", nil)
	waitFor(t, "end of the calls", func() error {
		second.mu.Lock()
		defer second.mu.Unlock()
		if second.hungUp != 1 || len(second.calls) > 0 {
			return fmt.Errorf("told %d times, and has %d calls", second.hungUp, len(second.calls))
		}
		return nil
	})
	conf.send("call-all", nil)
	second.media("Robot Camera 1")

	newer := videoRobot().join(t, r.deviceURL()) // the same once more
	conf.awaitClosed()
	newer.media("Robot Camera 2")
}

func TestRobotThatWaitsIsAskedToCall(t *testing.T) {
	r := startRoom(t)
	r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := videoRobot()
	c.passive = true
	c.join(t, r.deviceURL())
	c.media(clinician.Name)
	c.hangUp()
	c.media(clinician.Name)
}

func TestRobotCallsSome(t *testing.T) {
	r := startRoom(t)
	r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	c := videoRobot()
	c.passive = true
	c.join(t, r.deviceURL())
	waitFor(t, "list", func() error {
		if len(c.seen()) != 2 {
			return errors.New("not complete")
		}
		return nil
	})
	c.mu.Lock()
	id := *c.clients[0].ID
	name := *c.clients[0].Name
	c.mu.Unlock()
	c.send("call-ids", []string{id, "nobody"})
	waitFor(t, "the request to call one", func() error { // the room asks for both by itself
		c.mu.Lock()
		defer c.mu.Unlock()
		if !slices.ContainsFunc(c.asked, func(ids []string) bool { return slices.Equal(ids, []string{id}) }) {
			return fmt.Errorf("asked to call %q, want %s", c.asked, id)
		}
		return nil
	})
	c.media(name)
}

// The candidates of either side are enough: behind a NAT, or a firewall, those of the other may not be.
func TestRobotAndRoomTellEachOtherTheirCandidates(t *testing.T) {
	for name, c := range map[string]*nativeClient{
		"those of the room": {secret: true}, "those of the robot": {deaf: true}, "those of the robot, before its offer": {deaf: true, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRoom(t)
			r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
			c.room, c.name, c.receives = "VideoConf", "x", true
			c.join(t, r.deviceURL()).media(clinician.Name)
		})
	}
}

// The client gives its connections up after an interruption, and does not call again by itself.
func TestRobotComesBackAfterAnInterruption(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := videoRobot()
	c.passive = true // who calls for nobody has to be asked
	c.join(t, r.deviceURL())
	c.media(clinician.Name)
	const shown = "Kitchen robot (Robot Camera 1)"
	before := peerNamed(t, a, shown, func(p signal.Peer) bool { return len(p.Tracks) == 2 })
	c.cut.Store(true)
	peerNamed(t, a, shown, func(p signal.Peer) bool { return !p.Connected })
	c.cut.Store(false)
	c.media(clinician.Name)
	after := peerNamed(t, a, shown, func(p signal.Peer) bool { return p.Connected && len(p.Tracks) == 2 })
	if after.ID != before.ID {
		t.Error("it has left and joined again")
	}
	had := uint64(0)
	for _, s := range a.Stats() {
		had = max(had, s.Frames)
	}
	frames(t, a, after.ID, had+20)
}
