package sfu_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// watcher is a client that makes all offers and only receives, as WHEP's do.
func watcher(t *testing.T, room *sfu.Room, id string, o sfu.Options, kinds ...string) *sfutest.Client {
	t.Helper()
	o.Answers = true
	c := sfutest.Connect(t, room, id, sfutest.Options{Join: o, Feedback: true})
	c.Receive(kinds...)
	return c
}

// directions is the direction of each m-line of a description.
func directions(sdp string) string {
	var out []string
	for line := range strings.SplitSeq(sdp, "\r\n") {
		switch line {
		case "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive":
			out = append(out, line[2:])
		}
	}
	return strings.Join(out, " ")
}

func TestAnsweringAClientThatOnlyReceives(t *testing.T) {
	room := newRoom(t)
	w := watcher(t, room, "w", sfu.Options{}, sfu.KindAudio, sfu.KindVideo) // before there is anything
	sfutest.WaitFor(t, 10*time.Second, "an answer", func() bool { return w.LastAnswer() != "" })
	if got := directions(w.LastAnswer()); got != "sendonly sendonly" {
		t.Errorf("answered %s", got)
	}
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	video := w.ReceivesFrom(a, sfu.KindVideo, 200, 10*time.Second)
	check(t, video, w.ReceivesFrom(a, sfu.KindAudio, 50, 10*time.Second))
	if n, _ := w.Offers(); n != 0 {
		t.Errorf("%d offers of the room", n)
	}

	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	b.Publish("camera", sfu.KindVideo)
	b.Publish("camera", sfu.KindAudio)
	b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second)
	if s := video.Snapshot(); s.From != "a" || s.Swaps != 0 {
		t.Errorf("a second publisher took the place of the first: %+v", s)
	}
	a.Leave()
	check(t, w.ReceivesFrom(b, sfu.KindVideo, 200, 10*time.Second), w.ReceivesFrom(b, sfu.KindAudio, 50, 10*time.Second))
	b.Leave()
	c := sfutest.Connect(t, room, "c", sfutest.Options{})
	c.Publish("camera", sfu.KindVideo)
	check(t, w.ReceivesFrom(c, sfu.KindVideo, 200, 10*time.Second))
	if s := video.Snapshot(); s.Swaps != 2 || s.From != "c" {
		t.Errorf("the three pictures did not come as one stream: %+v", s)
	}
	if p := video.Pictures(); p.Holes > 0 {
		t.Errorf("%d holes in the numbers", p.Holes)
	}
}

// A robot sends and receives on the same m-lines.
func TestAnsweringBothWays(t *testing.T) {
	room := newRoom(t)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true}, BothWays: true, Feedback: true})
	robot.Publish("camera", sfu.KindVideo)
	robot.Publish("camera", sfu.KindAudio)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	check(t,
		a.Receives(robot, "camera", sfu.KindVideo, 200, 10*time.Second),
		a.Receives(robot, "camera", sfu.KindAudio, 50, 10*time.Second),
		robot.ReceivesFrom(a, sfu.KindVideo, 200, 10*time.Second),
		robot.ReceivesFrom(a, sfu.KindAudio, 50, 10*time.Second))
	if got := directions(robot.LastAnswer()); got != "sendrecv sendrecv" {
		t.Errorf("answered %s", got)
	}
}

// A tool publishes layers by WHIP.
func TestAnsweringAClientThatOnlySends(t *testing.T) {
	room := newRoom(t)
	tool := sfutest.Connect(t, room, "tool", sfutest.Options{Join: sfu.Options{Answers: true}})
	tool.PublishSimulcast("camera", "q", "h", "f")
	tool.Publish("camera", sfu.KindAudio)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	r := a.Receives(tool, "camera", sfu.KindVideo, 120, 10*time.Second)
	sfutest.WaitFor(t, 10*time.Second, "the highest layer is forwarded", func() bool { return r.Snapshot().Layer == "f" })
	check(t, a.Receives(tool, "camera", sfu.KindAudio, 50, 10*time.Second))
	if got := directions(tool.LastAnswer()); got != "recvonly recvonly" {
		t.Errorf("answered %s", got)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// safe is a text that several goroutines use.
type safe struct{ v atomic.Value }

func (s *safe) set(text string) { s.v.Store(text) }
func (s *safe) get() string     { return s.v.Load().(string) }
