package sfu_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// An offer that was sent again is answered twice by a client that was asleep. The second answer is none to the offer that the room
// makes after the first.
func TestOfferThatIsAnsweredTwice(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 5*time.Second, "a publishes", func() bool { return len(a.PublishedTracks()) == 1 })
	h := newHandler()
	p, err := room.Join("asleep", h)
	if err != nil {
		t.Fatal(err)
	}
	first := <-h.offers
	_ = p.Resume() // or 5 s
	if again := <-h.offers; again != first {
		t.Fatal("another offer")
	}
	a.Publish("screen", sfu.KindVideo) // what changes meanwhile
	sfutest.WaitFor(t, 5*time.Second, "a publishes", func() bool { return len(a.PublishedTracks()) == 2 })
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // over
	answer := func(offer string) string {
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
			t.Fatal(err)
		}
		answer, err := pc.CreateAnswer(nil)
		if err == nil {
			err = pc.SetLocalDescription(answer)
		}
		if err != nil {
			t.Fatal(err)
		}
		return answer.SDP
	}
	_ = p.Answer(answer(first))
	stale := answer(first) // to the second copy, which was read before the room's next offer came
	second := <-h.offers
	if n := strings.Count(second, "m=video"); n != 2 {
		t.Fatalf("%d m-lines", n)
	}
	_ = p.Answer(stale)
	_ = p.Answer(answer(second))
	select {
	case err := <-h.closed:
		t.Fatalf("the peer is ended: %v", err)
	case o := <-h.offers:
		t.Fatalf("another offer of %d m-lines: the right answer was not taken", strings.Count(o, "m=video"))
	case <-time.After(2 * time.Second):
	}
	if d := p.RemoteDescription(); strings.Count(d, "m=video") != 2 {
		t.Errorf("the room took an answer of %d m-lines to its offer of 2", strings.Count(d, "m=video"))
	}
}
