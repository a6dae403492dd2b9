package signaling

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// What a robot sends to a robot arrives as it was sent, also when it is a JSON string.
func TestRobotsTextToARobotIsNotChanged(t *testing.T) {
	r := startRoom(t)
	a := (&nativeClient{room: "Teleop", name: "A", data: true}).join(t, r.deviceURL())
	b := (&nativeClient{room: "Teleop", name: "B", data: true}).join(t, r.deviceURL())
	open := func(k *nativeCall) bool { return k.dc != nil && k.dc.ReadyState().String() == "open" }
	k := a.with("B", "channel", open)
	back := b.with("A", "channel", open)
	texts := []string{`"quoted"`, `{ "spaced": 1 }`, "not JSON"}
	for _, text := range texts {
		if err := k.dc.SendText(text); err != nil {
			t.Fatal(err)
		}
	}
	b.with("A", "messages", func(*nativeCall) bool { return len(back.texts) == len(texts) })
	if !slices.Equal(back.texts, texts) {
		t.Errorf("%q came, %q was sent", back.texts, texts)
	}
}

// One key cannot take all places of the room.
func TestRobotsOfOneKeyAreBounded(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.MaxPeers = 12 })
	for i := range 12 {
		c := &nativeClient{room: "Teleop", name: fmt.Sprint("Robot ", i), passive: true}
		c.join(t, r.deviceURL())
	}
	a := r.joinPeer(r.page(patient), headless.Options{})
	waitFor(t, "the robots", func() error {
		if n := len(a.Peers()); n != maxRobots {
			return fmt.Errorf("%d, want %d", n, maxRobots)
		}
		return nil
	})
	name := strings.TrimSuffix(strings.TrimPrefix(a.Peers()[0].Name, robot.Name+" ("), ")")
	newer := (&nativeClient{room: "Teleop", name: name, passive: true}).join(t, r.deviceURL()) // in place of one that is there
	waitFor(t, "list", func() error {
		if got := newer.seen(); !slices.Contains(got, patient.Name) {
			return fmt.Errorf("it sees %v", got)
		}
		return nil
	})
}

// cutRobot is a robot whose network is interrupted, in a call with a page that has seen it.
func (r *testRoom) cutRobot(a *headless.Peer) *nativeClient {
	r.t.Helper()
	c := videoRobot()
	c.join(r.t, r.deviceURL())
	c.media(clinician.Name)
	peerNamed(r.t, a, robotShown, func(p signal.Peer) bool { return len(p.Tracks) == 2 })
	c.cut.Store(true)
	peerNamed(r.t, a, robotShown, func(p signal.Peer) bool { return !p.Connected })
	return c
}

const robotShown = "Kitchen robot (Robot Camera 1)"

// A robot whose calls were interrupted is there all the same when it has nobody to call.
func TestInterruptedRobotIsThereWhenThereIsNobodyToCall(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := r.cutRobot(a)
	c.send("close-all-room-peer-connections", nil)
	peerNamed(t, a, robotShown, func(p signal.Peer) bool { return p.Connected })
}

func TestInterruptedRobotIsThereWhenItIsAlone(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	r.cutRobot(a)
	events := r.events()
	a.Close()
	await(t, events, "the robot is connected", func(e control.Event) bool {
		return e.Type == control.EventJoined && e.Peer.UUID == robot.UUID && e.Peer.Connected
	})
}
