package signaling

import (
	"fmt"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/signal"
)

// An offer that was sent again may be answered twice. The second answer is none to the offer that came between them: that one
// would not be taken any more, and what it adds would stay black.
func TestSecondAnswerIsNoneToTheNextOffer(t *testing.T) {
	for _, names := range []bool{true, false} {
		t.Run(fmt.Sprintf("names offers %t", names), func(t *testing.T) { answerTwice(t, names) })
	}
}

func answerTwice(t *testing.T, names bool) {
	r := startRoom(t)
	tone := func() []headless.Track { return []headless.Track{{Media: headless.NewTone()}} }
	r.joinPeer(r.page(clinician), headless.Options{Tracks: tone()})
	c := r.connect(patient)
	c.join()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // over
	answer := func(o signal.ServerOffer) signal.Answer {
		var sent signal.Answer
		if err := answer(pc, o.SDP, func(m signal.ClientMessage) error { sent = m.(signal.Answer); return nil }, false); err != nil {
			t.Fatal(err)
		}
		if names {
			sent.ID = o.ID
		}
		return sent
	}
	of := func(tracks int) signal.ServerOffer {
		return expectThat(c, func(o signal.ServerOffer) bool { return len(o.Tracks) == tracks })
	}
	first := of(1)
	again := answer(first)
	c.send(again)
	r.joinPeer(r.page(robot), headless.Options{Tracks: tone()})
	second := of(2)
	if first.ID == 0 || second.ID <= first.ID {
		t.Errorf("ids %d and %d", first.ID, second.ID)
	}
	c.send(again)
	c.send(answer(second))
	end := time.After(6 * time.Second) // after 5 s it would be sent again
	for waits := true; waits; {
		select {
		case m := <-c.messages:
			if o, ok := m.(signal.ServerOffer); ok {
				t.Fatalf("offer %d is there without its answer", o.ID)
			}
		case <-end:
			waits = false
		}
	}
}

// An answer that names another offer than the last is dropped. A first answer that names none is taken, whatever it is.
func TestAnswersAndTheirOffers(t *testing.T) {
	r := startRoom(t)
	r.joinPeer(r.page(clinician), headless.Options{Tracks: []headless.Track{{Media: headless.NewTone()}}})
	c := r.connect(patient)
	joined := c.join()
	first := expect[signal.ServerOffer](c)
	c.send(signal.Answer{SDP: "v=0\r\n", ID: first.ID + 1}) // it would end the peer's media
	c.ws.Close()                                            //nolint:errcheck // as above
	back := r.connect(patient)
	if j := back.joinWith(signal.Join{Protocol: signal.Version, Resume: joined.Resume}); !j.Resumed || j.Fresh {
		t.Fatalf("resumed %t, fresh %t", j.Resumed, j.Fresh)
	}
	if o := expect[signal.ServerOffer](back); o.ID != first.ID {
		t.Errorf("offer %d came again as %d", first.ID, o.ID)
	}
	back.send(signal.Answer{SDP: "v=0\r\n"})
	back.expectClose(signal.CloseBad)
}
