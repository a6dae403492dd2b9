package signaling

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"

	"github.com/gotera/gotera/signaling/sdpfrag"
)

// patching is a WHEP player in a room whose inside the test sees.
type patching struct {
	*webClient
	in *whipPeer
}

func startPatching(t *testing.T) patching {
	t.Helper()
	r := startOpenRoom(t, 8)
	r.whipCamera(r.key(clinician), "")
	player := r.whepPlayer(r.key(robot), "")
	player.awaitFrames(5, "video")
	in := r.in.whipPeer(whep, player.resource[strings.LastIndexByte(player.resource, '/')+1:])
	if in == nil {
		t.Fatal("the resource is not found")
	}
	in.patches = rate.NewLimiter(0, 100) // its tokens say how many requests have come
	return patching{player, in}
}

// restarting is a fragment that restarts ICE with other credentials than all before.
func (c patching) restarting() string {
	c.r.t.Helper()
	gathered := webrtc.GatheringCompletePromise(c.pc)
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.r.t.Fatal(err)
	}
	<-gathered
	sdp := c.pc.LocalDescription().SDP
	return sdpfrag.Of(sdp, candidatesOf(sdp))
}

// restartedBy takes the answer to a restart.
func (c patching) restartedBy(res response) {
	c.r.t.Helper()
	f, err := sdpfrag.Parse(res.body)
	if err != nil || res.status != http.StatusOK || f.Ufrag == "" || len(f.Candidates) == 0 {
		c.r.t.Fatalf("%d %s, read as %+v, %v", res.status, res.body, f, err)
	}
	c.answer = f.Restarted(c.answer)
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: c.answer}); err != nil {
		c.r.t.Fatal(err)
	}
	c.etag = res.header.Get("ETag")
}

// behind sends PATCH requests while an earlier one is being answered, calls f then, and returns their answers.
func (c patching) behind(f func(), match string, fragments ...string) []response {
	c.r.t.Helper()
	c.in.busy <- struct{}{} // as the earlier one does
	answers := make([]chan response, len(fragments))
	for i, fragment := range fragments {
		answers[i] = make(chan response, 1)
		before := c.in.patches.Tokens()
		go func() { answers[i] <- c.patch(fragment, match) }()
		waitFor(c.r.t, "the request", func() error {
			if c.in.patches.Tokens() > before-1 {
				return errNone
			}
			return nil
		})
	}
	f()
	<-c.in.busy
	list := make([]response, len(fragments))
	for i := range list {
		list[i] = <-answers[i]
	}
	return list
}

// Of two restarts of ICE that race, with the ETag that there was for both, one is carried out.
func TestOneOfTwoRacingRestartsIsTaken(t *testing.T) {
	c := startPatching(t)
	own := c.restarting()
	other := strings.ReplaceAll(own, "a=ice-ufrag:", "a=ice-ufrag:other")
	list := c.behind(func() {}, c.etag, own, other)
	taken := 0
	for _, res := range list {
		switch res.status {
		case http.StatusOK:
			taken++
		case http.StatusPreconditionFailed:
		default:
			t.Errorf("%d %s", res.status, res.body)
		}
	}
	if taken != 1 {
		t.Errorf("%d restarts with one ETag, want 1", taken)
	}
	if list[0].status == http.StatusOK { // which of the two is not said
		c.restartedBy(list[0])
	} else if c.pc.SignalingState() != webrtc.SignalingStateStable {
		c.restartedBy(c.patch(own, "*"))
	}
	c.awaitFrames(20, "video", "audio")
	if res := c.restart(); res.status != http.StatusOK {
		t.Errorf("the next restart: %d %s", res.status, res.body)
	}
	c.awaitFrames(20, "video", "audio")
}

// Candidates that come while ICE restarts are of the session before: they are refused, and so is all that comes later still.
func TestLateFragmentsOfAnEarlierICESessionAreRefused(t *testing.T) {
	c := startPatching(t)
	var old, before, own string
	for try, late := 0, false; !late; try++ { // which of the two comes first is not said
		old = sdpfrag.Of(c.pc.LocalDescription().SDP, candidatesOf(c.pc.LocalDescription().SDP))
		before, own = c.etag, c.restarting()
		list := c.behind(func() {}, before, own, old)
		c.restartedBy(list[0])
		late = list[1].status == http.StatusPreconditionFailed
		if !late && (list[1].status != http.StatusNoContent || try == 5) {
			t.Fatalf("candidates behind a restart: %d %s", list[1].status, list[1].body)
		}
	}
	for name, match := range map[string]string{"star": "*", "both": before + ", " + c.etag, "new": c.etag} {
		if res := c.patch(old, match); res.status != http.StatusPreconditionFailed || c.in.tag() != c.etag {
			t.Errorf("%s: a fragment with the credentials of before: %d %s", name, res.status, res.body)
		}
	}
	if res := c.patch(own, c.etag); res.status != http.StatusNoContent {
		t.Errorf("candidates of this session: %d %s", res.status, res.body)
	}
	c.awaitFrames(20, "video", "audio")
}

// A client that has gone before the answer to its restart came, and asks again, gets that answer; what it sent has been done.
func TestRestartIsRepeatedForWhoMissedTheAnswer(t *testing.T) {
	c := startPatching(t)
	own, before := c.restarting(), c.etag
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequestWithContext(gone, http.MethodPatch, "/", strings.NewReader(own))
	req.Header.Set("Content-Type", typeSDPFrag)
	req.Header.Set("If-Match", "*")
	c.in.patch(httptest.NewRecorder(), req)
	if c.in.tag() == before {
		t.Error("ICE was restarted, and its ETag is that of before")
	}
	c.restartedBy(c.patch(own, before))
	if c.etag != c.in.tag() {
		t.Errorf("ETag %s, want %s", c.etag, c.in.tag())
	}
	c.awaitFrames(20, "video", "audio")
	if res := c.patch(own, c.etag); res.status != http.StatusNoContent {
		t.Errorf("once heard, it is a fragment like any other: %d %s", res.status, res.body)
	}
}

// Each restart of ICE costs the room more than other requests.
func TestTooManyRestartsAreRefused(t *testing.T) {
	c := startPatching(t)
	c.in.peer.offers = rate.NewLimiter(0, 1)
	if res := c.restart(); res.status != http.StatusOK {
		t.Fatalf("the first: %d %s", res.status, res.body)
	}
	if res := c.patch(c.restarting(), "*"); res.status != http.StatusTooManyRequests || res.header.Get("Retry-After") == "" {
		t.Errorf("the second: %d %s", res.status, res.body)
	}
}

// A PATCH that waits while the session is deleted finds nothing.
func TestPATCHBehindDELETE(t *testing.T) {
	c := startPatching(t)
	list := c.behind(func() {
		if res := c.delete(); res.status != http.StatusOK {
			t.Errorf("DELETE: %d", res.status)
		}
	}, "*", "a=end-of-candidates")
	if list[0].status != http.StatusNotFound {
		t.Errorf("%d %s, want 404", list[0].status, list[0].body)
	}
}
