package signaling

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
)

// silentSocket opens a robots' websocket from an address, and says nothing on it. gone is closed when it has been ended.
func silentSocket(t *testing.T, r *testRoom, from string) (gone <-chan struct{}) {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+r.addr+"/signaling", http.Header{"X-Forwarded-For": {"203.0.113.77, " + from}})
	if err != nil {
		t.Fatalf("a websocket from %s: %v", from, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ws.ReadMessage() //nolint:errcheck // any end will do
	}()
	t.Cleanup(func() { ws.Close(); <-ended }) //nolint:errcheck // it may have been ended
	return ended
}

// Websockets that were opened without a key, and on which nothing is said, keep no robot out, nor anybody who is about to join.
func TestSilentWebsocketsKeepNoRobotOut(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.join = time.Hour })
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	slow := silentSocket(t, r, "192.0.2.1") // somebody else's, who opened it before all others
	var crowd []<-chan struct{}
	for range maxStrangers + 8 {
		crowd = append(crowd, silentSocket(t, r, "192.0.2.66"))
	}
	videoRobot().join(t, r.deviceURL()).media(clinician.Name)
	for i, gone := range crowd[:8] { // the oldest have given way
		select {
		case <-gone:
		case <-time.After(patience):
			t.Fatalf("websocket %d of the crowd is open still", i)
		}
	}
	select {
	case <-slow:
		t.Error("the websocket from another address has been ended")
	default:
	}
	if !a.Connected() {
		t.Error("the clinician was disturbed")
	}
}

// From many addresses, the oldest goes.
func TestOldestStrangerGivesWay(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.join = time.Hour })
	first := silentSocket(t, r, "192.0.2.1")
	second := silentSocket(t, r, "192.0.2.2")
	for i := range maxStrangers - 1 {
		silentSocket(t, r, fmt.Sprintf("198.51.100.%d", i))
	}
	select {
	case <-first:
	case <-time.After(patience):
		t.Error("the oldest is open still")
	}
	select {
	case <-second:
		t.Error("the second oldest has been ended, too")
	default:
	}
}

// One robot that takes all the calls that there are gives up half of them when another one comes, and not the oldest.
func TestRobotsShareTheirCalls(t *testing.T) {
	second := control.Invitee{Kind: control.Device, UUID: "00000000-0000-4000-8000-000000000005", Name: "Hall robot", Status: control.Invited}
	r := startOpenRoom(t, 8)
	r.in.setSession(session(clinician, patient, robot, second))
	r.in.calls.most = 4
	r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	var greedy []*nativeClient
	for i := range 3 {
		c := videoRobot()
		c.room, c.sends = fmt.Sprint("Camera", i), nil
		greedy = append(greedy, c.join(t, r.deviceURL()))
		for _, who := range []string{clinician.Name, patient.Name} {
			if i < 2 {
				c.with(who, "a picture", func(k *nativeCall) bool { return k.packets["video"] > 3 })
			} else {
				waitFor(t, "refusal", func() error { return c.refusal(who) })
			}
		}
	}
	modest := videoRobot()
	modest.join(t, r.page(second)+"&pwd="+r.key(second))
	for _, who := range []string{clinician.Name, patient.Name} {
		modest.with(who, "a picture", func(k *nativeCall) bool { return k.packets["video"] > 3 })
	}
	r.in.mu.Lock()
	of, total := r.in.calls.of[control.Who{Kind: robot.Kind, UUID: robot.UUID}], r.in.calls.total
	r.in.mu.Unlock()
	if of > 2+total-4 { // one that has given way may still be closing
		t.Errorf("the greedy robot has %d of %d calls, want 2", of, total)
	}
	for _, who := range []string{clinician.Name, patient.Name} {
		before := 0
		greedy[0].with(who, "a picture", func(k *nativeCall) bool { before = k.packets["video"]; return true })
		greedy[0].with(who, "its picture still", func(k *nativeCall) bool { return k.packets["video"] > before+3 })
	}
	<-time.After(firstCall + time.Second) // the greedy one has called again by now
	modest.mu.Lock()
	if n := len(modest.all); n != 2 {
		t.Errorf("the other robot had to call %d times, want 2: its share was taken away", n)
	}
	modest.mu.Unlock()
	r.in.setSession(session())
	r.holds(0)
}

// A robot that asks all to call, or to hang up, without end does not fill the queues of the others of its group.
func TestRobotsDoNotFloodEachOther(t *testing.T) {
	r := startRoom(t)
	second := control.Invitee{Kind: control.Device, UUID: "00000000-0000-4000-8000-000000000005", Name: "Hall robot", Status: control.Invited}
	r.put(session(clinician, robot, second))
	quiet := &nativeClient{room: "Teleop", name: "quiet", data: true, passive: true}
	quiet.join(t, r.page(second)+"&pwd="+r.key(second))
	loud := &nativeClient{room: "Teleop", name: "loud", data: true}
	loud.join(t, r.deviceURL())
	waitFor(t, "each other", func() error {
		if len(quiet.seen()) != 1 || len(loud.seen()) != 1 {
			return errNone
		}
		return nil
	})
	began := time.Now()
	const flood = 1000
	for range flood {
		loud.send("call-all", nil)
	}
	for range flood {
		loud.send("close-all-room-peer-connections", nil)
	}
	loud.send("call-all", nil)
	waitFor(t, "its own", func() error {
		loud.mu.Lock()
		defer loud.mu.Unlock()
		if len(loud.asked) <= flood && !loud.closed {
			return errNone
		}
		return nil
	})
	quiet.mu.Lock()
	defer quiet.mu.Unlock()
	most := robotShouts + maxCalls + int(2*time.Since(began).Seconds()) + 2
	if len(quiet.asked) > most || quiet.hungUp > most || quiet.closed {
		t.Errorf("the other one was told %d times to call and %d times to hang up, want %d at most; closed: %v", len(quiet.asked), quiet.hungUp, most, quiet.closed)
	}
}

// refusal is nil when a call of somebody was refused.
func (c *nativeClient) refusal(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.all {
		if k.name == name && k.refused {
			return nil
		}
	}
	return errors.New("not refused")
}
