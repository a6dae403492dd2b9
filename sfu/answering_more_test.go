package sfu_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// opusAndH264 is the codecs of a client that takes Opus and H.264, under payload types of its own.
func opusAndH264(m *webrtc.MediaEngine) error {
	err := m.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 109,
	}, webrtc.RTPCodecTypeAudio)
	if err != nil {
		return err
	}
	return onlyH264(m)
}

func TestAnsweringAClientWithH264Only(t *testing.T) {
	room := newRoom(t)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true}, BothWays: true, Engine: opusAndH264})
	robot.Publish("camera", sfu.KindVideo)
	robot.Publish("camera", sfu.KindAudio)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Engine: opusAndH264})
	a.Publish("camera", sfu.KindVideo)
	check(t, a.Receives(robot, "camera", sfu.KindVideo, 100, 10*time.Second), robot.ReceivesFrom(a, sfu.KindVideo, 100, 10*time.Second))

	b := sfutest.Connect(t, room, "b", sfutest.Options{}) // VP8
	b.Publish("camera", sfu.KindVideo)
	b.Publish("camera", sfu.KindAudio)
	robot.ReceivesFrom(b, sfu.KindAudio, 20, 10*time.Second)
	a.Leave() // in whose place the robot is to be shown what it cannot decode
	sfutest.WaitFor(t, 15*time.Second, "the robot is told that it cannot decode b", stalledIs(robot, sfu.StalledCodec))
}

// What a robot's connections publish is the robot's, and nothing of it comes back to any of them.
func TestOwner(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	options := func(wants string, ignores bool) sfutest.Options {
		return sfutest.Options{BothWays: true, Join: sfu.Options{Owner: "robot", Answers: true, Ignores: ignores,
			Wants: func(t sfu.Track) bool { return wants == "" || string(t.Peer) == wants }}}
	}
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	b.Receives(a, "camera", sfu.KindVideo, 10, 10*time.Second) // a's is the first, which a single line shows
	b.Publish("camera", sfu.KindVideo)
	first := sfutest.Connect(t, room, "1", options("b", false))
	first.Publish("camera", sfu.KindVideo)
	ignored := sfutest.Connect(t, room, "2", options("a", true))
	ignored.Publish("camera", sfu.KindVideo)
	first.ReceivesFrom(b, sfu.KindVideo, 60, 10*time.Second)
	ignored.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second)
	if got := directions(ignored.LastAnswer()); got != "sendonly" {
		t.Errorf("what is ignored was answered %s", got)
	}
	if n := len(ignored.PublishedTracks()); n != 0 {
		t.Errorf("%d tracks published by a connection that is ignored", n)
	}
	shown := func(c *sfutest.Client) int {
		if r := c.Received("robot:camera:video"); r != nil {
			return r.Snapshot().Packets
		}
		return 0
	}
	sfutest.WaitFor(t, 10*time.Second, "a sees the robot", func() bool { return shown(a) > 30 })
	all := sfutest.Connect(t, room, "3", options("", false)) // the same again, and it wants all
	all.Publish("camera", sfu.KindVideo)
	all.ReceivesFrom(a, sfu.KindVideo, 30, 10*time.Second)
	if n := len(a.Sent()); n != 2 {
		t.Errorf("a is sent %d tracks, want those of b and one of the robot", n)
	}
	sfutest.WaitFor(t, 10*time.Second, "the second of the name is not needed", func() bool { return all.Needs("camera") == 0 })
	n := shown(a)
	first.Leave()
	sfutest.WaitFor(t, 10*time.Second, "the robot's next connection goes on", func() bool { return shown(a) > 0 && shown(a) != n && len(a.Sent()) == 2 })
	b.Leave()
	a.Leave()
	time.Sleep(time.Second)
	for _, c := range []*sfutest.Client{ignored, all} {
		if s := peerStats(room, c.ID).Sent; len(s) != 0 {
			t.Errorf("%s is sent %s of its own owner", c.ID, s[0].Track.ID)
		}
	}
}

// Wants may change its mind, for clients of both kinds.
func TestRewant(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	b.Publish("camera", sfu.KindVideo)
	b.Receives(a, "camera", sfu.KindVideo, 10, 10*time.Second)
	var who safe
	wants := func(t sfu.Track) bool { return string(t.Peer) == who.get() }
	who.set("a")
	w := watcher(t, room, "w", sfu.Options{Wants: wants}, sfu.KindVideo)
	o := sfutest.Connect(t, room, "o", sfutest.Options{Join: sfu.Options{Wants: wants}})
	video := w.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second)
	o.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	for i, from := range []*sfutest.Client{b, a, b} {
		who.set(string(from.ID))
		w.Peer.Rewant()
		o.Peer.Rewant()
		w.ReceivesFrom(from, sfu.KindVideo, 60, 10*time.Second)
		o.Receives(from, "camera", sfu.KindVideo, 60, 10*time.Second)
		sfutest.WaitFor(t, 5*time.Second, "o is sent one track", func() bool { return len(o.Sent()) == 1 })
		if n := video.Snapshot().Swaps; n != i+1 {
			t.Errorf("%d swaps, want %d", n, i+1)
		}
	}
	check(t, video)
	if p := video.Pictures(); p.Holes > 0 || p.Undecoded > 0 {
		t.Errorf("%+v", p)
	}
}

// A client restarts ICE by a second offer, as WHIP's PATCH does.
func TestAnsweringAnICERestart(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true}, BothWays: true})
	robot.Publish("camera", sfu.KindVideo)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	got := robot.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second)
	sent := a.Receives(robot, "camera", sfu.KindVideo, 60, 10*time.Second)
	ufrag := func() string { return regexp.MustCompile(`ice-ufrag:(\S+)`).FindString(robot.LastAnswer()) }
	for range 3 {
		old := ufrag()
		robot.Restart()
		sfutest.WaitFor(t, 5*time.Second, "the server has restarted, too", func() bool { return ufrag() != old })
		n, m := got.Snapshot().Packets, sent.Snapshot().Packets
		sfutest.WaitFor(t, 5*time.Second, "media goes on", func() bool {
			return got.Snapshot().Packets > n+100 && sent.Snapshot().Packets > m+100
		})
	}
	for _, r := range []*sfutest.Received{got, sent} { // some may be lost on the way that is given up
		if err := r.Check(); err != nil {
			t.Error(err)
		}
	}
}

// What is lost on such a line is sent again, and what does not come is asked for and told.
func TestAnsweringRepairsAndWatches(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a, p := deafPublisher(t, room)
	w := sfutest.Connect(t, room, "w", sfutest.Options{Join: sfu.Options{Answers: true}, Feedback: true, Drop: sfutest.Drop{In: 20}})
	w.Receive(sfu.KindVideo)
	sfutest.WaitFor(t, 15*time.Second, "w is told", stalledIs(w, sfu.StalledPath))
	if s := peerStats(room, "w"); s.Faults != 1 || s.Renewals == 0 {
		t.Errorf("counted %d faults, %d renewals", s.Faults, s.Renewals)
	}
	p.Deaf(false)
	r := w.ReceivesFrom(a, sfu.KindVideo, 400, 20*time.Second)
	sfutest.WaitFor(t, 5*time.Second, "w is told so", stalledIs(w, ""))
	if s := r.Snapshot(); s.Missing > s.Packets/50 { // one in twenty is lost, the last ones are on their way
		t.Errorf("%d of %d packets were not repaired", s.Missing, s.Packets)
	}
	stats := peerStats(room, "w")
	if stats.Sent[0].RTX == 0 || stats.Estimate == 0 {
		t.Errorf("%d packets sent again, estimate %d", stats.Sent[0].RTX, stats.Estimate)
	}
	w.Peer.SetViews(map[string]sfu.View{"a:camera:video": {}})
	sfutest.WaitFor(t, 5*time.Second, "what is hidden is not sent", func() bool { return peerStats(room, "w").Sent[0].Hidden })
}

// Robots name their data channel after their room.
func TestDataChannelWithAnyLabel(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	frames := make(chan sfu.Frame, 1)
	label := "Salle de rééducation " + strings.Repeat("n° 5 ", 10)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true},
		OnMessage: func(f sfu.Frame) { frames <- f }})
	got := make(chan webrtc.DataChannelMessage, 1)
	dc := robot.Open(label, func(m webrtc.DataChannelMessage) { got <- m })
	if err := dc.SendText("forward"); err != nil {
		t.Fatal(err)
	}
	if f := <-frames; f.Label != label || string(f.Data) != "forward" || !f.Text {
		t.Errorf("%q on %q", f.Data, f.Label)
	}
	if err := robot.Peer.Send(sfu.Frame{Label: label, Data: []byte("done"), Text: true}); err != nil {
		t.Fatal(err)
	}
	if m := <-got; string(m.Data) != "done" {
		t.Errorf("%q came back", m.Data)
	}
}

// An m-line of nothing that the room can handle is rejected, and the others work.
func TestAnsweringRejectsUnknownCodecs(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true}, BothWays: true,
		Engine: func(m *webrtc.MediaEngine) error {
			err := m.RegisterCodec(webrtc.RTPCodecParameters{
				RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}, PayloadType: 0,
			}, webrtc.RTPCodecTypeAudio)
			if err != nil {
				return err
			}
			return m.RegisterCodec(webrtc.RTPCodecParameters{
				RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, PayloadType: 96,
			}, webrtc.RTPCodecTypeVideo)
		}})
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	robot.Publish("camera", sfu.KindVideo)
	check(t, robot.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second), a.Receives(robot, "camera", sfu.KindVideo, 60, 10*time.Second))
	robot.Receive(sfu.KindAudio)
	sfutest.WaitFor(t, 5*time.Second, "the line of sound is rejected", func() bool { return strings.Contains(robot.LastAnswer(), "m=audio 0 ") })
	r := robot.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second)
	n := r.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "the picture goes on", func() bool { return r.Snapshot().Packets > n+60 })
}

// An m-line that is rejected, or of codecs that the room does not have, does not take the picture of the next one of its kind.
func TestAnsweringWithARejectedLineFirst(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	robot := sfutest.Connect(t, room, "robot", sfutest.Options{Join: sfu.Options{Answers: true},
		Engine: func(m *webrtc.MediaEngine) error {
			for _, c := range []webrtc.RTPCodecParameters{
				{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH265, ClockRate: 90000}, PayloadType: 49},
				{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, PayloadType: 96},
			} {
				if err := m.RegisterCodec(c, webrtc.RTPCodecTypeVideo); err != nil {
					return err
				}
			}
			return nil
		}})
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	first, err := robot.PC.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	if err != nil {
		t.Fatal(err)
	}
	err = first.SetCodecPreferences([]webrtc.RTPCodecParameters{
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH265, ClockRate: 90000}, PayloadType: 49}})
	if err != nil {
		t.Fatal(err)
	}
	robot.Receive(sfu.KindVideo)
	sfutest.WaitFor(t, 5*time.Second, "the first line is rejected", func() bool { return strings.Contains(robot.LastAnswer(), "m=video 0 ") })
	check(t, robot.ReceivesFrom(a, sfu.KindVideo, 60, 10*time.Second))
}

// What was lost of the track before is not told as a loss of the one that is swapped in.
func TestAnsweringCountsLossesOfTheTrackThatIsShown(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	w := sfutest.Connect(t, room, "w", sfutest.Options{Join: sfu.Options{Answers: true}, Drop: sfutest.Drop{In: 4}})
	w.Receive(sfu.KindVideo)
	w.ReceivesFrom(a, sfu.KindVideo, 30, 10*time.Second)
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	b.Publish("camera", sfu.KindVideo)
	sent := func(id string) sfu.SenderStats {
		for _, s := range peerStats(room, "w").Sent {
			if s.Track.ID == id {
				return s
			}
		}
		return sfu.SenderStats{}
	}
	sfutest.WaitFor(t, 20*time.Second, "losses", func() bool { return sent("a:camera:video").Lost > 100 })
	a.Leave()
	sfutest.WaitFor(t, 10*time.Second, "a report of what follows", func() bool { return sent("b:camera:video").Jitter > 0 || sent("b:camera:video").Lost > 0 })
	if s := sent("b:camera:video"); s.Lost > int64(s.Packets) {
		t.Errorf("%d lost of %d", s.Lost, s.Packets)
	}
}
