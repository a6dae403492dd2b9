package sfu_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/reception"
	"github.com/gotera/gotera/sfu/sfutest"
)

// A simulcast offer is accepted; the highest layer is forwarded, and a lower one when that stops.
func TestSimulcastForwardsTheBestLayer(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	layers := a.PublishSimulcast("camera", "q", "h", "f")
	r := b.Receives(a, "camera", sfu.KindVideo, 120, 10*time.Second)
	sfutest.WaitFor(t, 5*time.Second, "the highest layer is forwarded", func() bool { return r.Snapshot().Layer == "f" })
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	layers["f"].Mute(true)
	sfutest.WaitFor(t, 10*time.Second, "the middle layer is forwarded", func() bool { return r.Snapshot().Layer == "h" })
	layers["f"].Mute(false)
	sfutest.WaitFor(t, 10*time.Second, "the highest is back", func() bool { return r.Snapshot().Layer == "f" })
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// A publisher that restarts its encoder sends with another SSRC on the same m-line.
func TestNewSSRCOnTheSameLine(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	p := a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	n, _ := b.Offers()
	p.Replace()
	before := r.Snapshot()
	sfutest.WaitFor(t, 5*time.Second, "media goes on", func() bool {
		s := r.Snapshot()
		return s.Keyframes > before.Keyframes && s.Packets > before.Packets+60
	})
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if again, _ := b.Offers(); again != n {
		t.Errorf("the subscriber was offered %d times for it", again-n)
	}
}

// Sender reports must let a player keep the audio and the video of a source in step: both map to the same clock.
func TestSenderReportsMapToOneClock(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	for kind, clock := range map[string]float64{sfu.KindVideo: 90000, sfu.KindAudio: 48000} {
		r := b.Receives(a, "camera", kind, 60, 10*time.Second)
		var sr *rtcp.SenderReport
		sfutest.WaitFor(t, 10*time.Second, "a sender report for "+kind, func() bool { sr = r.SenderReport(); return sr != nil })
		ts, at := r.LastTimestamp()
		// The publisher's clock is ours. Where does the report put the last packet on it?
		passed := float64(int32(ts-sr.RTPTime)) / clock
		shown := float64(int64(sr.NTPTime-reception.NTP(at)))/(1<<32) + passed
		t.Logf("%s: the report is %.3f s off", kind, shown)
		if shown < -0.2 || shown > 0.2 {
			t.Errorf("%s: the report puts the last packet %.3f s beside its arrival", kind, shown)
		}
		if sr.PacketCount == 0 || sr.OctetCount == 0 {
			t.Errorf("%s: empty report %+v", kind, sr)
		}
	}
	sfutest.WaitFor(t, 10*time.Second, "round-trip times are known", func() bool {
		for _, p := range room.Stats().Peers {
			if p.RTT <= 0 || p.RTT > 100*time.Millisecond {
				return false
			}
		}
		return senderStats(t, room, "b", "a:camera:video").RTT > 0
	})
}

// Subscribers that cannot take a codec miss that track only.
func TestSubscriberWithoutTheCodec(t *testing.T) {
	room := newRoom(t)
	h264 := sfutest.Connect(t, room, "h264", sfutest.Options{Engine: func(m *webrtc.MediaEngine) error {
		err := m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 109,
		}, webrtc.RTPCodecTypeAudio)
		if err != nil {
			return err
		}
		return m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeH264, ClockRate: 90000,
				SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
			}, PayloadType: 120,
		}, webrtc.RTPCodecTypeVideo)
	}})
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo) // VP8
	a.Publish("camera", sfu.KindAudio)
	h264.Publish("camera", sfu.KindAudio) // with other payload types than the room's
	check(t,
		b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second),
		h264.Receives(a, "camera", sfu.KindAudio, 50, 10*time.Second),
		b.Receives(h264, "camera", sfu.KindAudio, 50, 10*time.Second))
	if r := h264.Received("a:camera:video"); r != nil && r.Snapshot().Packets > 0 {
		t.Error("VP8 was sent to a peer without it")
	}
}

// A browser's offer that says sendrecv is answered recvonly, and its streams are grouped by source.
func TestDescriptions(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Feedback: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	b.Receives(a, "camera", sfu.KindAudio, 1, 10*time.Second)
	b.Receives(a, "camera", sfu.KindVideo, 1, 10*time.Second)
	audio := b.Receives(a, "camera", sfu.KindAudio, 20, 10*time.Second).Snapshot()
	if audio.Levels != audio.Packets {
		t.Errorf("%d of %d audio packets have their level", audio.Levels, audio.Packets)
	}
	offer := b.PC.CurrentRemoteDescription().SDP
	if n := strings.Count(offer, "a=msid:a:camera "); n != 2 {
		t.Errorf("%d m-lines of stream a:camera, want 2", n)
	}
	answer := a.PC.CurrentRemoteDescription().SDP
	for _, want := range []string{"usedtx=1", "useinbandfec=1", "ccm fir", "nack pli", "goog-remb", "transport-cc", "ssrc-audio-level", "a=recvonly"} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer lacks %q", want)
		}
	}
	if strings.Contains(answer, "flexfec") {
		t.Error("the answer has feedback that is not handled")
	}
}

// A browser that has to roll back its first offer keeps the ids of its header extensions, so ours must be the same.
func TestOffersHaveBrowsersExtensionIDs(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	a.Publish("camera", sfu.KindAudio)
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	b.Receives(a, "camera", sfu.KindVideo, 1, 10*time.Second)
	b.Receives(a, "camera", sfu.KindAudio, 1, 10*time.Second)
	offer := b.PC.CurrentRemoteDescription().SDP
	for _, want := range []string{
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n",
		"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n",
		"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
		"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n",
		"a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n",
	} {
		if !strings.Contains(offer, want) {
			t.Errorf("the offer lacks %q", want)
		}
	}
	if strings.Contains(offer, "gap:") {
		t.Error("the offer has what only keeps ids free")
	}
}

// Browsers refuse an answer whose DTLS role is not that of the connection; Pion clients do not mind. A client that the
// server offered to first is the DTLS client for good.
func TestAnswersKeepTheDTLSRole(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Publish("camera", sfu.KindAudio)
	sfutest.WaitFor(t, 5*time.Second, "a publishes", func() bool { return len(a.PublishedTracks()) == 1 })
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	b.Receives(a, "camera", sfu.KindAudio, 5, 10*time.Second)
	b.Publish("camera", sfu.KindVideo)
	a.Receives(b, "camera", sfu.KindVideo, 5, 10*time.Second)
	for _, c := range []*sfutest.Client{a, b} {
		answer := c.LastAnswer()
		if strings.Contains(answer, "a=setup:active") || !strings.Contains(answer, "a=setup:passive") {
			t.Errorf("the answer to %s changes the DTLS role", c.ID)
		}
	}
}
