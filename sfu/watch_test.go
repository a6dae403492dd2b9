package sfu_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// stalledIs reports whether c is told that exactly one track does not arrive, for reason; "": none.
func stalledIs(c *sfutest.Client, reason string) func() bool {
	return func() bool {
		s := c.StalledTracks()
		if reason == "" {
			return len(s) == 0
		}
		return len(s) == 1 && s[0].Reason == reason
	}
}

func peerStats(room *sfu.Room, id sfu.PeerID) sfu.PeerStats {
	for _, p := range room.Stats().Peers {
		if p.ID == id {
			return p
		}
	}
	return sfu.PeerStats{}
}

// A publisher whose packets vanish is asked to restart its source; others are told; all ends when it sends again.
func TestSilentPublisherIsAskedAndShown(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	for _, kind := range []string{sfu.KindVideo, sfu.KindAudio} {
		p := a.Publish("camera", kind)
		r := b.Receives(a, "camera", kind, 30, 10*time.Second)
		p.Mute(true)
		if kind == sfu.KindVideo { // audio that is silent still has its reports
			sfutest.WaitFor(t, 8*time.Second, "a is asked to restart its camera", func() bool {
				l := a.Restarts()
				return len(l) > 0 && l[0].Kind == kind
			})
			sfutest.WaitFor(t, 6*time.Second, "b is told", stalledIs(b, sfu.StalledSource))
			sfutest.WaitFor(t, 3*time.Second, "the fault and the request are counted", func() bool {
				s := peerStats(room, "a").Published[0]
				return s.Faults == 1 && s.Asked == 1
			})
		} else {
			time.Sleep(3 * time.Second) // silence is no fault
			if s := b.StalledTracks(); len(s) > 0 {
				t.Errorf("silence is shown as a fault: %v", s)
			}
		}
		n := r.Snapshot().Packets
		p.Mute(false)
		sfutest.WaitFor(t, 5*time.Second, "b sees it again", func() bool { return r.Snapshot().Packets > n+30 })
		sfutest.WaitFor(t, 2*time.Second, "b is told so", stalledIs(b, ""))
	}
	if s := peerStats(room, "b"); s.Renewals != 0 || s.Faults != 1 {
		t.Errorf("b: %d renewals and %d faults for what its publisher did not send, want 0 and 1", s.Renewals, s.Faults)
	}
}

// What is muted, by its publisher's word, is no fault.
func TestMutedIsNoFault(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	p := a.Publish("camera", sfu.KindVideo)
	b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second)
	a.Peer.SetMuted([]sfu.SourceKind{{Source: "camera", Kind: sfu.KindVideo}})
	p.Mute(true)
	for end := time.Now().Add(9 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if s := b.StalledTracks(); len(s) > 0 {
			t.Fatalf("shown as a fault: %v", s)
		}
	}
	if l := a.Restarts(); len(l) > 0 {
		t.Errorf("a was asked to restart %v", l)
	}
	a.Peer.SetMuted(nil)
	sfutest.WaitFor(t, 12*time.Second, "unmuted and silent is a fault", stalledIs(b, sfu.StalledSource))
}

// deafPublisher is a client whose camera has sent its first keyframe, and makes no other when asked.
func deafPublisher(t *testing.T, room *sfu.Room) (*sfutest.Client, *sfutest.Publication) {
	t.Helper()
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	p := a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 10*time.Second, "the room gets it", func() bool {
		s := peerStats(room, "a").Published
		return len(s) == 1 && s[0].Keys > 0
	})
	p.Deaf(true)
	return a, p
}

// A publisher that sends no keyframe leaves a late subscriber black: that is tried, shown, and over with the first one.
func TestPublisherThatIgnoresKeyframeRequests(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a, p := deafPublisher(t, room)
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	sfutest.WaitFor(t, 12*time.Second, "b is told", stalledIs(b, sfu.StalledPath))
	if s := peerStats(room, "b"); s.Faults != 1 || s.Renewals == 0 {
		t.Errorf("counted %d faults, %d renewals", s.Faults, s.Renewals)
	}
	p.Deaf(false)
	check(t, b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second))
	sfutest.WaitFor(t, 3*time.Second, "b is told so", stalledIs(b, ""))
}

// A subscriber that cannot decode a track is told so, and not negotiated with for nothing.
func TestMissingCodecIsShown(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{Engine: onlyH264})
	a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 15*time.Second, "b is told", stalledIs(b, sfu.StalledCodec))
	if n := peerStats(room, "b").Renewals; n > 0 {
		t.Errorf("%d renewals", n)
	}
}

func onlyH264(m *webrtc.MediaEngine) error {
	return m.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeH264, ClockRate: 90000,
			SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
		}, PayloadType: 120,
	}, webrtc.RTPCodecTypeVideo)
}

// A subscriber that refuses an m-line gets another one.
func TestRefusedLineIsRenewed(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	refusals := 1
	b := sfutest.Connect(t, room, "b", sfutest.Options{Answer: func(sdp string) string {
		if refusals > 0 && strings.Contains(sdp, "m=video") {
			refusals--
			return strings.ReplaceAll(sdp, "a=recvonly", "a=inactive")
		}
		return sdp
	}})
	a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 15*time.Second, "the line is renewed", func() bool { return peerStats(room, "b").Renewals == 1 })
	check(t, b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second))
	sfutest.WaitFor(t, 3*time.Second, "no fault stays", stalledIs(b, ""))
}

// A page that shows nothing of what it gets is given a keyframe, then a fresh m-line.
func TestComplaintRenewsTheLine(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	p := a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second)
	keys := p.Keyframes.Load()
	sfutest.WaitFor(t, 10*time.Second, "the line is renewed", func() bool {
		b.Peer.Renew(r.Track.ID)
		return peerStats(room, "b").Renewals == 1
	})
	if p.Keyframes.Load() == keys {
		t.Error("no keyframe was asked for")
	}
	sfutest.WaitFor(t, 10*time.Second, "the fresh line carries media", func() bool {
		n := b.Received(r.Track.ID)
		return n != r && n.Mid != r.Mid && n.Snapshot().Packets > 30
	})
	check(t, b.Received(r.Track.ID))
	b.Peer.Renew("nonsense") // changes nothing
}

// Packets that are sent and vanish on the way to a subscriber are found by its reports, which do not go on.
func TestVanishingPacketsAreFound(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 30, 10*time.Second)
	sfutest.WaitFor(t, 10*time.Second, "b reports", func() bool { return peerStats(room, "b").Sent[0].RTT > 0 })
	b.Cut(sfutest.Cut{In: true})
	sfutest.WaitFor(t, 30*time.Second, "b is told", stalledIs(b, sfu.StalledPath))
	b.Cut(sfutest.Cut{})
	sfutest.WaitFor(t, 20*time.Second, "it arrives again", func() bool {
		n := b.Received(r.Track.ID)
		return time.Since(n.Snapshot().LastAt) < time.Second && stalledIs(b, "")()
	})
}

// A subscriber that loses the keyframe itself, again and again, is sent one as soon as it gets through.
func TestLostKeyframe(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	b.Cut(sfutest.Cut{In: true})
	p := a.Publish("camera", sfu.KindVideo)
	sfutest.WaitFor(t, 10*time.Second, "the room sends it", func() bool {
		s := peerStats(room, "b").Sent
		return len(s) == 1 && s[0].Packets > 30
	})
	ssrc := regexp.MustCompile(`a=ssrc:(\d+)`).FindStringSubmatch(b.PC.CurrentRemoteDescription().SDP)
	n, err := strconv.ParseUint(ssrc[1], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	keys := p.Keyframes.Load()
	for i := range 15 { // as Chromium does while it needs one
		if i == 10 {
			b.Cut(sfutest.Cut{})
		}
		if err := b.PC.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(n)}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if r := b.Receives(a, "camera", sfu.KindVideo, 30, 5*time.Second); r.Snapshot().Keyframes == 0 {
		t.Error("no keyframe got through")
	}
	if asked := p.Keyframes.Load() - keys; asked > 9 { // one each 500 ms, however often it was asked
		t.Errorf("%d keyframes in 3 s", asked)
	}
}
