package signaling

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/sfu"
)

// Robots that come and go, with and without a goodbye, leave nothing in the room.
func TestRobotsLeaveNothingBehind(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	media, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(Config{Key: sharedKey, Secret: control.NewSecret(), MaxPeers: 4, Log: log, limits: defaultLimits}, media)
	pages := httptest.NewServer(r.handler(8080, "test"))
	t.Cleanup(func() {
		awaitConns(r.close(endStopped), patience)
		r.cancel()
		pages.Close()
		media.Close() //nolint:errcheck // the test is over
	})
	r.setSession(session(clinician, robot))
	key := func(i control.Invitee) string { return control.InviteeKey(r.keys.secret, i.Kind, i.UUID) }
	page := (&testRoom{t: t}).joinPeer(pages.URL+"/users?key="+key(clinician), headless.Options{Tracks: picture("a")})

	device := pages.URL + "/devices?pwd=" + key(robot)
	for i := range 6 {
		c := videoRobot()
		c.name = fmt.Sprintf("Robot %d", i%2) // every other one replaces the last but one
		c.join(t, device)
		c.with(clinician.Name, "picture", func(k *nativeCall) bool { return k.packets["video"] > 3 })
		if i > 2 {
			c.leave()
		}
	}
	early := (&nativeClient{}).joinRaw(t, device, "")
	early.leave()
	r.setSession(session(clinician)) // the last ones are removed
	waitFor(t, "an empty room", func() error {
		r.mu.Lock()
		peers, conns, calls := len(r.peers), len(r.conns), r.calls
		r.mu.Unlock()
		if n := len(media.Stats().Peers); peers != 1 || conns != 1 || calls != 0 || n != 1 {
			return fmt.Errorf("%d peers, %d websockets, %d calls, %d connections; want 1, 1, 0, 1", peers, conns, calls, n)
		}
		return nil
	})
	if !page.Connected() {
		t.Error("the clinician was disturbed")
	}
}
