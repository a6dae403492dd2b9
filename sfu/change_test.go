package sfu_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

func TestLateJoinerGetsAKeyframeAtOnce(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	video := a.Publish("camera", sfu.KindVideo)
	b.Receives(a, "camera", sfu.KindVideo, 120, 10*time.Second)

	stalls := sfutest.Stalls(t)
	joined := time.Now()
	late := sfutest.Connect(t, room, "late", sfutest.Options{})
	r := late.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	check(t, r)
	d, limit := r.Snapshot().FirstAt.Sub(joined), time.Second+stalls()
	t.Logf("first frame %v after the join", d)
	if d > limit {
		t.Errorf("that is more than %v", limit)
	}
	check(t, b.Receives(a, "camera", sfu.KindVideo, 150, 5*time.Second))
	if n := video.PLIs.Load(); n > 4 {
		t.Errorf("the publisher was asked for %d keyframes for 2 subscribers", n)
	}
}

// A client whose address is only known from its checks, which is so behind any NAT, does not wait for a better path.
func TestUnknownAddressIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	sfutest.WaitFor(t, 10*time.Second, "a publishes", func() bool { return len(a.PublishedTracks()) == 2 })
	best := time.Hour
	for i := range 5 { // a busy machine has one good moment
		joined := time.Now()
		c := sfutest.Connect(t, room, fmt.Sprint("hidden", i), sfutest.Options{Hidden: true})
		r := c.Receives(a, "camera", sfu.KindVideo, 4, 10*time.Second)
		best = min(best, r.Snapshot().FirstAt.Sub(joined))
		c.Leave()
	}
	t.Logf("first packet after %v", best)
	if best > 900*time.Millisecond {
		t.Errorf("first packet after %v", best)
	}
}

func TestSubscriberBeforePublisher(t *testing.T) {
	room := newRoom(t)
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	v := a.Publish("camera", sfu.KindVideo)
	v.Mute(true) // black at first
	sfutest.WaitFor(t, 5*time.Second, "b is offered the track", func() bool { return len(b.Sent()) == 1 })
	v.Mute(false)
	check(t, b.Receives(a, "camera", sfu.KindVideo, 60, 5*time.Second))
}

func TestPeerLeavesAndOthersGoOn(t *testing.T) {
	room := newRoom(t)
	var peers []*sfutest.Client
	for _, id := range []string{"a", "b", "c"} {
		p := sfutest.Connect(t, room, id, sfutest.Options{})
		p.Publish("camera", sfu.KindVideo)
		p.Publish("camera", sfu.KindAudio)
		peers = append(peers, p)
	}
	a, b, c := peers[0], peers[1], peers[2]
	a.Receives(c, "camera", sfu.KindVideo, 30, 10*time.Second)
	rb := a.Receives(b, "camera", sfu.KindVideo, 30, 10*time.Second)
	c.Leave()
	sfutest.WaitFor(t, 5*time.Second, "a and b are sent nothing of c", func() bool { return len(a.Sent()) == 2 && len(b.Sent()) == 2 })
	n := rb.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "b's video goes on at a", func() bool { return rb.Snapshot().Packets > n+100 })
	check(t, rb)
}

func TestScreenAddedAndRemovedInTheCall(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	camera := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	for range 3 {
		screen := a.Publish("screen", sfu.KindVideo)
		second := a.Publish("camera2", sfu.KindVideo)
		sfutest.WaitFor(t, 5*time.Second, "b is offered three tracks", func() bool { return len(b.Sent()) == 3 })
		sfutest.WaitFor(t, 5*time.Second, "the new tracks arrive", func() bool {
			for _, id := range []string{"a:screen:video", "a:camera2:video"} {
				if r := b.Received(id); r == nil || r.Snapshot().Packets < 60 || r.Snapshot().Ended {
					return false
				}
			}
			return true
		})
		check(t, b.Received("a:screen:video"), b.Received("a:camera2:video"))
		screen.Unpublish()
		second.Unpublish()
		sfutest.WaitFor(t, 5*time.Second, "b is offered one track", func() bool { return len(b.Sent()) == 1 })
	}
	check(t, camera)
	if n, lines := b.Offers(); lines > 5 {
		t.Errorf("%d m-lines after 3 times two more tracks (%d offers)", lines, n)
	}
}

func TestMLinesAreUsedAgain(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	for i := range 100 {
		c := sfutest.Connect(t, room, fmt.Sprintf("guest%d", i), sfutest.Options{})
		c.Publish("camera", sfu.KindVideo)
		c.Publish("camera", sfu.KindAudio)
		sfutest.WaitFor(t, 5*time.Second, "a is offered both", func() bool { return len(a.Sent()) == 2 })
		if i%10 == 9 {
			check(t, a.Receives(c, "camera", sfu.KindVideo, 8, 5*time.Second), a.Receives(c, "camera", sfu.KindAudio, 5, 5*time.Second))
		}
		c.Leave()
		sfutest.WaitFor(t, 5*time.Second, "a is offered none", func() bool { return len(a.Sent()) == 0 })
	}
	if n, lines := a.Offers(); lines > 6 {
		t.Errorf("%d m-lines after 100 guests (%d offers)", lines, n)
	} else {
		t.Logf("%d m-lines, %d offers", lines, n)
	}
}

func TestGlare(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	b.Publish("camera", sfu.KindVideo)
	a.Receives(b, "camera", sfu.KindVideo, 10, 10*time.Second)
	for i := range 30 { // each change of one is a server offer to the other, which offers at the same time
		pa, pb := a.Publish("screen", sfu.KindVideo), b.Publish("screen", sfu.KindVideo)
		a.Renegotiate()
		b.Renegotiate()
		if i%3 == 0 {
			a.Receives(b, "screen", sfu.KindVideo, 1, 10*time.Second)
		}
		pa.Unpublish()
		pb.Unpublish()
		a.Renegotiate()
	}
	last := a.Publish("camera2", sfu.KindVideo)
	check(t, b.Receives(a, "camera2", sfu.KindVideo, 30, 10*time.Second))
	if last.Keyframes.Load() == 0 {
		t.Error("no keyframe")
	}
	sfutest.WaitFor(t, 10*time.Second, "both sides agree on what is sent", func() bool { return len(b.Sent()) == 2 && len(a.Sent()) == 1 })
	ra, rb := a.Received("b:camera:video"), b.Received("a:camera:video")
	na, nb := ra.Snapshot().Packets, rb.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "the cameras go on", func() bool {
		return ra.Snapshot().Packets > na+30 && rb.Snapshot().Packets > nb+30
	})
	check(t, ra, rb)
}
