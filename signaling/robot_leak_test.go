package signaling

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// openRoom is a room whose inside the test sees, served without the rest of the process.
type openRoom struct {
	*testRoom
	in *room
}

func startOpenRoom(t *testing.T, maxPeers int) openRoom {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	media, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(Config{Key: sharedKey, Secret: control.NewSecret(), MaxPeers: maxPeers, Log: log, limits: defaultLimits}, media)
	pages := httptest.NewServer(r.handler(8080, "test"))
	t.Cleanup(func() {
		awaitConns(r.close(endStopped), patience)
		r.cancel()
		pages.Close()
		media.Close() //nolint:errcheck // the test is over
	})
	r.setSession(session(clinician, robot))
	return openRoom{&testRoom{t: t, addr: strings.TrimPrefix(pages.URL, "http://"), secret: r.keys.secret}, r}
}

// holds waits until only the peers of n pages are there, and nothing of others.
func (o openRoom) holds(n int) {
	o.t.Helper()
	waitFor(o.t, "what is left", func() error {
		o.in.mu.Lock()
		peers, conns, calls, resources := len(o.in.peers), len(o.in.conns), o.in.calls.total, len(o.in.whip.peers)
		o.in.mu.Unlock()
		if media := len(o.in.media.Stats().Peers); peers != n || conns != n || calls != 0 || resources != 0 || media != n {
			return fmt.Errorf("%d peers, %d websockets, %d calls, %d resources, %d connections; want %d, %d, 0, 0, %d", peers, conns, calls, resources, media, n, n, n)
		}
		return nil
	})
}

// Robots that come and go, with and without a goodbye, leave nothing in the room.
func TestRobotsLeaveNothingBehind(t *testing.T) {
	r := startOpenRoom(t, 4)
	page := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	for i := range 6 {
		c := videoRobot()
		c.name = fmt.Sprintf("Robot %d", i%2) // every other one replaces the last but one
		c.join(t, r.deviceURL())
		c.with(clinician.Name, "picture", func(k *nativeCall) bool { return k.packets["video"] > 3 })
		if i > 2 {
			c.leave()
		}
	}
	early := (&nativeClient{}).joinRaw(t, r.deviceURL(), "")
	early.leave()
	r.in.setSession(session(clinician)) // the last ones are removed
	r.holds(1)
	if !page.Connected() {
		t.Error("the clinician was disturbed")
	}
}

// Clients of WHIP and WHEP that end in any way, before media came or after, leave nothing in the room either.
func TestWHIPLeavesNothingBehind(t *testing.T) {
	r := startOpenRoom(t, 12)
	r.in.limits.postRun = 100
	key := r.key(robot)
	post := func(path, offer string) response {
		return r.request(http.MethodPost, r.at(path), offer, "Authorization", "Bearer "+key, "Content-Type", typeSDP)
	}
	publisher, player := r.offerOf(publishes), r.offerOf(watches)
	for i := range 20 {
		if res := post("/whip", publisher); res.status != http.StatusCreated { // each replaces the last
			t.Fatalf("publication %d: %d %s", i, res.status, res.body)
		}
		res := post("/whep", player)
		if res.status != http.StatusCreated {
			t.Fatalf("player %d: %d %s", i, res.status, res.body)
		}
		if i < 16 {
			r.request(http.MethodDelete, r.at("/whep/")+res.header.Get("Location")[strings.LastIndexByte(res.header.Get("Location"), '/')+1:], "", "Authorization", "Bearer "+key)
		}
	}
	r.whipCamera(key, "").delete()
	r.in.setSession(session(clinician)) // the others are removed
	r.holds(0)
}

// Pages that end in any way, and do not hang up, have no media in the room any more: nobody hears them, and they hear nobody.
func TestEndedPagesHaveNoMedia(t *testing.T) {
	r := startOpenRoom(t, 8)
	r.in.limits.resume = 200 * time.Millisecond
	r.in.setSession(session(clinician, patient))
	r.connect(patient).join()
	r.holds(1)
	for _, end := range []func(*raw, signal.Joined){
		func(_ *raw, j signal.Joined) { r.beacon(r.key(patient), "text/plain", j.Resume) },
		func(c *raw, _ signal.Joined) { c.send(signal.Leave{}) },
		func(c *raw, _ signal.Joined) { c.ws.NetConn().Close() }, //nolint:errcheck // as a network does
		func(*raw, signal.Joined) { r.in.setSession(session(clinician)) },
	} {
		c := r.connect(patient)
		joined := c.join() // the first replaces the one above
		r.holds(1)
		end(c, joined)
		r.holds(0)
	}
}
