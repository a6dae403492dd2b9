package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

const cameraOfA = "a:camera:video"

// show tells the room how c shows the camera of a.
func show(c *sfutest.Client, width, height int) {
	c.Peer.SetViews(map[string]sfu.View{cameraOfA: {Width: width, Height: height}})
}

// awaitLayer waits until the last packet came from a layer.
func awaitLayer(t *testing.T, r *sfutest.Received, layer string) {
	t.Helper()
	sfutest.WaitFor(t, 10*time.Second, "layer "+layer+" is forwarded", func() bool { return r.Snapshot().Layer == layer })
}

// intact fails unless what arrived can be decoded from the first picture to the last.
func intact(t *testing.T, r *sfutest.Received) sfutest.Pictures {
	t.Helper()
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	p := r.Pictures()
	if p.Jumps > 0 || p.TL0Jumps > 0 || p.Undecoded > 0 || p.Holes > 0 || p.Count == 0 {
		t.Errorf("what arrived cannot be decoded: %+v", p)
	}
	return p
}

// The size shown chooses the layer, for each subscriber by itself; a change neither freezes nor breaks the picture.
func TestSizeShownChoosesTheLayer(t *testing.T) {
	room := newRoom(t)
	stalls := sfutest.Stalls(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	c := sfutest.Connect(t, room, "c", sfutest.Options{})
	show(c, 160, 90) // before there is anything
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	for _, l := range layers {
		l.Temporal(3)
	}
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	small := c.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	awaitLayer(t, r, "f")
	if l := small.Snapshot().Layer; l != "q" {
		t.Errorf("a small picture gets layer %q", l)
	}
	for _, tt := range []struct {
		width, height int
		layer         string
	}{{320, 180, "q"}, {640, 360, "h"}, {300, 900, "q"}, {1920, 1080, "f"}, {360, 203, "q"}, {400, 300, "h"}} {
		r.Gap()
		stalls()
		show(b, tt.width, tt.height)
		awaitLayer(t, r, tt.layer)
		if gap := r.Gap(); gap > 400*time.Millisecond+stalls() {
			t.Errorf("the picture froze for %v on the way to %s", gap, tt.layer)
		}
	}
	intact(t, r)
	if p := intact(t, small); p.ByTID[2] == 0 {
		t.Errorf("temporal layers are missing: %+v", p)
	}
	if l := small.Snapshot().Layer; l != "q" {
		t.Errorf("the other subscriber was changed to layer %q", l)
	}
}

// Streams of simulcast that do not say which layer they are, as those of clients on Pion, are told apart by their sizes.
func TestSimulcastWithoutRIDs(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Unnamed: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.PublishSimulcast("camera", "q", "h", "f")
	r := b.Receives(a, "camera", sfu.KindVideo, 20, 10*time.Second)
	awaitLayer(t, r, "f")
	for _, tt := range []struct {
		width, height int
		layer         string
	}{{320, 180, "q"}, {640, 360, "h"}, {1920, 1080, "f"}} {
		show(b, tt.width, tt.height)
		awaitLayer(t, r, tt.layer)
	}
	intact(t, r)
}

// The old layer goes on until a keyframe of the new one comes, however long that takes.
func TestUpSwitchWaitsWithoutAFreeze(t *testing.T) {
	room := newRoom(t)
	stalls := sfutest.Stalls(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	show(b, 320, 180)
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	layers["f"].KeyDelay(1500 * time.Millisecond)
	before := r.Snapshot()
	r.Gap()
	stalls()
	show(b, 1280, 720)
	awaitLayer(t, r, "f")
	if gap := r.Gap(); gap > 400*time.Millisecond+stalls() {
		t.Errorf("the picture froze for %v", gap)
	}
	if n := r.Snapshot().Packets - before.Packets; n < 60 {
		t.Errorf("%d packets came while the keyframe was waited for", n)
	}
	intact(t, r)
}

// A layer that gives no keyframe is not waited for for ever: the change is undone, and tried again.
func TestSwitchIsUndone(t *testing.T) {
	room := newRoom(t)
	stalls := sfutest.Stalls(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	show(b, 320, 180)
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	sfutest.WaitFor(t, 10*time.Second, "the highest layer is published", func() bool { return layers["f"].Keyframes.Load() > 0 })
	layers["f"].Deaf(true)
	r.Gap()
	stalls()
	show(b, 1280, 720)
	sfutest.WaitFor(t, 10*time.Second, "the change is undone, for the middle layer", func() bool {
		return senderStats(t, room, "b", cameraOfA).Undone == 1 && r.Snapshot().Layer == "h"
	})
	if gap := r.Gap(); gap > 400*time.Millisecond+stalls() {
		t.Errorf("the picture froze for %v", gap)
	}
	asked := layers["f"].PLIs.Load()
	time.Sleep(2 * time.Second) // at rest
	if n := layers["f"].PLIs.Load(); n != asked {
		t.Errorf("%d keyframes were asked for of a layer that gives none", n-asked)
	}
	layers["f"].Deaf(false)
	awaitLayer(t, r, "f")
	intact(t, r)
}

// A layer that begins late gets its time to give a keyframe, too.
func TestLateLayerIsWaitedFor(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	layers["f"].Mute(true)
	layers["f"].Deaf(true)
	r := b.Receives(a, "camera", sfu.KindVideo, 100, 10*time.Second)
	awaitLayer(t, r, "h")
	layers["f"].Mute(false)
	time.Sleep(1500 * time.Millisecond)
	layers["f"].Deaf(false)
	awaitLayer(t, r, "f")
	if n := senderStats(t, room, "b", cameraOfA).Undone; n != 0 {
		t.Errorf("the change was undone %d times", n)
	}
	intact(t, r)
}

// Hidden video is not sent at all. Shown again, it begins with a keyframe and goes on with its numbers.
func TestHiddenVideoIsPaused(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	p := a.Publish("camera", sfu.KindVideo)
	p.Temporal(3)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	for range 3 {
		show(b, 0, 0)
		sfutest.WaitFor(t, 5*time.Second, "the sending is paused", func() bool { return senderStats(t, room, "b", cameraOfA).Layer.Spatial < 0 })
		time.Sleep(200 * time.Millisecond) // what was on its way
		sent, had := senderStats(t, room, "b", cameraOfA), r.Snapshot().Packets
		time.Sleep(1500 * time.Millisecond)
		if now := senderStats(t, room, "b", cameraOfA); now.Bytes != sent.Bytes || r.Snapshot().Packets != had {
			t.Errorf("%d bytes were sent of hidden video", now.Bytes-sent.Bytes)
		}
		keys := p.Keyframes.Load()
		show(b, 640, 360)
		shown := time.Now()
		sfutest.WaitFor(t, 5*time.Second, "the picture is back", func() bool { return r.Snapshot().Packets > had })
		t.Logf("back after %v", time.Since(shown))
		if p.Keyframes.Load() == keys {
			t.Error("no keyframe was asked for")
		}
	}
	had := r.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "it goes on", func() bool { return r.Snapshot().Packets > had+200 })
	intact(t, r)
}

// A layer that its encoder stops is left at once.
func TestDeadLayerIsLeft(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	awaitLayer(t, r, "f")
	r.Gap()
	layers["f"].Mute(true)
	awaitLayer(t, r, "h")
	gap := r.Gap()
	t.Logf("frozen for %v", gap)
	if gap > 1200*time.Millisecond {
		t.Errorf("the picture froze for %v", gap)
	}
	layers["f"].Mute(false)
	awaitLayer(t, r, "f")
	intact(t, r)
}

// Loss on both ways does not break what is chosen from: the same picture ids go out again, and no number stays open.
func TestLayersUnderLoss(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Drop: sfutest.Drop{Out: 15}})
	b := sfutest.Connect(t, room, "b", sfutest.Options{Drop: sfutest.Drop{In: 25}})
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	for _, l := range layers {
		l.Temporal(3)
	}
	r := b.Receives(a, "camera", sfu.KindVideo, 300, 20*time.Second)
	for _, size := range []int{180, 720, 360, 720, 180, 720} {
		show(b, size*16/9, size)
		time.Sleep(1500 * time.Millisecond)
	}
	p := r.Pictures()
	t.Logf("%+v", p)
	if p.Jumps > 3 || p.Holes > 2 || p.TL0Jumps > 3 {
		t.Errorf("numbers are missing: %+v", p)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}
