package signaling

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

func TestWHIPPublisherIsAPeerLikeAnyOther(t *testing.T) {
	r := startRoom(t)
	events := r.events()
	page := r.joinPeer(r.page(clinician), headless.Options{})
	c := r.whipCamera(r.key(robot), "")
	awaitOthers(t, page, 1)
	got := page.Peers()[0]
	if got.Kind != robot.Kind || got.UUID != robot.UUID || got.Name != robot.Name || !got.Verified {
		t.Errorf("others see %+v", got)
	}
	frames(t, page, got.ID, 20)
	waitFor(t, "both tracks in the list", func() error {
		if tracks := page.Peers()[0].Tracks; len(tracks) != 2 || tracks[0].Source != signal.SourceCamera {
			return fmt.Errorf("%+v", tracks)
		}
		return nil
	})
	joined := await(t, events, "joined", func(e control.Event) bool { return e.Type == control.EventJoined && e.Peer.UUID == robot.UUID })
	if joined.Peer.ID != got.ID || !joined.Peer.Connected {
		t.Errorf("rehab is told %+v", joined.Peer)
	}
	if strings.Contains(c.resource, got.ID) {
		t.Error("the resource has the id that everybody knows")
	}
	if strings.Count(c.answer, "a=recvonly") != 2 || strings.Contains(c.answer, "a=sendrecv") || strings.Count(c.answer, "a=end-of-candidates") != 1 ||
		!strings.Contains(c.answer, "a=candidate:") {
		t.Errorf("the answer is\n%s", c.answer)
	}
	if res := c.delete(); res.status != http.StatusOK {
		t.Errorf("DELETE answers %d %s", res.status, res.body)
	}
	awaitOthers(t, page, 0)
	left := await(t, events, "left", func(e control.Event) bool { return e.Type == control.EventLeft })
	if left.Peer.ID != got.ID || left.Reason != signal.ReasonLeft {
		t.Errorf("rehab is told %+v", left)
	}
	for _, res := range []response{c.delete(), c.patch("a=end-of-candidates", c.etag)} {
		if res.status != http.StatusNotFound {
			t.Errorf("after DELETE: %d %s", res.status, res.body)
		}
	}
}

func TestWHEPPlayerWatchesTheFirstCamera(t *testing.T) {
	r := startRoom(t)
	page := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("page")})
	player := r.whepPlayer(r.key(robot), "")
	player.awaitFrames(20, "video", "audio")
	if strings.Count(player.answer, "a=sendonly") != 2 {
		t.Errorf("the answer is\n%s", player.answer)
	}
	awaitOthers(t, page, 1)
	if got := page.Peers()[0]; got.UUID != robot.UUID || len(got.Tracks) != 0 || !strings.Contains(string(got.State), `"camera":false`) {
		t.Errorf("others see %+v, state %s", got, got.State)
	}
	if res := player.delete(); res.status != http.StatusOK {
		t.Errorf("DELETE answers %d", res.status)
	}
	awaitOthers(t, page, 0)
}

// What there is to see may come after the player, go, and come from somebody else.
func TestWHEPPlayerFollowsWhoPublishes(t *testing.T) {
	r := startRoom(t)
	player := r.whepPlayer(r.key(clinician), "")
	first := r.whipCamera(r.key(patient), "")
	player.awaitFrames(20, "video", "audio")
	r.whipCamera(r.key(robot), "")
	if res := first.delete(); res.status != http.StatusOK {
		t.Fatalf("DELETE answers %d", res.status)
	}
	player.awaitFrames(40, "video", "audio")
	player.mu.Lock()
	defer player.mu.Unlock()
	if len(player.ssrcs) != 2 {
		t.Errorf("%d streams came, want one of each kind", len(player.ssrcs))
	}
}

// Who watches a second camera or a screen is sent the sound of the same peer with it: it has none of its own.
func TestWHEPPlayerOfASecondCameraHasSound(t *testing.T) {
	r := startRoom(t)
	r.joinPeer(r.page(patient), headless.Options{Tracks: append(picture("camera"), headless.Track{Source: signal.SourceCamera2, Media: headless.NewPattern("second")})})
	r.whepPlayer(r.key(robot), "?source=camera2").awaitFrames(20, "video", "audio")
}

// The room reaches a client that does not look for it, by the candidates of a fragment. Media goes on after a restart of ICE.
func TestTrickleAndRestartByPATCH(t *testing.T) {
	for _, p := range []httpProtocol{whip, whep} {
		t.Run(p.name, func(t *testing.T) {
			r := startRoom(t)
			page := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("page")})
			c := r.newWebClient(r.key(robot))
			c.deaf = true
			if p.watches {
				c.receive(1, 2)
			} else {
				c.send(headless.NewPattern("whip"), headless.NewTone())
			}
			offer := c.offer(false)
			if strings.Contains(offer, "a=candidate") {
				t.Fatal("the offer has candidates")
			}
			if res := c.post("/"+p.name, offer); res.status != http.StatusCreated {
				t.Fatalf("POST answers %d %s", res.status, res.body)
			}
			own := candidatesOf(c.pc.LocalDescription().SDP)
			waitFor(t, "own candidates", func() error {
				if own = candidatesOf(c.pc.LocalDescription().SDP); len(own) == 0 {
					return errNone
				}
				return nil
			})
			fragment := "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=" + strings.Join(own, "\r\na=") + "\r\na=end-of-candidates\r\n"
			res := c.patch(fragment, c.etag)
			if res.status != http.StatusNoContent || res.header.Get("ETag") != "" || res.body != "" {
				t.Errorf("PATCH answers %d, ETag %q, %q", res.status, res.header.Get("ETag"), res.body)
			}
			flows := func() {
				t.Helper()
				if p.watches {
					c.awaitFrames(20, "video", "audio")
					return
				}
				awaitOthers(t, page, 1)
				moreFrames(t, page, page.Peers()[0].ID, 20)
			}
			flows()
			before := c.etag
			for i := range 3 {
				res := c.restart()
				if res.status != http.StatusOK || res.header.Get("Content-Type") != typeSDPFrag || c.etag == before {
					t.Fatalf("restart %d answers %d %s, ETag %s after %s", i, res.status, res.body, c.etag, before)
				}
				if res := c.patch(fragment, before); res.status != http.StatusPreconditionFailed {
					t.Errorf("an old ETag: %d %s", res.status, res.body)
				}
				before = c.etag
				flows()
			}
		})
	}
}

// A newer publication of the same key and source takes the place of the older; other sources stand beside it, and the page
// of the same invitee, too.
func TestWHIPDuplicates(t *testing.T) {
	r := startRoom(t)
	page := r.joinPeer(r.page(clinician), headless.Options{})
	r.joinPeer(r.page(robot), headless.Options{})
	first := r.whipCamera(r.key(robot), "")
	r.whipCamera(r.key(robot), "?source=camera2")
	awaitOthers(t, page, 3)
	second := r.whipCamera(r.key(robot), "?source=camera")
	if res := first.delete(); res.status != http.StatusNotFound {
		t.Errorf("the first is still there: %d", res.status)
	}
	awaitOthers(t, page, 3)
	if res := second.delete(); res.status != http.StatusOK {
		t.Errorf("the second: %d", res.status)
	}
	awaitOthers(t, page, 2)

	// With the shared key the name says who it is, and without one it is anybody.
	a := r.whipCamera(sharedKey, "?name=OBS+1")
	r.whipCamera(sharedKey, "?name=OBS+2")
	awaitOthers(t, page, 4)
	r.whipCamera(sharedKey, "?name=OBS+1")
	if res := a.delete(); res.status != http.StatusNotFound {
		t.Errorf("the first of the same name is still there: %d", res.status)
	}
	awaitOthers(t, page, 4)
	named := 0
	for _, p := range page.Peers() {
		if strings.HasPrefix(p.Name, "OBS ") && p.Kind == signal.KindDevice && !p.Verified {
			named++
		}
	}
	if named != 2 {
		t.Errorf("others see %+v", page.Peers())
	}
	one, another := r.whipCamera(sharedKey, ""), r.whipCamera(sharedKey, "")
	for _, c := range []*webClient{one, another} {
		if res := c.delete(); res.status != http.StatusOK {
			t.Errorf("one of two without a name: %d", res.status)
		}
	}
}

// Removal and the end of the session end the media and the resource at once.
func TestRemovalEndsWHIPAndWHEP(t *testing.T) {
	r := startRoom(t)
	page := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("page")})
	publisher, player := r.whipCamera(r.key(robot), ""), r.whepPlayer(r.key(robot), "")
	player.awaitFrames(5, "video")
	awaitOthers(t, page, 2)
	r.put(session(clinician, patient))
	awaitOthers(t, page, 0)
	for _, c := range []*webClient{publisher, player} {
		if res := c.delete(); res.status != http.StatusForbidden {
			t.Errorf("the resource answers %d", res.status)
		}
		if res := r.request(http.MethodPost, r.at("/whip"), "", "Authorization", "Bearer "+c.key); res.status != http.StatusForbidden {
			t.Errorf("POST answers %d", res.status)
		}
		waitFor(t, "end of the media", func() error {
			if s := c.pc.ConnectionState().String(); s != "closed" && s != "failed" && s != "disconnected" {
				return fmt.Errorf("still %s", s)
			}
			return nil
		})
	}
}

func TestWHIPSimulcastIsForwardedInLayers(t *testing.T) {
	r := startRoom(t)
	c := r.newWebClient(r.key(robot))
	widths := c.sendSimulcast()
	c.mustPost("/whip")
	player := r.whepPlayer(r.key(patient), "")
	seen := func() map[int]int { // key frames by width
		player.mu.Lock()
		defer player.mu.Unlock()
		return maps.Clone(player.widths)
	}
	largest := widths[len(widths)-1]
	for began, before := time.Now(), seen(); ; <-time.After(500 * time.Millisecond) { // a busy machine looks like a slow network at first
		now := seen()
		if now[largest] > before[largest]+5 && now[widths[0]] == before[widths[0]] && now[widths[1]] == before[widths[1]] {
			break
		}
		if time.Since(began) > 5*patience {
			t.Fatalf("the largest layer alone does not come; key frames by width: %v, half a second before %v", now, before)
		}
		before = now
	}
	if !strings.Contains(c.answer, "a=simulcast:recv ") {
		t.Errorf("the answer does not take simulcast:\n%s", c.answer)
	}
}

// A client that waits for the DTLS handshake, as FFmpeg does, waits for one.
func TestWHIPClientThatIsPassive(t *testing.T) {
	r := startRoom(t)
	page := r.joinPeer(r.page(clinician), headless.Options{})
	c := r.newWebClient(r.key(robot))
	publishes(c)
	offer := strings.ReplaceAll(c.offer(true), "a=setup:actpass", "a=setup:passive")
	if res := c.post("/whip", offer); res.status != http.StatusCreated || strings.Count(res.body, "a=setup:active\r\n") != 2 {
		t.Fatalf("%d %s", res.status, res.body)
	}
	awaitOthers(t, page, 1)
	frames(t, page, page.Peers()[0].ID, 20)
	if res := c.restart(); res.status != http.StatusOK {
		t.Errorf("restart: %d %s", res.status, res.body)
	}
	moreFrames(t, page, page.Peers()[0].ID, 20)
}

// tap is a UDP socket that can be cut off.
type tap struct {
	net.PacketConn
	cut atomic.Bool
}

func (t *tap) WriteTo(b []byte, to net.Addr) (int, error) {
	if t.cut.Load() {
		return len(b), nil
	}
	return t.PacketConn.WriteTo(b, to)
}

func (t *tap) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := t.PacketConn.ReadFrom(b)
		if err != nil || !t.cut.Load() {
			return n, from, err
		}
	}
}

// A publisher whose network is gone is shown as one that may come back, and comes back by itself; one that closes its
// connection without DELETE has left.
func TestWHIPMediaIsLostAndComesBack(t *testing.T) {
	r := startRoom(t)
	page := r.joinPeer(r.page(clinician), headless.Options{})
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	network := &tap{PacketConn: socket}
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: network})
	t.Cleanup(func() { mux.Close(); socket.Close() }) //nolint:errcheck // the test is over
	c := r.newWebClient(r.key(robot), func(s *webrtc.SettingEngine) { s.SetICEUDPMux(mux) })
	publishes(c)
	c.mustPost("/whip")
	awaitOthers(t, page, 1)
	id := page.Peers()[0].ID
	frames(t, page, id, 5)
	connected := func(want bool) {
		t.Helper()
		waitFor(t, fmt.Sprint("connected ", want), func() error {
			if got := page.Peers(); len(got) != 1 || got[0].ID != id || got[0].Connected != want {
				return fmt.Errorf("others see %+v", got)
			}
			return nil
		})
	}
	network.cut.Store(true)
	connected(false)
	network.cut.Store(false)
	connected(true)
	moreFrames(t, page, id, 5)
	if err := c.pc.Close(); err != nil {
		t.Fatal(err)
	}
	awaitOthers(t, page, 0)
	if res := c.delete(); res.status != http.StatusNotFound {
		t.Errorf("DELETE after the end answers %d", res.status)
	}
}
