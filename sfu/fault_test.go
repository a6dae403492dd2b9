package sfu_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// handler records what a peer without a client is told.
type handler struct {
	sfutest.Silent
	offers chan string
	closed chan error
}

func newHandler() *handler {
	return &handler{offers: make(chan string, 64), closed: make(chan error, 1)}
}

func (h *handler) Offer(sdp string, _ []sfu.SentTrack) { h.offers <- sdp }
func (h *handler) Speakers([]sfu.Track)                {}
func (h *handler) Closed(err error)                    { h.closed <- err }

func TestBadDescriptionsEndOnlyTheirPeer(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 10, 10*time.Second)

	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	if _, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo); err != nil {
		t.Fatal(err)
	}
	good, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, sdp := range map[string]string{
		"empty":          "",
		"text":           "hello",
		"cut off":        good.SDP[:len(good.SDP)/3],
		"no mid":         strings.ReplaceAll(good.SDP, "a=mid:0\r\n", ""),
		"no ufrag":       strings.ReplaceAll(good.SDP, "a=ice-ufrag", "a=ice-nothing"),
		"no fingerprint": strings.ReplaceAll(good.SDP, "a=fingerprint", "a=thumbprint"),
		"huge":           good.SDP + strings.Repeat("a=x:y\r\n", 50000),
		"many m-lines":   good.SDP + strings.Repeat("m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:7\r\n", 300),
	} {
		// Where the offer is needed first, an answer is the same to the room: ours is open.
		h := newHandler()
		p, err := room.Join("bad", h)
		if err != nil {
			t.Fatal(err)
		}
		<-h.offers
		if err := p.Answer(sdp); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		select {
		case err := <-h.closed:
			if err == nil {
				t.Errorf("%s: closed without a reason", name)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the peer goes on", name)
			p.Close()
		}
	}
	n := r.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "the others go on", func() bool { return r.Snapshot().Packets > n+60 })
	check(t, r)
}

func TestBadOffersEndTheirPeer(t *testing.T) {
	room := newRoom(t)
	for name, sdp := range map[string]string{"empty": "", "text": "v=0", "half": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"} {
		h := newHandler()
		p, err := room.Join("bad", h)
		if err != nil {
			t.Fatal(err)
		}
		_ = p.Offer(sdp, nil)
		select {
		case err := <-h.closed:
			t.Log(err)
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: the peer goes on", name)
		}
	}
}

func TestUnansweredOfferIsRepeated(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 5*time.Second, "a publishes", func() bool { return len(a.PublishedTracks()) == 1 })
	h := newHandler()
	p, err := room.Join("mute", h)
	if err != nil {
		t.Fatal(err)
	}
	first := <-h.offers
	_ = p.Resume()
	if again := <-h.offers; again != first {
		t.Error("another offer after Resume")
	}
	select {
	case again := <-h.offers:
		if again != first {
			t.Error("the offer repeated by itself is another one")
		}
	case <-time.After(10 * time.Second):
		t.Error("the offer was not repeated")
	}
}

func TestClientClosesItsConnection(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindAudio)
	b.Receives(a, "camera", sfu.KindAudio, 10, 10*time.Second)
	_ = a.PC.Close() // the tab is closed; nobody tells the server
	sfutest.WaitFor(t, 5*time.Second, "the peer is ended", func() bool { ended, _ := a.Ended(); return ended })
	sfutest.WaitFor(t, 5*time.Second, "b is sent nothing", func() bool { return len(b.Sent()) == 0 })
}

// Queues are bounded: a client that floods gets errors.
func TestFloodIsRefused(t *testing.T) {
	room := newRoom(t)
	h := newHandler()
	p, err := room.Join("flood", h)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 100000 {
		if p.Candidate(webrtc.ICECandidateInit{Candidate: "nonsense"}) != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("100000 candidates were taken without one refusal")
	}
	p.Close()
	<-h.closed
}
