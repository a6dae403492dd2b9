package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// quiet skips a test of bandwidths when the machine is too busy to publish at its rate: then it says nothing.
func quiet(t *testing.T, room *sfu.Room, id sfu.PeerID) {
	t.Helper()
	for _, r := range peerStats(room, id).Published {
		for _, l := range r.Layers {
			if l.RID == "f" && l.Bitrate < 800_000 {
				t.Skipf("the machine is too busy: %d bit/s of the highest layer", l.Bitrate)
			}
		}
	}
}

// TestBandwidthStep is row 6 without browsers: 3 to 0.4 Mbit/s and back.
func TestBandwidthStep(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Feedback: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{
		Feedback: true, Link: sfutest.Link{Rate: 3_000_000, Queue: 1500 * time.Millisecond, Delay: 20 * time.Millisecond},
	})
	a.Publish("camera", sfu.KindAudio)
	a.PublishSimulcast("camera", "q", "h", "f")
	video := b.Receives(a, "camera", sfu.KindVideo, 60, 15*time.Second)
	audio := b.Receives(a, "camera", sfu.KindAudio, 60, 15*time.Second)
	awaitLayer(t, video, "f")
	time.Sleep(2 * time.Second) // the estimate has its base
	quiet(t, room, "a")

	b.SetRate(400_000)
	begin := time.Now()
	sfutest.WaitFor(t, 5*time.Second, "the highest layer is not sent any more", func() bool {
		for _, s := range peerStats(room, "b").Sent {
			if s.Track.Kind == sfu.KindVideo && s.Layer.Spatial == 2 {
				return false
			}
		}
		return true
	})
	stopped := time.Since(begin)
	sfutest.WaitFor(t, 10*time.Second, "a lower layer arrives", func() bool { return video.Snapshot().Layer != "f" })
	down := time.Since(begin)
	sfutest.WaitFor(t, 10*time.Second, "b is told", func() bool { return len(b.ReducedTracks()) == 1 })
	time.Sleep(3 * time.Second)
	if p := peerStats(room, "b"); p.Estimate > 500_000 || p.Queue > 200*time.Millisecond {
		t.Errorf("at 400 kbit/s: estimate %d, queue %v", p.Estimate, p.Queue)
	}

	b.SetRate(3_000_000)
	begin = time.Now()
	sfutest.WaitFor(t, 10*time.Second, "the highest layer is back", func() bool { return video.Snapshot().Layer == "f" })
	up := time.Since(begin)
	sfutest.WaitFor(t, 5*time.Second, "b is told", func() bool { return len(b.ReducedTracks()) == 0 })
	p := peerStats(room, "b")
	t.Logf("stopped after %v, lower layer after %v, back after %v; estimate %d, %d probes, %d overuses", stopped, down, up,
		p.Estimate, p.Probes, p.Overuses)
	if stopped > time.Second {
		t.Errorf("the highest layer was sent for %v", stopped)
	}
	if p.Probes == 0 || p.Sent[len(p.Sent)-1].Padding+p.Sent[0].Padding == 0 {
		t.Errorf("back after %d probes without padding", p.Probes)
	}
	if s := audio.Snapshot(); s.Missing > 0 {
		t.Errorf("%d of %d audio packets lost", s.Missing, s.Packets)
	}
	if err := video.Check(); err != nil {
		t.Error(err)
	}
}

// TestSlowPathKeepsSound: a path that carries no picture at all carries the sound.
func TestSlowPathKeepsSound(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Feedback: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{Feedback: true, Link: sfutest.Link{Rate: 150_000, Queue: time.Second}})
	a.Publish("camera", sfu.KindAudio)
	a.PublishSimulcast("camera", "q", "h", "f")
	b.Receives(a, "camera", sfu.KindAudio, 50, 15*time.Second)
	sfutest.WaitFor(t, 15*time.Second, "b is told that the picture is paused", func() bool {
		tracks := b.ReducedTracks()
		return len(tracks) == 1 && tracks[0].Paused
	})
	quiet(t, room, "a")
	n := b.Received("a:camera:audio").Snapshot().Packets
	b.Receives(a, "camera", sfu.KindAudio, n+250, 10*time.Second)
	if p := peerStats(room, "b"); p.Queue > 300*time.Millisecond {
		t.Errorf("the sound waits for %v", p.Queue)
	}
	b.SetRate(5_000_000)
	awaitLayer(t, b.Receives(a, "camera", sfu.KindVideo, 1, 10*time.Second), "f")
}
