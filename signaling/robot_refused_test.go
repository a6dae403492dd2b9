package signaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
)

func TestRobotIsRefused(t *testing.T) {
	r := startRoom(t)
	var refused []*nativeClient
	began := time.Now() // before the first: joining all of them may take a while
	for _, password := range []string{r.key(stranger), ""} {
		refused = append(refused, (&nativeClient{room: "VideoConf", name: "x"}).join(t, r.page(robot)+"&pwd="+password))
	}
	for _, bad := range []string{
		`{"name":"x","room":"r","password":"` + r.key(robot) + `","protocolVersion":1}`,
		`{"name":"x","room":"","password":"` + r.key(robot) + `","protocolVersion":2}`,
		`{"name":"x","room":"` + strings.Repeat("r", 65) + `","password":"` + r.key(robot) + `","protocolVersion":2}`,
		`{"name":"` + strings.Repeat("x", signal.MaxText+1) + `","room":"r","password":"` + r.key(robot) + `","protocolVersion":2}`,
		`{"name":"x","data":"` + strings.Repeat("x", signal.MaxState) + `","room":"r","password":"` + r.key(robot) + `","protocolVersion":2}`,
		`7`,
	} {
		refused = append(refused, (&nativeClient{room: "r", name: "x"}).joinRaw(t, r.deviceURL(), bad))
	}
	for i, c := range refused {
		code := c.awaitClosed()
		if d := time.Since(began); d < refusedFor || !c.refused || c.id != "" || code != 1000 {
			t.Errorf("client %d is closed with %d after %v, refused: %v; want it told, and then a second", i, code, d, c.refused)
		}
	}
	for _, query := range []string{"?pwd=", "?key=", "?key=" + url.QueryEscape(r.key(stranger)), "?pwd=" + url.QueryEscape(r.key(stranger))} {
		for _, path := range []string{"/signaling", "/websocket/8080/signaling"} {
			if _, status := r.dialRaw(path + query); status != http.StatusForbidden {
				t.Errorf("%s: %d, want 403", path+query[:5], status)
			}
		}
	}
}

func TestRobotWaitsForARoomThatHasJustBeenStarted(t *testing.T) {
	r := startUntoldRoom(t)
	c := &nativeClient{t: t, room: "VideoConf", name: "Robot Camera 1"}
	c.parse(r.deviceURL())
	if status, body, _ := c.iceServers(c.password); status != http.StatusServiceUnavailable || body != "[]" {
		t.Errorf("ICE servers: %d %s, want 503 []", status, body)
	}
	c.join(t, r.deviceURL())
	<-time.After(300 * time.Millisecond) // the room has read it
	r.put(session(clinician, patient, robot))
	waitFor(t, "join", func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.id == "" || c.refused {
			return errors.New("not joined")
		}
		return nil
	})
}

func TestRobotThatDoesNotJoinIsClosed(t *testing.T) {
	r := startRoom(t, func(c *Config) { c.limits.join = 100 * time.Millisecond })
	c := (&nativeClient{}).joinRaw(t, r.deviceURL(), "")
	c.awaitClosed()
}

// A robot that says nothing is there as long as it answers pings; one that does not is not.
func TestIdleRobotStaysAndSilentOneGoes(t *testing.T) {
	r := startRoom(t, func(c *Config) {
		c.limits.robotPing, c.limits.robotSilence = 50*time.Millisecond, time.Second
	})
	idle := (&nativeClient{room: "r", name: "idle"}).join(t, r.deviceURL())
	(&nativeClient{room: "r", name: "silent", lifeless: true}).join(t, r.deviceURL()).awaitClosed()
	<-time.After(2 * time.Second)
	idle.mu.Lock()
	defer idle.mu.Unlock()
	if idle.closed {
		t.Error("a robot that answers pings was ended")
	}
}

func TestRobotThatFloodsIsEnded(t *testing.T) {
	r := startRoom(t)
	c := (&nativeClient{room: "r", name: "x"}).join(t, r.deviceURL())
	closed := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.closed
	}
	for i := 0; i < 4*robotBurst && !closed(); i++ {
		c.send("make-peer-call-answer", nil)
	}
	if code := c.awaitClosed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d, want 1008", code)
	}
}

// Offers without end would cost the room connections: they are refused. One to nobody has no answer: a refusal of somebody whom it
// does not know upsets the native client.
func TestRobotThatCallsTooMuchIsRefused(t *testing.T) {
	r := startRoom(t)
	c := (&nativeClient{room: "r", name: "x", passive: true}).join(t, r.deviceURL())
	const calls = 2 * robotOffers
	offer := map[string]string{"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"}
	for range calls {
		c.send("call-peer", map[string]any{"toId": "nobody", "offer": offer})
	}
	c.send("call-all", nil) // what is answered to it comes last
	waitFor(t, "the last answer", func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.asked) == 0 {
			return errNone
		}
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusals == 0 || c.refusals > calls-robotOffers {
		t.Errorf("%d of %d calls are refused, want %d or a few less", c.refusals, calls, calls-robotOffers)
	}
}

func TestRobotICEServers(t *testing.T) {
	r := startRoom(t, func(c *Config) {
		c.TURNURLs, c.TURNKey = []string{"turn:turn.example.org:3478"}, make([]byte, 32)
	})
	c := &nativeClient{t: t}
	c.parse(r.deviceURL())
	status, body, header := c.iceServers(c.password)
	var list []struct {
		URLs                 []string
		Username, Credential string
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != http.StatusOK || len(list) != 1 || list[0].Username == "" || list[0].Credential == "" {
		t.Fatalf("ICE servers: %d %s", status, body)
	}
	grant, err := turncred.Parse(list[0].Username)
	if left := time.Until(grant.Expires); err != nil || left > turncred.MaxLife || left < turncred.MaxLife-time.Minute {
		t.Errorf("the credentials are good for %v, %v; the client asks for none again", left, err)
	}
	for name, want := range map[string]string{
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, password := range []string{"", "wrong", r.key(stranger)} {
		if status, body, _ := c.iceServers(password); status != http.StatusForbidden || body != "[]" {
			t.Errorf("ICE servers with a wrong password: %d %s, want 403 []", status, body)
		}
	}
	for _, good := range []string{sharedKey, r.key(clinician)} {
		if status, _, _ := c.iceServers(good); status != http.StatusOK {
			t.Errorf("ICE servers with another good key: %d", status)
		}
	}
}

func TestRobotWithTheSharedKey(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := videoRobot().join(t, fmt.Sprintf("http://%s/devices?key=%s&pwd=%s", r.addr, sharedKey, sharedKey))
	c.media(clinician.Name)
	if p := peerNamed(t, a, "Robot Camera 1", anyPeer); p.Verified || p.Kind != control.Device {
		t.Errorf("it is shown as %+v", p)
	}
}

func TestRobotIsClosedWhenRemovedAndAtTheEnd(t *testing.T) {
	r := startRoom(t)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	c := videoRobot().join(t, r.deviceURL())
	c.media(clinician.Name)
	r.put(session(clinician, patient))
	if code := c.awaitClosed(); code != 1000 {
		t.Errorf("removed with close code %d, want 1000", code)
	}
	waitFor(t, "departure", func() error {
		if n := len(a.Peers()); n != 0 {
			return fmt.Errorf("%d others", n)
		}
		return nil
	})
	if again := videoRobot().join(t, r.deviceURL()); again.awaitClosed() != 1000 || !again.refused {
		t.Error("a removed robot came back")
	}
	r.put(session(clinician, robot))
	again := videoRobot().join(t, r.deviceURL())
	again.media(clinician.Name)
	if err := r.control.Stop(t.Context(), control.ReasonStopped); err != nil {
		t.Fatal(err)
	}
	if code := again.awaitClosed(); code != 1000 {
		t.Errorf("stopped with close code %d, want 1000", code)
	}

	r = startRoom(t)
	again = videoRobot().join(t, r.deviceURL())
	waitFor(t, "join", func() error {
		again.mu.Lock()
		defer again.mu.Unlock()
		if again.id == "" {
			return errNone
		}
		return nil
	})
	r.cancel()
	if code := again.awaitClosed(); code != websocket.CloseServiceRestart {
		t.Errorf("closed with %d when the room restarts, want 1012", code)
	}
}
