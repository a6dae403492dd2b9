package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// A publisher is told which layers nobody needs: more at once, less after a while.
func TestPublisherIsToldWhatIsNeeded(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	needs := func(want int, limit time.Duration) {
		t.Helper()
		sfutest.WaitFor(t, limit, "what is needed has changed", func() bool { return a.Needs("camera") == want })
	}
	alone := time.Now()
	needs(0, 10*time.Second)
	if d := time.Since(alone); d < 4*time.Second {
		t.Errorf("told to stop after %v", d)
	}
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	needs(3, time.Second) // before b can receive
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	awaitLayer(t, r, "f")
	show(b, 320, 180)
	show(b, 1280, 720)
	time.Sleep(time.Second)
	if n := a.Needs("camera"); n != 3 {
		t.Errorf("%d layers are needed after a moment of less", n)
	}
	show(b, 300, 200)
	awaitLayer(t, r, "q")
	needs(1, 10*time.Second)
	layers["h"].Mute(true)
	layers["f"].Mute(true)
	c := sfutest.Connect(t, room, "c", sfutest.Options{})
	needs(3, time.Second)
	show(c, 640, 360)
	needs(2, 10*time.Second)
	layers["h"].Mute(false)
	rc := c.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	awaitLayer(t, rc, "h")
	show(c, 0, 0)
	show(b, 0, 0)
	needs(0, 10*time.Second)
	for _, l := range layers {
		l.Mute(true)
	}
	time.Sleep(4 * time.Second) // what nobody needs and is not sent is no fault
	for _, p := range room.Stats().Peers {
		if p.Faults > 0 || len(p.Stalled) > 0 || len(p.Published) > 0 && p.Published[0].Faults > 0 {
			t.Errorf("a fault: %+v", p)
		}
	}
	intact(t, r)
}

// A track that is published again is told of again: its encoder may still heed what was said before.
func TestPublisherIsToldAgain(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	first := a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 10*time.Second, "nobody needs it", func() bool { return a.Needs("camera") == 0 })
	first.Unpublish()
	sfutest.WaitFor(t, 5*time.Second, "it has ended", func() bool { return len(a.PublishedTracks()) == 0 })
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 5*time.Second, "it is needed", func() bool { return a.Needs("camera") > 0 })
	b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second)
}
